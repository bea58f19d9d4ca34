// The live driver: feeds facts to the same world as the simulator, asks the same policy, and reads out what it decided. There
// is no plant here. A frame begins a world; a stream of facts may go on in it.

import * as abi from "../engine/abi.js";
import { Engine } from "../engine/engine.js";
import { LogReader } from "../engine/log.js";
import { addShapes, configureWorld, type ShapeSetup, type WorldSetup } from "../engine/world.js";
import type { Frame } from "./frame.js";

export interface Placed {
  node: number;
  tasks: number;
  /** Milli of each device. */
  milli: number;
  mask: bigint;
}

export type Decision =
  | { kind: "start"; slot: number; pool: number; parts: Placed[] }
  | { kind: "move"; slot: number; pool: number; parts: Placed[] }
  | { kind: "stop"; slot: number; pool: number }
  | { kind: "drop"; slot: number };

export interface Decided {
  decisions: Decision[];
  /** The records of the decisions, as they stand in a log. */
  records: Uint8Array;
  /** Facts that said what could not be. */
  surprises: number;
  digest: string;
}

export class LiveDriver {
  readonly #engine: Engine;

  constructor(engine: Engine = new Engine()) {
    this.#engine = engine;
  }

  /** A new world, everything free. */
  begin(world: WorldSetup, shapes: readonly ShapeSetup[]): void {
    configureWorld(this.#engine, world);
    this.#engine.call((e) => e.start());
    addShapes(this.#engine, shapes, world.capacities.shapes);
  }

  /** Facts become so; as many as the world's capacities have room for at once. */
  observe(facts: Uint8Array): void {
    const count = facts.byteLength / abi.RECORD_BYTES;
    this.#engine.bytes(abi.COL_FACTS, count).set(facts);
    this.#engine.call((e) => e.observe(0, count));
  }

  /** One pass; what it decided. */
  decide(nowMicros: number, reason = 1): Decided {
    const engine = this.#engine;
    engine.setI(abi.LOG_COUNT, 0);
    engine.call((e) => e.decide(nowMicros, reason));
    // the first record is the pass itself
    const records = engine.bytes(abi.COL_LOG, engine.getI(abi.LOG_COUNT)).slice(abi.RECORD_BYTES);
    engine.setI(abi.LOG_COUNT, 0);
    if (engine.getI(abi.LOG_LOST) > 0) throw new Error("the log has no room for the decisions of one pass");
    return {
      decisions: readDecisions(records),
      records,
      surprises: engine.getF(abi.SURPRISES),
      digest: engine.digest(),
    };
  }
}

/** Decides on one frame. */
export function decideFrame(driver: LiveDriver, frame: Frame): Decided {
  driver.begin(frame.world, frame.shapes);
  driver.observe(frame.facts);
  return driver.decide(frame.nowMicros);
}

function readDecisions(records: Uint8Array): Decision[] {
  const reader = new LogReader(records);
  const decisions: Decision[] = [];
  for (let i = 0; i < reader.count; i++) {
    const { kind, slot, a, b, c, mask } = reader.record(i);
    if (kind === abi.DECIDE_START) decisions.push({ kind: "start", slot, pool: a, parts: [] });
    else if (kind === abi.DECIDE_MOVE) decisions.push({ kind: "move", slot, pool: a, parts: [] });
    else if (kind === abi.DECIDE_PREEMPT) decisions.push({ kind: "stop", slot, pool: a });
    else if (kind === abi.DECIDE_DROP) decisions.push({ kind: "drop", slot });
    else if (kind === abi.DECIDE_PART) {
      const last = decisions.at(-1);
      if (last?.kind === "start" || last?.kind === "move") last.parts.push({ node: a, tasks: b, milli: c, mask });
    }
  }
  return decisions;
}

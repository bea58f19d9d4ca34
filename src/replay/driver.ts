// The replay driver: feeds the facts of a recorded run to the same world and the same policy, and compares what they
// decide with what was decided. There is no plant here; nothing but the log is known.

import * as abi from "../engine/abi.js";
import { Engine } from "../engine/engine.js";
import { describeRecord, LogReader } from "../engine/log.js";
import { addShapes, configureWorld, type ShapeSetup, type WorldSetup } from "../engine/world.js";

/** A recorded run: what it started from, its shapes, and its log. */
export interface Recording {
  world: WorldSetup;
  shapes: readonly ShapeSetup[];
  log: Uint8Array;
}

export interface ReplayResult {
  records: number;
  facts: number;
  passes: number;
  decisions: number;
  /** Null if the replay wrote the same log byte for byte. */
  firstDifference: { record: number; recorded: string; replayed: string } | null;
}

const FACTS_AT_ONCE = 65_536;

/** True if this record was made by the policy: a replay makes it again instead of reading it. */
function isDecision(kind: number): boolean {
  return kind >= abi.DECIDE_START;
}

/** Looks on while a recording is replayed: the engine stands just before or just after a pass. */
export interface Onlooker {
  /** Facts with the numbers from..to of the log have been applied. */
  facts?(from: number, to: number): void;
  beforePass?(engine: Engine, timeMicros: number): void;
  /** The pass decided records from..to. */
  afterPass?(engine: Engine, timeMicros: number, from: number, to: number): void;
}

/** Replays a recording from its start to its end, or to the first difference, on an engine that holds its policies. */
export function replayLog(recording: Recording, onlooker: Onlooker = {}, engine = new Engine()): ReplayResult {
  const reader = new LogReader(recording.log);
  const { liveJobs, parts } = recording.world.capacities;
  // read out after every pass: room for the facts before it and for as much as one pass can decide
  const log = FACTS_AT_ONCE + 2 * liveJobs + parts + 64;
  const capacities = { ...recording.world.capacities, log, facts: FACTS_AT_ONCE + 2, input: 1 };
  configureWorld(engine, { ...recording.world, capacities, jobClasses: 1, links: 0, prices: 0 });
  engine.call((e) => e.start());
  addShapes(engine, recording.shapes, capacities.shapes);
  const counts = { facts: 0, passes: 0, decisions: 0 };
  let i = 0;
  while (i < reader.count) {
    const from = i;
    const upTo = factsFrom(reader, i);
    engine.bytes(abi.COL_FACTS, upTo - i).set(recording.log.subarray(i * abi.RECORD_BYTES, upTo * abi.RECORD_BYTES));
    engine.call((e) => e.observe(0, upTo - i));
    counts.facts += upTo - i;
    onlooker.facts?.(i, upTo);
    i = upTo;
    if (i < reader.count && reader.kind(i) === abi.PASS) {
      const pass = reader.record(i);
      onlooker.beforePass?.(engine, pass.timeMicros);
      engine.call((e) => e.decide(pass.timeMicros, pass.a));
      counts.passes++;
      i++;
      const first = i;
      while (i < reader.count && isDecision(reader.kind(i))) {
        counts.decisions++;
        i++;
      }
      onlooker.afterPass?.(engine, pass.timeMicros, first, i);
    }
    const made = engine.bytes(abi.COL_LOG, engine.getI(abi.LOG_COUNT));
    const recorded = recording.log.subarray(from * abi.RECORD_BYTES, i * abi.RECORD_BYTES);
    const difference = firstDifference(made, recorded, from);
    if (difference) return { records: reader.count, ...counts, firstDifference: difference };
    engine.setI(abi.LOG_COUNT, 0);
  }
  return { records: reader.count, ...counts, firstDifference: null };
}

/** Facts from record i on: up to a pass or a decision, and no more than fit; a submission stays with its owner. */
function factsFrom(reader: LogReader, i: number): number {
  let end = i;
  while (end < reader.count && end - i < FACTS_AT_ONCE && reader.kind(end) < abi.PASS) end++;
  if (end < reader.count && reader.kind(end) === abi.FACT_OWNER) end++;
  return end;
}

function firstDifference(made: Uint8Array, recorded: Uint8Array, from: number): ReplayResult["firstDifference"] {
  const size = abi.RECORD_BYTES;
  const count = Math.max(made.byteLength, recorded.byteLength) / size;
  for (let r = 0; r < count; r++) {
    const a = made.subarray(r * size, (r + 1) * size);
    const b = recorded.subarray(r * size, (r + 1) * size);
    if (Buffer.compare(a, b) === 0) continue;
    return { record: from + r, recorded: inWords(b), replayed: inWords(a) };
  }
  return null;
}

function inWords(bytes: Uint8Array): string {
  return bytes.byteLength === 0 ? "nothing" : describeRecord(new LogReader(bytes).record(0));
}

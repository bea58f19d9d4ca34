// Why jobs wait, looked at now and then during a run: for lack of GPUs, because those free lie wrong, or because the
// policy lets others go first. The engine itself is asked whether a job would fit, so the answer is its placement's.

import * as abi from "../engine/abi.js";
import type { Engine } from "../engine/engine.js";
import { type WaitReason, waitReason } from "../engine/wait-reason.js";
import type { PoolSetup, ShapeSetup } from "../engine/world.js";
import type { JobTable } from "../model/jobs.js";
import type { WaitReasons } from "../model/results.js";

/** Looks at a run that should take as long as its submissions do. */
const LOOKS = 120;
/** A run that outlasts them is looked at further, up to this many times. */
const LOOKS_MAX = 4 * LOOKS;

/** Ids of the shapes of all waiting jobs, one each. */
function waitingShapes(engine: Engine): number[] {
  const state = engine.fieldReader(abi.COL_CLAIM_STATE, "i32");
  const shape = engine.fieldReader(abi.COL_CLAIM_SHAPE, "i32");
  // slots are taken from the lowest on: none beyond as many as ever lived at once
  const last = engine.getI(abi.LIVE_PEAK);
  const found: number[] = [];
  for (let slot = 1; slot <= last; slot++) if (state(slot) === abi.STATE_QUEUED) found.push(shape(slot));
  return found;
}

export class WaitWatcher {
  readonly #everyMicros: number;
  readonly #pools: readonly PoolSetup[];
  readonly #rows: { timeMicros: number; capacity: number; scattered: number; order: number }[] = [];
  /** The next moment to stop at; infinite when there are enough. */
  nextMicros: number;

  constructor(jobs: JobTable, pools: readonly PoolSetup[]) {
    const [first, last] = jobs.count > 0 ? [jobs.submitMicros[0]!, jobs.submitMicros[jobs.count - 1]!] : [0, 0];
    this.#everyMicros = Math.max(1, Math.ceil((last - first) / LOOKS));
    this.#pools = pools;
    this.nextMicros = first + this.#everyMicros;
  }

  /** @param shapes by id. */
  look(engine: Engine, shapes: readonly ShapeSetup[]): void {
    const row = { timeMicros: this.nextMicros, capacity: 0, scattered: 0, order: 0 };
    const reasons = new Map<number, WaitReason>();
    for (const id of waitingShapes(engine)) {
      let reason = reasons.get(id);
      if (!reason) {
        reason = waitReason(engine, this.#pools, id, shapes[id]!);
        reasons.set(id, reason);
      }
      row[reason]++;
    }
    this.#rows.push(row);
    this.nextMicros = this.#rows.length < LOOKS_MAX ? this.nextMicros + this.#everyMicros : Number.POSITIVE_INFINITY;
  }

  reasons(): WaitReasons {
    // looks after the last job has gone say nothing
    let end = this.#rows.length;
    while (end > 0 && waitingAt(this.#rows[end - 1]!) === 0) end--;
    const rows = this.#rows.slice(0, end);
    const column = (name: "timeMicros" | WaitReason) => Float64Array.from(rows, (row) => row[name]);
    return {
      timeMicros: column("timeMicros"),
      capacity: column("capacity"),
      scattered: column("scattered"),
      order: column("order"),
    };
  }
}

function waitingAt(row: { capacity: number; scattered: number; order: number }): number {
  return row.capacity + row.scattered + row.order;
}

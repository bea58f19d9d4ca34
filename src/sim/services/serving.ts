// One run of inference services: requests in, sketches, series and, if asked for, rows out. Memory does not grow with the
// number of requests: they come in chunks, and only those in the system are held.

import * as abi from "../../engine/abi.js";
import { Engine } from "../../engine/engine.js";
import { fittingRows } from "../../engine/prefixes.js";
import {
  drainRequests,
  feedRequests,
  type RequestChunk,
  type RequestRows,
  type ServingSetup,
} from "../../engine/services.js";
import { configureWorld, type PoolSetup, type WorldSetup } from "../../engine/world.js";
import { PLACEMENT_FREE_POLICY } from "./policy.js";

export interface ServingSimulationSetup {
  serving: ServingSetup;
  /** Replicas of each service that are ready from the start. */
  ready: readonly number[];
  pools?: readonly PoolSetup[];
  seed: number;
}

function worldOf(setup: ServingSimulationSetup): WorldSetup {
  return {
    pools: setup.pools ?? [],
    policy: PLACEMENT_FREE_POLICY,
    seed: setup.seed,
    capacities: { liveJobs: 1, parts: 1, shapes: 1, tenants: 1, input: 1, rows: 1, log: 0, facts: 0 },
    jobClasses: 1,
    links: 0,
    prices: 0,
    serving: setup.serving,
  };
}

export class ServingSimulation {
  readonly engine: Engine;
  readonly setup: ServingSimulationSetup;
  readonly #rows: (rows: RequestRows) => void;

  constructor(
    setup: ServingSimulationSetup,
    rows: (rows: RequestRows) => void = () => undefined,
    engine = new Engine(),
  ) {
    this.engine = engine;
    this.setup = setup;
    this.#rows = rows;
    configureWorld(engine, worldOf(setup));
    engine.call((e) => e.start());
    engine.setI(abi.INPUT_DONE, 1);
    setup.ready.forEach((count, service) => {
      engine.call((e) => e.openReplicas(service, count));
    });
  }

  /** Feeds all chunks and runs until the last request has ended. */
  run(chunks: Iterable<RequestChunk>): void {
    for (const chunk of chunks) {
      for (let from = 0; from < chunk.count; ) {
        const to = fittingRows(this.setup.serving, chunk, from);
        feedRequests(this.engine, chunk, from, to, true);
        from = to;
        this.#advance(Number.POSITIVE_INFINITY, abi.NEED_INPUT);
      }
    }
    this.engine.setI(abi.REQUEST_MORE, 0);
    this.#advance(Number.POSITIVE_INFINITY, abi.DONE);
    drainRequests(this.engine, this.#rows);
  }

  /** Feeds all requests at once, for use with `runTo`; they must fit the input. */
  load(chunk: RequestChunk): void {
    feedRequests(this.engine, chunk, 0, chunk.count, false);
  }

  /** Runs everything before `untilMicros`; true when no request is left. */
  runTo(untilMicros: number): boolean {
    return this.#advance(untilMicros, abi.REACHED, abi.DONE) === abi.DONE;
  }

  /** Gaps between tokens of a service, counted by bucket; a copy. */
  gapCounts(service: number): Float64Array {
    const first = (this.setup.serving.classes.length * abi.SKETCHES_A_CLASS + service) * abi.SKETCH_BUCKETS;
    return this.engine.column(abi.COL_SKETCHES, "f64").slice(first, first + abi.SKETCH_BUCKETS);
  }

  #advance(untilMicros: number, ...stopAt: number[]): number {
    for (;;) {
      const state = this.engine.call((e) => e.advance(untilMicros));
      if (state === abi.AGAIN) continue;
      if (stopAt.includes(state)) return state;
      if (state !== abi.NEED_DRAIN) throw new Error(`the engine wants ${state} where ${stopAt.join(" or ")} was due`);
      drainRequests(this.engine, this.#rows);
    }
  }
}

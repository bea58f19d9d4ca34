// One simulated run: jobs in, rows and series out. Reads the trace in chunks of the engine's input table, so that
// memory does not grow with its length; rows and log are handed to the caller as they come.

import * as abi from "../engine/abi.js";
import { Engine } from "../engine/engine.js";
import { configurePlant, type JobClassSetup, type LinkSetup, type PriceSetup } from "../engine/plant.js";
import {
  addShapes,
  changePolicy,
  configureWorld,
  type PolicySetup,
  type ShapeSetup,
  type WorldSetup,
} from "../engine/world.js";
import { WindtunnelError } from "../model/errors.js";
import type { JobTable } from "../model/jobs.js";
import type { JobRows, Series } from "../model/results.js";

export interface SimulationSetup {
  world: WorldSetup;
  classes: readonly JobClassSetup[];
  links: readonly LinkSetup[];
  prices: readonly PriceSetup[];
  /** Speed of a class beside another on one device, row by own class; absent: sharing costs no speed. */
  pairRates?: Float64Array;
}

export interface Sinks {
  /** Rows of jobs that ended; the arrays are views, valid only during the call. */
  rows(rows: JobRows): void;
  /** Records of the log; a view, valid only during the call. */
  log?(bytes: Uint8Array): void;
}

/** Looks at a run from outside at moments of its own choice. */
export interface Watcher {
  readonly nextMicros: number;
  look(engine: Engine, shapes: readonly ShapeSetup[]): void;
}

function inWords({ tasks, gpuMilli, cpuMilli, memoryMib, modelMask }: ShapeSetup): string {
  const each = [
    `${gpuMilli / 1000} GPU`,
    ...(cpuMilli > 0 ? [`${cpuMilli / 1000} CPU cores`] : []),
    ...(memoryMib > 0 ? [`${memoryMib} MiB`] : []),
  ];
  const model = modelMask === 0 ? "" : ", each on certain GPU models only";
  return `${tasks === 1 ? "one task" : `${tasks} tasks`} of ${each.join(", ")}${model}`;
}

/** Totals of a run that the engine keeps itself. */
export interface Totals {
  finished: number;
  waitMicrosMean: number;
  jctMicrosMean: number;
  firstSubmitMicros: number;
  lastFinishMicros: number;
  heldGpuMicros: number;
  lostGpuMicros: number;
  preemptions: number;
  /** Running jobs moved to make room. */
  moves: number;
  failures: number;
  egressUsd: number;
  capacityUsd: number;
  allocatedUsd: number;
  events: number;
  passes: number;
  livePeak: number;
  arenaBytes: number;
  digest: string;
}

export class Simulation {
  readonly engine: Engine;
  readonly shapes: ShapeSetup[] = [];
  readonly #setup: SimulationSetup;
  readonly #sinks: Sinks;
  readonly #shapeIds = new Map<string, number>();
  #fed = 0;

  constructor(setup: SimulationSetup, sinks: Sinks, engine = new Engine()) {
    this.engine = engine;
    this.#setup = setup;
    this.#sinks = sinks;
    configureWorld(engine, setup.world);
    configurePlant(engine, setup.classes, setup.links, setup.prices, setup.pairRates);
    engine.call((e) => e.start());
  }

  /** Runs a whole table; a watcher looks at the state whenever its next moment has come, which changes nothing. */
  runTable(jobs: JobTable, watcher?: Watcher): void {
    const chunk = this.#setup.world.capacities.input;
    for (let from = 0; from < jobs.count; from += chunk) {
      this.#feed(jobs, from, Math.min(from + chunk, jobs.count));
      if (from + chunk >= jobs.count) this.engine.setI(abi.INPUT_DONE, 1);
      while (watcher && watcher.nextMicros < Number.POSITIVE_INFINITY) {
        if (this.#advance(watcher.nextMicros, abi.REACHED, abi.NEED_INPUT) !== abi.REACHED) break;
        watcher.look(this.engine, this.shapes);
      }
      this.#advance(Number.POSITIVE_INFINITY, abi.NEED_INPUT);
    }
    this.finish();
  }

  /** Runs a stream of tables. */
  async runStream(chunks: AsyncIterable<JobTable>): Promise<void> {
    const limit = this.#setup.world.capacities.input;
    for await (const jobs of chunks) {
      for (let from = 0; from < jobs.count; from += limit) {
        this.#feed(jobs, from, Math.min(from + limit, jobs.count));
        this.#advance(Number.POSITIVE_INFINITY, abi.NEED_INPUT);
      }
    }
    this.finish();
  }

  /** Loads a table that fits the input at once, for step-by-step use with `runUntil`. */
  load(jobs: JobTable): void {
    this.#feed(jobs, 0, jobs.count);
    this.engine.setI(abi.INPUT_DONE, 1);
  }

  /** Time of the last instant that has happened, µs. */
  get nowMicros(): number {
    return this.engine.getF(abi.NOW);
  }

  /** The state as it stands, with everything that is still to come. */
  snapshot(): Uint8Array {
    return this.engine.snapshot();
  }

  /**
   * Goes back to a snapshot and lets another policy decide from there on, beginning with the instant it was taken in.
   * @param estimate what the policy is to believe of the run time of a job that is there, µs; undefined: what was said.
   */
  fork(snapshot: Uint8Array, policy: PolicySetup, estimate: (job: number) => number | undefined): void {
    const { engine } = this;
    engine.restore(snapshot);
    const state = engine.field(abi.COL_CLAIM_STATE, "i32");
    const jobs = engine.field(abi.COL_CLAIM_JOB, "i32");
    for (let slot = 1; slot < state.length; slot++) {
      if (state[slot] === abi.STATE_GONE) continue;
      const micros = estimate(jobs[slot]!);
      if (micros !== undefined) engine.setField(abi.COL_CLAIM_ESTIMATE, "f64", slot, micros);
    }
    changePolicy(engine, policy);
    engine.setI(abi.INSTANT_OPEN, 1);
  }

  /** Runs until everything before `untilMicros` has happened; true when nothing is left. */
  runUntil(untilMicros: number): boolean {
    return this.#advance(untilMicros, abi.REACHED) === abi.DONE;
  }

  /** Says that no more input comes and runs to the end. */
  finish(): void {
    this.engine.setI(abi.INPUT_DONE, 1);
    this.#advance(Number.POSITIVE_INFINITY, abi.DONE);
    this.#drain();
  }

  #advance(untilMicros: number, ...stopAt: number[]): number {
    for (;;) {
      const state = this.engine.call((e) => e.advance(untilMicros));
      if (state === abi.AGAIN) continue;
      if (state === abi.NEED_DRAIN) {
        this.#drain();
      } else if (stopAt.includes(state) || state === abi.DONE) {
        this.#drain();
        return state;
      } else {
        throw new Error(`the engine wants ${state} where ${stopAt.join(" or ")} was due`);
      }
    }
  }

  /** Id of the shape of a job of this table. Throws JOB_INFEASIBLE if no pool could hold it. */
  shapeOf(jobs: JobTable, i: number): number {
    const shape: ShapeSetup = {
      tasks: jobs.tasks[i]!,
      gpuMilli: jobs.gpuMilli[i]!,
      cpuMilli: jobs.cpuMilli[i]!,
      memoryMib: jobs.memoryMib[i]!,
      modelMask: jobs.modelMask[i]!,
    };
    const key = `${shape.tasks} ${shape.gpuMilli} ${shape.cpuMilli} ${shape.memoryMib} ${shape.modelMask}`;
    const known = this.#shapeIds.get(key);
    if (known !== undefined) return known;
    const id = this.shapes.length;
    addShapes(this.engine, [shape], this.#setup.world.capacities.shapes);
    if (!this.engine.call((e) => e.feasible(id))) {
      throw new WindtunnelError(
        "JOB_INFEASIBLE",
        `Job ${this.#fed + i} asks for ${inWords(shape)}, which no pool could hold even when empty under placement ${this.#setup.world.policy.place}.`,
        "Enlarge a pool of the scenario (nodes, gpusPerNode, CPU, memory; gpuModel where the job names models), use another placement, or leave such jobs out.",
      );
    }
    this.shapes.push(shape);
    this.#shapeIds.set(key, id);
    return id;
  }

  #feed(jobs: JobTable, from: number, to: number): void {
    const { engine } = this;
    const shapes = new Int32Array(to - from);
    for (let i = from; i < to; i++) {
      // most neighbours have the shape of the one before: do not ask the map again
      const same =
        i > from &&
        jobs.tasks[i] === jobs.tasks[i - 1] &&
        jobs.gpuMilli[i] === jobs.gpuMilli[i - 1] &&
        jobs.cpuMilli[i] === jobs.cpuMilli[i - 1] &&
        jobs.memoryMib[i] === jobs.memoryMib[i - 1] &&
        jobs.modelMask[i] === jobs.modelMask[i - 1];
      shapes[i - from] = same ? shapes[i - from - 1]! : this.shapeOf(jobs, i);
    }
    const f64 = (id: number, column: Float64Array) => engine.column(id, "f64").set(column.subarray(from, to));
    const i32 = (id: number, column: Int32Array) => engine.column(id, "i32").set(column.subarray(from, to));
    f64(abi.COL_INPUT_SUBMIT, jobs.submitMicros);
    f64(abi.COL_INPUT_RUN, jobs.runMicros);
    f64(abi.COL_INPUT_ESTIMATE, jobs.estimateMicros);
    f64(abi.COL_INPUT_DEADLINE, jobs.deadlineMicros);
    i32(abi.COL_INPUT_TENANT, jobs.tenant);
    i32(abi.COL_INPUT_PRIORITY, jobs.priority);
    i32(abi.COL_INPUT_CLASS, jobs.jobClass);
    engine.column(abi.COL_INPUT_SHAPE, "i32").set(shapes);
    engine.column(abi.COL_INPUT_STATUS, "u8").set(jobs.endStatus.subarray(from, to));
    const ids = engine.column(abi.COL_INPUT_JOB, "i32");
    for (let i = from; i < to; i++) ids[i - from] = this.#fed + i - from;
    this.#fed += to - from;
    engine.setI(abi.INPUT_COUNT, to - from);
    engine.setI(abi.INPUT_NEXT, 0);
  }

  #drain(): void {
    const { engine } = this;
    const count = engine.getI(abi.ROW_COUNT);
    if (count > 0) {
      const f64 = (id: number) => engine.column(id, "f64").subarray(0, count);
      const i32 = (id: number) => engine.column(id, "i32").subarray(0, count);
      this.#sinks.rows({
        count,
        job: i32(abi.COL_ROW_JOB),
        submitMicros: f64(abi.COL_ROW_SUBMIT),
        firstStartMicros: f64(abi.COL_ROW_FIRST_START),
        finishMicros: f64(abi.COL_ROW_FINISH),
        heldMicros: f64(abi.COL_ROW_HELD),
        lostGpuMicros: f64(abi.COL_ROW_LOST),
        gpuMilli: i32(abi.COL_ROW_GPU_MILLI),
        restarts: i32(abi.COL_ROW_RESTARTS),
        endStatus: engine.column(abi.COL_ROW_STATUS, "u8").subarray(0, count),
        tenant: i32(abi.COL_ROW_TENANT),
        pool: i32(abi.COL_ROW_POOL),
      });
      engine.setI(abi.ROW_COUNT, 0);
    }
    const records = engine.getI(abi.LOG_COUNT);
    if (engine.getI(abi.LOG_LOST) > 0) {
      throw new WindtunnelError(
        "CAPACITY_REACHED",
        `The log lost ${engine.getI(abi.LOG_LOST)} records: one instant made more than its ${this.#setup.world.capacities.log}.`,
        "Raise it with --capacity-log.",
      );
    }
    if (records > 0) {
      this.#sinks.log?.(engine.bytes(abi.COL_LOG, records));
      engine.setI(abi.LOG_COUNT, 0);
    }
  }

  get gpusTotal(): number {
    return this.#setup.world.pools.reduce((sum, p) => sum + p.nodes * p.gpusPerNode, 0);
  }

  series(): Series {
    const { engine } = this;
    const width = engine.getF(abi.BIN_WIDTH);
    const end = engine.getF(abi.BIN_LAST);
    const bins = Math.ceil(end / width);
    const free = engine.column(abi.COL_BIN_GPU, "f64");
    const waiting = engine.column(abi.COL_BIN_WAITING, "f64");
    const stranded = engine.column(abi.COL_BIN_STRANDED, "f64");
    const gpusAllocated = new Float64Array(bins);
    const jobsWaiting = new Float64Array(bins);
    const gpusStranded = new Float64Array(bins);
    for (let i = 0; i < bins; i++) {
      const span = Math.min(width, end - i * width);
      gpusAllocated[i] = this.gpusTotal - free[i]! / span / 1000;
      jobsWaiting[i] = waiting[i]! / span;
      gpusStranded[i] = stranded[i]! / span / 1000;
    }
    return { binMicros: width, endMicros: end, gpusAllocated, gpusStranded, jobsWaiting };
  }

  totals(): Totals {
    const e = this.engine;
    const sum = (id: number) => {
      let total = 0;
      for (const value of e.column(id, "f64").subarray(0, this.#setup.world.pools.length)) total += value;
      return total;
    };
    const finished = e.getF(abi.FINISHED);
    return {
      finished,
      waitMicrosMean: e.getF(abi.SUM_WAIT) / finished,
      jctMicrosMean: e.getF(abi.SUM_JCT) / finished,
      firstSubmitMicros: e.getF(abi.FIRST_SUBMIT),
      lastFinishMicros: e.getF(abi.LAST_FINISH),
      heldGpuMicros: e.getF(abi.HELD_GPU) / 1000,
      lostGpuMicros: e.getF(abi.LOST_GPU) / 1000,
      preemptions: e.getF(abi.PREEMPTIONS),
      moves: e.getF(abi.MOVES),
      failures: e.getF(abi.FAILURES),
      egressUsd: e.getF(abi.EGRESS_USD),
      capacityUsd: sum(abi.COL_POOL_COST_CAPACITY),
      allocatedUsd: sum(abi.COL_POOL_COST_ALLOCATED),
      events: e.getF(abi.EVENT_COUNT),
      passes: e.getF(abi.PASS_COUNT),
      livePeak: e.getI(abi.LIVE_PEAK),
      arenaBytes: e.arenaBytes(),
      digest: e.digest(),
    };
  }
}

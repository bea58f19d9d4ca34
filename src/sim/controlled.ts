// A run whose pools change size at ticks: a rule is asked at each, what it orders arrives after the provisioning delay, what
// it gives up leaves as soon as nobody uses it. Between ticks the simulation is what it always is.

import * as abi from "../engine/abi.js";
import type { Engine } from "../engine/engine.js";
import { WindtunnelError } from "../model/errors.js";
import type { JobTable } from "../model/jobs.js";
import type { Observation, PoolRule } from "../plan/pool-rules.js";
import type { Simulation } from "./simulation.js";

export interface ControlSetup {
  /** By pool, in the simulation's order; all counted. */
  pools: readonly { cloud: string; gpuModel: string; gpusMin: number; gpusMax: number }[];
  /** Bit of a GPU model in a job's mask, by model. */
  modelBits: ReadonlyMap<string, number>;
  periodMicros: number;
  provisioningMicros: number;
}

export interface ControlTrail {
  ticks: number;
  /** By tick: target GPUs of every pool, and GPUs wanted. */
  targets: number[][];
  wanted: number[];
}

const DAY_MICROS = 24 * 3_600e6;
/** Ticks without anything happening after which a run is taken for stuck. */
const IDLE_TICKS_MAX = 100_000;

/** Runs all jobs under a rule. Throws CAPACITY_REACHED if they do not fit the input at once, RUN_STUCK if they never end, SCENARIO_INVALID if a pool is not counted. */
export function runControlled(
  simulation: Simulation,
  jobs: JobTable,
  setup: ControlSetup,
  rule: PoolRule,
): ControlTrail {
  const { engine } = simulation;
  const room = engine.column(abi.COL_INPUT_SUBMIT, "f64").length;
  if (jobs.count > room) {
    throw new WindtunnelError(
      "CAPACITY_REACHED",
      `A controlled run holds its trace at once: ${jobs.count} jobs, and the input has ${room} rows.`,
      "Take fewer jobs (workload.jobs).",
    );
  }
  const counted = engine.column(abi.COL_POOL_COUNTED, "i32").subarray(0, setup.pools.length);
  if (counted.includes(0)) {
    throw new WindtunnelError(
      "SCENARIO_INVALID",
      "A pool of a controlled run tracks its nodes.",
      "Give every pool `topology: counted`: only such pools can change size.",
    );
  }
  simulation.load(jobs);
  const state = new State(engine, jobs, setup);
  const trail: ControlTrail = { ticks: 0, targets: [], wanted: [] };
  let at = 0;
  let idle = 0;
  for (;;) {
    const done = simulation.runUntil(at);
    if (done && engine.getI(abi.WAITING) === 0 && engine.getI(abi.INPUT_NEXT) >= engine.getI(abi.INPUT_COUNT)) break;
    idle = done ? idle + 1 : 0;
    if (idle > IDLE_TICKS_MAX) {
      throw new WindtunnelError(
        "RUN_STUCK",
        `${engine.getI(abi.WAITING)} jobs wait, and the rule never gives them enough GPUs.`,
        "Raise gpusMax of a pool that may run them.",
      );
    }
    engine.call((e) => e.tick(at));
    if (at >= state.nextTick) {
      const seen = state.observe(trail.ticks);
      const targets = rule(seen);
      trail.targets.push(targets);
      trail.wanted.push(seen.demands.reduce((sum, d) => sum + d.gpusNow, 0));
      trail.ticks++;
      state.order(targets, at);
      state.nextTick = at + setup.periodMicros;
    }
    state.change(at);
    at = state.nextMoment();
  }
  simulation.finish();
  return trail;
}

/** States the fact that a counted pool has so many GPUs from now on; needs room for one fact (capacities.facts). */
export function stateCapacity(engine: Engine, now: number, pool: number, gpus: number): void {
  const bytes = engine.bytes(abi.COL_FACTS, 1);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  view.setFloat64(0, now, true);
  view.setInt32(24, abi.FACT_CAPACITY, true);
  view.setInt32(36, pool, true);
  view.setInt32(40, gpus, true);
  engine.call((e) => e.observe(0, 1));
}

class State {
  nextTick = 0;
  readonly #engine: Engine;
  readonly #setup: ControlSetup;
  readonly #masks: number[];
  readonly #histories: number[][];
  readonly #models: string[][];
  #targets: number[];
  /** What is on its way: pool, GPUs, when. */
  #coming: { pool: number; gpus: number; at: number }[] = [];

  constructor(engine: Engine, jobs: JobTable, setup: ControlSetup) {
    this.#engine = engine;
    this.#setup = setup;
    this.#masks = [...new Set(jobs.modelMask.subarray(0, jobs.count))].sort((a, b) => b - a);
    this.#histories = this.#masks.map(() => []);
    this.#models = this.#masks.map((mask) => [...setup.modelBits].flatMap(([name, bit]) => (mask & bit ? [name] : [])));
    this.#targets = setup.pools.map((pool) => pool.gpusMax);
  }

  observe(tick: number): Observation {
    const engine = this.#engine;
    const { gpus, allocated } = this.#counts();
    const prices = engine.column(abi.COL_POOL_PRICE, "f64");
    const wanted = this.#masks.map(() => 0);
    const largest = this.#masks.map(() => 0);
    const states = engine.field(abi.COL_CLAIM_STATE, "i32");
    const shapes = engine.field(abi.COL_CLAIM_SHAPE, "i32");
    const milli = engine.field(abi.COL_CLAIM_GPU_MILLI, "i32");
    const masks = engine.column(abi.COL_SHAPE_MODEL_MASK, "i32");
    for (let slot = 0; slot < states.length; slot++) {
      if (states[slot] === abi.STATE_GONE) continue;
      const k = this.#masks.indexOf(masks[shapes[slot]!]!);
      wanted[k]! += milli[slot]! / 1000;
      if (states[slot] === abi.STATE_QUEUED) largest[k] = Math.max(largest[k]!, milli[slot]! / 1000);
    }
    return {
      tick,
      ticksPerDay: Math.max(1, Math.round(DAY_MICROS / this.#setup.periodMicros)),
      pools: this.#setup.pools.map((pool, p) => {
        const ordered = this.#coming.reduce((sum, o) => sum + (o.pool === p ? o.gpus : 0), 0);
        return { ...pool, usdPerGpuHour: prices[p]!, gpus: gpus[p]!, ordered, allocated: allocated[p]! };
      }),
      demands: wanted.map((gpusNow, k) => {
        this.#histories[k]!.push(gpusNow);
        const history = this.#histories[k]!;
        return { gpuModels: this.#models[k]!, gpusNow, history, largestGpus: Math.ceil(largest[k]!) };
      }),
    };
  }

  #counts(): { gpus: number[]; allocated: number[] } {
    const count = this.#setup.pools.length;
    const gpus = Array.from(this.#engine.column(abi.COL_POOL_GPU_COUNT, "i32").subarray(0, count));
    const free = this.#engine.column(abi.COL_POOL_FREE_MILLI, "i32");
    return { gpus, allocated: gpus.map((n, p) => Math.ceil(n - free[p]! / 1000)) };
  }

  /** What is missing is ordered; what is on its way and no longer wanted is called off, last ordered first. */
  order(targets: readonly number[], now: number): void {
    const { gpus } = this.#counts();
    this.#targets = targets.map((t, p) =>
      Math.min(this.#setup.pools[p]!.gpusMax, Math.max(this.#setup.pools[p]!.gpusMin, t)),
    );
    this.#targets.forEach((target, p) => {
      let surplus = gpus[p]! - target;
      for (const o of this.#coming) if (o.pool === p) surplus += o.gpus;
      for (let k = this.#coming.length - 1; k >= 0 && surplus > 0; k--) {
        const o = this.#coming[k]!;
        if (o.pool !== p) continue;
        const less = Math.min(o.gpus, surplus);
        o.gpus -= less;
        surplus -= less;
      }
      if (surplus < 0) this.#coming.push({ pool: p, gpus: -surplus, at: now + this.#setup.provisioningMicros });
    });
    this.#coming = this.#coming.filter((o) => o.gpus > 0);
  }

  /** What has arrived is there; what is above the target and idle goes. */
  change(now: number): void {
    const { gpus, allocated } = this.#counts();
    const after = gpus.map((n, p) => Math.max(Math.min(n, this.#targets[p]!), allocated[p]!));
    for (const o of this.#coming)
      if (o.at <= now) after[o.pool] = Math.min(this.#setup.pools[o.pool]!.gpusMax, after[o.pool]! + o.gpus);
    this.#coming = this.#coming.filter((o) => o.at > now);
    after.forEach((n, p) => {
      if (n !== gpus[p]) stateCapacity(this.#engine, now, p, n);
    });
  }

  nextMoment(): number {
    return this.#coming.reduce((next, o) => Math.min(next, o.at), this.nextTick);
  }
}

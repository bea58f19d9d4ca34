// A run whose services change their number of replicas at ticks: a controller is asked at each; what it adds takes requests
// after the cold start, what it takes away ends the requests it has.

import * as abi from "../../engine/abi.js";
import type { Engine } from "../../engine/engine.js";
import type { RequestChunk } from "../../engine/services.js";
import type { Autoscaler, ServiceView } from "../../plan/autoscalers.js";
import type { ServingSimulation } from "./serving.js";

export interface ControlledService {
  autoscaler: Autoscaler;
  coldStartMicros: number;
  replicasMin: number;
  replicasMax: number;
  /** Blocks of memory of a replica. */
  blocks: number;
}

/** Replicas at a tick. */
export interface TickRow {
  atMicros: number;
  ready: number;
  starting: number;
  draining: number;
  outstanding: number;
  memoryShare: number;
}

export interface ServiceTrail {
  ticks: TickRow[];
  /** Replica x µs that were paid for, by state; busy is the part of ready in which iterations ran. */
  readyMicros: number;
  startingMicros: number;
  drainingMicros: number;
  busyMicros: number;
  /** Length of the run. */
  spanMicros: number;
  /** Orders and removals. */
  scalings: number;
}

/** Runs all requests; ticks every `periodMicros` until the last has ended. */
export function runControlledServices(
  simulation: ServingSimulation,
  requests: RequestChunk,
  services: readonly ControlledService[],
  periodMicros: number,
): ServiceTrail[] {
  const { engine } = simulation;
  const ready: number[] = Array.from(engine.column(abi.COL_SERVICE_FIRST, "i32"));
  const states = services.map((service, s) => new ServiceState(engine, service, s, ready[s]!));
  simulation.load(requests);
  for (let tick = 0; ; tick++) {
    const at = tick * periodMicros;
    let now = (tick - 1) * periodMicros;
    for (;;) {
      // replicas that become ready between two ticks do so at their own moment
      const next = Math.min(at, ...states.map((state) => state.nextReady()));
      const done = simulation.runTo(next + 1);
      for (const state of states) state.pass(next - Math.max(0, now));
      now = next;
      for (const state of states) state.open(next);
      if (next < at) continue;
      if (done) return states.map((state) => state.finish());
      break;
    }
    engine.call((e) => e.gauge(at));
    for (const state of states) state.tick(at, periodMicros);
  }
}

class ServiceState {
  readonly #engine: Engine;
  readonly #service: ControlledService;
  readonly #index: number;
  readonly #first: number;
  /** Places that start, and when each takes requests. */
  readonly #starting = new Map<number, number>();
  readonly #trail: ServiceTrail = {
    ticks: [],
    readyMicros: 0,
    startingMicros: 0,
    drainingMicros: 0,
    busyMicros: 0,
    spanMicros: 0,
    scalings: 0,
  };
  #loadBefore = 0;
  readonly #busyOfClosed: number[] = [];

  constructor(engine: Engine, service: ControlledService, index: number, first: number) {
    this.#engine = engine;
    this.#service = service;
    this.#index = index;
    this.#first = first;
  }

  nextReady(): number {
    return Math.min(Number.POSITIVE_INFINITY, ...this.#starting.values());
  }

  #places(state: number): number[] {
    const states = this.#engine.column(abi.COL_REPLICA_STATE, "i32");
    const out: number[] = [];
    for (let p = this.#first; p < this.#first + this.#service.replicasMax; p++) if (states[p] === state) out.push(p);
    return out;
  }

  #set(place: number, state: number): boolean {
    return this.#engine.call((e) => e.setReplica(this.#index, place, state)) !== 0;
  }

  /** Accounts for time in which nobody changed state. */
  pass(micros: number): void {
    if (micros <= 0) return;
    this.#trail.spanMicros += micros;
    this.#trail.readyMicros += micros * this.#places(abi.REPLICA_READY).length;
    this.#trail.startingMicros += micros * this.#starting.size;
    this.#trail.drainingMicros += micros * this.#places(abi.REPLICA_DRAINING).length;
  }

  open(now: number): void {
    for (const [place, at] of [...this.#starting]) {
      if (at > now) continue;
      this.#starting.delete(place);
      this.#set(place, abi.REPLICA_READY);
    }
  }

  tick(at: number, periodMicros: number): void {
    const engine = this.#engine;
    const outstandingOf = engine.column(abi.COL_REPLICA_OUTSTANDING, "i32");
    for (const place of this.#places(abi.REPLICA_DRAINING)) {
      if (outstandingOf[place]! > 0) continue;
      this.#keepBusy(place);
      this.#set(place, abi.REPLICA_ABSENT);
    }
    const ready = this.#places(abi.REPLICA_READY);
    const blocks = engine.column(abi.COL_REPLICA_BLOCKS, "i32");
    const used = ready.reduce((sum, place) => sum + blocks[place]!, 0);
    const outstanding = engine.column(abi.COL_SERVICE_OUTSTANDING, "i32")[this.#index]!;
    const since = engine.column(abi.COL_SERVICE_LOAD_AT, "f64")[this.#index]!;
    const load = engine.column(abi.COL_SERVICE_LOAD_MICROS, "f64")[this.#index]! + (at - since) * outstanding;
    const seen: ServiceView = {
      atSeconds: at / 1e6,
      ready: ready.length,
      starting: this.#starting.size,
      replicasMin: this.#service.replicasMin,
      replicasMax: this.#service.replicasMax,
      outstanding,
      concurrencyMean: at === 0 ? outstanding : (load - this.#loadBefore) / periodMicros,
      memoryShare: ready.length === 0 ? 0 : used / (ready.length * this.#service.blocks),
    };
    this.#loadBefore = load;
    this.#trail.ticks.push({
      atMicros: at,
      ready: seen.ready,
      starting: seen.starting,
      draining: this.#places(abi.REPLICA_DRAINING).length,
      outstanding,
      memoryShare: seen.memoryShare,
    });
    this.#scale(at, this.#service.autoscaler(seen), ready);
  }

  #scale(at: number, wanted: number, ready: readonly number[]): void {
    const { replicasMin, replicasMax, coldStartMicros } = this.#service;
    let more = Math.min(replicasMax, Math.max(replicasMin, wanted)) - ready.length - this.#starting.size;
    if (more !== 0) this.#trail.scalings++;
    for (const place of more > 0 ? this.#places(abi.REPLICA_DRAINING) : []) {
      // one that drains is still warm
      if (more > 0 && this.#set(place, abi.REPLICA_READY)) more--;
    }
    for (const place of more > 0 ? this.#places(abi.REPLICA_ABSENT) : []) {
      if (more <= 0) break;
      more--;
      this.#set(place, coldStartMicros > 0 ? abi.REPLICA_STARTING : abi.REPLICA_READY);
      if (coldStartMicros > 0) this.#starting.set(place, at + coldStartMicros);
    }
    // first those that have not started, last ordered first; then those with the highest place
    for (const place of [...this.#starting.keys()].reverse()) {
      if (more >= 0) break;
      this.#starting.delete(place);
      this.#set(place, abi.REPLICA_ABSENT);
      more++;
    }
    for (const place of [...ready].reverse()) {
      if (more >= 0) break;
      this.#set(place, abi.REPLICA_DRAINING);
      more++;
    }
  }

  #keepBusy(place: number): void {
    this.#busyOfClosed.push(this.#engine.column(abi.COL_REPLICA_BUSY, "f64")[place]!);
  }

  finish(): ServiceTrail {
    this.#engine.call((e) => e.gauge(0));
    for (const state of [abi.REPLICA_READY, abi.REPLICA_DRAINING])
      for (const place of this.#places(state)) this.#keepBusy(place);
    this.#trail.busyMicros = this.#busyOfClosed.reduce((sum, micros) => sum + micros, 0);
    return this.#trail;
  }
}

// The replicas of one service in a controlled run: ordered, starting, ready, crashed and not yet missed, draining, gone; what
// they were paid for, and what a controller sees of them at a tick.

import * as abi from "../../engine/abi.js";
import { createDraws, type Draws } from "../../engine/draws.js";
import type { Engine } from "../../engine/engine.js";
import type { ServiceAlertSpec } from "../../model/serving/alerts.js";
import type { CrashesSpec } from "../../model/serving/gateway.js";
import type { Autoscaler, ServiceView } from "../../plan/autoscalers.js";
import { type AlertTrail, ServiceAlerts } from "./alerting.js";
import { Sketch } from "./outcomes.js";
import { Scaling } from "./scaling.js";
import type { StartUp } from "./start-up.js";

export interface ControlledService {
  name: string;
  autoscaler: Autoscaler;
  startUp: StartUp;
  crashes?: CrashesSpec | undefined;
  replicasMin: number;
  replicasMax: number;
  /** Blocks of memory of a replica. */
  blocks: number;
  /** Classes of its requests. */
  classes: readonly number[];
  alerts?: readonly ServiceAlertSpec[];
}

/** Replicas at a tick. */
export interface TickRow {
  atMicros: number;
  ready: number;
  starting: number;
  draining: number;
  outstanding: number;
  memoryShare: number;
  /** Requests in the batches of all replicas, and those that wait at them. */
  running: number;
  waiting: number;
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
  coldStarts: number;
  crashes: number;
  alerts: AlertTrail[];
}

/** Replicas that are there, whether the router sends them requests or not. */
const THERE = [abi.REPLICA_READY, abi.REPLICA_EJECTED];

export class Replicas {
  readonly #engine: Engine;
  readonly #service: ControlledService;
  readonly #index: number;
  readonly #first: number;
  readonly #scaling: Scaling;
  /** Moments, µs, by place: those that start take requests, the others crash, and those that crashed are missed. */
  readonly #starting = new Map<number, number>();
  readonly #crashing = new Map<number, number>();
  readonly #missed = new Map<number, number>();
  readonly #used = new Set<number>();
  readonly #draws: Draws;
  readonly #busyOfClosed: number[] = [];
  readonly #trail: Omit<ServiceTrail, "scalings" | "coldStarts"> = {
    ticks: [],
    readyMicros: 0,
    startingMicros: 0,
    drainingMicros: 0,
    busyMicros: 0,
    spanMicros: 0,
    crashes: 0,
    alerts: [],
  };
  #loadBefore = 0;
  #ttftBefore: Float64Array | undefined;
  readonly #alerts: ServiceAlerts;

  /** @param first place of the service. */
  constructor(engine: Engine, service: ControlledService, index: number, first: number, seed: number) {
    this.#engine = engine;
    this.#service = service;
    this.#index = index;
    this.#first = first;
    this.#scaling = new Scaling(service.replicasMin, service.replicasMax);
    this.#draws = createDraws(seed, `crashes ${service.name}`);
    this.#alerts = new ServiceAlerts(service.alerts ?? [], service.classes);
    for (const place of this.#places(...THERE)) this.#begin(place, 0);
  }

  /** When something happens to a replica next, µs. */
  nextEvent(): number {
    return Math.min(
      Number.POSITIVE_INFINITY,
      ...this.#starting.values(),
      ...this.#crashing.values(),
      ...this.#missed.values(),
    );
  }

  #places(...wanted: number[]): number[] {
    const states = this.#engine.column(abi.COL_REPLICA_STATE, "i32");
    const out: number[] = [];
    for (let p = this.#first; p < this.#first + this.#service.replicasMax; p++)
      if (wanted.includes(states[p]!)) out.push(p);
    return out;
  }

  #set(place: number, state: number): boolean {
    return this.#engine.call((e) => e.setReplica(this.#index, place, state)) !== 0;
  }

  /** A replica takes requests from `now` on. */
  #begin(place: number, now: number): void {
    this.#used.add(place);
    const { crashes } = this.#service;
    if (crashes) this.#crashing.set(place, now + Math.ceil(this.#draws.exponential() * crashes.meanHours * 3600e6));
  }

  /** Accounts for time in which nobody changed state. */
  pass(micros: number): void {
    if (micros <= 0) return;
    this.#trail.spanMicros += micros;
    this.#trail.readyMicros += micros * this.#places(...THERE).length;
    this.#trail.startingMicros += micros * this.#starting.size;
    this.#trail.drainingMicros += micros * this.#places(abi.REPLICA_DRAINING).length;
  }

  /** What happens to replicas at `now`, µs. */
  happen(now: number): void {
    for (const [place, at] of [...this.#starting]) {
      if (at > now) continue;
      this.#starting.delete(place);
      this.#set(place, abi.REPLICA_READY);
      this.#begin(place, now);
    }
    for (const [place, at] of [...this.#crashing]) {
      if (at > now) continue;
      this.#crashing.delete(place);
      this.#trail.crashes++;
      this.#engine.call((e) => e.gauge(now));
      this.#keepBusy(place);
      this.#engine.call((e) => e.crash(place, now));
      this.#missed.set(place, now + Math.round(this.#service.crashes!.detectSeconds * 1e6));
    }
    for (const [place, at] of [...this.#missed]) {
      if (at > now) continue;
      this.#missed.delete(place);
      this.#set(place, abi.REPLICA_ABSENT);
    }
  }

  tick(at: number, periodMicros: number): void {
    const outstandingOf = this.#engine.column(abi.COL_REPLICA_OUTSTANDING, "i32");
    for (const place of this.#places(abi.REPLICA_DRAINING)) {
      if (outstandingOf[place]! > 0 || this.#missed.has(place)) continue;
      this.#keepBusy(place);
      this.#crashing.delete(place);
      this.#set(place, abi.REPLICA_ABSENT);
    }
    const ready = this.#places(...THERE);
    const seen = this.#view(at, periodMicros, ready);
    this.#trail.ticks.push({
      atMicros: at,
      ready: seen.ready,
      starting: seen.starting,
      draining: this.#places(abi.REPLICA_DRAINING).length,
      outstanding: seen.outstanding,
      memoryShare: seen.memoryShare,
      running: this.#sum(abi.COL_REPLICA_RUNNING),
      waiting: this.#sum(abi.COL_REPLICA_WAITING),
    });
    const more = this.#service.alerts ? this.#alerts.see(this.#engine, seen) : 0;
    this.#scale(at, this.#service.autoscaler(seen) + more, ready);
  }

  /** Of a gauge, over the places of the service. */
  #sum(column: number): number {
    const values = this.#engine.column(column, "i32");
    let sum = 0;
    for (let p = this.#first; p < this.#first + this.#service.replicasMax; p++) sum += values[p]!;
    return sum;
  }

  #view(at: number, periodMicros: number, ready: readonly number[]): ServiceView {
    const engine = this.#engine;
    const blocks = engine.column(abi.COL_REPLICA_BLOCKS, "i32");
    const used = ready.reduce((sum, place) => sum + blocks[place]!, 0);
    // who waits at the gateway is in the service, too
    const held = engine.column(abi.COL_GATEWAY, "f64")[this.#index * abi.GATEWAY_FIELDS + abi.GATEWAY_HELD]!;
    const inService = engine.column(abi.COL_SERVICE_OUTSTANDING, "i32")[this.#index]!;
    const since = engine.column(abi.COL_SERVICE_LOAD_AT, "f64")[this.#index]!;
    const load = engine.column(abi.COL_SERVICE_LOAD_MICROS, "f64")[this.#index]! + (at - since) * inService;
    const mean = at === 0 ? inService : (load - this.#loadBefore) / periodMicros;
    this.#loadBefore = load;
    // asked at most once a tick, since it is of what ended since the last time
    let latency: Sketch | undefined;
    return {
      atSeconds: at / 1e6,
      ready: ready.length,
      starting: this.#starting.size,
      replicasMin: this.#service.replicasMin,
      replicasMax: this.#service.replicasMax,
      outstanding: inService + held,
      concurrencyMean: mean + held,
      memoryShare: ready.length === 0 ? 0 : used / (ready.length * this.#service.blocks),
      ttftSeconds: (percentile) => {
        latency ??= this.#ttft();
        return latency.percentile(percentile);
      },
    };
  }

  /** Time to first token of requests that ended since this was asked last. */
  #ttft(): Sketch {
    const all = this.#engine.column(abi.COL_SKETCHES, "f64");
    const counts = new Float64Array(abi.SKETCH_BUCKETS);
    for (const c of this.#service.classes) {
      const first = (c * abi.SKETCHES_A_CLASS + abi.SKETCH_TTFT) * abi.SKETCH_BUCKETS;
      for (let i = 0; i < counts.length; i++) counts[i]! += all[first + i]!;
    }
    const before = this.#ttftBefore;
    this.#ttftBefore = counts;
    return new Sketch(before ? counts.map((n, i) => n - before[i]!) : counts);
  }

  #scale(at: number, wanted: number, ready: readonly number[]): void {
    const { startUp } = this.#service;
    let more = this.#scaling.decide(wanted, ready.length + this.#starting.size);
    for (const place of more > 0 ? this.#places(abi.REPLICA_DRAINING) : []) {
      // one that drains is still warm
      if (more > 0 && !this.#missed.has(place) && this.#set(place, abi.REPLICA_READY)) more--;
    }
    for (const place of more > 0 ? this.#places(abi.REPLICA_ABSENT) : []) {
      if (more <= 0) break;
      more--;
      this.#scaling.coldStarts++;
      const micros = Math.round(startUp(this.#used.has(place)) * 1e6);
      this.#set(place, micros > 0 ? abi.REPLICA_STARTING : abi.REPLICA_READY);
      if (micros > 0) this.#starting.set(place, at + micros);
      else this.#begin(place, at);
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
    for (const place of this.#places(...THERE, abi.REPLICA_DRAINING))
      if (!this.#missed.has(place)) this.#keepBusy(place);
    this.#trail.busyMicros = this.#busyOfClosed.reduce((sum, micros) => sum + micros, 0);
    const { scalings, coldStarts } = this.#scaling;
    return { ...this.#trail, scalings, coldStarts, alerts: this.#alerts.trails };
  }
}

// A service as a fluid, tick by tick: requests are a rate, replicas end them along their curve, what they cannot take waits.
// Controllers are asked as in request mode and cannot tell the difference.

import * as abi from "../../../engine/abi.js";
import type { Autoscaler } from "../../../plan/autoscalers.js";
import { Sketch } from "../outcomes.js";
import type { TickRow } from "../replicas.js";
import { Scaling } from "../scaling.js";
import type { StartUp } from "../start-up.js";
import type { Point, ReplicaCurve } from "./curve.js";

export interface FluidDemand {
  stepSeconds: number;
  /** Requests a second, by step. */
  perSecond: Float64Array;
  /** Index of the curve, by step; absent: 0 throughout. */
  mix?: Uint16Array;
}

export interface FluidService {
  demand: FluidDemand;
  /** By mix of lengths. */
  curves: readonly ReplicaCurve[];
  autoscaler: Autoscaler;
  startUp: StartUp;
  replicasMin: number;
  replicasMax: number;
  replicasAtStart: number;
  bounds: { ttftSeconds: number; tpotSeconds: number; e2eSeconds: number };
}

export interface FluidResult {
  requests: number;
  met: number;
  outputTokens: number;
  promptTokens: number;
  ttft: Sketch;
  tpot: Sketch;
  e2e: Sketch;
  ticks: TickRow[];
  /** Replica x s by state. */
  readySeconds: number;
  startingSeconds: number;
  busySeconds: number;
  spanSeconds: number;
  scalings: number;
  coldStarts: number;
  /** Requests by load (arrivals ÷ what the replicas end at most) in steps of LOAD_STEP, the last for all above. */
  byLoad: Float64Array;
  outstandingMean: number;
  e2eSecondsMean: number;
}

export const LOAD_STEP = 0.05;
const LOADS = 41;
/** The state is brought forward in steps of so many seconds at most. */
const STEP_SECONDS = 1;

/** Counts by magnitude as in the engine: 128 buckets an octave from 1 µs. */
class Counts {
  readonly counts = new Float64Array(abi.SKETCH_BUCKETS);
  readonly #view = new DataView(new ArrayBuffer(8));

  add(seconds: number, weight: number): void {
    this.#view.setFloat64(0, Math.max(1, seconds * 1e6));
    const high = this.#view.getUint32(0); // sign, exponent and 20 bits of the mantissa, of which 7 count
    const bucket = (high >>> 13) - (0x3ff << 7);
    this.counts[Math.min(abi.SKETCH_BUCKETS - 1, bucket)]! += weight;
  }
}

interface Found {
  curve: ReplicaCurve;
  point: Point;
  waitSeconds: number;
}

/** Runs a service; ticks every `controlSeconds` as long as there is demand, and until nobody is left. */
export function runFluid(service: FluidService, controlSeconds: number): FluidResult {
  const { demand, curves, autoscaler, startUp, replicasMin, replicasMax } = service;
  const spanSeconds = demand.perSecond.length * demand.stepSeconds;
  const starting: number[] = [];
  let [ready, present, used] = [service.replicasAtStart, 0, service.replicasAtStart];
  let lastPoint = curves[0]!.at(0);
  const measures = new FluidMeasures(service);
  for (let tick = 0; ; tick++) {
    const at = tick * controlSeconds;
    const from = Math.max(0, at - controlSeconds);
    let [load, arrived] = [0, 0];
    let find: Found | undefined;
    const steps = at === 0 ? 0 : Math.max(1, Math.ceil((at - from) / STEP_SECONDS));
    for (let k = 0; k < steps; k++) {
      const dt = (at - from) / steps;
      const now = from + k * dt;
      while (starting.length > 0 && starting[0]! <= now) {
        starting.shift();
        ready++;
      }
      const step = Math.floor(now / demand.stepSeconds);
      const rate = demand.perSecond[step] ?? 0;
      const curve = curves[demand.mix?.[Math.min(step, demand.mix.length - 1)] ?? 0]!;
      lastPoint = curve.at(ready === 0 ? 0 : present / ready);
      const ends = Math.min(lastPoint.perSecond * ready, present / dt + rate);
      const waiting = Math.max(0, present - curve.presentMax * ready);
      const waitSeconds =
        ready === 0 ? Number.POSITIVE_INFINITY : waiting / Math.max(1e-12, curve.perSecondMax * ready);
      arrived += rate * dt;
      // measured once a tick, in its middle: what a request finds are the others and itself
      if (k === steps >> 1)
        find = { curve, waitSeconds, point: ready === 0 ? lastPoint : curve.at(present / ready + 1) };
      measures.pay(dt, ready, starting.length, present);
      load += present * dt;
      present = Math.max(0, present + (rate - ends) * dt);
    }
    if (find) measures.see(arrived, find, arrived / (at - from) / Math.max(1e-12, find.curve.perSecondMax * ready));
    if (at >= spanSeconds && present < 1) return measures.result(spanSeconds);
    if (at >= spanSeconds * 2 + 3600) return measures.result(spanSeconds); // a backlog that nobody serves
    measures.tick(at, ready, starting.length, present, lastPoint);
    const wanted = autoscaler({
      atSeconds: at,
      ready,
      starting: starting.length,
      replicasMin,
      replicasMax,
      outstanding: present,
      concurrencyMean: at === 0 ? present : load / controlSeconds,
      memoryShare: lastPoint.memoryShare,
      ttftSeconds: (percentile) => measures.ttftSince(percentile),
    });
    let more = measures.scaling.decide(wanted, ready + starting.length);
    for (; more > 0; more--) {
      measures.scaling.coldStarts++;
      starting.push(at + startUp(ready + starting.length < used));
      used = Math.max(used, ready + starting.length);
    }
    starting.sort((a, b) => a - b);
    for (; more < 0 && starting.length > 0; more++) starting.pop();
    ready = Math.max(0, ready + Math.min(0, more));
  }
}

class FluidMeasures {
  readonly scaling: Scaling;
  readonly #service: FluidService;
  readonly #ttft = new Counts();
  readonly #tpot = new Counts();
  readonly #e2e = new Counts();
  readonly #ticks: TickRow[] = [];
  readonly #byLoad = new Float64Array(LOADS);
  #before = new Float64Array(abi.SKETCH_BUCKETS);
  #sums = { requests: 0, met: 0, output: 0, prompt: 0, ready: 0, starting: 0, busy: 0, present: 0, e2e: 0 };

  constructor(service: FluidService) {
    this.#service = service;
    this.scaling = new Scaling(service.replicasMin, service.replicasMax);
  }

  /** So many requests arrive and find this. */
  see(requests: number, { curve, point, waitSeconds }: Found, load: number): void {
    if (requests === 0) return;
    const { bounds } = this.#service;
    const { prompts, outputs, promptMean, outputMean } = curve.mix;
    const weight = requests / prompts.length;
    for (let i = 0; i < prompts.length; i++) {
      const ttft = waitSeconds + curve.firstTokenSeconds(point, prompts[i]!);
      const e2e = ttft + (outputs[i]! - 1) * point.iterationSeconds;
      if (ttft <= bounds.ttftSeconds && point.iterationSeconds <= bounds.tpotSeconds && e2e <= bounds.e2eSeconds)
        this.#sums.met += weight;
      this.#ttft.add(ttft, weight);
      this.#e2e.add(e2e, weight);
      this.#sums.e2e += e2e * weight;
    }
    this.#tpot.add(point.iterationSeconds, requests);
    this.#sums.requests += requests;
    this.#sums.prompt += requests * promptMean;
    this.#sums.output += requests * outputMean;
    this.#byLoad[Math.min(LOADS - 1, Math.floor(load / LOAD_STEP))]! += requests;
  }

  /** Replicas for `dt` seconds; a replica with fewer than one request present is busy for that share of the time. */
  pay(dt: number, ready: number, starting: number, present: number): void {
    this.#sums.ready += ready * dt;
    this.#sums.starting += starting * dt;
    this.#sums.busy += Math.min(ready, present) * dt;
    this.#sums.present += present * dt;
  }

  tick(at: number, ready: number, starting: number, outstanding: number, { decoding, memoryShare }: Point): void {
    const running = Math.min(outstanding, decoding * ready);
    const waiting = outstanding - running;
    this.#ticks.push({ atMicros: at * 1e6, ready, starting, draining: 0, outstanding, memoryShare, running, waiting });
  }

  /** Of requests since this was asked last. */
  ttftSince(percentile: number): number {
    const now = this.#ttft.counts.slice();
    const since = new Sketch(now.map((n, i) => n - this.#before[i]!));
    this.#before = now;
    return since.total > 0 ? since.percentile(percentile) : Number.NaN;
  }

  result(spanSeconds: number): FluidResult {
    const s = this.#sums;
    return {
      requests: s.requests,
      met: s.met,
      outputTokens: s.output,
      promptTokens: s.prompt,
      ttft: new Sketch(this.#ttft.counts),
      tpot: new Sketch(this.#tpot.counts),
      e2e: new Sketch(this.#e2e.counts),
      ticks: this.#ticks,
      readySeconds: s.ready,
      startingSeconds: s.starting,
      busySeconds: s.busy,
      spanSeconds,
      scalings: this.scaling.scalings,
      coldStarts: this.scaling.coldStarts,
      byLoad: this.#byLoad,
      outstandingMean: s.present / spanSeconds,
      e2eSecondsMean: s.e2e / s.requests,
    };
  }
}

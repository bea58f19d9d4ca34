// One run of an ensemble service: its members as batch servers, requests over time, clouds that are cut off.

import * as abi from "../../engine/abi.js";
import { createDraws } from "../../engine/draws.js";
import {
  type EnsemblesSetup,
  type EnsembleTally,
  readEnded,
  readEnsemble,
  swapMatrix,
} from "../../engine/ensembles.js";
import { createRequestChunk, type ProfileSetup, type RequestChunk, type ServingSetup } from "../../engine/services.js";
import type { PolicySpec, ServeSpec } from "../../model/answer-study.js";
import { WindtunnelError } from "../../model/errors.js";
import { drawArrivals } from "../../replay/requests/arrivals.js";
import { Sketch } from "../services/outcomes.js";
import { ServingSimulation } from "../services/serving.js";
import { type WatchedRun, watchAnswers } from "./watch.js";

export interface Predictions {
  /** By member: samples x classes. */
  matrices: readonly Float32Array[];
  classes: number;
  labels: Int32Array;
}

/** One of a policy's deadlines and thresholds. */
export interface PolicyPoint {
  policy: PolicySpec;
  deadlineMillis: number;
  sure: number;
}

export interface ServedRun {
  tally: EnsembleTally;
  accuracy: number;
  answeredShare: number;
  latencySecondsP50: number;
  latencySecondsP99: number;
  busyHours: number[];
  egressUsd: number;
  /** Servers as long as the run lasts; and only while they work. */
  usdHeld: number;
  usdWorked: number;
  /** Of a study that watches its answers. */
  watched?: WatchedRun;
  digest: string;
}

export const BINS = 120;
const LIVE_MAX = 65_536;
const SPAN_MICROS = 60e6;

/** Requests of a replication: moments and samples, the same for every policy. */
export function drawAsks(spec: ServeSpec, labels: Int32Array, seed: number): { at: Float64Array; sample: Int32Array } {
  const samples = labels.length;
  const shape = { perSecondMean: spec.requestsPerSecond, hourly: [1], daily: [1], cv: spec.cv };
  const all = drawArrivals(createDraws(seed, "ensemble arrivals"), shape, Math.ceil(spec.minutes / 60));
  const at = all.filter((micros) => micros < spec.minutes * SPAN_MICROS);
  const draws = createDraws(seed, "ensemble samples");
  const sample = Int32Array.from(at, () => draws.integer(samples));
  spec.events.forEach(({ what, atMinutes, minutes, classes, share }, i) => {
    if (what !== "surge") return;
    const about = Int32Array.from(labels.keys()).filter((n) => classes.includes(labels[n]!));
    if (about.length === 0) {
      throw new WindtunnelError(
        "SCENARIO_INVALID",
        `events: a surge of classes ${classes.join(", ") || "(none)"}: no sample is of them.`,
        "Give classes: indexes from 0 on.",
      );
    }
    const more = createDraws(seed, `surge ${i}`);
    at.forEach((micros, r) => {
      const minute = micros / SPAN_MICROS;
      if (minute < atMinutes || minute >= atMinutes + minutes) return;
      const [chosen, which] = [more.uniform(), more.integer(about.length)];
      if (chosen < share) sample[r] = about[which]!;
    });
  });
  return { at, sample };
}

export function runServed(
  spec: ServeSpec,
  point: PolicyPoint,
  predictions: Predictions,
  asks: { at: Float64Array; sample: Int32Array },
  seed: number,
): ServedRun {
  const broken = brokenMatrices(spec, predictions, seed);
  const matrices = [...predictions.matrices, ...broken];
  const ensembles = ensemblesOf(spec, point, predictions, matrices, asks.at.length, spec.watch !== undefined);
  const simulation = new ServingSimulation({
    serving: servingOf(spec, ensembles, asks.at.length),
    ready: spec.members.map((m) => m.replicas),
    seed,
  });
  simulation.load(chunkOf(spec, asks));
  for (const change of changesOf(spec)) {
    simulation.runTo(change.at);
    if (change.matrix === undefined) {
      const { reached, trusted } = change;
      simulation.engine.call((e) => e.setMember(0, change.member, reached ? 1 : 0, trusted ? 1 : 0, change.at));
    } else {
      swapMatrix(simulation.engine, ensembles, change.member, change.matrix);
    }
  }
  simulation.runTo(2 ** 52);
  simulation.engine.call((e) => e.gauge(0));
  const run = readRun(spec, simulation, ensembles);
  if (!spec.watch) return run;
  return { ...run, watched: watchAnswers(spec, spec.watch, readEnded(simulation.engine), predictions.labels) };
}

function readRun(spec: ServeSpec, simulation: ServingSimulation, ensembles: EnsemblesSetup): ServedRun {
  const tally = readEnsemble(simulation.engine, ensembles, 0);
  const sketch = new Sketch(tally.sketch);
  const busy = simulation.engine.column(abi.COL_REPLICA_BUSY, "f64");
  let place = 0;
  const busyHours = spec.members.map(({ replicas }) => {
    const own = busy.subarray(place, place + replicas);
    place += replicas;
    return own.reduce((sum, micros) => sum + micros, 0) / 3_600e6;
  });
  const egressUsd = spec.members.reduce((sum, m, i) => {
    if ((m.cloud ?? m.name) === spec.gateway.cloud) return sum;
    const { asked, inTime, late } = tally.members[i]!;
    const gb = (messages: number, bytes: number) => (messages * bytes) / 1e9;
    const there = gb(asked, spec.requestBytes) * spec.gateway.usdPerGb;
    return sum + there + gb(inTime + late, spec.answerBytes) * m.usdPerGb;
  }, 0);
  const usd = (hours: (i: number) => number) =>
    spec.members.reduce((sum, m, i) => sum + hours(i) * m.usdPerGpuHour, egressUsd);
  return {
    tally,
    accuracy: tally.right / tally.asked,
    answeredShare: tally.answered / tally.asked,
    latencySecondsP50: sketch.percentile(0.5),
    latencySecondsP99: sketch.percentile(0.99),
    busyHours,
    egressUsd,
    usdHeld: usd((i) => (spec.members[i]!.replicas * spec.minutes) / 60),
    usdWorked: usd((i) => busyHours[i]!),
    digest: simulation.engine.digest(),
  };
}

function profileOf(m: ServeSpec["members"][number]): ProfileSetup {
  return {
    microsByTokens: Float64Array.from(
      { length: m.batchMax + 1 },
      (_, n) => 1000 * (m.millisBase + n * m.millisPerRequest),
    ),
    microsPerContextToken: 0,
    microsPerPair: 0,
    batchMax: m.batchMax,
    blocks: 2 * m.batchMax,
    watermarkBlocks: 0,
    blockTokens: 1,
  };
}

function servingOf(spec: ServeSpec, ensembles: EnsemblesSetup, input: number): ServingSetup {
  const none = Number.POSITIVE_INFINITY;
  return {
    profiles: spec.members.map(profileOf),
    services: spec.members.map(({ replicas }, i) => ({
      places: replicas,
      profile: i,
      route: "least-requests" as const,
    })),
    classes: spec.members.map(() => ({ ttftMicros: none, tpotMicros: none, e2eMicros: none, priority: 0 })),
    requests: Math.min(LIVE_MAX, input) * spec.members.length + 1,
    input: Math.max(1, input),
    rows: 0,
    binMicros: SPAN_MICROS,
    ensembles,
  };
}

function chunkOf(spec: ServeSpec, asks: { at: Float64Array; sample: Int32Array }): RequestChunk {
  const chunk = createRequestChunk(asks.at.length);
  chunk.atMicros.set(asks.at);
  chunk.session.set(asks.sample);
  chunk.service.fill(spec.members.length);
  chunk.promptTokens.fill(1);
  chunk.outputTokens.fill(1);
  return chunk;
}

/** Of each cascade stage and member: its stage. Members of no stage are not asked. */
export function stageOf(spec: ServeSpec, { stages, name }: PolicySpec): number[] {
  const names = spec.members.map((m) => m.name);
  const unknown = stages?.flat().find((member) => !names.includes(member));
  if (unknown !== undefined) {
    throw new WindtunnelError(
      "SCENARIO_INVALID",
      `Policy "${name}" asks "${unknown}", which is no member.`,
      `Members: ${names.join(", ")}.`,
    );
  }
  return names.map((member) => stages?.findIndex((stage) => stage.includes(member)) ?? 0);
}

function ensemblesOf(
  spec: ServeSpec,
  { policy, deadlineMillis, sure }: PolicyPoint,
  { classes, labels }: Predictions,
  matrices: readonly Float32Array[],
  requests: number,
  watches: boolean,
): EnsemblesSetup {
  const stages = stageOf(spec, policy);
  const micros = (millis: number) => Math.round(1000 * millis);
  return {
    ensembles: [
      {
        members: spec.members.map(({ latencyMillis, weight }, i) => {
          const way = micros(latencyMillis);
          return {
            service: i,
            stage: stages[i]! < 0 ? NEVER : stages[i]!,
            goMicros: way,
            backMicros: way,
            weight,
            matrix: i,
          };
        }),
        fusion: policy.fusion,
        quorum: policy.wait === "all" ? 0 : Math.min(policy.wait, spec.members.length),
        graceMicros: micros(policy.graceMillis),
        deadlineMicros: micros(deadlineMillis),
        sure,
        classes,
        labels,
        adapt: policy.adapt ?? { rate: 0, forget: 0, feedback: 0 },
      },
    ],
    matrices,
    live: Math.min(LIVE_MAX, Math.max(1, requests)),
    rows: watches ? requests : 0,
    bins: BINS,
    binMicros: (spec.minutes * SPAN_MICROS) / BINS,
  };
}

/** A stage that no cascade comes to. */
const NEVER = -1;

interface Change {
  at: number;
  member: number;
  reached: boolean;
  trusted: boolean;
  /** Answers by this matrix from now on; else a change of the way. */
  matrix?: number;
}

function changesOf(spec: ServeSpec): Change[] {
  const changes = spec.events.flatMap((event, i): Change[] => {
    if (event.what === "surge") return [];
    const member = spec.members.findIndex((m) => m.name === event.member);
    if (member < 0) {
      throw new WindtunnelError(
        "SCENARIO_INVALID",
        event.member === undefined
          ? `events: ${event.what} needs a member.`
          : `events: "${event.member}" is no member.`,
        `Members: ${spec.members.map((m) => m.name).join(", ")}.`,
      );
    }
    const begin = Math.round(event.atMinutes * SPAN_MICROS);
    const end = Math.round((event.atMinutes + event.minutes) * SPAN_MICROS);
    const change = { member, reached: true, trusted: true };
    if (event.what === "broken")
      return [
        { at: begin, ...change, matrix: spec.members.length + i },
        { at: end, ...change, matrix: member },
      ];
    const known = begin + Math.round(event.detectSeconds * 1e6);
    const cut = { at: begin, ...change, reached: false };
    const seen = known < end ? [{ at: known, ...change, reached: false, trusted: false }] : [];
    return [cut, ...seen, { at: end, ...change }];
  });
  return changes.sort((a, b) => a.at - b.at);
}

/** By event: what a broken member answers, its rows given to other samples; empty for other events. */
function brokenMatrices(spec: ServeSpec, { matrices, classes, labels }: Predictions, seed: number): Float32Array[] {
  return spec.events.map((event, i) => {
    const own = matrices[spec.members.findIndex((m) => m.name === event.member)];
    if (event.what !== "broken" || !own) return new Float32Array(0);
    const draws = createDraws(seed, `broken ${i}`);
    const out = own.slice();
    for (let n = 0; n < labels.length; n++) {
      if (draws.uniform() >= event.brokenShare) continue;
      const other = draws.integer(labels.length) * classes;
      out.set(own.subarray(other, other + classes), n * classes);
    }
    return out;
  });
}

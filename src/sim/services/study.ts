// Controllers compared: every one on the same requests, replication by replication, at every cold start.

import { createHash } from "node:crypto";
import { prefixSetupFor } from "../../engine/prefixes.js";
import type { RequestChunk, ServingSetup } from "../../engine/services.js";
import type { Trace } from "../../model/jobs.js";
import type { Interval } from "../../model/results.js";
import type { AutoscalerName, ServiceSpec, ServiceStudy } from "../../model/service-study.js";
import { type Autoscaler, hpa, knative, memoryTracking, schedule } from "../../plan/autoscalers.js";
import { predictiveFrom } from "../../plan/predictive.js";
import { interval } from "../statistics.js";
import { replicationSeed } from "../workload.js";
import { type Arm, armKey, variantStudies } from "./arms.js";
import { runControlledServices, type ServiceTrail, type TickRow } from "./controlled.js";
import { Lender } from "./lender.js";
import type { HeldStep, TrainingResult } from "./lending.js";
import { mechanismsOf } from "./mechanisms.js";
import { readOutcomes, Sketch } from "./outcomes.js";
import { buildProfile, type ReplicaProfile } from "./profile.js";
import { drawRequests, type Lengths } from "./requests.js";
import { ServingSimulation } from "./serving.js";

const BLOCK_TOKENS = 16;
const WATERMARK_SHARE = 0.01;
/** Requests of one service that may be in the system at once. */
const LIVE_MAX = 1_000_000;

/** One service in one run. */
export interface ServiceResult {
  service: string;
  requests: number;
  /** Share of all that arrived which met every bound. */
  attainment: number;
  ttftSecondsP50: number;
  ttftSecondsP99: number;
  tpotSecondsP99: number;
  itlSecondsP99: number;
  e2eSecondsP99: number;
  lost: number;
  preemptions: number;
  replicasMean: number;
  /** GPU-hours by state. */
  busyGpuHours: number;
  idleGpuHours: number;
  startingGpuHours: number;
  costUsd: number;
  usdPerMillionTokens: number;
  usdPerThousandMet: number;
  scalings: number;
  /** prefixCache: share of prompts' tokens that were found, and what computing them would have taken. */
  prefixHitShare?: number;
  prefixSavedGpuHours?: number;
}

export interface ServiceRun extends Arm {
  replication: number;
  services: ServiceResult[];
  digest: string;
}

type Keys<IsOptional> = {
  [K in keyof ServiceResult]-?: undefined extends ServiceResult[K]
    ? IsOptional extends true
      ? K
      : never
    : IsOptional extends true
      ? never
      : K;
}[keyof ServiceResult];

export interface StudyRow extends Arm {
  service: string;
  metrics: Record<Exclude<Keys<false>, "service">, Interval> & Partial<Record<Keys<true>, Interval>>;
}

export interface StudyResult {
  rows: StudyRow[];
  runs: ServiceRun[];
  /** Of replication 0 and the first cold start, by controller and service. */
  trails: { variant: string | null; controller: AutoscalerName; service: string; ticks: TickRow[] }[];
  notes: string[];
  /** Training on the GPUs that services leave; absent without training. */
  lending?: { rows: LendingRow[]; held: HeldTrail[] };
  digest: string;
}

/** Training beside one arm's services; null: on the GPUs that no service may ever have. */
export interface LendingRow {
  arm: Arm | null;
  /** gpusMean: GPUs that training has while the services run; savedHoursMean: JCT less than without lending, on the same jobs. */
  metrics: Record<Exclude<keyof TrainingResult, "digest"> | "gpusMean" | "savedHoursMean", Interval>;
}

/** What services hold over time, of replication 0 and the first cold start. */
export interface HeldTrail extends Arm {
  steps: HeldStep[];
}

export function profileOf(spec: ServiceSpec): ReplicaProfile {
  const built = buildProfile({ ...spec, blockTokens: BLOCK_TOKENS, watermarkShare: WATERMARK_SHARE });
  if (spec.prefixCache) built.setup.prefixTokens = spec.prefixCache.blockTokens;
  return built;
}

/** Replicas by hour in proportion to demand, between min and max, and one hour ahead. */
function proportional({ hourly, replicas }: ServiceSpec): number[] {
  const most = Math.max(...hourly);
  return hourly.map((_, h) => {
    const demand = Math.max(hourly[h]!, hourly[(h + 1) % hourly.length]!);
    return Math.min(replicas.max, Math.max(replicas.min, Math.ceil((replicas.max * demand) / most)));
  });
}

/** @param leadSeconds a cold start and a tick. */
function autoscalerOf(controller: AutoscalerName, spec: ServiceSpec, leadSeconds: number): Autoscaler {
  if (controller === "hpa") return hpa(spec.targetRequests);
  if (controller === "memory") return memoryTracking(spec.targetMemory);
  if (controller === "knative") return knative(spec.targetRequests);
  if (controller === "schedule") return schedule(spec.schedule.length > 0 ? spec.schedule : proportional(spec));
  if (controller === "predictive") return predictiveFrom(spec.forecast, spec.targetRequests, leadSeconds);
  return () => spec.replicas.max;
}

export function servingOf(
  study: ServiceStudy,
  profiles: readonly ReplicaProfile[],
  requests: RequestChunk,
): ServingSetup {
  const input = Math.max(1, requests.count);
  const micros = (seconds: number | undefined) => (seconds === undefined ? Number.POSITIVE_INFINITY : seconds * 1e6);
  return {
    profiles: profiles.map((p) => p.setup),
    services: study.services.map((spec, s) => ({
      places: spec.replicas.max,
      profile: s,
      route: spec.route,
      affinityShare: spec.prefixCache?.affinityShare ?? 0,
      loadBound: spec.prefixCache?.loadBound ?? 1,
    })),
    classes: study.services.map(({ bounds }) => ({
      ttftMicros: micros(bounds.ttftSeconds),
      tpotMicros: micros(bounds.tpotSeconds),
      e2eMicros: micros(bounds.e2eSeconds),
      priority: 0,
    })),
    requests: Math.min(LIVE_MAX, input + 1),
    input,
    rows: 0,
    binMicros: 60e6,
    ...(requests.blocks ? { prefix: prefixSetupFor(requests) } : {}),
  };
}

interface Choice extends Arm {
  replication: number;
}

function runOne(
  study: ServiceStudy,
  profiles: readonly ReplicaProfile[],
  requests: RequestChunk,
  choice: Choice,
): { run: ServiceRun; trails: ServiceTrail[] } {
  const serving = servingOf(study, profiles, requests);
  const atStart = study.services.map((s) => (choice.controller === "fixed" ? s.replicas.max : s.replicas.min));
  const simulation = new ServingSimulation({ serving, ready: atStart, seed: study.seed });
  const trails = runControlledServices(
    simulation,
    requests,
    study.services.map((spec, s) => ({
      autoscaler: autoscalerOf(
        choice.controller,
        spec,
        (choice.coldStartSeconds ?? spec.coldStartSeconds) + study.controlSeconds,
      ),
      coldStartMicros: Math.round((choice.coldStartSeconds ?? spec.coldStartSeconds) * 1e6),
      replicasMin: spec.replicas.min,
      replicasMax: spec.replicas.max,
      blocks: profiles[s]!.setup.blocks,
    })),
    Math.round(study.controlSeconds * 1e6),
  );
  const outcomes = readOutcomes(simulation.engine, serving);
  const services = study.services.map((spec, s): ServiceResult => {
    const o = outcomes[s]!;
    const trail = trails[s]!;
    const gpuHours = (micros: number) => (micros * spec.tensorParallel) / 3_600e6;
    const paid = trail.readyMicros + trail.startingMicros + trail.drainingMicros;
    const costUsd = gpuHours(paid) * spec.usdPerGpuHour;
    return {
      service: spec.name,
      requests: o.arrived,
      attainment: o.met / o.arrived,
      ttftSecondsP50: o.ttft.percentile(0.5),
      ttftSecondsP99: o.ttft.percentile(0.99),
      tpotSecondsP99: o.tpot.percentile(0.99),
      itlSecondsP99: new Sketch(simulation.gapCounts(s)).percentile(0.99),
      e2eSecondsP99: o.e2e.percentile(0.99),
      lost: o.tooLong + o.refused,
      preemptions: o.preemptions,
      replicasMean: paid / trail.spanMicros,
      busyGpuHours: gpuHours(trail.busyMicros),
      idleGpuHours: gpuHours(trail.readyMicros + trail.drainingMicros - trail.busyMicros),
      startingGpuHours: gpuHours(trail.startingMicros),
      costUsd,
      usdPerMillionTokens: (costUsd / (o.promptTokens + o.outputTokens)) * 1e6,
      usdPerThousandMet: (costUsd / o.met) * 1e3,
      scalings: trail.scalings,
      ...mechanismsOf(simulation.engine, spec, s, profiles[s]!.setup),
    };
  });
  return { run: { ...choice, services, digest: simulation.engine.digest() }, trails };
}

/** Runs a study. `onRun` is told after each run. Throws what buildProfile throws. */
export function runServiceStudy(
  study: ServiceStudy,
  lengths: Lengths,
  onRun: (done: number, total: number) => void = () => undefined,
  trainingTraces: readonly Trace[] = [],
): StudyResult {
  const lender = study.training && new Lender(study, study.training, trainingTraces);
  const variants = variantStudies(study).map((v) => ({ ...v, profiles: v.study.services.map(profileOf) }));
  const coldStarts = study.coldStartsSeconds.length > 0 ? study.coldStartsSeconds : [null];
  const total = study.replications * variants.length * coldStarts.length * study.controllers.length;
  const runs: ServiceRun[] = [];
  const trails: StudyResult["trails"] = [];
  for (let replication = 0; replication < study.replications; replication++) {
    const seed = replicationSeed(study.seed, replication);
    for (const { variant, study: own, profiles } of variants) {
      const requests = drawRequests(own, lengths, seed, replication);
      for (const coldStartSeconds of coldStarts) {
        for (const controller of study.controllers) {
          const arm = { variant, controller, coldStartSeconds };
          const one = runOne(own, profiles, requests, { ...arm, replication });
          runs.push(one.run);
          lender?.beside(one.run, one.trails, coldStarts[0]!);
          if (replication === 0 && coldStartSeconds === coldStarts[0]) {
            own.services.forEach((spec, s) => {
              trails.push({ variant, controller, service: spec.name, ticks: one.trails[s]!.ticks });
            });
          }
          onRun(runs.length, total);
        }
      }
    }
  }
  const hash = createHash("sha256");
  for (const run of runs) {
    const variant = run.variant === null ? "" : `${run.variant} `;
    hash.update(`${variant}${run.controller} ${run.coldStartSeconds} ${run.replication} ${run.digest}\n`);
  }
  for (const digest of lender?.digests ?? []) hash.update(`${digest}\n`);
  return {
    rows: summarise(study, runs),
    runs,
    trails,
    notes: [...new Set(variants.flatMap(({ profiles }) => profiles.flatMap((p) => p.notes)))],
    ...(lender ? { lending: lender.result() } : {}),
    digest: hash.digest("hex").slice(0, 16),
  };
}

/** Means and intervals by service and arm, services in order and arms as they were run. */
function summarise(study: ServiceStudy, runs: readonly ServiceRun[]): StudyRow[] {
  const arms = new Map<string, ServiceRun[]>();
  for (const run of runs) arms.set(armKey(run), [...(arms.get(armKey(run)) ?? []), run]);
  return study.services.flatMap((_, s) =>
    [...arms.values()].map((own) => {
      const { variant, controller, coldStartSeconds, services } = own[0]!;
      const { service, ...first } = services[s]!;
      const keys = Object.keys(first) as (keyof typeof first)[];
      const metrics = Object.fromEntries(
        keys.map((key) => [key, interval(own.map((r) => r.services[s]![key] ?? Number.NaN))]),
      );
      return { variant, controller, coldStartSeconds, service, metrics: metrics as StudyRow["metrics"] };
    }),
  );
}

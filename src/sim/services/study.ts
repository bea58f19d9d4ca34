// Controllers compared: every one on the same requests, replication by replication, at every cold start.

import { createHash } from "node:crypto";
import { drainRequests, type RequestRows } from "../../engine/services.js";
import type { Trace } from "../../model/jobs.js";
import type { Interval } from "../../model/results.js";
import type { AutoscalerName, ServiceSpec, ServiceStudy } from "../../model/service-study.js";
import type { AlertChange } from "../../plan/alerts.js";
import { interval } from "../statistics.js";
import { replicationSeed } from "../workload.js";
import { type Arm, armKey, variantStudies } from "./arms.js";
import { runControlledServices } from "./controlled.js";
import { capacitiesOf, controlledService } from "./controllers.js";
import { controlledWithDecoders, readyWithDecoders } from "./decoders.js";
import { Devices } from "./devices.js";
import type { GatewayResult } from "./gateway-setup.js";
import { Lender } from "./lender.js";
import type { HeldStep, TrainingResult } from "./lending.js";
import { type PartResult, type PartRow, summariseParts } from "./parts.js";
import { controlledWithPlaces, placesOf } from "./places.js";
import type { ReplicaProfile } from "./profile.js";
import type { RecordedService } from "./recorded.js";
import type { Lengths } from "./records.js";
import type { ServiceTrail, TickRow } from "./replicas.js";
import { drawRequests, type StudyRequests } from "./requests.js";
import { resultsOf, standsOf } from "./service-results.js";
import { ServingSimulation } from "./serving.js";
import { engineSeed, profilesOf, servingOf } from "./setup.js";
import { shareNotes } from "./share.js";
import { type StageResult, type StageRow, stageNotes, stageResults, summariseStages } from "./stages.js";

/** One service in one run. */
export interface ServiceResult extends Partial<GatewayResult> {
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
  coldStarts: number;
  /** share: devices that it pays for, mean, and of their hours those that no replica held. */
  devicesMean?: number;
  unheldGpuHours?: number;
  /** stages: of costUsd, what their servers cost. */
  stagesUsd?: number;
  crashes?: number;
  /** Times that a rule began to fire, and hours in which one did, all rules together. */
  alertsFired?: number;
  alertHours?: number;
  /** prefixCache: share of prompts' tokens that were found, and what computing them would have taken. */
  prefixHitShare?: number;
  prefixSavedGpuHours?: number;
  /** adapters, models: share of requests that found their weights, loads, and GPU-hours of loading. */
  residentShare?: number;
  weightLoads?: number;
  weightLoadGpuHours?: number;
  /** swap: share of preemptions that moved to the host. */
  swappedShare?: number;
  /** speculation: share of drafted tokens that were accepted. */
  acceptedShare?: number;
  /** disaggregation: from the first token to where the others are decoded, mean. */
  handoffSecondsMean?: number;
  /** tenants: Jain's index over their shares within bounds, and the lowest of these. */
  jainIndexTenants?: number;
  attainmentTenantWorst?: number;
  /** places: share of the answers that came from another place than the nearest that may serve, and moves of origins. */
  crossPlaceShare?: number;
  moves?: number;
}

export interface ServiceRun extends Arm {
  replication: number;
  services: ServiceResult[];
  /** Classes, tenants, places and origins: what services are told apart by. */
  parts: PartResult[];
  /** Of all services that have any. */
  stages?: StageResult[];
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
  /** By class, tenant, place and origin, services and arms as in rows; empty where nothing is told apart. */
  parts: PartRow[];
  runs: ServiceRun[];
  /** Of replication 0 and the first cold start, by controller and service. */
  trails: { variant: string | null; controller: AutoscalerName; service: string; ticks: TickRow[] }[];
  /** What alert rules changed to, of the same runs as the trails. */
  alerts: AlertRow[];
  notes: string[];
  /** Stages on CPUs; absent where no service has any. */
  stages?: StageRow[];
  /** Training on the GPUs that services leave; absent without training. */
  lending?: { rows: LendingRow[]; held: HeldTrail[] };
  digest: string;
}

export interface AlertRow extends Arm, AlertChange {
  service: string;
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

export interface Choice extends Arm {
  replication: number;
}

/** @param rows is given every request that ends; absent: none are kept. */
export function runOne(
  study: ServiceStudy,
  profiles: readonly ReplicaProfile[],
  requests: StudyRequests,
  choice: Choice,
  capacityOf: (service: number) => number,
  rows?: (rows: RequestRows) => void,
): { run: ServiceRun; trails: ServiceTrail[] } {
  const told = servingOf(study, profiles, requests);
  const serving = rows ? { ...told, rows: 2 * told.requests + 2 } : told;
  const seed = replicationSeed(study.seed, choice.replication);
  const places = placesOf(study);
  const startOf = ({ replicas }: ServiceSpec) => (choice.controller === "fixed" ? replicas.max : replicas.min);
  const atStart = study.services.map((s) => (s.places ? 0 : startOf(s)));
  const ready = [...readyWithDecoders(study, atStart), ...places.map(({ spec }) => startOf(spec))];
  const simulation = new ServingSimulation({ serving, ready, seed: engineSeed(study, choice.replication) }, rows);
  const shared = study.services.some(({ share }) => share);
  const devices = shared ? new Devices(simulation.engine, study.services) : undefined;
  const trails = runControlledServices(
    simulation,
    requests,
    controlledWithPlaces(
      study,
      controlledWithDecoders(
        study,
        study.services.map((_, s) =>
          controlledService(study, s, profiles[s]!, { ...choice, seed }, capacityOf, requests),
        ),
      ),
      ({ spec, profile }) => {
        const alone = { ...study, services: [spec] };
        return controlledService(alone, 0, profiles[profile]!, { ...choice, seed }, capacityOf, requests);
      },
    ),
    Math.round(study.controlSeconds * 1e6),
    devices,
  );
  if (rows) drainRequests(simulation.engine, rows);
  const { services, parts } = resultsOf(study, profiles, simulation, requests, trails, devices);
  const stages = stageResults(simulation.engine, serving, study.services, trails[0]!.spanMicros);
  const ofStages = stages.length > 0 ? { stages } : {};
  return { run: { ...choice, services, parts, ...ofStages, digest: simulation.engine.digest() }, trails };
}

/** Runs a study. `onRun` is told after each run. Throws what buildProfile throws. */
export function runServiceStudy(
  study: ServiceStudy,
  lengths: Lengths,
  onRun: (done: number, total: number) => void = () => undefined,
  trainingTraces: readonly Trace[] = [],
  recorded: readonly RecordedService[] = [],
): StudyResult {
  const lender = study.training && new Lender(study, study.training, trainingTraces, recorded);
  const variants = variantStudies(study).map((v) => ({
    ...v,
    profiles: profilesOf(v.study),
    capacityOf: capacitiesOf(v.study, lengths),
  }));
  const coldStarts = study.coldStartsSeconds.length > 0 ? study.coldStartsSeconds : [null];
  const total = study.replications * variants.length * coldStarts.length * study.controllers.length;
  const runs: ServiceRun[] = [];
  const trails: StudyResult["trails"] = [];
  const alerts: AlertRow[] = [];
  for (let replication = 0; replication < study.replications; replication++) {
    const seed = replicationSeed(study.seed, replication);
    for (const { variant, study: own, profiles, capacityOf } of variants) {
      const requests = drawRequests(own, lengths, seed, replication);
      for (const coldStartSeconds of coldStarts) {
        for (const controller of study.controllers) {
          const arm = { variant, controller, coldStartSeconds };
          const one = runOne(own, profiles, requests, { ...arm, replication }, capacityOf);
          runs.push(one.run);
          lender?.beside(one.run, one.trails, coldStarts[0]!);
          if (replication === 0 && coldStartSeconds === coldStarts[0]) {
            own.services.forEach((_, s) => {
              for (const { name, index } of standsOf(own, s)) {
                trails.push({ variant, controller, service: name, ticks: one.trails[index]!.ticks });
                for (const { rule, changes } of one.trails[index]!.alerts)
                  for (const change of changes) alerts.push({ ...arm, service: name, ...change, rule });
              }
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
    parts: summariseParts(runs),
    runs,
    trails,
    alerts,
    notes: [
      ...new Set(
        variants.flatMap(({ study: own, profiles }) => [
          ...profiles.flatMap((p) => p.notes),
          ...own.services.flatMap(shareNotes),
          ...own.services.flatMap(stageNotes),
        ]),
      ),
    ],
    ...(runs.some((run) => run.stages) ? { stages: summariseStages(runs) } : {}),
    ...(lender ? { lending: lender.result() } : {}),
    digest: hash.digest("hex").slice(0, 16),
  };
}

/** Means and intervals by service and arm, services in order and arms as they were run. */
export function summarise(study: ServiceStudy, runs: readonly ServiceRun[]): StudyRow[] {
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

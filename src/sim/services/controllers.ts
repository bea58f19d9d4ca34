// Who decides how many replicas a service has, and how they begin and fail, in one run of a study.

import type { RequestChunk } from "../../engine/services.js";
import type { AutoscalerName, ServiceSpec, ServiceStudy } from "../../model/service-study.js";
import type { StartSpec } from "../../model/serving/gateway.js";
import { type Autoscaler, hpa, keda, knative, memoryTracking, schedule, ttftTracking } from "../../plan/autoscalers.js";
import { type OracleSetup, oracle, ratesOf } from "../../plan/oracle.js";
import { predictiveFrom } from "../../plan/predictive.js";
import { findCapacity } from "./capacity.js";
import { classesOf } from "./classes.js";
import type { ReplicaProfile } from "./profile.js";
import type { Lengths } from "./records.js";
import type { ControlledService } from "./replicas.js";
import { startUpAlways, startUpFrom } from "./start-up.js";

/** Stretches of demand that the oracle tells apart, seconds. */
const ORACLE_BIN_SECONDS = 300;
/** Requests a run of the capacity that it goes by. */
const ORACLE_REQUESTS = 5_000;

/** Replicas by hour in proportion to demand, between min and max, and one hour ahead. */
function proportional({ hourly, replicas }: ServiceSpec): number[] {
  const most = Math.max(...hourly);
  return hourly.map((_, h) => {
    const demand = Math.max(hourly[h]!, hourly[(h + 1) % hourly.length]!);
    return Math.min(replicas.max, Math.max(replicas.min, Math.ceil((replicas.max * demand) / most)));
  });
}

/**
 * @param leadSeconds a cold start and a tick.
 * @param known what only the oracle knows.
 */
export function autoscalerOf(
  controller: AutoscalerName,
  spec: ServiceSpec,
  leadSeconds: number,
  known: () => OracleSetup,
): Autoscaler {
  if (controller === "keda") return keda(spec.targetRequests);
  if (controller === "ttft") return ttftTracking(spec.targetTtftSeconds);
  if (controller === "oracle") return oracle(known());
  if (controller === "hpa") return hpa(spec.targetRequests);
  if (controller === "memory") return memoryTracking(spec.targetMemory);
  if (controller === "knative") return knative(spec.targetRequests);
  if (controller === "schedule") return schedule(spec.schedule.length > 0 ? spec.schedule : proportional(spec));
  if (controller === "predictive") return predictiveFrom(spec.forecast, spec.targetRequests, leadSeconds);
  return () => spec.replicas.max;
}

/**
 * Requests a second that one replica of each service serves within bounds, for the oracle: found when it is asked for first,
 * at the study's share of attainment, on requests of one replication.
 */
export function capacitiesOf(study: ServiceStudy, lengths: Lengths): (service: number) => number {
  const found = new Map<number, number>();
  return (service) => {
    const known = found.get(service);
    if (known !== undefined) return known;
    const { gateway: _, ...spec } = study.services[service]!;
    const one = { ...study, services: [spec], replications: 1 };
    const perSecond = findCapacity(one, [lengths[service]], ORACLE_REQUESTS, study.attainmentShare).perSecondPerReplica;
    found.set(service, perSecond);
    return perSecond;
  };
}

/** The parts of a cold start, if it has any, and how far ahead who plans must order: a first start without spread, and a tick. */
export function plannedStart(
  study: ServiceStudy,
  spec: ServiceSpec,
  profile: ReplicaProfile,
  coldStartSeconds: number | null,
): { parts: StartSpec | undefined; leadSeconds: number } {
  const parts = coldStartSeconds === null ? spec.start : undefined;
  const seconds = parts
    ? startUpFrom({ ...parts, spread: 0 }, profile.weightsGib, 0, spec.name)(false)
    : (coldStartSeconds ?? spec.coldStartSeconds);
  return { parts, leadSeconds: seconds + study.controlSeconds };
}

export interface ControlChoice {
  controller: AutoscalerName;
  coldStartSeconds: number | null;
  /** Of this run. */
  seed: number;
}

export function controlledService(
  study: ServiceStudy,
  index: number,
  profile: ReplicaProfile,
  { controller, coldStartSeconds, seed }: ControlChoice,
  capacityOf: (service: number) => number,
  requests: RequestChunk,
): ControlledService {
  const spec = study.services[index]!;
  const { parts, leadSeconds } = plannedStart(study, spec, profile, coldStartSeconds);
  const startUp = parts
    ? startUpFrom(parts, profile.weightsGib, seed, spec.name)
    : startUpAlways(coldStartSeconds ?? spec.coldStartSeconds);
  const known = (): OracleSetup => ({
    perSecond: ratesOf(
      requests.atMicros.subarray(0, requests.count).filter((_, i) => requests.service[i] === index),
      study.hours * 3600,
      ORACLE_BIN_SECONDS,
    ),
    binSeconds: ORACLE_BIN_SECONDS,
    perSecondPerReplica: capacityOf(index),
    leadSeconds,
    replicasMax: spec.replicas.max,
    replicasAtStart: spec.replicas.min,
  });
  return {
    name: spec.name,
    autoscaler: autoscalerOf(controller, spec, leadSeconds, known),
    startUp,
    crashes: spec.crashes,
    replicasMin: spec.replicas.min,
    replicasMax: spec.replicas.max,
    blocks: profile.setup.blocks,
    classes: classesOf(study, index),
    ...(spec.alerts.length > 0 ? { alerts: spec.alerts } : {}),
  };
}

// From a study of services to what the engine is told: profiles of replicas, services and classes of requests.

import { OPEN_GATEWAY } from "../../engine/gateways.js";
import { prefixSetupFor } from "../../engine/prefixes.js";
import type { RequestClassSetup, ServiceSetup, ServingSetup } from "../../engine/services.js";
import type { ServiceSpec, ServiceStudy } from "../../model/service-study.js";
import { replicationSeed } from "../workload.js";
import { batchProfile } from "./batch-profile.js";
import { classRows } from "./classes.js";
import { withDecoders } from "./decoders.js";
import { gatewayOf, micros } from "./gateway-setup.js";
import { withMechanisms } from "./mechanisms.js";
import { placesOf, withPlaces } from "./places.js";
import { buildProfile, type ReplicaProfile } from "./profile.js";
import type { StudyRequests } from "./requests.js";
import { slowedBatches } from "./share.js";
import { stagesOf } from "./stages.js";
import { weightsKey, withAdapters, withModels } from "./weights.js";

const BLOCK_TOKENS = 16;
const WATERMARK_SHARE = 0.01;
/** Requests of one service that may be in the system at once. */
const LIVE_MAX = 1_000_000;

export function profileOf(spec: ServiceSpec): ReplicaProfile {
  if (spec.server) return withModels(slowedBatches(batchProfile(spec, spec.server), spec.share), spec);
  const built = buildProfile({ ...spec, blockTokens: BLOCK_TOKENS, watermarkShare: WATERMARK_SHARE });
  return withAdapters(withMechanisms(built, spec), spec);
}

/** Does anything of this service happen by chance while it runs, beyond who asks and when? */
function drawsAsItRuns({ speculation, stages, crashes, route, gateway, places }: ServiceSpec): boolean {
  const routesByChance = route === "random" || route === "two-choices" || places?.rule === "weighted";
  const waitsByChance = gateway !== undefined && gateway.retries > 0 && gateway.backoffSeconds > 0;
  return routesByChance || waitsByChance || [speculation, stages, crashes].some((key) => key !== undefined);
}

/**
 * Seed of the engine's streams, and of crashes, in a replication: one of its own where anything is drawn there, so that
 * replications do not all meet the same chance; else the study's, which then does not matter.
 */
export function engineSeed(study: ServiceStudy, replication: number): number {
  return study.services.some(drawsAsItRuns) ? replicationSeed(study.seed, replication) : study.seed;
}

/** Attempts of one request that may be at replicas at once: those that nobody waits for are still worked on. */
function attemptsMax({ services }: ServiceStudy): number {
  return Math.max(
    ...services.map(({ gateway, places }) => (gateway ? 2 * (1 + gateway.retries) : 1) * (places?.at.length ?? 1)),
  );
}

function serviceSetup(spec: ServiceSpec, profile: number, study: ServiceStudy): ServiceSetup {
  // requests to places are always behind a gateway
  const gateway = spec.gateway ? gatewayOf(spec.gateway, study) : spec.places ? OPEN_GATEWAY : undefined;
  return {
    ...stagesKey(spec),
    places: spec.replicas.max,
    profile,
    route: spec.route,
    affinityShare: spec.prefixCache?.affinityShare ?? 0,
    loadBound: spec.prefixCache?.loadBound ?? spec.adapters?.loadBound ?? spec.models?.loadBound ?? 1,
    ...(gateway ? { gateway } : {}),
  };
}

/** Of the services of a study, and of their places. */
export function profilesOf(study: ServiceStudy): ReplicaProfile[] {
  return [...study.services, ...placesOf(study).map(({ spec }) => spec)].map(profileOf);
}

function classSetup({ spec, own }: ReturnType<typeof classRows>[number]): RequestClassSetup {
  const { ttftSeconds, tpotSeconds, e2eSeconds } = own?.bounds ?? spec.bounds;
  return {
    deadlineMicros: micros(own?.deadlineSeconds ?? spec.gateway?.deadlineSeconds),
    ttftMicros: micros(ttftSeconds),
    tpotMicros: micros(tpotSeconds),
    e2eMicros: micros(e2eSeconds),
    priority: own?.priority ?? 0,
    admitShare: own?.admitShare ?? 1,
    weight: own?.weight ?? 1,
  };
}

const stagesKey = (spec: ServiceSpec) => (spec.stages ? { stages: stagesOf(spec)! } : {});

export function servingOf(
  study: ServiceStudy,
  profiles: readonly ReplicaProfile[],
  requests: StudyRequests,
): ServingSetup {
  const input = Math.max(1, requests.count);
  const serving: ServingSetup = {
    profiles: profiles.map((p) => p.setup),
    services: study.services.map((spec, s) => serviceSetup(spec, s, study)),
    classes: classRows(study).map(classSetup),
    tenants: requests.tenants.length,
    requests: Math.min(LIVE_MAX, (input + 1) * attemptsMax(study)),
    input,
    rows: 0,
    binMicros: 60e6,
    ...weightsKey(study),
    ...(requests.blocks ? { prefix: prefixSetupFor(requests) } : {}),
  };
  return withPlaces(withDecoders(serving, study, profiles), study, profiles, requests, (spec, profile) =>
    serviceSetup(spec, profile, study),
  );
}

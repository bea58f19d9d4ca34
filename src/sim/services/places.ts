// Services that stand in several places: to the engine each place is a service after those of the study and those that decode,
// which no request names, and the service of the study has no replicas of its own.

import { type FrontSetup, type PlaceSetup, PREDICT_POINTS } from "../../engine/places.js";
import type { ProfileSetup, ServiceSetup, ServingSetup } from "../../engine/services.js";
import { WindtunnelError } from "../../model/errors.js";
import type { ServiceSpec, ServiceStudy } from "../../model/service-study.js";
import { decodersOf } from "./decoders.js";
import { mixOf, ReplicaCurve } from "./fluid/curve.js";
import type { ReplicaProfile } from "./profile.js";
import type { ControlledService, ServiceTrail } from "./replicas.js";
import type { StudyRequests } from "./requests.js";
import { startUpAlways } from "./start-up.js";

export interface Place {
  /** Of the study: the service that stands there. */
  service: number;
  /** Name of the place, and of service and place together in `spec`. */
  name: string;
  /** The service as it is there. */
  spec: ServiceSpec;
  usdPerMillionRequests: number;
  weight: number;
  /** Among the engine's services. */
  index: number;
  /** Among the study's profiles. */
  profile: number;
}

/** All places, those of the first service first. */
export function placesOf(study: ServiceStudy): Place[] {
  const { services } = study;
  const first = services.length + decodersOf(study).length;
  let place = 0;
  return services.flatMap((whole, service) =>
    (whole.places?.at ?? []).map(({ name, weight, usdPerMillionRequests, ...own }): Place => {
      const given = Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined));
      const { places: _, ...rest } = whole;
      // answers are kept, and other services asked, by what stands in front
      const gateway = whole.gateway && { ...whole.gateway, cache: undefined, fallback: undefined };
      const spec = { ...rest, ...given, ...(gateway ? { gateway } : {}), name: `${whole.name} @ ${name}`, origins: [] };
      const at = { index: first + place, profile: services.length + place };
      place++;
      return { service, name, spec, usdPerMillionRequests, weight, ...at };
    }),
  );
}

/**
 * A service as it stands at a place, under its own name; as it is, where it stands in one.
 * @throws WindtunnelError USAGE where it stands in several, and none of them is named.
 */
export function serviceAt(study: ServiceStudy, service: ServiceSpec, name: string | undefined): ServiceSpec {
  if (!service.places) return service;
  const found = placesOf(study).find((place) => study.services[place.service] === service && place.name === name);
  if (found) return { ...found.spec, name: service.name };
  throw new WindtunnelError(
    "USAGE",
    `${service.name} stands in several places${name === undefined ? "" : `, and "${name}" is none of them`}.`,
    `Give --place: ${service.places.at.map((place) => place.name).join(", ")}.`,
  );
}

/** Origins of all services as one list: those of the first service, then those of the second, and so on. */
export function originRows({ services }: Pick<ServiceStudy, "services">) {
  return services.flatMap(({ origins }, service) => origins.map((origin) => ({ service, ...origin })));
}

/** Requests of a service whose lengths stand for all in predicted times. */
const MIX_REQUESTS = 4096;

/** Time to the answer with so many requests at a replica, s: those present over those that end a second (Little's law). */
function timeWith(spec: ServiceSpec, profile: ProfileSetup, requests: StudyRequests, service: number) {
  if (spec.server) {
    const batches = profile.microsByTokens;
    const seconds = (n: number) => batches[Math.min(batches.length - 1, Math.max(1, Math.ceil(n)))]! / 1e6;
    const full = batches.length - 1;
    return { slots: full, seconds: (n: number) => seconds(n) * Math.max(1, n / full) };
  }
  const rows: number[] = [];
  for (let i = 0; i < requests.count && rows.length < MIX_REQUESTS; i++)
    if (requests.service[i] === service) rows.push(i);
  const curve = new ReplicaCurve(
    profile,
    mixOf(rows.length, (i) => [requests.promptTokens[rows[i]!]!, requests.outputTokens[rows[i]!]!]),
  );
  const seconds = (n: number) => Math.max(0.01, n) / curve.at(Math.max(0.01, n)).perSecond;
  return { slots: curve.presentMax, seconds };
}

function placeSetup(place: Place, profile: ProfileSetup, requests: StudyRequests): PlaceSetup {
  const { spec } = place;
  const { slots, seconds } = timeWith(spec, profile, requests, place.service);
  const requestsPerStep = (2 * slots) / (PREDICT_POINTS - 1);
  const usdPerSecond = (spec.usdPerGpuHour * spec.tensorParallel) / 3600;
  return {
    weight: place.weight,
    usdPerRequest:
      (usdPerSecond * seconds(spec.targetRequests)) / spec.targetRequests + place.usdPerMillionRequests / 1e6,
    slots: Math.min(profile.batchMax, spec.gateway?.requestsPerReplica ?? profile.batchMax),
    predictedMicros: Float64Array.from({ length: PREDICT_POINTS }, (_, k) => seconds(k * requestsPerStep) * 1e6),
    requestsPerStep,
  };
}

function frontSetup(
  study: ServiceStudy,
  service: number,
  profiles: readonly ReplicaProfile[],
  requests: StudyRequests,
): FrontSetup {
  const { places, origins } = study.services[service]!;
  const { rule, usdPerSecond, targetSeconds, hysteresis, moveUsdPerMillion } = places!;
  const own = placesOf(study).filter((place) => place.service === service);
  const firstOrigin = originRows(study).findIndex((row) => row.service === service);
  return {
    service,
    first: own[0]!.index,
    places: own.map((place) => placeSetup(place, profiles[place.profile]!.setup, requests)),
    rule: rule === "cost" ? "cost-and-time" : rule,
    usdPerMicro: (usdPerSecond ?? 0) / 1e6,
    targetMicros: targetSeconds === undefined ? Number.POSITIVE_INFINITY : targetSeconds * 1e6,
    hysteresis,
    moveUsd: moveUsdPerMillion / 1e6,
    origins: origins.map(({ oneWayMillis, allowed }, o) => ({
      origin: firstOrigin + o,
      wayMicros: own.map(({ name }) => Math.round(oneWayMillis[name]! * 1000)),
      allowed: own.map(({ name }) => allowed?.includes(name) ?? true),
    })),
  };
}

/**
 * The setup with the places of services.
 * @param serviceOf what the engine is told of a service as it stands at a place.
 */
export function withPlaces(
  serving: ServingSetup,
  study: ServiceStudy,
  profiles: readonly ReplicaProfile[],
  requests: StudyRequests,
  serviceOf: (spec: ServiceSpec, profile: number) => ServiceSetup,
): ServingSetup {
  const places = placesOf(study);
  if (places.length === 0) return serving;
  const fronts = study.services.flatMap(({ places: own }, s) =>
    own ? [frontSetup(study, s, profiles, requests)] : [],
  );
  const services = serving.services.map((service, s) =>
    study.services[s]?.places ? { ...service, places: 0 } : service,
  );
  return {
    ...serving,
    services: [...services, ...places.map(({ spec, profile }) => serviceOf(spec, profile))],
    fronts,
  };
}

/** What decides over replicas: each place for itself, and nobody over those of the service in front, which has none. */
export function controlledWithPlaces(
  study: ServiceStudy,
  services: readonly ControlledService[],
  ofPlace: (place: Place) => ControlledService,
): ControlledService[] {
  const fronts = services.map((service, s): ControlledService => {
    if (!study.services[s]?.places) return service;
    const { crashes: _, alerts: __, ...base } = service;
    return { ...base, autoscaler: () => 0, startUp: startUpAlways(0), replicasMin: 0, replicasMax: 0 };
  });
  return [
    ...fronts,
    ...placesOf(study).map((place) => ({ ...ofPlace(place), classes: services[place.service]!.classes })),
  ];
}

/** Replicas and time that were paid for, several trails of one run together; ticks are those of the first. */
export function trailsTogether(trails: readonly ServiceTrail[]): ServiceTrail {
  const [first, ...others] = trails;
  const sum = (key: Summed) => others.reduce((total, trail) => total + trail[key], first![key]);
  const sums = Object.fromEntries(SUMMED.map((key) => [key, sum(key)])) as Record<Summed, number>;
  return { ...first!, ...sums, alerts: trails.flatMap(({ alerts }) => alerts) };
}

const SUMMED = [
  "readyMicros",
  "startingMicros",
  "drainingMicros",
  "busyMicros",
  "scalings",
  "coldStarts",
  "crashes",
] as const satisfies readonly (keyof ServiceTrail)[];
type Summed = (typeof SUMMED)[number];

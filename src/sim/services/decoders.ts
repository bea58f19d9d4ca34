// Services whose decodes are on replicas of their own: to the engine these are services after those of the study, which no
// request names.

import type { ServingSetup } from "../../engine/services.js";
import type { ServiceStudy } from "../../model/service-study.js";
import type { ReplicaProfile } from "./profile.js";
import type { ControlledService, ServiceTrail } from "./replicas.js";

interface Decoder {
  /** Index of the service that hands over, and of the one that decodes. */
  service: number;
  index: number;
  replicas: number;
}

export function decodersOf({ services }: ServiceStudy): Decoder[] {
  let index = services.length;
  return services.flatMap(({ disaggregation }, service) =>
    disaggregation ? [{ service, index: index++, replicas: disaggregation.decodeReplicas }] : [],
  );
}

/** GPUs of all replicas that a study may have at once, those that decode included. */
export function gpusMax(study: ServiceStudy): number {
  const own = study.services.reduce((sum, s) => sum + s.replicas.max * s.tensorParallel, 0);
  return decodersOf(study).reduce(
    (sum, { service, replicas }) => sum + replicas * study.services[service]!.tensorParallel,
    own,
  );
}

/** Replicas that are ready at the start, those that decode after all others. */
export function readyWithDecoders(study: ServiceStudy, ready: readonly number[]): number[] {
  return [...ready, ...decodersOf(study).map(({ replicas }) => replicas)];
}

/** The setup with the services that decode. They keep no prefixes: what they need is sent to them. */
export function withDecoders(
  serving: ServingSetup,
  study: ServiceStudy,
  profiles: readonly ReplicaProfile[],
): ServingSetup {
  const decoders = decodersOf(study);
  if (decoders.length === 0) return serving;
  const services = serving.services.map((service, s) => {
    const decoder = decoders.find((d) => d.service === s);
    if (!decoder) return service;
    const { gigabytesPerSecond, latencyMillis } = study.services[s]!.disaggregation!;
    const microsPerBlock = profiles[s]!.blockBytes / (gigabytesPerSecond * 1e3);
    return {
      ...service,
      decoder: { service: decoder.index, microsPerBlock, latencyMicros: Math.round(latencyMillis * 1e3) },
    };
  });
  const own = decoders.map(({ service }) => {
    const { prefixTokens: _, ...setup } = serving.profiles[service]!;
    return setup;
  });
  return {
    ...serving,
    profiles: [...serving.profiles, ...own],
    services: [
      ...services,
      ...decoders.map(({ replicas }, i) => ({
        places: replicas,
        profile: serving.profiles.length + i,
        route: "least-requests" as const,
      })),
    ],
  };
}

/** What decides over replicas, with those that decode: always as many, there from the start, and replaced when they crash. */
export function controlledWithDecoders(
  study: ServiceStudy,
  services: readonly ControlledService[],
): ControlledService[] {
  const own = decodersOf(study).map(({ service, replicas }): ControlledService => {
    const { alerts: _, ...base } = services[service]!;
    return {
      ...base,
      name: `${base.name} (decode)`,
      autoscaler: () => replicas,
      replicasMin: replicas,
      replicasMax: replicas,
      classes: [],
    };
  });
  return [...services, ...own];
}

/** What a service's replicas cost and did, those that decode for it included. */
export function trailWithDecoder(trail: ServiceTrail, decoder: ServiceTrail | undefined): ServiceTrail {
  if (!decoder) return trail;
  return {
    ...trail,
    readyMicros: trail.readyMicros + decoder.readyMicros,
    startingMicros: trail.startingMicros + decoder.startingMicros,
    drainingMicros: trail.drainingMicros + decoder.drainingMicros,
    busyMicros: trail.busyMicros + decoder.busyMicros,
    scalings: trail.scalings + decoder.scalings,
    coldStarts: trail.coldStarts + decoder.coldStarts,
    crashes: trail.crashes + decoder.crashes,
  };
}

// What is reported of each service of a run, from the engine's counts and from the trails of its replicas.

import { readMoves } from "../../engine/places.js";
import type { ServiceSpec, ServiceStudy } from "../../model/service-study.js";
import { jainIndex } from "../metrics.js";
import type { AlertTrail } from "./alerting.js";
import { classesOf } from "./classes.js";
import { decodersOf, trailWithDecoder } from "./decoders.js";
import type { Devices, DeviceUse } from "./devices.js";
import { gatewayCounts, gatewayResult } from "./gateway-setup.js";
import { mechanismsOf } from "./mechanisms.js";
import { type ClassOutcome, readOutcomes, Sketch, sumOutcomes } from "./outcomes.js";
import { type PartResult, partsOf } from "./parts.js";
import { type Answered, placeParts } from "./place-parts.js";
import { placesOf, trailsTogether } from "./places.js";
import type { ReplicaProfile } from "./profile.js";
import type { ServiceTrail } from "./replicas.js";
import type { StudyRequests } from "./requests.js";
import type { ServingSimulation } from "./serving.js";
import { partOf } from "./share.js";
import { stagesUsd } from "./stages.js";
import type { ServiceResult } from "./study.js";

/**
 * What replicas of one kind were paid for.
 * @param use of devices that they share; absent: whole GPUs are theirs.
 */
export function paidFor(spec: ServiceSpec, trail: ServiceTrail, use?: DeviceUse) {
  const perReplica = spec.share ? partOf(spec.share).held : spec.tensorParallel;
  const gpuHours = (micros: number) => (micros * perReplica) / 3_600e6;
  const paid = trail.readyMicros + trail.startingMicros + trail.drainingMicros;
  return {
    replicasMean: paid / trail.spanMicros,
    busyGpuHours: gpuHours(trail.busyMicros),
    idleGpuHours: gpuHours(trail.readyMicros + trail.drainingMicros - trail.busyMicros),
    startingGpuHours: gpuHours(trail.startingMicros),
    costUsd: (use ? use.deviceMicros / 3_600e6 : gpuHours(paid)) * spec.usdPerGpuHour,
  };
}
type Paid = ReturnType<typeof paidFor>;

function paidTogether(all: readonly Paid[]): Paid {
  const [first, ...others] = all;
  const sum = { ...first! };
  for (const other of others) for (const key of Object.keys(sum) as (keyof Paid)[]) sum[key] += other[key];
  return sum;
}

/** Engine services on which requests of a service are worked on, with their names in reports: itself, or its places. */
export function standsOf(study: ServiceStudy, service: number): { name: string; index: number }[] {
  const spec = study.services[service]!;
  if (!spec.places) return [{ name: spec.name, index: service }];
  const own = placesOf(study).filter((place) => place.service === service);
  return own.map(({ spec: there, index }) => ({ name: there.name, index }));
}

function gapsOf(simulation: ServingSimulation, services: readonly number[]): Sketch {
  const [first, ...others] = services.map((service) => new Sketch(simulation.gapCounts(service)));
  return others.reduce((all, other) => all.plus(other), first!);
}

/** Services of a run, in order, and their parts. */
export function resultsOf(
  study: ServiceStudy,
  profiles: readonly ReplicaProfile[],
  simulation: ServingSimulation,
  requests: StudyRequests,
  trails: readonly ServiceTrail[],
  devices: Devices | undefined,
): { services: ServiceResult[]; parts: PartResult[] } {
  const { engine } = simulation;
  const { serving } = simulation.setup;
  const outcomes = readOutcomes(engine, serving);
  const places = placesOf(study).map((place) => ({ ...place, paid: paidFor(place.spec, trails[place.index]!) }));
  const served = placeParts(study, engine, serving, requests, places);
  const services = study.services.map((spec, s): ServiceResult => {
    const own = classesOf(study, s);
    const o = sumOutcomes(own.map((c) => outcomes[c]!));
    const decoder = decodersOf(study).find((d) => d.service === s)?.index;
    const there = places.filter((place) => place.service === s);
    const trail =
      there.length > 0
        ? trailsTogether(there.map(({ index }) => trails[index]!))
        : trailWithDecoder(trails[s]!, decoder === undefined ? undefined : trails[decoder]);
    const use = spec.share ? devices!.use[s] : undefined;
    const ofStages = stagesUsd(spec, trail.spanMicros);
    const paid = there.length > 0 ? paidTogether(there.map((place) => place.paid)) : paidFor(spec, trail, use);
    const costUsd = paid.costUsd + ofStages + (served.requestsUsd[s] ?? 0);
    const stands = [...standsOf(study, s).map(({ index }) => index), ...(decoder === undefined ? [] : [decoder])];
    const tokens = o.promptTokens + o.outputTokens;
    return {
      service: spec.name,
      ...latencies(o),
      itlSecondsP99: gapsOf(simulation, stands).percentile(0.99),
      ...paid,
      costUsd,
      usdPerMillionTokens: (costUsd / tokens) * 1e6,
      usdPerThousandMet: (costUsd / o.met) * 1e3,
      scalings: trail.scalings,
      coldStarts: trail.coldStarts,
      ...(spec.stages ? { stagesUsd: ofStages } : {}),
      ...(use ? deviceResult(use, trail.spanMicros) : {}),
      ...(spec.crashes ? { crashes: trail.crashes } : {}),
      ...(spec.alerts.length > 0 ? alertResult(trail.alerts) : {}),
      ...(spec.gateway || spec.places
        ? gatewayResult(gatewayCounts(engine, own), o.arrived, tokens, spec.gateway?.cache !== undefined)
        : {}),
      ...(spec.places ? { ...crossing(served.answered, s), moves: readMoves(engine, s) } : {}),
      ...mechanismsOf(engine, spec, stands, profiles[s]!.setup, o.preemptions),
    };
  });
  const parts = [...partsOf(study, engine, serving, requests, services), ...served.parts];
  const fair = services.map((result) => ({ ...result, ...tenantFairness(parts, result.service) }));
  return { services: fair, parts };
}

function deviceResult({ deviceMicros, heldMicros }: DeviceUse, spanMicros: number): Partial<ServiceResult> {
  return { devicesMean: deviceMicros / spanMicros, unheldGpuHours: (deviceMicros - heldMicros) / 3_600e6 };
}

function latencies(o: ClassOutcome) {
  return {
    requests: o.arrived,
    attainment: o.met / o.arrived,
    ttftSecondsP50: o.ttft.percentile(0.5),
    ttftSecondsP99: o.ttft.percentile(0.99),
    tpotSecondsP99: o.tpot.percentile(0.99),
    e2eSecondsP99: o.e2e.percentile(0.99),
    lost: o.arrived - o.answered,
    preemptions: o.preemptions,
  };
}

/** Of the answers from places, those from another one than the nearest. */
function crossing(answered: readonly Answered[], service: number): Partial<ServiceResult> {
  const own = answered.filter((cell) => cell.service === service);
  const sum = (cells: readonly Answered[]) => cells.reduce((total, cell) => total + cell.answered, 0);
  return { crossPlaceShare: sum(own.filter((cell) => !cell.isNearest)) / Math.max(1, sum(own)) };
}

function tenantFairness(parts: readonly PartResult[], service: string): Partial<ServiceResult> {
  const own = parts.filter((part) => part.kind === "tenant" && part.service === service && part.values.requests! > 0);
  if (own.length === 0) return {};
  const shares = own.map(({ values }) => values.attainment!);
  return { jainIndexTenants: jainIndex(shares), attainmentTenantWorst: Math.min(...shares) };
}

function alertResult(alerts: readonly AlertTrail[]) {
  const fired = (trail: AlertTrail) => trail.changes.filter(({ state }) => state === "firing").length;
  return {
    alertsFired: alerts.reduce((sum, trail) => sum + fired(trail), 0),
    alertHours: alerts.reduce((sum, trail) => sum + trail.firingSeconds, 0) / 3600,
  };
}

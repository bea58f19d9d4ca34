// Who was served where: how each place of a service and each origin of its requests fared.

import type { Engine } from "../../engine/engine.js";
import { type PlaceCounts, readPlace } from "../../engine/places.js";
import type { ServingSetup } from "../../engine/services.js";
import type { ServiceStudy } from "../../model/service-study.js";
import type { PartResult } from "./parts.js";
import { originRows, type Place } from "./places.js";
import type { StudyRequests } from "./requests.js";
import type { paidFor } from "./service-results.js";

/** Requests of one origin at one place. */
export interface Answered extends PlaceCounts {
  service: number;
  origin: number;
  place: number;
  /** No place that may serve the origin is nearer. */
  isNearest: boolean;
  mayServe: boolean;
}

/** Every origin of a service with every place of it. */
function cellsOf(study: ServiceStudy, engine: Engine, serving: ServingSetup, places: readonly Place[]): Answered[] {
  return originRows(study).flatMap(({ service, oneWayMillis, allowed }, origin) => {
    const own = places.filter((place) => place.service === service);
    const may = (name: string) => allowed?.includes(name) ?? true;
    const nearest = Math.min(...own.filter(({ name }) => may(name)).map(({ name }) => oneWayMillis[name]!));
    return own.map(({ name, index }) => ({
      service,
      origin,
      place: index,
      isNearest: may(name) && oneWayMillis[name] === nearest,
      mayServe: may(name),
      ...readPlace(engine, serving.services.length, origin, index),
    }));
  });
}

/** A fault of ours, and never of the study: no request may be served where it may not. */
function assertResidency(cells: readonly Answered[], study: ServiceStudy): void {
  const stray = cells.find(({ mayServe, answered, chosen }) => !mayServe && answered + chosen > 0);
  if (!stray) return;
  throw new Error(
    `${study.services[stray.service]!.name}: ${stray.answered} requests were served at a place that may not serve them`,
  );
}

const total = (cells: readonly PlaceCounts[], key: keyof PlaceCounts) =>
  cells.reduce((sum, cell) => sum + cell[key], 0);

/**
 * Parts of kind place and origin, what requests cost beyond GPUs by service, and all counts.
 * @param places with what was paid for their replicas.
 */
export function placeParts(
  study: ServiceStudy,
  engine: Engine,
  serving: ServingSetup,
  requests: StudyRequests,
  places: readonly (Place & { paid: ReturnType<typeof paidFor> })[],
): { parts: PartResult[]; requestsUsd: number[]; answered: Answered[] } {
  const cells = cellsOf(study, engine, serving, places);
  assertResidency(cells, study);
  const requestsUsd = study.services.map(() => 0);
  const byPlace = places.map(({ service, name, index, paid, usdPerMillionRequests }): PartResult => {
    const own = cells.filter((cell) => cell.place === index);
    const answered = total(own, "answered");
    const all = total(
      cells.filter((cell) => cell.service === service),
      "answered",
    );
    const met = total(own, "met");
    const beyondGpusUsd = (answered * usdPerMillionRequests) / 1e6;
    requestsUsd[service]! += beyondGpusUsd;
    const costUsd = paid.costUsd + beyondGpusUsd;
    return {
      service: study.services[service]!.name,
      kind: "place",
      name,
      values: {
        chosen: total(own, "chosen"),
        answered,
        answeredShare: answered / all,
        answeredPerSecond: answered / (study.hours * 3600),
        attainment: met / answered,
        e2eSecondsMean: total(own, "e2eMicros") / answered / 1e6,
        crossShare: crossShare(own),
        replicasMean: paid.replicasMean,
        busyShare: paid.busyGpuHours / (paid.busyGpuHours + paid.idleGpuHours),
        costUsd,
        usdPerThousandMet: (costUsd / met) * 1e3,
      },
    };
  });
  return { parts: [...byPlace, ...originParts(study, cells, requests)], requestsUsd, answered: cells };
}

/** Share of answers for which another allowed place is nearer. */
function crossShare(cells: readonly Answered[]): number {
  const elsewhere = cells.filter((cell) => !cell.isNearest);
  return total(elsewhere, "answered") / total(cells, "answered");
}

function originParts(study: ServiceStudy, cells: readonly Answered[], requests: StudyRequests): PartResult[] {
  const arrived = new Float64Array(originRows(study).length);
  for (let i = 0; i < requests.count; i++)
    if (study.services[requests.service[i]!]?.places) arrived[requests.origin[i]!]!++;
  return originRows(study).flatMap(({ service, name }, origin): PartResult[] => {
    if (!study.services[service]!.places) return [];
    const own = cells.filter((cell) => cell.origin === origin);
    const answered = total(own, "answered");
    return [
      {
        service: study.services[service]!.name,
        kind: "origin",
        name,
        values: {
          requests: arrived[origin]!,
          attainment: total(own, "met") / arrived[origin]!,
          answeredShare: answered / arrived[origin]!,
          e2eSecondsMean: total(own, "e2eMicros") / answered / 1e6,
          crossShare: crossShare(own),
        },
      },
    ];
  });
}

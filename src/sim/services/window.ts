// One run of a study of services again, and what happened to every request that was there in a window of it.

import * as abi from "../../engine/abi.js";
import type { RequestRows } from "../../engine/services.js";
import { WindtunnelError } from "../../model/errors.js";
import type { ServiceStudy } from "../../model/service-study.js";
import type { ServedRequest } from "../../model/timeline.js";
import { replicationSeed } from "../workload.js";
import { type Arm, variantStudies } from "./arms.js";
import { capacitiesOf } from "./controllers.js";
import { decodersOf } from "./decoders.js";
import { placesOf } from "./places.js";
import type { Lengths } from "./records.js";
import type { TickRow } from "./replicas.js";
import { drawRequests, type StudyRequests } from "./requests.js";
import { standsOf } from "./service-results.js";
import { profilesOf } from "./setup.js";
import { runOne } from "./study.js";

export interface WindowOfRun {
  services: { name: string; first: number; places: number; ticks: TickRow[] }[];
  requests: ServedRequest[];
}

const OUTCOMES = new Map<number, string>([
  [abi.REQUEST_DONE, "answered"],
  [abi.REQUEST_TOO_LONG, "too long for a replica"],
  [abi.REQUEST_REFUSED, "refused: no replica"],
  [abi.REQUEST_SHED, "shed"],
  [abi.REQUEST_EXPIRED, "out of time"],
  [abi.REQUEST_FAILED, "failed with its replica"],
]);

/** Those that arrive before a moment: what comes later changes nothing before it. */
function before(requests: StudyRequests, micros: number): StudyRequests {
  const count = requests.atMicros.subarray(0, requests.count).findIndex((at) => at >= micros);
  return count < 0 ? requests : { ...requests, count };
}

/**
 * Runs one arm of a study up to the end of a window; requests of it are those that were there at any moment of it.
 * @throws WindtunnelError USAGE if the study has no such variant.
 */
export function runWindow(
  study: ServiceStudy,
  lengths: Lengths,
  arm: Arm,
  replication: number,
  window: { fromMicros: number; toMicros: number },
): WindowOfRun {
  const variants = variantStudies(study);
  const found = variants.find(({ variant }) => variant === arm.variant);
  if (!found) {
    const names = variants.map(({ variant }) => variant).join(", ");
    throw new WindtunnelError("USAGE", `There is no variant "${arm.variant}".`, `Variants: ${names}.`);
  }
  const own = found.study;
  const all = drawRequests(own, lengths, replicationSeed(own.seed, replication), replication);
  const requests: ServedRequest[] = [];
  const keep = (rows: RequestRows) => {
    for (let i = 0; i < rows.count; i++) {
      if (rows.finishMicros[i]! < window.fromMicros || rows.atMicros[i]! > window.toMicros) continue;
      requests.push({
        id: rows.id[i]!,
        service: rows.service[i]!,
        replica: rows.replica[i]!,
        atMicros: rows.atMicros[i]!,
        scheduledMicros: rows.scheduledMicros[i]!,
        firstMicros: rows.firstMicros[i]!,
        finishMicros: rows.finishMicros[i]!,
        promptTokens: rows.promptTokens[i]!,
        outputTokens: rows.outputTokens[i]!,
        preempted: rows.preempted[i]!,
        outcome: OUTCOMES.get(rows.status[i]!) ?? "ended",
      });
    }
  };
  const profiles = profilesOf(own);
  const { trails } = runOne(
    own,
    profiles,
    before(all, window.toMicros),
    { ...arm, replication },
    capacitiesOf(own, lengths),
    keep,
  );
  const decoders = decodersOf(own);
  const places = placesOf(own);
  const replicasOf = [
    ...own.services.map((spec) => (spec.places ? 0 : spec.replicas.max)),
    ...decoders.map(({ replicas }) => replicas),
    ...places.map(({ spec }) => spec.replicas.max),
  ];
  const services = own.services.flatMap((_, s) =>
    standsOf(own, s).map(({ name, index }) => {
      const first = replicasOf.slice(0, index).reduce((sum, n) => sum + n, 0);
      return { name, first, places: replicasOf[index]!, ticks: trails[index]!.ticks };
    }),
  );
  requests.sort((a, b) => a.atMicros - b.atMicros || a.id - b.id);
  return { services, requests };
}

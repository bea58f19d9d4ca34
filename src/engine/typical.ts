// The typical requests that fragmentation is measured against: the commonest of a workload, with their shares (Weng et
// al., USENIX ATC 2023, section 3.2, and its artifact's order of equals).

import type { JobTable } from "../model/jobs.js";
import type { TypicalRequest } from "./world.js";

/** Requests of one kind; `models` decides the order of equally common ones, the later text first. */
export interface RequestKind extends Omit<TypicalRequest, "weight"> {
  models: string;
  count: number;
}

/** A kept kind. */
export type TypicalKind = TypicalRequest & Pick<RequestKind, "models">;

/** Kinds are taken from the commonest on until they cover this share of all requests. */
const COVERED = 0.95;

/** Kinds given may repeat. Memory is not looked at. Commonest first; then larger requests. */
export function typicalRequests(requests: Iterable<RequestKind>): TypicalKind[] {
  const kinds = new Map<string, RequestKind>();
  let all = 0;
  for (const request of requests) {
    const key = `${request.cpuMilli} ${request.gpuMilli} ${request.devices} ${request.models}`;
    const kind = kinds.get(key);
    if (kind) kind.count += request.count;
    else kinds.set(key, { ...request });
    all += request.count;
  }
  const ordered = [...kinds.values()].sort(
    (a, b) =>
      b.count - a.count ||
      b.cpuMilli - a.cpuMilli ||
      b.gpuMilli - a.gpuMilli ||
      b.devices - a.devices ||
      (a.models < b.models ? 1 : a.models > b.models ? -1 : 0),
  );
  const kept: RequestKind[] = [];
  let covered = 0;
  for (const kind of ordered) {
    if (covered / all >= COVERED) break;
    kept.push(kind);
    covered += kind.count;
  }
  return kept.map(({ count, ...kind }) => {
    // this order of divisions is part of the definition: weights are compared to the last bit
    return { ...kind, weight: count / all / (covered / all) };
  });
}

/** The mix of a trace's tasks. */
export function typicalOfJobs({ count, tasks, gpuMilli, cpuMilli, modelMask }: JobTable): TypicalKind[] {
  return typicalRequests(
    Array.from({ length: count }, (_, i) => {
      const milli = gpuMilli[i]!;
      return {
        cpuMilli: cpuMilli[i]!,
        gpuMilli: Math.min(milli, 1000),
        devices: Math.ceil(milli / 1000),
        modelMask: modelMask[i]!,
        models: String(modelMask[i]),
        count: tasks[i]!,
      };
    }),
  );
}

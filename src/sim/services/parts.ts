// What a service's requests are told apart by: how each class and each tenant of it fared.

import type { Engine } from "../../engine/engine.js";
import type { ServingSetup } from "../../engine/services.js";
import { readTenant } from "../../engine/tenants.js";
import type { Interval } from "../../model/results.js";
import type { ServiceStudy } from "../../model/service-study.js";
import { interval } from "../statistics.js";
import { type Arm, armKey } from "./arms.js";
import { classesOf, classRows } from "./classes.js";
import { gatewayCounts } from "./gateway-setup.js";
import { type ClassOutcome, readOutcomes } from "./outcomes.js";
import type { StudyRequests } from "./requests.js";
import type { ServiceResult, ServiceRun } from "./study.js";

export const PART_KINDS = ["class", "tenant", "place", "origin"] as const;
export type PartKind = (typeof PART_KINDS)[number];

/** One part of a service in one run; which values there are depends on the kind. */
export interface PartResult {
  service: string;
  kind: PartKind;
  name: string;
  values: Record<string, number>;
}

/** Over replications. */
export interface PartRow extends Arm {
  service: string;
  kind: PartKind;
  name: string;
  metrics: Record<string, Interval>;
}

const tokensOf = ({ promptTokens, outputTokens }: ClassOutcome) => promptTokens + outputTokens;

/** Shares are of the requests of the class; whoever ended unanswered is a miss. */
function classPart(engine: Engine, index: number, o: ClassOutcome, costUsd: number): Record<string, number> {
  const n = gatewayCounts(engine, [index]);
  const share = (count: number) => count / o.arrived;
  return {
    requests: o.arrived,
    attainment: share(o.met),
    ttftSecondsP50: o.ttft.percentile(0.5),
    ttftSecondsP99: o.ttft.percentile(0.99),
    tpotSecondsP99: o.tpot.percentile(0.99),
    e2eSecondsP99: o.e2e.percentile(0.99),
    refusedShare: share(o.refused + n.shed),
    displacedShare: share(n.displaced),
    expiredShare: share(n.expired),
    failedShare: share(n.failed),
    tooLongShare: share(o.tooLong),
    costUsd,
    usdPerThousandMet: (costUsd / o.met) * 1e3,
  };
}

/** Cost of a service is split over its classes by tokens of prompts and answers that were served. */
export function partsOf(
  study: ServiceStudy,
  engine: Engine,
  serving: ServingSetup,
  requests: StudyRequests,
  results: readonly ServiceResult[],
): PartResult[] {
  const outcomes = readOutcomes(engine, serving);
  const rows = classRows(study);
  const classes = rows.flatMap(({ service, spec, own }, c): PartResult[] => {
    if (!own) return [];
    const all = classesOf(study, service).reduce((sum, k) => sum + tokensOf(outcomes[k]!), 0);
    const costUsd = results[service]!.costUsd * (tokensOf(outcomes[c]!) / Math.max(1, all));
    return [{ service: spec.name, kind: "class", name: own.name, values: classPart(engine, c, outcomes[c]!, costUsd) }];
  });
  const tenants = requests.tenants.map(({ service, name }, k): PartResult => {
    const { arrived, answered, met, tokens } = readTenant(engine, k + 1);
    return {
      service: study.services[service]!.name,
      kind: "tenant",
      name,
      values: { requests: arrived, attainment: met / arrived, answeredShare: answered / arrived, tokens },
    };
  });
  return [...classes, ...tenants];
}

/** Means and intervals by part and arm; parts of a kind as they are in the study, arms as they were run. */
export function summariseParts(runs: readonly ServiceRun[]): PartRow[] {
  const groups = new Map<string, { arm: Arm; parts: PartResult[] }>();
  for (const run of runs)
    for (const part of run.parts) {
      const key = [part.kind, part.service, part.name, armKey(run)].join("\n");
      const group = groups.get(key) ?? { arm: run, parts: [] };
      group.parts.push(part);
      groups.set(key, group);
    }
  return [...groups.values()].map(({ arm: { variant, controller, coldStartSeconds }, parts }) => {
    const { service, kind, name, values } = parts[0]!;
    const metrics = Object.fromEntries(
      Object.keys(values).map((key) => [key, interval(parts.map((part) => part.values[key]!))]),
    );
    return { variant, controller, coldStartSeconds, service, kind, name, metrics };
  });
}

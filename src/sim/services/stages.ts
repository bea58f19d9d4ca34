// Stages on CPUs of a study's services: from its keys to the engine's setup, and what they did and cost.

import type { Engine } from "../../engine/engine.js";
import type { ServingSetup } from "../../engine/services.js";
import { readStages, type StagesSetup } from "../../engine/stages.js";
import type { Interval } from "../../model/results.js";
import type { ServiceSpec } from "../../model/service-study.js";
import type { StageSpec } from "../../model/serving/stages.js";
import { interval } from "../statistics.js";
import { type Arm, armKey } from "./arms.js";

/** One stage in one run. */
export interface StageResult {
  service: string;
  stage: string;
  side: "before" | "after";
  /** Mean of requests that were served: in line, and in all. */
  waitSecondsMean: number;
  secondsMean: number;
  /** Of the servers' time, that in which they worked. */
  busyShare: number;
  costUsd: number;
}

/** Over the replications of an arm. */
export interface StageRow extends Arm {
  service: string;
  stage: string;
  side: "before" | "after";
  metrics: Record<"waitSecondsMean" | "secondsMean" | "busyShare" | "costUsd", Interval>;
}

const setupOf = ({ servers, seconds, distribution, cv, each }: StageSpec) => ({
  servers,
  kind: distribution,
  micros: seconds * 1e6,
  ...(cv === undefined ? {} : { cv }),
  byItem: each === "item",
});

/** Answers of servers of batches come whole, so their first token is seen with the last. */
export function stagesOf({ stages, server }: ServiceSpec): StagesSetup | undefined {
  if (!stages) return undefined;
  return { before: stages.before.map(setupOf), after: stages.after.map(setupOf), hidesFirst: server !== undefined };
}

export function stageFault(spec: ServiceSpec): { what: string; hint: string } | undefined {
  const { stages, modalities, generator } = spec;
  if (!stages) return undefined;
  const item = [...stages.before, ...stages.after].find(({ each }) => each === "item");
  if (item && stages.after.includes(item))
    return { what: `stages: ${item.name} is by item, and answers have none.`, hint: "Put it before the replicas." };
  if (item && modalities.length === 0 && generator?.servegen !== "mm-image")
    return {
      what: `stages: ${item.name} is by item, and no request has pictures or sounds.`,
      hint: "Add modalities, or generator: { servegen: mm-image }.",
    };
  const all = [...stages.before, ...stages.after];
  if (all.length === 0) return { what: "stages has neither before nor after.", hint: "Name a stage, or leave it out." };
  const twice = all.find(({ name }, i) => all.findIndex((other) => other.name === name) !== i);
  if (twice) return { what: `stages: two are called "${twice.name}".`, hint: "Give each a name of its own." };
  const odd = all.find(({ distribution, cv }) => (distribution === "lognormal") !== (cv !== undefined));
  if (odd)
    return {
      what: `stages: ${odd.name} is ${odd.distribution} and has ${odd.cv === undefined ? "no cv" : `cv ${odd.cv}`}.`,
      hint: "A lognormal time needs cv; the others have none.",
    };
  return undefined;
}

export function stageNotes({ name, stages, server }: ServiceSpec): string[] {
  if (!stages) return [];
  const text = (list: readonly StageSpec[]) =>
    list
      .map(
        (s) =>
          `${s.name} (${s.servers} x ${s.seconds} s${s.each === "item" ? " an item" : ""}, ${s.distribution}${s.cv === undefined ? "" : ` with cv ${s.cv}`})`,
      )
      .join(", ");
  const parts = [
    ...(stages.before.length > 0 ? [`before the replicas ${text(stages.before)}`] : []),
    ...(stages.after.length > 0
      ? [
          `after them ${text(stages.after)}, ${server ? "which the first token waits for" : "which the first token does not wait for: tokens stream"}`,
        ]
      : []),
  ];
  return [
    `${name}: stages on CPUs, ${parts.join("; ")}. Their times are the study's own, do not depend on lengths, and are counted in TTFT and E2E; their servers are paid for all the time.`,
  ];
}

/** USD of all stages of a service over a run. */
export function stagesUsd({ stages }: ServiceSpec, spanMicros: number): number {
  const all = stages ? [...stages.before, ...stages.after] : [];
  return all.reduce((sum, s) => sum + s.servers * s.usdPerServerHour, 0) * (spanMicros / 3_600e6);
}

/** @param spanMicros length of the run. */
export function stageResults(
  engine: Engine,
  serving: ServingSetup,
  services: readonly ServiceSpec[],
  spanMicros: number,
): StageResult[] {
  const counts = readStages(engine, serving);
  return services.flatMap(({ name, stages }, s) => {
    const sides = stages
      ? [
          ...stages.before.map((spec) => ["before", spec] as const),
          ...stages.after.map((spec) => ["after", spec] as const),
        ]
      : [];
    return sides.map(([side, spec], i): StageResult => {
      const { served, waitMicros, workMicros } = counts[s]![i]!;
      const mean = (micros: number) => (served > 0 ? micros / served / 1e6 : 0);
      return {
        service: name,
        stage: spec.name,
        side,
        waitSecondsMean: mean(waitMicros),
        secondsMean: mean(waitMicros + workMicros),
        busyShare: workMicros / (spec.servers * spanMicros),
        costUsd: spec.servers * spec.usdPerServerHour * (spanMicros / 3_600e6),
      };
    });
  });
}

/** Means and intervals by arm and stage, in the order of the runs. */
export function summariseStages(runs: readonly (Arm & { stages?: readonly StageResult[] })[]): StageRow[] {
  const rows = new Map<string, { arm: Arm; results: StageResult[] }>();
  for (const run of runs)
    for (const result of run.stages ?? []) {
      const { variant, controller, coldStartSeconds } = run;
      const key = `${result.service}\n${result.stage}\n${armKey(run)}`;
      const row = rows.get(key) ?? { arm: { variant, controller, coldStartSeconds }, results: [] };
      row.results.push(result);
      rows.set(key, row);
    }
  return [...rows.values()].map(({ arm, results }) => {
    const { service, stage, side } = results[0]!;
    const of = (key: keyof StageRow["metrics"]) => interval(results.map((r) => r[key]));
    return {
      ...arm,
      service,
      stage,
      side,
      metrics: {
        waitSecondsMean: of("waitSecondsMean"),
        secondsMean: of("secondsMean"),
        busyShare: of("busyShare"),
        costUsd: of("costUsd"),
      },
    };
  });
}

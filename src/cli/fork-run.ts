// What `whatif` does: fork a run and say who gains.

import { resolve } from "node:path";
import Table from "cli-table3";
import type { Engine } from "../engine/engine.js";
import { WindtunnelError } from "../model/errors.js";
import { isPolicyFile, MOVING_PLACES, PLACE_RULES, policyName, QUEUE_POLICIES } from "../model/policies.js";
import type { JobRows, RunSpec } from "../model/results.js";
import type { Scenario } from "../model/scenario.js";
import { openPolicies } from "../plug/book.js";
import { openEngine } from "../plug/open.js";
import { nearestName } from "../replay/index.js";
import { measureRun } from "../sim/measure.js";
import { METRICS } from "../sim/metrics.js";
import { type Branch, type WhatIf, whatIf } from "../sim/whatif.js";
import { capacitiesOf } from "./capacity-options.js";
import type { CommandContext } from "./context.js";
import { openExperiment, prepareRun, runOrBest } from "./resimulate.js";

const SHOWN = ["jctSecondsMean", "jctSecondsMedian", "jctSecondsP99", "totalWaitSecondsMean", "restartsPerJob"];

export async function forkRun(
  context: CommandContext,
  folder: string,
  options: Readonly<Record<string, unknown>>,
): Promise<void> {
  const experiment = await openExperiment(folder);
  if (experiment.otherEngine) context.say(experiment.otherEngine);
  const run = await runOrBest(folder, experiment, options.run);
  const { trace, pools } = await prepareRun(context, resolve(folder), experiment, run);
  const { submitMicros, count } = trace.jobs;
  const atMicros = options.at === undefined ? submitMicros[count >> 1]! : (options.at as number) * 1e6;
  const queueNames = QUEUE_POLICIES.map((policy) => policy.name);
  const other = {
    queue: options.queue === undefined ? run.spec.queue : knownName("--queue", options.queue, queueNames),
    place:
      options.place === undefined
        ? run.spec.place
        : knownName("--place", options.place, [...Object.keys(PLACE_RULES), ...MOVING_PLACES]),
  };
  if (other.queue === run.spec.queue && other.place === run.spec.place) {
    throw new WindtunnelError(
      "USAGE",
      `There is nothing to compare: run ${run.spec.id} is under ${other.queue} + ${other.place} already.`,
      "Name another policy with --queue or --place, or another run with --run.",
    );
  }
  const { scenario, engine } = await withOther(context, experiment.scenario, run.spec, options);
  const setup = { scenario, engine, spec: run.spec, pools, trace, capacities: capacitiesOf(options) };
  const found = whatIf(setup, atMicros, other);
  if (found.digest !== run.digest && !experiment.otherEngine) {
    throw new WindtunnelError(
      "REPLAY_DIFFERS",
      `${run.spec.id}: repeated, it has digest ${found.digest}, and the manifest says ${run.digest}.`,
      "The data may have changed since; `windtunnel replay` looks closer.",
    );
  }
  if (found.was.rows.count === 0) {
    throw new WindtunnelError(
      "USAGE",
      `--at: every job of run ${run.spec.id} is done by ${(found.forkMicros / 3.6e9).toFixed(2)} h, so there is nothing left to decide.`,
      "Give an earlier time.",
    );
  }
  const summary = await summarise(
    found,
    pools.reduce((sum, pool) => sum + pool.nodes * pool.gpusPerNode, 0),
  );
  context.out(
    options.json === true
      ? JSON.stringify({ run: run.spec.id, forkMicros: found.forkMicros, ...other, ...summary }, null, 2)
      : inWords(run.spec.id, found, summary),
  );
}

/** The scenario with the other policies added, and an engine that holds all that are the user's. */
export async function withOther(
  { cacheFolder }: CommandContext,
  scenario: Scenario,
  spec: RunSpec,
  options: Readonly<Record<string, unknown>>,
): Promise<{ scenario: Scenario; engine: Engine }> {
  const policies = { ...scenario.policies };
  const own: { queue?: string; place?: string } = {};
  for (const role of ["queue", "place"] as const) {
    const was = policies[role].find((entry) => isPolicyFile(entry) && policyName(entry) === spec[role]);
    const other = isPolicyFile(String(options[role])) ? resolve(String(options[role])) : undefined;
    if (was !== undefined && other !== undefined && was !== other) {
      throw new WindtunnelError(
        "USAGE",
        `--${role}: run ${spec.id} is under a ${role} policy of your own already, and an engine holds one at a time.`,
        "Compare both with `windtunnel run`, or fork a run under one of the engine's policies.",
      );
    }
    const file = other ?? was;
    if (file === undefined) continue;
    own[role] = file;
    policies[role] = [...new Set([...policies[role], file])];
  }
  const pair = { queue: [own.queue ?? "fifo"], place: [own.place ?? "first-fit"] };
  const book = await openPolicies(pair, cacheFolder);
  const linked = book.linked(policyName(pair.queue[0]!), policyName(pair.place[0]!));
  return { scenario: { ...scenario, policies }, engine: await openEngine(linked) };
}

export function knownName(option: string, value: unknown, known: readonly string[]): string {
  if (isPolicyFile(String(value))) return policyName(String(value));
  const name = String(value);
  if (known.includes(name)) return name;
  const nearest = nearestName(name, known);
  throw new WindtunnelError(
    "USAGE",
    `${option}: there is no "${name}"${nearest ? `; the nearest name is "${nearest}"` : ""}.`,
    "See `windtunnel policies` for all names.",
  );
}

export interface Summary {
  jobs: number;
  better: number;
  worse: number;
  metrics: { name: string; was: number; other: number }[];
  /** Largest changes of JCT, other - was, seconds. */
  most: { job: number; wasSeconds: number; otherSeconds: number }[];
}

/** Only jobs that were not done at the fork: the others are the same in both. */
export async function summarise({ was, other }: WhatIf, gpusTotal: number): Promise<Summary> {
  const setup = { gpusTotal, tenants: [], poolModels: [], cutJobs: 0, within: false };
  const metricsOf = async (branch: Branch) => (await measureRun(branch.rows, branch.series, setup)).metrics;
  const [before, after] = [await metricsOf(was), await metricsOf(other)];
  const jct = (rows: JobRows, i: number) => (rows.finishMicros[i]! - rows.submitMicros[i]!) / 1e6;
  const changes = Array.from({ length: was.rows.count }, (_, i) => {
    return { job: was.rows.job[i]!, wasSeconds: jct(was.rows, i), otherSeconds: jct(other.rows, i) };
  });
  const change = (c: Summary["most"][number]) => Math.abs(c.otherSeconds - c.wasSeconds);
  return {
    jobs: changes.length,
    better: changes.filter((c) => c.otherSeconds < c.wasSeconds).length,
    worse: changes.filter((c) => c.otherSeconds > c.wasSeconds).length,
    metrics: SHOWN.map((name) => ({ name, was: before[name] ?? Number.NaN, other: after[name] ?? Number.NaN })),
    most: changes
      .filter((c) => change(c) > 0)
      .sort((a, b) => change(b) - change(a) || a.job - b.job)
      .slice(0, 5),
  };
}

function inWords(id: string, found: WhatIf, summary: Summary): string {
  const { was, other } = found;
  const table = new Table({
    head: ["of jobs not done by then", `${was.queue} + ${was.place}`, `${other.queue} + ${other.place}`, "change"],
    colAligns: ["left", "right", "right", "right"],
    style: { head: [], border: [], compact: true },
  });
  for (const { name, was: before, other: after } of summary.metrics) {
    const metric = METRICS.find((m) => m.name === name);
    const number = (value: number) => (metric?.unit === "s" ? `${(value / 3600).toFixed(2)} h` : value.toFixed(2));
    const share =
      before === 0 ? "–" : `${after >= before ? "+" : "−"}${Math.abs((after / before - 1) * 100).toFixed(1)} %`;
    table.push([metric?.title ?? name, number(before), number(after), share]);
  }
  const most = summary.most.map((c) => {
    return `job ${c.job} ${(c.wasSeconds / 3600).toFixed(2)} -> ${(c.otherSeconds / 3600).toFixed(2)} h`;
  });
  return [
    `${id}, forked at ${(found.forkMicros / 3.6e9).toFixed(2)} h: ${other.queue} + ${other.place} decides from there on.`,
    table.toString(),
    `Of ${summary.jobs} jobs, ${summary.better} end sooner and ${summary.worse} later${most.length > 0 ? `; largest changes of completion time: ${most.join(", ")}` : ""}.`,
    "Same arrivals, run times and failures in both. What the other policy would have learnt before the fork it does not know (histories, levels of las).",
  ].join("\n");
}

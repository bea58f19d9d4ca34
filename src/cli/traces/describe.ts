// `trace describe`: what is in a trace, in numbers and pictures.

import type { Requests, RequestTable } from "../../model/demand.js";
import type { Provenance, RejectedRow, Trace } from "../../model/jobs.js";
import { MICROS_PER_HOUR, MICROS_PER_SECOND } from "../../model/units.js";
import {
  countsOf,
  type Demand,
  gpuHoursTotal,
  groupNodes,
  profileJobs,
  profileRates,
  profileRequests,
} from "../../replay/index.js";
import { barsChart, overTimeChart, renderDemandPage } from "../../report/index.js";
import { percentile, sorted } from "../../sim/statistics.js";
import { writeWholeText } from "../../sim/store-files.js";
import type { CommandContext } from "../context.js";
import { openDemand } from "./open.js";
import { bars, line } from "./picture.js";

export interface DescribeOptions {
  seed: number;
  strict: boolean;
  json: boolean;
  html: string | undefined;
}

export async function describeTrace(context: CommandContext, name: string, options: DescribeOptions): Promise<void> {
  const demand = await openDemand(context, name, options);
  if (options.json) {
    context.out(
      JSON.stringify({ ...factsOf(name, demand), provenance: demand.provenance, rejected: demand.rejected }, null, 2),
    );
    return;
  }
  const { numbers, pictures } = inWords(name, demand);
  context.out([...numbers, ...pictures, ...notesOf(demand.provenance, demand.rejected)].join("\n"));
  if (options.html === undefined) return;
  const page = await renderDemandPage({
    title: `What is in ${name}`,
    facts: numbers.join("\n"),
    charts: chartsOf(demand),
    notes: [sourceOf(demand.provenance), ...demand.provenance.assumptions],
  });
  await writeWholeText(options.html, page);
  context.say(`${options.html} has the pictures.`);
}

type Quantiles = Record<"least" | "median" | "p90" | "p99" | "most", number>;

function quantiles(values: ArrayLike<number>): Quantiles {
  const ascending = sorted(values);
  const [least, median, p90, p99, most] = [0, 0.5, 0.9, 0.99, 1].map((share) => percentile(ascending, share));
  return { least: least!, median: median!, p90: p90!, p99: p99!, most: most! };
}

function jobFacts(name: string, { jobs, names, rejected }: Trace) {
  const gpus = Float64Array.from({ length: jobs.count }, (_, i) => (jobs.tasks[i]! * jobs.gpuMilli[i]!) / 1000);
  const gaps = Float64Array.from(
    { length: Math.max(0, jobs.count - 1) },
    (_, i) => (jobs.submitMicros[i + 1]! - jobs.submitMicros[i]!) / MICROS_PER_SECOND,
  );
  const waits = jobs.waitMicros.filter((wait) => !Number.isNaN(wait)).map((wait) => wait / MICROS_PER_SECOND);
  const spanHours = jobs.count > 0 ? (jobs.submitMicros[jobs.count - 1]! - jobs.submitMicros[0]!) / MICROS_PER_HOUR : 0;
  const gpuHours = gpuHoursTotal(jobs);
  return {
    kind: "jobs" as const,
    trace: name,
    jobs: jobs.count,
    rejectedRows: rejected.length,
    tenants: names.tenants.length,
    spanDays: spanHours / 24,
    gpuHours,
    gpusBusyMean: gpuHours / spanHours,
    gpus: quantiles(gpus),
    runSeconds: quantiles(jobs.runMicros.map((t) => t / MICROS_PER_SECOND)),
    gapSeconds: quantiles(gaps),
    ...(waits.length > 0 ? { recordedWaitSeconds: quantiles(waits), jobsWithWait: waits.length } : {}),
  };
}

function requestFacts(name: string, { requests, names, rejected }: Requests) {
  const { count, atMicros, runMicros } = requests;
  const spanSeconds = count > 0 ? atMicros[count - 1]! / MICROS_PER_SECOND : 0;
  const runs = runMicros.filter((micros) => !Number.isNaN(micros)).map((micros) => micros / MICROS_PER_SECOND);
  return {
    kind: "requests" as const,
    trace: name,
    requests: count,
    rejectedRows: rejected.length,
    tenants: names.tenants.length,
    models: names.models.length,
    spanHours: spanSeconds / 3_600,
    perSecondMean: count / spanSeconds,
    promptTokens: quantiles(requests.promptTokens),
    outputTokens: quantiles(requests.outputTokens),
    ...(runs.length > 0 ? { runSeconds: quantiles(runs) } : {}),
  };
}

function requestsInWords(name: string, facts: ReturnType<typeof requestFacts>, table: RequestTable) {
  const profile = profileRequests(table);
  return {
    numbers: [
      `${name}: ${facts.requests} requests over ${facts.spanHours.toFixed(2)} hours, ${facts.perSecondMean.toPrecision(4)} a second on average`,
      QUANTILES_HEAD,
      quantilesRow("tokens of the prompt", facts.promptTokens),
      quantilesRow("tokens of the answer", facts.outputTokens),
      ...(facts.runSeconds ? [quantilesRow("time of service, s", facts.runSeconds)] : []),
    ],
    pictures: [
      ...bars("tokens of the prompt", profile.prompts),
      ...bars("tokens of the answer", profile.outputs),
      ...bars("time of service", profile.runTimes),
      ...line("arrivals a second", profile.arrivals),
    ],
  };
}

const QUANTILES_HEAD = `${"".padEnd(22)}${["least", "median", "P90", "P99", "most"].map((h) => h.padStart(14)).join("")}`;

function quantilesRow(label: string, q: Quantiles): string {
  return `${label.padEnd(22)}${[q.least, q.median, q.p90, q.p99, q.most].map((v) => v.toPrecision(6).padStart(14)).join("")}`;
}

function factsOf(name: string, demand: Demand) {
  if (demand.kind === "jobs") return jobFacts(name, demand);
  const { count, total } = countsOf(demand);
  if (demand.kind === "nodes") {
    return { kind: demand.kind, trace: name, nodes: count, gpus: total, groups: groupNodes(demand) };
  }
  if (demand.kind === "requests") return requestFacts(name, demand);
  const over = profileRates(demand.rates);
  return {
    kind: demand.kind,
    trace: name,
    windows: count,
    series: demand.names.series.length,
    arrivals: total,
    spanDays: (over.binMicros * over.values.length) / MICROS_PER_HOUR / 24,
    perSecond: quantiles(over.values),
  };
}

function inWords(name: string, demand: Demand): { numbers: string[]; pictures: string[] } {
  const facts = factsOf(name, demand);
  if (facts.kind === "nodes") {
    return {
      numbers: [
        `${name}: ${facts.nodes} nodes with ${facts.gpus} GPUs, ${facts.groups.length} kinds`,
        ...facts.groups.map(
          (g) =>
            `${String(g.nodes).padStart(7)} x ${g.gpus} ${g.model === "" ? "GPUs" : g.model}, ${g.cpuMilli / 1000} cores, ${(g.memoryMib / 1024).toFixed(0)} GiB`,
        ),
      ],
      pictures: [],
    };
  }
  if (facts.kind === "rates") {
    const over = demand.kind === "rates" ? profileRates(demand.rates) : { binMicros: 1, values: [] };
    return {
      numbers: [
        `${name}: ${facts.windows} windows of ${facts.series} series over ${facts.spanDays.toFixed(1)} days`,
        `${facts.arrivals.toFixed(0)} arrivals, ${(facts.arrivals / facts.spanDays / 86_400).toPrecision(4)} a second on average`,
      ],
      pictures: line("arrivals a second, all series", over),
    };
  }
  if (facts.kind === "requests") return requestsInWords(name, facts, (demand as Requests).requests);
  const profile = profileJobs((demand as Trace).jobs);
  return {
    numbers: [
      `${name}: ${facts.jobs} jobs of ${facts.tenants} ${facts.tenants === 1 ? "tenant" : "tenants"} over ${facts.spanDays.toFixed(1)} days`,
      `${facts.gpuHours.toFixed(2)} GPU-hours demanded: ${facts.gpusBusyMean.toFixed(1)} GPUs busy on average if nobody ever waited`,
      QUANTILES_HEAD,
      quantilesRow("GPUs a job", facts.gpus),
      quantilesRow("run time, s", facts.runSeconds),
      quantilesRow("gap to the next, s", facts.gapSeconds),
      ...(facts.recordedWaitSeconds ? [quantilesRow("recorded wait, s", facts.recordedWaitSeconds)] : []),
    ],
    pictures: [
      ...bars("GPUs a job", profile.gpus),
      ...bars("run time", profile.runTimes),
      ...bars("recorded wait", profile.waits),
      ...line("jobs an hour", profile.arrivals),
      ...line("GPUs in use if nobody waited", profile.load),
    ],
  };
}

function chartsOf(demand: Demand) {
  if (demand.kind === "rates")
    return [overTimeChart("rate", "Arrivals a second, all series", "arrivals a second", profileRates(demand.rates))];
  if (demand.kind === "requests") {
    const profile = profileRequests(demand.requests);
    return [
      barsChart("prompts", "Tokens of the prompt", "requests", profile.prompts),
      barsChart("outputs", "Tokens of the answer", "requests", profile.outputs),
      barsChart("gaps", "Time to the next request", "requests", profile.gaps),
      overTimeChart("arrivals", "Arrivals", "requests a second", profile.arrivals),
    ];
  }
  if (demand.kind === "nodes") {
    const list = groupNodes(demand).map((g) => ({ label: `${g.gpus} ${g.model || "GPUs"}`, count: g.nodes }));
    return [barsChart("kinds", "Kinds of nodes", "nodes", list)];
  }
  const profile = profileJobs(demand.jobs);
  return [
    barsChart("gpus", "GPUs a job", "jobs", profile.gpus),
    barsChart("run", "Run time", "jobs", profile.runTimes),
    barsChart("gaps", "Time to the next submission", "jobs", profile.gaps),
    ...(profile.waits.length > 0 ? [barsChart("waits", "Wait in the record", "jobs", profile.waits)] : []),
    overTimeChart("arrivals", "Submissions", "jobs an hour", profile.arrivals),
    overTimeChart("load", "GPUs in use if nobody waited", "GPUs", profile.load),
  ];
}

function sourceOf({ citation, licence, digest }: Provenance): string {
  return `Source: ${citation || "not stated"}. Licence: ${licence}. SHA-256 ${digest}`;
}

export function notesOf(provenance: Provenance, rejected: readonly RejectedRow[]): string[] {
  return [
    sourceOf(provenance),
    ...provenance.assumptions.map((a) => `  - ${a}`),
    ...rejected
      .slice(0, 10)
      .map((r) => `  rejected ${r.file}:${r.line}, ${r.column || "row"} = "${r.value}": ${r.reason}`),
    ...(rejected.length > 10 ? [`  ... and ${rejected.length - 10} more rejected rows`] : []),
  ];
}

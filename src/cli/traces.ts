// What the `trace` commands do.

import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { WindtunnelError } from "../model/errors.js";
import type { Trace } from "../model/jobs.js";
import { MICROS_PER_HOUR, MICROS_PER_SECOND } from "../model/units.js";
import {
  DATASETS,
  fitSynth,
  formatSynthParams,
  generateTrace,
  gpuHoursTotal,
  loadTrace,
  parseSynthParams,
  traceNames,
} from "../replay/index.js";
import { percentile, sorted } from "../sim/statistics.js";
import { writeWholeText } from "../sim/store-files.js";
import type { CommandContext } from "./context.js";

async function isThere(context: CommandContext, path: string): Promise<boolean> {
  if (context.dataFolder === undefined) return false;
  return (await stat(join(context.dataFolder, path)).catch(() => undefined))?.isFile() === true;
}

export async function listTraces(context: CommandContext, json: boolean): Promise<void> {
  const rows = await Promise.all(
    DATASETS.flatMap((dataset) =>
      dataset.parts.map(async (part) => ({
        name: part.name === "" ? dataset.name : `${dataset.name}/${part.name}`,
        title: dataset.title,
        here: await isThere(context, dataset.archive ?? part.file),
        licence: dataset.licence,
        address: dataset.address,
        citation: dataset.citation,
      })),
    ),
  );
  if (json) {
    context.out(JSON.stringify(rows, null, 2));
    return;
  }
  const { default: Table } = await import("cli-table3");
  const table = new Table({
    head: ["trace", "here", "what it is", "licence", "source"],
    colWidths: [15, 6, 34, 34, 34],
    wordWrap: true,
    wrapOnWordBoundary: false,
    style: { head: [], border: [] },
  });
  for (const row of rows) table.push([row.name, row.here ? "yes" : "no", row.title, row.licence, row.address]);
  context.out(table.toString());
  if (context.dataFolder === undefined) {
    context.out("WINDTUNNEL_DATA is not set: point it to the folder that holds the data sets' files.");
  }
}

async function open(
  context: CommandContext,
  name: string,
  options: { seed?: number; strict?: boolean; jobs?: number | undefined },
): Promise<Trace> {
  if (name.endsWith(".json")) {
    const text = await readFile(name, "utf8").catch((cause) => {
      throw new WindtunnelError("TRACE_NOT_FOUND", `${name} cannot be read.`, "Check the path.", { cause });
    });
    return generateTrace(parseSynthParams(text, name), { seed: options.seed ?? 1 });
  }
  if (context.dataFolder === undefined && traceNames().includes(name)) {
    throw new WindtunnelError(
      "TRACE_NOT_FOUND",
      `The files of "${name}" are not known: WINDTUNNEL_DATA is not set.`,
      "Set WINDTUNNEL_DATA to the folder that holds the data sets' files.",
    );
  }
  return loadTrace(name, {
    dataFolder: context.dataFolder ?? "",
    cacheFolder: context.cacheFolder,
    strict: options.strict ?? false,
    ...(options.jobs === undefined ? {} : { jobs: options.jobs }),
  });
}

function quantiles(values: ArrayLike<number>): Record<"least" | "median" | "p90" | "p99" | "most", number> {
  const ascending = sorted(values);
  const [least, median, p90, p99, most] = [0, 0.5, 0.9, 0.99, 1].map((share) => percentile(ascending, share));
  return { least: least!, median: median!, p90: p90!, p99: p99!, most: most! };
}

export async function describeTrace(
  context: CommandContext,
  name: string,
  options: { seed: number; strict: boolean; json: boolean },
): Promise<void> {
  const trace = await open(context, name, options);
  const { jobs, names, provenance } = trace;
  const gpus = Float64Array.from({ length: jobs.count }, (_, i) => (jobs.tasks[i]! * jobs.gpuMilli[i]!) / 1000);
  const gaps = Float64Array.from(
    { length: Math.max(0, jobs.count - 1) },
    (_, i) => (jobs.submitMicros[i + 1]! - jobs.submitMicros[i]!) / MICROS_PER_SECOND,
  );
  const spanHours = jobs.count > 0 ? (jobs.submitMicros[jobs.count - 1]! - jobs.submitMicros[0]!) / MICROS_PER_HOUR : 0;
  const gpuHours = gpuHoursTotal(jobs);
  const facts = {
    trace: name,
    jobs: jobs.count,
    rejectedRows: trace.rejected.length,
    tenants: names.tenants.length,
    spanDays: spanHours / 24,
    gpuHours,
    gpusBusyMean: gpuHours / spanHours,
    gpus: quantiles(gpus),
    runSeconds: quantiles(jobs.runMicros.map((t) => t / MICROS_PER_SECOND)),
    gapSeconds: quantiles(gaps),
    provenance,
  };
  if (options.json) {
    context.out(JSON.stringify({ ...facts, rejected: trace.rejected }, null, 2));
    return;
  }
  const row = (label: string, q: ReturnType<typeof quantiles>) =>
    `${label.padEnd(22)}${[q.least, q.median, q.p90, q.p99, q.most].map((v) => v.toPrecision(6).padStart(14)).join("")}`;
  context.out(
    [
      `${name}: ${jobs.count} jobs of ${names.tenants.length} tenants over ${facts.spanDays.toFixed(1)} days`,
      `${gpuHours.toFixed(2)} GPU-hours demanded: ${facts.gpusBusyMean.toFixed(1)} GPUs busy on average if nobody ever waited`,
      `${"".padEnd(22)}${["least", "median", "P90", "P99", "most"].map((h) => h.padStart(14)).join("")}`,
      row("GPUs a job", facts.gpus),
      row("run time, s", facts.runSeconds),
      row("gap to the next, s", facts.gapSeconds),
      `Source: ${provenance.citation} Licence: ${provenance.licence}. SHA-256 ${provenance.digest}`,
      ...provenance.assumptions.map((a) => `  - ${a}`),
      ...trace.rejected
        .slice(0, 10)
        .map((r) => `  rejected ${r.file}:${r.line}, ${r.column} = "${r.value}": ${r.reason}`),
      ...(trace.rejected.length > 10 ? [`  ... and ${trace.rejected.length - 10} more rejected rows`] : []),
    ].join("\n"),
  );
}

export async function synthesise(
  context: CommandContext,
  name: string,
  options: { out: string | undefined; days: number | undefined; jobs: number | undefined },
): Promise<void> {
  const trace = await open(context, name, { jobs: options.jobs });
  const address = DATASETS.find((d) => d.name === trace.provenance.dataset)?.address ?? "";
  const params = fitSynth(trace, { address, ...(options.days === undefined ? {} : { spanDays: options.days }) });
  const text = formatSynthParams(params);
  if (options.out === undefined) context.out(text);
  else {
    await writeWholeText(options.out, text);
    context.say(`${options.out}: ${params.description}`);
  }
}

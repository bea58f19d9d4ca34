// `trace describe`: what is in a trace.

import { MICROS_PER_HOUR, MICROS_PER_SECOND } from "../../model/units.js";
import { gpuHoursTotal } from "../../replay/index.js";
import { percentile, sorted } from "../../sim/statistics.js";
import type { CommandContext } from "../context.js";
import { openJobs } from "./open.js";

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
  const trace = await openJobs(context, name, options);
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

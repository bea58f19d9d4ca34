// What `run` does with a study of services, and what `capacity` does.

import { join } from "node:path";
import { WindtunnelError } from "../model/errors.js";
import type { Trace } from "../model/jobs.js";
import type { Interval } from "../model/results.js";
import type { ServiceStudy, TrainingSpec } from "../model/service-study.js";
import { renderServicesPage } from "../report/index.js";
import { makeFolder } from "../sim/folders.js";
import { findCapacity } from "../sim/services/capacity.js";
import { loadLengths } from "../sim/services/requests.js";
import { type LendingRow, runServiceStudy, type StudyResult, type StudyRow } from "../sim/services/study.js";
import { readServiceStudy } from "../sim/services/study-file.js";
import { loadTraining } from "../sim/services/training.js";
import { writeWholeText } from "../sim/store-files.js";
import type { CommandContext } from "./context.js";

function number(value: number, digits = 3): string {
  if (Number.isNaN(value)) return "–";
  return Math.abs(value) >= 1000 ? value.toFixed(0) : value.toPrecision(digits);
}

/** Half a width far below what is printed of the mean is printed as 0. */
const NOTHING = 1e-6;

function text({ mean, halfWidth }: Interval): string {
  if (!Number.isFinite(halfWidth)) return number(mean);
  if (halfWidth <= Math.abs(mean) * NOTHING) return `${number(mean)} ± 0`;
  return `${number(mean)} ± ${halfWidth >= 100 ? halfWidth.toFixed(0) : number(halfWidth, 2)}`;
}

const COLUMNS: readonly [head: string, of: (m: StudyRow["metrics"]) => Interval, scale: number][] = [
  ["within bounds, %", (m) => m.attainment, 100],
  ["TTFT P50, s", (m) => m.ttftSecondsP50, 1],
  ["TTFT P99, s", (m) => m.ttftSecondsP99, 1],
  ["TPOT P99, ms", (m) => m.tpotSecondsP99, 1000],
  ["ITL P99, ms", (m) => m.itlSecondsP99, 1000],
  ["replicas", (m) => m.replicasMean, 1],
  ["USD", (m) => m.costUsd, 1],
  ["USD a 1000 met", (m) => m.usdPerThousandMet, 1],
  ["busy, GPU-h", (m) => m.busyGpuHours, 1],
  ["idle", (m) => m.idleGpuHours, 1],
  ["starting", (m) => m.startingGpuHours, 1],
  ["scalings", (m) => m.scalings, 1],
];

function scaled(value: Interval, by: number): Interval {
  return {
    ...value,
    mean: value.mean * by,
    halfWidth: value.halfWidth * by,
    low: value.low * by,
    high: value.high * by,
  };
}

async function tables(study: ServiceStudy, result: StudyResult): Promise<string> {
  const { default: Table } = await import("cli-table3");
  const swept = study.coldStartsSeconds.length > 0;
  const parts = [study.title, ""];
  for (const { name } of study.services) {
    const table = new Table({
      head: ["controller", ...(swept ? ["cold start, s"] : []), ...COLUMNS.map(([head]) => head)],
      colAligns: ["left", ...(swept ? (["right"] as const) : []), ...COLUMNS.map(() => "right" as const)],
      style: { head: [], border: [], compact: true },
    });
    const rows = result.rows.filter((row) => row.service === name);
    for (const { controller, coldStartSeconds, metrics } of rows) {
      const cells = COLUMNS.map(([, of, scale]) => text(scaled(of(metrics), scale)));
      table.push([controller, ...(swept ? [`${coldStartSeconds}`] : []), ...cells]);
    }
    parts.push(`${name}: ${text(rows[0]!.metrics.requests)} requests a run`, table.toString());
    // a cold start is not for the controller to choose: one answer at each
    for (const at of new Set(rows.map((row) => row.coldStartSeconds)))
      parts.push(
        answer(
          study,
          rows.filter((row) => row.coldStartSeconds === at),
        ),
      );
    parts.push("");
  }
  if (result.lending) parts.push(await lendingTable(study, result.lending.rows), "");
  return [...parts, `Digest: ${result.digest}`].join("\n");
}

const LENDING_COLUMNS: readonly [head: string, name: keyof LendingRow["metrics"], scale: number][] = [
  ["GPUs for training, mean", "gpusMean", 1],
  ["mean JCT, h", "jctHoursMean", 1],
  ["saved by lending, h", "savedHoursMean", 1],
  ["done by the end, %", "doneShare", 100],
  ["stops per job", "stopsPerJob", 1],
  ["GPU-hours lost", "lostGpuHours", 1],
];

/** Training beside each controller's services, the row without lending first. */
async function lendingTable(study: ServiceStudy, rows: readonly LendingRow[]): Promise<string> {
  const { default: Table } = await import("cli-table3");
  const swept = study.coldStartsSeconds.length > 0;
  const table = new Table({
    head: ["GPUs lent under", ...(swept ? ["cold start, s"] : []), ...LENDING_COLUMNS.map(([head]) => head)],
    colAligns: ["left", ...(swept ? (["right"] as const) : []), ...LENDING_COLUMNS.map(() => "right" as const)],
    style: { head: [], border: [], compact: true },
  });
  for (const { controller, coldStartSeconds, metrics } of rows) {
    const cells = LENDING_COLUMNS.map(([, name, scale]) => text(scaled(metrics[name], scale)));
    table.push([controller ?? "not lent", ...(swept ? [`${coldStartSeconds ?? "–"}`] : []), ...cells]);
  }
  const { gpus, queue } = study.training!;
  return `Training, ${text(rows[0]!.metrics.jobs)} jobs under ${queue} on what services leave of ${gpus} GPUs:\n${table.toString()}`;
}

function trainingNotes({ gpus, checkpointSeconds, restartSeconds }: TrainingSpec, traces: readonly Trace[]): string[] {
  return [
    ...(traces[0]?.provenance.assumptions ?? []),
    `Services and training share ${gpus} GPUs that are alike. Services come first: a replica that is ordered has its GPUs at once, and the jobs that started last are stopped for it, without notice; they lose what they did since their last checkpoint (every ${checkpointSeconds} s of work), wait again, and take ${restartSeconds} s more to start. So services are served as without training.`,
    "Not lent: training has only the GPUs that no service may ever have. After the services' run it begins again, until all jobs are done.",
  ];
}

/** The cheapest controller whose interval meets the target, in a sentence. */
function answer({ attainmentShare }: ServiceStudy, rows: readonly StudyRow[]): string {
  const target = `${number(attainmentShare * 100)} % within bounds`;
  const able = rows.filter(({ metrics: { attainment } }) => (attainment.low || attainment.mean) >= attainmentShare);
  const [best] = [...able].sort((a, b) => a.metrics.costUsd.mean - b.metrics.costUsd.mean);
  const coldStart = rows[0]!.coldStartSeconds;
  const at = coldStart === null ? "" : `Cold start ${coldStart} s: `;
  if (!best) return `${at}no controller reaches ${target}.`;
  return `${at}cheapest of those that reach ${target}: ${best.controller}, USD ${text(best.metrics.costUsd)}.`;
}

function assumptionsOf(study: ServiceStudy, notes: readonly string[]): string[] {
  return [
    ...(study.source === "" ? [] : [study.source]),
    ...notes,
    `Intervals are 95 % over ${study.replications} replications, other requests of the same kind; every controller meets the same requests. They do not cover another kind of demand.`,
    `Percentiles are right to within 1/256. TTFT and waits count from arrival; TPOT by request, ITL by token. Refused requests and those too long for a replica are misses.`,
    `Decisions every ${study.controlSeconds} s. A replica is paid for from its order to its end; a cold start takes always the same time. Nodes are never short, and replicas never fail.`,
  ];
}

/** Requests of a run of `capacity` unless it is told otherwise. */
const CAPACITY_REQUESTS = 20_000;

/** Options of `run` that mean nothing to a study of services: refused, so that none is silently without effect. */
function refuseOthers(options: Readonly<Record<string, unknown>>): void {
  const others = ["dataset", "queue", "place", "loads", "shakes", "jobs", "resume", "workers", "strict"];
  const given = others.find((name) => options[name] !== undefined && options[name] !== false);
  if (given === undefined) return;
  throw new WindtunnelError(
    "USAGE",
    `--${given} does not apply to a study of services.`,
    "Of run's options, --out, --replace, --seed, --replications, --json and --quiet do.",
  );
}

export async function runServices(
  context: CommandContext,
  path: string,
  options: Readonly<Record<string, unknown>>,
): Promise<void> {
  refuseOthers(options);
  const read = await readServiceStudy(path);
  const study: ServiceStudy = {
    ...read,
    ...(options.seed === undefined ? {} : { seed: options.seed as number }),
    ...(options.replications === undefined ? {} : { replications: options.replications as number }),
  };
  const { lengths, notes } = await loadLengths(study, context);
  const training = study.training ? await loadTraining(study, study.training, context) : [];
  const begun = context.clock();
  const told = (done: number, total: number) => {
    if (!options.quiet && (done === total || done % 5 === 0)) context.say(`${done} of ${total} runs`);
  };
  const result = runServiceStudy(study, lengths, told, training);
  const seconds = (context.clock() - begun) / 1000;
  const requests = result.runs.reduce((sum, run) => sum + run.services.reduce((n, s) => n + s.requests, 0), 0);
  const folder = (options.out as string | undefined) ?? join("results", path.split("/").filter(Boolean).at(-1)!);
  const assumptions = assumptionsOf(study, [
    ...notes,
    ...result.notes,
    ...(study.training ? trainingNotes(study.training, training) : []),
  ]);
  const shown = await tables(study, result);
  const page = await renderServicesPage({
    title: study.title,
    text: shown,
    trails: result.trails,
    held: result.lending?.held ?? [],
    gpusTotal: study.training?.gpus ?? 0,
    notes: assumptions,
  });
  await makeFolder(folder);
  const { trails: _, ...kept } = result;
  const file = { format: 1, title: study.title, study, assumptions, ...kept };
  await writeWholeText(join(folder, "services.json"), `${JSON.stringify(file, null, 1)}\n`);
  await writeWholeText(join(folder, "report.html"), page);
  context.out(options.json ? JSON.stringify(file) : [shown, ...assumptions.map((a) => `  - ${a}`)].join("\n"));
  if (options.quiet) return;
  context.say(`${requests} requests in ${seconds.toFixed(1)} s. ${join(folder, "report.html")} has the pictures.`);
}

export async function answerCapacity(
  context: CommandContext,
  path: string,
  options: Readonly<Record<string, unknown>>,
): Promise<void> {
  const study = await readServiceStudy(path);
  const named = options.service as string | undefined;
  const services = named === undefined ? study.services : study.services.filter((s) => s.name === named);
  if (services.length === 0) {
    throw new WindtunnelError(
      "USAGE",
      `--service: there is no service "${named}" in the study.`,
      `Services: ${study.services.map((s) => s.name).join(", ")}.`,
    );
  }
  const count = (options.requests as number | undefined) ?? CAPACITY_REQUESTS;
  const target = (options.target as number | undefined) ?? study.attainmentShare;
  const answers = [];
  for (const spec of services) {
    const one = { ...study, services: [spec] };
    const { lengths } = await loadLengths(one, context);
    answers.push(findCapacity(one, lengths, count, target));
  }
  if (options.json) {
    context.out(JSON.stringify(answers, null, 2));
    return;
  }
  const lines = answers.map((a) => {
    return `${a.service}: ${text(a.perSecond)} requests/s on ${a.replicas} replicas (${number(a.perSecondPerReplica)} each) keep ${number(target * 100)} % within bounds; TTFT P99 there ${number(a.ttftSecondsP99)} s. ${a.runs} runs.`;
  });
  context.out(
    [
      ...lines,
      `Bisection to 1 % on ${count} requests at a constant rate, ${study.replications} replications, 95 % intervals.`,
    ].join("\n"),
  );
}

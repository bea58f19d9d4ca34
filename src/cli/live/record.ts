// `live record`, `live import`, and `whatif` on a recording.

import { createWriteStream } from "node:fs";
import { mkdir, readFile, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { performance } from "node:perf_hooks";
import Table from "cli-table3";
import type { LiveConfig } from "../../live/config.js";
import { parseLiveConfig } from "../../live/config.js";
import { type History, HistoryBook, historyOf, poolsOf } from "../../live/history.js";
import { importCluster } from "../../live/import.js";
import { realPacing } from "../../live/pacing.js";
import { readPrices } from "../../live/prices.js";
import { readRecording, recordingHeader, sanitise } from "../../live/recording.js";
import type { Onlooker } from "../../live/reflector.js";
import { plain } from "../../live/text.js";
import { WindtunnelError } from "../../model/errors.js";
import { createJobTable, type Trace } from "../../model/jobs.js";
import { PLACE_RULES, QUEUE_POLICIES } from "../../model/policies.js";
import type { Scenario } from "../../model/scenario.js";
import { scenarioSchema } from "../../model/scenario.js";
import { measureDemand, sizePools } from "../../sim/pools.js";
import { simulate } from "../../sim/run.js";
import { writeWholeText } from "../../sim/store-files.js";
import type { CommandContext } from "../context.js";
import { awaitViews, type Options, openClusters, readConfig, withLive } from "./open.js";

export async function openRecorder(file: string, config: LiveConfig) {
  await mkdir(dirname(resolve(file)), { recursive: true });
  const stream = createWriteStream(file, { flags: "w", mode: 0o600 });
  stream.write(
    recordingHeader(
      config.clusters.map((c) => c.name),
      realPacing.now(),
    ),
  );
  const onlooker = (cluster: string, resource: string): Onlooker => {
    const write = (rest: object) =>
      void stream.write(`${JSON.stringify({ t: realPacing.now(), cluster, resource, ...rest })}\n`);
    return {
      listed: (version, raw) => write({ version, list: raw.map((o) => sanitise(resource, o)) }),
      event: (event, raw) => write({ event, object: sanitise(resource, raw) }),
    };
  };
  return { onlooker, close: () => new Promise<void>((done) => void stream.end(() => done())) };
}

export async function recordLive(context: CommandContext, options: Options): Promise<void> {
  const config = await readConfig(options);
  const file = String(options.out ?? "recording.jsonl");
  const recorder = await openRecorder(file, config);
  const live = await openClusters(context, { config, onlooker: recorder.onlooker });
  const stop = new AbortController();
  const end = () => stop.abort();
  process.once("SIGINT", end);
  process.once("SIGTERM", end);
  try {
    await withLive(live, async () => {
      await awaitViews(context, live, options);
      context.say(`Recording into ${file}; end with Ctrl-C.`);
      const seconds = options.for as number | undefined;
      await realPacing.sleep(seconds === undefined ? 2 ** 31 - 1 : seconds * 1000, stop.signal);
    });
  } finally {
    process.off("SIGINT", end);
    process.off("SIGTERM", end);
    await recorder.close();
  }
  context.out(`${file}: ${((await stat(file)).size / 1024).toFixed(0)} KiB`);
}

export async function importLive(context: CommandContext, options: Options): Promise<void> {
  const config = await readConfig(options);
  const prices = options.prices === undefined ? new Map<string, number>() : readPrices(String(options.prices)).usd;
  const out = String(options.out ?? "imported");
  const live = await openClusters(context, { config });
  await withLive(live, async () => {
    await awaitViews(context, live, options);
    const snapshots = live.views.map((view) => view.snapshot()).filter((s) => s.state === "fresh");
    const book = new HistoryBook({ ...config, grants: [] });
    const now = realPacing.now();
    book.look(snapshots, now);
    const name = snapshots.map((s) => s.cluster).join(" and ");
    const imported = importCluster({ name, jobs: book.jobs(), pools: poolsOf(snapshots), nowMillis: now, prices });
    for (const [file, text] of imported.files) await writeWholeText(join(out, file), text);
    context.out(`${imported.jobs} jobs and ${poolsOf(snapshots).length} kinds of nodes of ${name} are in ${out}.`);
    for (const sentence of imported.assumptions) context.out(`Assumed: ${sentence}`);
    context.say(`Next: windtunnel run ${join(out, "scenario.yaml")}`);
  });
}

/** True if this is the file of a recording, and no folder of results. */
export async function isRecording(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() === true;
}

export async function whatIfRecording(context: CommandContext, file: string, options: Options): Promise<void> {
  const queue = checkName(
    "--queue",
    String(options.queue ?? "fifo"),
    QUEUE_POLICIES.map((p) => p.name),
  );
  const place = checkName("--place", String(options.place ?? "fewest-nodes"), Object.keys(PLACE_RULES));
  const config = parseLiveConfig("windtunnelLive: 1\nclusters: [{ name: recorded }]\n", file);
  const begun = performance.now();
  const history = historyOf(readRecording(await readFile(file, "utf8"), file), config);
  const { trace, scenario, waits } = studyOf(history);
  const pools = sizePools(scenario, measureDemand(trace.jobs), null, trace.names.gpuModels);
  const spec = { id: "recording", queue, place, load: null, replication: 0, shake: null, seed: 1 };
  const { result } = simulate(
    spec,
    { ...scenario, policies: { ...scenario.policies, queue: [queue], place: [place as never] } },
    pools,
    trace,
    {
      clock: () => performance.now(),
    },
  );
  const { rows } = result;
  const other = Array.from({ length: rows.count }, (_, i) => (rows.firstStartMicros[i]! - rows.submitMicros[i]!) / 1e6);
  const seconds = (performance.now() - begun) / 1000;
  const span = (history.endedMillis - history.startedMillis) / 1000;
  const was = { jobs: waits.length, waitSecondsMean: mean(waits), waitSecondsMax: Math.max(0, ...waits) };
  const would = { jobs: rows.count, waitSecondsMean: mean(other), waitSecondsMax: Math.max(0, ...other) };
  if (options.json === true) {
    context.out(JSON.stringify({ recording: file, spanSeconds: span, seconds, queue, place, was, would }, null, 2));
    return;
  }
  const table = new Table({
    head: ["", "what happened", `${queue} + ${place}`],
    style: { head: [], border: [], compact: true },
  });
  table.push(
    ["jobs", was.jobs, would.jobs],
    ["mean wait, s", was.waitSecondsMean.toFixed(1), would.waitSecondsMean.toFixed(1)],
    ["longest wait, s", was.waitSecondsMax.toFixed(1), would.waitSecondsMax.toFixed(1)],
  );
  context.out(table.toString());
  context.out(
    `Recorded ${span.toFixed(0)} s, replayed in ${seconds.toFixed(2)} s (${(span / seconds).toFixed(0)} times as fast).`,
  );
  context.out(
    "Assumed: jobs run as long as they did; those still running at the end, as long again; those that never started are left out, in both columns.",
  );
}

const mean = (values: readonly number[]) =>
  values.length === 0 ? 0 : values.reduce((s, v) => s + v, 0) / values.length;

function checkName(flag: string, name: string, names: readonly string[]): string {
  if (names.includes(name)) return name;
  throw new WindtunnelError(
    "USAGE",
    `${flag}: there is no policy "${plain(name)}".`,
    "See `windtunnel policies` for the names.",
  );
}

/** A recording's jobs as a trace, its nodes as pools, and how long the jobs waited. */
export function studyOf(history: History): { trace: Trace; scenario: Scenario; waits: number[] } {
  const jobs = history.jobs.filter((j) => !Number.isNaN(j.startedMillis) && j.gpuMilliEach > 0);
  if (jobs.length === 0 || history.pools.length === 0) {
    throw new WindtunnelError(
      "RECORDING_INVALID",
      "In this recording no job with a GPU starts.",
      "Record for longer, while jobs come and go.",
    );
  }
  const models = [...new Set(history.pools.map((p) => p.product))];
  const tenants = [...new Set(jobs.map((j) => `${j.cluster}/${j.namespace}`))];
  const first = Math.min(...jobs.map((j) => j.submittedMillis));
  const table = createJobTable(jobs.length);
  for (const [i, job] of jobs.entries()) {
    const end = Number.isNaN(job.endedMillis) ? 2 * history.endedMillis - job.startedMillis : job.endedMillis;
    table.submitMicros[i] = (job.submittedMillis - first) * 1000;
    table.runMicros[i] = Math.max(1, end - job.startedMillis) * 1000;
    table.estimateMicros[i] = Number.isNaN(job.estimateSeconds) ? table.runMicros[i]! : job.estimateSeconds * 1e6;
    table.tasks[i] = job.tasks;
    table.gpuMilli[i] = job.gpuMilliEach;
    table.cpuMilli[i] = job.cpuMilliEach;
    table.memoryMib[i] = job.memoryMibEach;
    table.modelMask[i] = models.length > 1 && models.includes(job.product) ? 1 << models.indexOf(job.product) : 0;
    table.tenant[i] = tenants.indexOf(`${job.cluster}/${job.namespace}`);
    table.priority[i] = job.priority;
  }
  const provenance = { dataset: "a live recording", part: "", digest: "", licence: "", citation: "", assumptions: [] };
  const trace: Trace = {
    names: { tenants, gpuModels: models, jobClasses: ["default"] },
    jobs: table,
    provenance,
    rejected: [],
  };
  const scenario = scenarioSchema.parse({
    windtunnel: 1,
    title: "a live recording",
    pools: history.pools.map((p, i) => ({
      name: `p${i}`,
      cloud: p.cluster,
      gpuModel: p.product,
      size: { nodes: p.nodes },
      gpusPerNode: p.gpus,
      cpuCoresPerNode: p.cpuMilli / 1000,
      memoryGibPerNode: p.memoryMib / 1024,
    })),
    workload: { dataset: "a live recording" },
    policies: { queue: ["fifo"], place: ["fewest-nodes"] },
    replications: { count: 1, method: "none" },
  });
  return { trace, scenario, waits: jobs.map((j) => (j.startedMillis - j.submittedMillis) / 1000) };
}

// What `estimate` does: a pilot into a temporary folder, and what follows from it for the whole.

import { rmSync } from "node:fs";
import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Table from "cli-table3";
import { WindtunnelError } from "../model/errors.js";
import { findQueuePolicy } from "../model/policies.js";
import { type NeededRow, neededReplications, REPLICATIONS_MAX, scaleUp } from "../sim/estimate.js";
import { planSweep, runSweep } from "../sim/experiment.js";
import { rank } from "../sim/ranking.js";
import { readRun } from "../sim/store.js";
import type { CommandContext } from "./context.js";
import { effectiveScenario } from "./effective-scenario.js";
import { createProgress } from "./progress.js";

type Options = Readonly<Record<string, unknown>>;

const PILOT = 4;

export async function estimateExperiment(context: CommandContext, path: string, options: Options): Promise<void> {
  const width = ((options.width as number | undefined) ?? 5) / 100;
  const pilot = (options.pilot as number | undefined) ?? PILOT;
  if (pilot < 2) {
    throw new WindtunnelError(
      "USAGE",
      `--pilot: got "${pilot}", expected a whole number of at least 2: one replication has no spread.`,
      "See --help.",
    );
  }
  const { scenario, path: scenarioPath } = await effectiveScenario(path, options);
  const wanted = { replications: scenario.replications.count, shakes: scenario.shaking.count };
  if (scenario.replications.method === "none") {
    throw new WindtunnelError(
      "SCENARIO_INVALID",
      `${scenarioPath}: replications.method is none, so there is nothing to replicate and no spread to measure.`,
      "Use method days (redraws days of a record) or generate; or run it: one replication has intervals from within.",
    );
  }
  scenario.replications.count = pilot;
  scenario.shaking.count = 0;
  const folder = await mkdtemp(join(tmpdir(), "windtunnel-pilot-"));
  const stop = () => {
    rmSync(folder, { recursive: true, force: true });
    process.kill(process.pid, "SIGINT");
  };
  process.once("SIGINT", stop);
  try {
    const measured = await runPilot(context, scenario, scenarioPath, folder, options);
    const needed = neededReplications(measured.ranking, width);
    const whole = scaleUp(measured)(wanted.replications, wanted.shakes, measured.workers);
    const result = {
      width,
      pilot,
      ...wanted,
      ...whole,
      memoryMib: measured.memoryMib,
      workers: measured.workers,
      needed,
    };
    context.out(options.json === true ? JSON.stringify(result, null, 2) : inWords(result));
  } finally {
    process.off("SIGINT", stop);
    await rm(folder, { recursive: true, force: true });
  }
}

type Scenario = Parameters<typeof planSweep>[0];

async function runPilot(
  context: CommandContext,
  scenario: Scenario,
  scenarioPath: string,
  folder: string,
  options: Options,
) {
  const { dataFolder, cacheFolder, cores, clock } = context;
  const folders = { scenarioPath, dataFolder, cacheFolder };
  const begun = clock();
  const plan = await planSweep(scenario, folders);
  const planned = clock();
  const workers = Math.min((options.workers as number | undefined) ?? cores, plan.specs.length);
  if (options.quiet !== true) context.say(`Pilot: ${plan.specs.length} runs on ${workers} workers.`);
  const progress = createProgress(context.interactive && options.quiet !== true, plan.specs.length, 0);
  await runSweep(plan, {
    scenario,
    folders,
    resultFolder: folder,
    workers,
    finished: new Set(),
    capacities: {},
    runMillisMax: 3_600_000,
    onRun: (done) => progress.update(done),
  }).finally(() => progress.stop());
  const ended = clock();
  const runs = await Promise.all(plan.specs.map(({ id }) => readRun(folder, id, { rows: false })));
  const names = await readdir(join(folder, "runs"));
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(folder, "runs", name))).size));
  return {
    ranking: rank(runs, (queue) => findQueuePolicy(queue)?.information === "oracle"),
    runs: runs.length,
    replications: scenario.replications.count,
    planMillis: planned - begun,
    // time of one worker: all of them together
    runMillis: (ended - planned) * workers,
    bytes: sizes.reduce((a, b) => a + b, 0),
    workers,
    memoryMib: process.resourceUsage().maxRSS / 1024,
  };
}

interface Estimate {
  width: number;
  pilot: number;
  replications: number;
  shakes: number;
  runs: number;
  seconds: number;
  bytes: number;
  memoryMib: number;
  workers: number;
  needed: NeededRow[];
}

function inWords(estimate: Estimate): string {
  const { width, pilot, replications, shakes, needed } = estimate;
  const percent = `± ${(width * 100).toPrecision(2)} %`;
  const table = new Table({
    head: ["policy pair", "load", "mean JCT, h", "in the pilot", `for ${percent}`, "to tell from the best"],
    colAligns: ["left", "left", "right", "right", "right", "right"],
    style: { head: [], border: [], compact: true },
  });
  const count = (n: number | null) => (n === null ? `over ${REPLICATIONS_MAX}` : String(n));
  for (const row of needed) {
    table.push([
      `${row.queue} + ${row.place}${row.oracle ? " (oracle)" : ""}`,
      row.load ?? "–",
      (row.jctSecondsMean / 3600).toFixed(2),
      `± ${(row.relativeHalfWidth * 100).toFixed(1)} %`,
      count(row.forWidth),
      row.forLead === undefined ? "best" : count(row.forLead),
    ]);
  }
  const enough = needed.every((row) => row.forWidth !== null && row.forWidth <= replications);
  const copies = shakes > 0 ? ` and ${shakes} shaken copies` : "";
  return [
    table.toString(),
    `As the scenario has it, ${replications} replications${copies}, ${estimate.runs} runs on ${estimate.workers} workers: about ${duration(estimate.seconds)}, ${size(estimate.bytes)} of results, at most ${estimate.memoryMib.toFixed(0)} MiB of memory in the pilot.`,
    enough
      ? `That is enough for ${percent} of every mean.`
      : `That is not enough for ${percent} of every mean; the table says how many replications are.`,
    `From a pilot of ${pilot} replications, whose spread is itself uncertain: take the numbers as a guide. The last column is for one comparison; with many, differences must be larger.`,
  ].join("\n");
}

function duration(seconds: number): string {
  if (seconds < 90) return `${seconds.toFixed(0)} s`;
  return seconds < 5400 ? `${(seconds / 60).toFixed(0)} min` : `${(seconds / 3600).toFixed(1)} h`;
}

function size(bytes: number): string {
  return bytes < 2 ** 30 ? `${(bytes / 2 ** 20).toFixed(1)} MiB` : `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}

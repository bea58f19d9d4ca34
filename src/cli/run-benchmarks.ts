// What `bench` does. The cases live outside the library, in bench/, and are loaded by name only here.

import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { WindtunnelError } from "../model/errors.js";
import { nearestName } from "../replay/index.js";
import { writeWholeText } from "../sim/store-files.js";
import type { CommandContext } from "./context.js";
import { version } from "./version.js";

interface BenchCase {
  name: string;
}

interface BenchRow {
  name: string;
  value: number;
  unit: string;
  baseline: string | null;
  ratio: number | null;
  hash: string;
  runs: number[];
}

interface BenchModule {
  allCases(folders: { data: string | undefined; expected: string | undefined; cache: string }): {
    standard: BenchCase[];
    onRequest: BenchCase[];
  };
  runCase(c: BenchCase, where: { machine: string; commit: string }): Promise<BenchRow | { missing: string }>;
}

async function loadCases(): Promise<BenchModule> {
  const url = new URL("../bench/index.js", import.meta.url).href;
  return (await import(url)) as BenchModule;
}

/** Commit of a checkout; the version of a package. */
function commit(): string {
  try {
    const cwd = fileURLToPath(new URL("../..", import.meta.url));
    return execFileSync("git", ["rev-parse", "--short", "HEAD"], { cwd, encoding: "utf8", stdio: "pipe" }).trim();
  } catch {
    return version();
  }
}

function select(all: { standard: BenchCase[]; onRequest: BenchCase[] }, names: readonly string[]): BenchCase[] {
  if (names.length === 0) return all.standard;
  const every = [...all.standard, ...all.onRequest];
  return names.flatMap((name) => {
    const found = every.filter((c) => c.name === name || c.name.startsWith(name));
    if (found.length > 0) return found;
    const nearest = nearestName(
      name,
      every.map((c) => c.name),
    );
    throw new WindtunnelError(
      "USAGE",
      `There is no benchmark case "${name}".`,
      nearest ? `Did you mean ${nearest}? --list shows all.` : "--list shows all.",
    );
  });
}

function number(value: number): string {
  return value >= 1000 ? Math.round(value).toLocaleString("en-US") : value.toPrecision(4);
}

/** Name of a case, its rows and columns, and what it is compared with. */
const SIZED = /^(.*?)-(\d+)x(\d+)(-vs-.*)?$/;

/** @throws WindtunnelError USAGE where there is nothing to draw, before anything is measured. */
function refuseChart(cases: readonly BenchCase[]): void {
  const sizes = cases.flatMap(({ name }) => {
    const sized = SIZED.exec(name);
    return sized ? [Number(sized[2]) * Number(sized[3])] : [];
  });
  if (new Set(sizes).size > 1) return;
  throw new WindtunnelError(
    "USAGE",
    "--chart: the cases named are not of several sizes.",
    "Name cases whose names end in sizes, such as solve/transport-uniform.",
  );
}

/** Cases of one name and several sizes as lines, and beside them what they were compared with in the same run. */
async function drawGrowth(rows: readonly BenchRow[], machine: string): Promise<string> {
  const points = rows.flatMap(({ name, value, ratio, baseline }) => {
    const sized = SIZED.exec(name);
    if (!sized) return [];
    const size = Number(sized[2]) * Number(sized[3]);
    const other = baseline && ratio !== null ? [{ series: baseline, size, value: value * ratio }] : [];
    return [...(sized[4] === undefined ? [{ series: sized[1]!, size, value }] : []), ...other];
  });
  const { growthChart, pictureSvg } = await import("../report/index.js");
  const unit = rows.find(({ name }) => SIZED.test(name))?.unit ?? "";
  const titles = { title: `Time against size, ${machine}`, size: "rows × columns", value: `${unit}, logarithmic` };
  return pictureSvg(
    growthChart(
      points.sort((a, b) => a.size - b.size),
      titles,
    ),
  );
}

export async function runBenchmarks(
  context: CommandContext,
  names: readonly string[],
  options: { json: string | undefined; chart: string | undefined; list: boolean },
): Promise<void> {
  const module = await loadCases();
  const all = module.allCases({
    data: context.dataFolder,
    expected: context.expectedFolder,
    cache: context.cacheFolder,
  });
  const cases = select(all, names);
  if (options.list) {
    context.out(cases.map((c) => c.name).join("\n"));
    return;
  }
  if (options.chart !== undefined) refuseChart(cases);
  const where = { machine: `${context.machine}, Node ${process.version}`, commit: commit() };
  context.say(`${where.machine}, commit ${where.commit}`);
  const rows: BenchRow[] = [];
  for (const c of cases) {
    const row = await module.runCase(c, where);
    if ("missing" in row) {
      context.out(`${c.name.padEnd(30)} not run: ${row.missing}`);
      continue;
    }
    rows.push(row);
    const spread = `${number(Math.min(...row.runs))} .. ${number(Math.max(...row.runs))}`;
    const ratio = row.ratio === null ? "" : `  ${row.ratio.toFixed(2)} x ${row.baseline}`;
    context.out(
      `${row.name.padEnd(30)} ${number(row.value).padStart(12)} ${row.unit.padEnd(9)} (${spread})  #${row.hash}${ratio}`,
    );
  }
  const peak = process.resourceUsage().maxRSS / 1024;
  context.say(`peak memory of this process: ${peak.toFixed(0)} MiB`);
  if (options.chart !== undefined) await writeWholeText(options.chart, await drawGrowth(rows, where.machine));
  if (options.json !== undefined) await writeWholeText(options.json, `${JSON.stringify(rows, null, 2)}\n`);
}

// A table of demand as CSV with canonical columns, and the trace file that reads it back: what is imported once, or
// made anonymous, can be passed on and used like any other trace.

import { stringify } from "yaml";
import type { Requests } from "../model/demand.js";
import { END_STATUS, type JobTable, type Provenance, type Trace } from "../model/jobs.js";
import { MICROS_PER_SECOND, MILLI_PER_GPU } from "../model/units.js";
import { quoteName } from "./duckdb.js";
import type { Demand } from "./load.js";

export interface Exported {
  csv: string;
  /** Trace file for the CSV, given its name. */
  yaml(csvName: string): string;
}

type Value = string | number;
type Column = [name: string, value: (i: number) => Value];

const STATUS_NAMES = Object.keys(END_STATUS);
/** Seconds with microseconds, without the noise of a division. */
const seconds = (micros: number): Value =>
  Number.isNaN(micros) ? "" : Number((micros / MICROS_PER_SECOND).toFixed(6));

/** Canonical CSV and trace file of jobs, nodes, rates or requests. */
export function exportDemand(demand: Demand, title: string): Exported {
  if (demand.kind === "jobs") {
    const cpuOnly = demand.jobs.gpuMilli.some((milli) => milli === 0);
    return build("jobs", jobColumns(demand), demand.jobs.count, demand.provenance, { title, cpuOnly, units: {} });
  }
  if (demand.kind === "nodes") {
    const { nodes, names } = demand;
    const columns: Column[] = [
      ["node", (i) => names.nodes[i]!],
      ["gpus", (i) => nodes.gpus[i]!],
      ["model", (i) => names.gpuModels[nodes.model[i]!] ?? ""],
      ["cpu", (i) => nodes.cpuMilli[i]!],
      ["memory", (i) => nodes.memoryMib[i]!],
    ];
    return build("nodes", columns, nodes.count, demand.provenance, { title, units: { cpu: "milli" } });
  }
  if (demand.kind === "requests") {
    return build("requests", requestColumns(demand), demand.requests.count, demand.provenance, { title, units: {} });
  }
  const { rates, names } = demand;
  const columns: Column[] = [
    ["start", (i) => seconds(rates.startMicros[i]!)],
    ["window", (i) => seconds(rates.windowMicros[i]!)],
    ["rate", (i) => rates.perSecond[i]!],
    ["series", (i) => names.series[rates.series[i]!]!],
    ["cv", (i) => (Number.isNaN(rates.cv[i]!) ? "" : rates.cv[i]!)],
  ];
  return build("rates", columns, rates.count, demand.provenance, { title, units: {} });
}

function requestColumns({ requests, names }: Requests): Column[] {
  const text = (list: readonly string[], index: Int32Array) => (i: number) => list[index[i]!] ?? "";
  const { blockFirst, blocks } = requests;
  return [
    ["arrival", (i) => seconds(requests.atMicros[i]!)],
    ["prompt", (i) => requests.promptTokens[i]!],
    ["output", (i) => requests.outputTokens[i]!],
    ["run", (i) => seconds(requests.runMicros[i]!)],
    ["tenant", text(names.tenants, requests.tenant)],
    ["model", text(names.models, requests.model)],
    ["class", text(names.classes, requests.serviceClass)],
    ["session", text(names.sessions, requests.session)],
    ["origin", text(names.origins, requests.origin)],
    ["blocks", (i) => blocks.subarray(blockFirst[i]!, blockFirst[i + 1]!).join("|")],
  ];
}

/** All columns of jobs; those that say nothing throughout are left out. */
function jobColumns({ jobs, names }: Trace): Column[] {
  const gpus = (i: number) =>
    jobs.gpuMilli[i]! < MILLI_PER_GPU
      ? jobs.gpuMilli[i]! > 0
        ? 1
        : 0
      : (jobs.gpuMilli[i]! / MILLI_PER_GPU) * jobs.tasks[i]!;
  const shared = (i: number) => jobs.gpuMilli[i]! > 0 && jobs.gpuMilli[i]! < MILLI_PER_GPU;
  const some = (column: keyof JobTable, empty: number) =>
    (jobs[column] as Float64Array | Int32Array | Uint8Array).some((value) => !Object.is(value, empty));
  const all: [Column, boolean][] = [
    [["submit", (i) => seconds(jobs.submitMicros[i]!)], true],
    [["run", (i) => seconds(jobs.runMicros[i]!)], true],
    [["gpus", gpus], true],
    [["gpu_milli", (i) => (shared(i) ? jobs.gpuMilli[i]! : "")], jobs.gpuMilli.some((_, i) => shared(i))],
    [["tasks", (i) => jobs.tasks[i]!], jobs.tasks.some((tasks, i) => tasks !== Math.max(1, gpus(i)))],
    [["cpu", (i) => jobs.cpuMilli[i]! * jobs.tasks[i]!], some("cpuMilli", 0)],
    [["memory", (i) => jobs.memoryMib[i]! * jobs.tasks[i]!], some("memoryMib", 0)],
    [
      ["models", (i) => names.gpuModels.filter((_, bit) => (jobs.modelMask[i]! & (1 << bit)) !== 0).join("|")],
      some("modelMask", 0),
    ],
    [["tenant", (i) => names.tenants[jobs.tenant[i]!]!], `${names.tenants}` !== ""],
    [["class", (i) => names.jobClasses[jobs.jobClass[i]!]!], `${names.jobClasses}` !== "default"],
    [["estimate", (i) => seconds(jobs.estimateMicros[i]!)], some("estimateMicros", Number.NaN)],
    [["deadline", (i) => seconds(jobs.deadlineMicros[i]!)], some("deadlineMicros", Number.NaN)],
    [["priority", (i) => jobs.priority[i]!], some("priority", 0)],
    [["status", (i) => STATUS_NAMES[jobs.endStatus[i]!]!], some("endStatus", 0)],
    [["wait", (i) => seconds(jobs.waitMicros[i]!)], some("waitMicros", Number.NaN)],
  ];
  return all.flatMap(([column, wanted]) => (wanted ? [column] : []));
}

function build(
  kind: Demand["kind"],
  columns: readonly Column[],
  count: number,
  provenance: Provenance,
  { title, cpuOnly, units }: { title: string; cpuOnly?: boolean; units: Record<string, string> },
): Exported {
  const lines = [columns.map(([name]) => name).join(",")];
  for (let i = 0; i < count; i++) lines.push(columns.map(([, value]) => field(value(i))).join(","));
  const has = (name: string) => columns.some(([column]) => column === name);
  return {
    csv: `${lines.join("\n")}\n`,
    yaml: (csvName) =>
      stringify({
        windtunnelTrace: 1,
        title,
        kind,
        files: csvName,
        select: `SELECT _row, ${columns.map(([name]) => quoteName(name)).join(", ")} FROM raw`,
        units: { ...units, ...(kind === "jobs" && has("cpu") ? { cpu: "milli" } : {}) },
        ...(cpuOnly ? { cpuOnly } : {}),
        licence: provenance.licence || "not stated",
        citation: provenance.citation,
        assumptions: provenance.assumptions,
      }),
  };
}

function field(value: Value): string {
  const text = String(value);
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

// `trace list`: what there is, what is here, and whether it is what the registry says.

import { WindtunnelError } from "../../model/errors.js";
import { DATASETS, type Dataset, type DatasetPart, nearestName, traceName } from "../../replay/index.js";
import type { CommandContext } from "../context.js";
import { CountedTraces } from "./counted.js";

export const TOTAL_OF = { jobs: "GPU-hours", nodes: "GPUs", rates: "arrivals", requests: "tokens" } as const;

interface PartState {
  name: string;
  here: boolean;
  count: number;
  total: number;
  /** Null: not imported yet, or changed since. */
  found: { count: number; total: number; rejected: number; registered: boolean } | null;
}

/** The data set of this name, or of the trace of this name. Throws TRACE_UNKNOWN. */
export function findDataset(name: string): { dataset: Dataset; parts: readonly DatasetPart[] } {
  const dataset = DATASETS.find((d) => d.name === name || d.parts.some((part) => traceName(d, part) === name));
  if (dataset) {
    const parts = dataset.parts.filter((part) => dataset.name === name || traceName(dataset, part) === name);
    return { dataset, parts };
  }
  const names = DATASETS.flatMap((d) => [d.name, ...d.parts.map((part) => traceName(d, part))]);
  throw new WindtunnelError(
    "TRACE_UNKNOWN",
    `There is no data set "${name}"; the nearest name is "${nearestName(name, names)}".`,
    "See `windtunnel trace list`.",
  );
}

export async function listTraces(context: CommandContext, name: string | undefined, json: boolean): Promise<void> {
  const memory = await CountedTraces.open(context);
  const wanted =
    name === undefined ? DATASETS.map((dataset) => ({ dataset, parts: dataset.parts })) : [findDataset(name)];
  const states = await Promise.all(
    wanted.map(async ({ dataset, parts }) => ({
      dataset,
      parts: await Promise.all(parts.map((part) => stateOf(memory, dataset, part))),
    })),
  );
  if (json) {
    context.out(JSON.stringify(states.map(inJson), null, 2));
    return;
  }
  context.out(name === undefined ? inLines(states) : inDetail(states[0]!));
  if (context.dataFolder === undefined) {
    context.out("WINDTUNNEL_DATA is not set: point it to the folder that holds the data sets' files.");
  }
}

async function stateOf(memory: CountedTraces, dataset: Dataset, part: DatasetPart): Promise<PartState> {
  const name = traceName(dataset, part);
  const { source, counted } = await memory.find(name, part.path);
  const { count, total } = part;
  return { name, here: source !== undefined, count, total, found: counted ?? null };
}

interface State {
  dataset: Dataset;
  parts: PartState[];
}

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);

/** "as registered", what differs, or what is not known. */
function verdict(parts: readonly PartState[]): string {
  const here = parts.filter((part) => part.here);
  if (here.length === 0) return "";
  const found = here.flatMap((part) => part.found ?? []);
  if (found.length < here.length) return "not counted yet";
  const differ = here.filter((part) => !agrees(part)).length;
  if (differ > 0) return `${differ} differ`;
  return found.every((f) => f.registered) ? "as registered" : "counts agree, other file";
}

export function agrees({ count, total, found }: Pick<PartState, "count" | "total" | "found">): boolean {
  return found !== null && found.count === count && Math.abs(found.total - total) <= 1e-6 * total + 1e-3;
}

function inLines(states: readonly State[]): string {
  const rows = states.map(({ dataset, parts }) => {
    const found = parts.flatMap((part) => part.found?.count ?? []);
    return [
      dataset.name,
      dataset.adapter.kind,
      `${parts.filter((part) => part.here).length}/${parts.length}`,
      String(sum(parts.map((part) => part.count))),
      found.length === 0 ? "?" : String(sum(found)),
      verdict(parts),
      dataset.licence,
    ];
  });
  const table = columns([["data set", "kind", "here", "rows", "found", "", "licence"], ...rows], [2, 3, 4]);
  const open = states.some(({ parts }) => verdict(parts) === "not counted yet");
  return [
    table,
    "rows: jobs, nodes, windows of all series, or requests. Parts of one: `windtunnel trace list openb`.",
    ...(open ? ["Not counted yet: `windtunnel trace check` imports what is here and compares."] : []),
  ].join("\n");
}

function inDetail({ dataset, parts }: State): string {
  const { kind } = dataset.adapter;
  const rows = parts.map((part) => [
    part.name,
    part.here ? "yes" : "no",
    String(part.count),
    part.total.toFixed(1),
    part.found ? String(part.found.count) : "?",
    part.found ? part.found.total.toFixed(1) : "?",
    verdict([part]),
  ]);
  return [
    `${dataset.name}: ${dataset.title}`,
    `Source: ${dataset.address}`,
    `Licence: ${dataset.licence}`,
    `Cite: ${dataset.citation}`,
    columns([["trace", "here", kind, TOTAL_OF[kind], "found", TOTAL_OF[kind], ""], ...rows], [2, 3, 4, 5]),
    ...[...dataset.quirks, ...dataset.missing, ...dataset.assumptions].map((sentence) => `  - ${sentence}`),
  ].join("\n");
}

function inJson({ dataset, parts }: State) {
  const { name, title, address, licence, citation, quirks, missing, assumptions } = dataset;
  return { name, kind: dataset.adapter.kind, title, address, licence, citation, parts, quirks, missing, assumptions };
}

/** Left-aligned columns two blanks apart, those of `right` right-aligned. No word is ever cut. */
export function columns(rows: readonly (readonly string[])[], right: readonly number[] = []): string {
  const widths = rows[0]!.map((_, c) => Math.max(...rows.map((row) => row[c]!.length)));
  return rows
    .map((row) =>
      row.map((text, c) => (right.includes(c) ? text.padStart(widths[c]!) : text.padEnd(widths[c]!))).join("  "),
    )
    .map((line) => line.trimEnd())
    .join("\n");
}

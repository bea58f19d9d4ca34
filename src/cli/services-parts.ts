// What a study of services says of parts of a service, its classes and tenants: tables, and files with one row a run and part.

import { join } from "node:path";
import type { Interval } from "../model/results.js";
import type { Block } from "../report/index.js";
import { type Column, writeTable } from "../sim/parquet.js";
import { PART_KINDS, type PartKind, type PartRow } from "../sim/services/parts.js";
import type { ServiceRun } from "../sim/services/study.js";
import { writeWhole } from "../sim/store-files.js";
import { type armColumns, armTable } from "./arm-table.js";

type Columns = readonly [head: string, key: string, scale: number][];

const COLUMNS: Record<PartKind, Columns> = {
  class: [
    ["requests", "requests", 1],
    ["within bounds, %", "attainment", 100],
    ["TTFT P50, s", "ttftSecondsP50", 1],
    ["TTFT P99, s", "ttftSecondsP99", 1],
    ["TPOT P99, ms", "tpotSecondsP99", 1000],
    ["E2E P99, s", "e2eSecondsP99", 1],
    ["turned away, %", "refusedShare", 100],
    ["displaced, %", "displacedShare", 100],
    ["out of time, %", "expiredShare", 100],
    ["failed, %", "failedShare", 100],
    ["too long, %", "tooLongShare", 100],
    ["USD", "costUsd", 1],
    ["USD a 1000 met", "usdPerThousandMet", 1],
  ],
  tenant: [
    ["requests", "requests", 1],
    ["within bounds, %", "attainment", 100],
    ["answered, %", "answeredShare", 100],
    ["tokens served", "tokens", 1],
  ],
  place: [
    ["first choice of", "chosen", 1],
    ["answered", "answered", 1],
    ["a second", "answeredPerSecond", 1],
    ["of all answers, %", "answeredShare", 100],
    ["from elsewhere, %", "crossShare", 100],
    ["within bounds, %", "attainment", 100],
    ["E2E mean, s", "e2eSecondsMean", 1],
    ["replicas", "replicasMean", 1],
    ["busy, %", "busyShare", 100],
    ["USD", "costUsd", 1],
    ["USD a 1000 met", "usdPerThousandMet", 1],
  ],
  origin: [
    ["requests", "requests", 1],
    ["within bounds, %", "attainment", 100],
    ["answered, %", "answeredShare", 100],
    ["elsewhere, %", "crossShare", 100],
    ["E2E mean, s", "e2eSecondsMean", 1],
  ],
};

const TITLES: Record<PartKind, string> = {
  class: "By class",
  tenant: "By tenant",
  place: "By place",
  origin: "By where requests come from",
};
const FILES: Record<PartKind, string> = { class: "classes", tenant: "tenants", place: "places", origin: "origins" };
/** Parts of a kind that a table shows; files have all. */
const SHOWN_MAX = 10;

/** Columns of shares of requests that are 0 throughout say nothing. */
function saying(columns: Columns, rows: readonly PartRow[]): Columns {
  return columns.filter(([, key]) => !key.endsWith("Share") || rows.some(({ metrics }) => metrics[key]!.mean > 0));
}

/** Names in the order of the study; the worst served where there are too many. */
function shownNames(rows: readonly PartRow[]): { names: string[]; note: string } {
  const names = [...new Set(rows.map(({ name }) => name))];
  if (names.length <= SHOWN_MAX) return { names, note: "" };
  const worst = (name: string) =>
    Math.min(...rows.filter((row) => row.name === name).map(({ metrics }) => metrics.attainment!.mean));
  const ascending = names.map((name) => ({ name, at: worst(name) })).sort((a, b) => a.at - b.at);
  return {
    names: ascending.slice(0, SHOWN_MAX).map(({ name }) => name),
    note: `, the ${SHOWN_MAX} of ${names.length} that fared worst`,
  };
}

/** A table for each kind of part that the service has. */
export function partTables(arms: ReturnType<typeof armColumns>, service: string, parts: readonly PartRow[]): Block[] {
  const out: Block[] = [];
  for (const kind of PART_KINDS) {
    const rows = parts.filter((part) => part.kind === kind && part.service === service);
    if (rows.length === 0) continue;
    const { names, note } = shownNames(rows);
    const shown = names.flatMap((name) => rows.filter((row) => row.name === name));
    const columns = saying(COLUMNS[kind], shown).map(
      ([head, key, scale]) =>
        [head, (row: PartRow) => row.metrics[key]!, scale] as [string, (row: PartRow) => Interval, number],
    );
    const named = {
      heads: [kind, ...arms.heads],
      of: (arm: Parameters<typeof arms.of>[0]) => [(arm as PartRow).name, ...arms.of(arm)],
    };
    out.push(
      `${TITLES[kind]}${note}:`,
      armTable(
        named,
        columns,
        shown.map((row) => ({ arm: row, row })),
      ),
    );
  }
  return out;
}

/** classes.csv, classes.parquet and so on: one row a run and part, values as in docs/models/request-classes.md. */
export async function writeParts(folder: string, runs: readonly ServiceRun[]): Promise<void> {
  for (const kind of PART_KINDS) {
    const rows = runs.flatMap((run) => run.parts.filter((part) => part.kind === kind).map((part) => ({ run, part })));
    if (rows.length === 0) continue;
    const keys = Object.keys(rows[0]!.part.values);
    const text = (name: string, of: (row: (typeof rows)[number]) => string | null): Column => {
      return { name, type: "VARCHAR", values: rows.map(of) };
    };
    const columns: Column[] = [
      text("variant", ({ run }) => run.variant),
      text("controller", ({ run }) => run.controller),
      { name: "coldStartSeconds", type: "DOUBLE", values: rows.map(({ run }) => run.coldStartSeconds) },
      { name: "replication", type: "INTEGER", values: rows.map(({ run }) => run.replication) },
      text("service", ({ part }) => part.service),
      text(kind, ({ part }) => part.name),
      ...keys.map((key): Column => {
        return { name: key, type: "DOUBLE", values: rows.map(({ part }) => finite(part.values[key]!)) };
      }),
    ];
    for (const format of ["csv", "parquet"] as const)
      await writeWhole(join(folder, `${FILES[kind]}.${format}`), (path) =>
        writeTable(path, format, columns, rows.length),
      );
  }
}

/** No value where there were no requests to take it of. */
function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

// Small tables of means and intervals by arm of a study of services.

import type { Interval } from "../model/results.js";
import type { ServiceStudy } from "../model/service-study.js";
import type { Table } from "../report/index.js";
import type { Arm } from "../sim/services/arms.js";

export function number(value: number, digits = 3): string {
  if (Number.isNaN(value)) return "–";
  return Math.abs(value) >= 1000 ? value.toFixed(0) : value.toPrecision(digits);
}

/** Half a width far below what is printed of the mean is printed as 0. */
const NOTHING = 1e-6;

export function text({ mean, halfWidth }: Interval): string {
  if (!Number.isFinite(halfWidth)) return number(mean);
  if (halfWidth <= Math.abs(mean) * NOTHING) return `${number(mean)} ± 0`;
  return `${number(mean)} ± ${halfWidth >= 100 ? halfWidth.toFixed(0) : number(halfWidth, 2)}`;
}

function scaled(value: Interval, by: number): Interval {
  return {
    ...value,
    mean: value.mean * by,
    halfWidth: value.halfWidth * by,
    low: value.low * by,
    high: value.high * by,
  };
}

/** Columns that tell arms apart: those in which the study's arms differ at all. */
export function armColumns(study: ServiceStudy, title: string): { heads: string[]; of: (arm: Arm | null) => string[] } {
  const swept = study.coldStartsSeconds.length > 0;
  const varied = study.variants.length > 0;
  return {
    heads: [...(varied ? ["variant"] : []), title, ...(swept ? ["cold start, s"] : [])],
    of: (arm) => [
      ...(varied ? [arm?.variant ?? "–"] : []),
      arm?.controller ?? "not lent",
      ...(swept ? [`${arm?.coldStartSeconds ?? "–"}`] : []),
    ],
  };
}

/** A row an arm; `first` are cells before those of the arm. */
export function armTable<Row>(
  arms: { heads: string[]; of: (arm: Arm | null) => string[] },
  columns: readonly [head: string, of: (row: Row) => Interval, scale: number][],
  rows: readonly { arm: Arm | null; row: Row; first?: readonly string[] }[],
  best?: number,
): { table: Table } {
  return {
    table: {
      heads: [...arms.heads, ...columns.map(([head]) => head)],
      keys: arms.heads.length,
      rows: rows.map(({ arm, row, first = [] }) => [
        ...first,
        ...arms.of(arm),
        ...columns.map(([, of, scale]) => text(scaled(of(row), scale))),
      ]),
      best,
    },
  };
}

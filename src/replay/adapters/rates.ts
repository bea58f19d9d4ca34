import { type Adapter, COMMA } from "./adapter.js";

/** Counts of one column a window of ten minutes. */
export function venusAdapter(column: string): Adapter {
  return {
    kind: "rates",
    format: COMMA,
    required: ["time", column],
    raw: { start: "time", rate: column },
    select: `SELECT _row, time AS start, 600 AS window, TRY_CAST(${column} AS DOUBLE) / 600 AS rate FROM raw`,
    units: { start: "%Y-%m-%d %H:%M:%S" },
  };
}

/** `start, rate, cv, pattern, shape, scale`, a file a client; no pattern means no traffic, and then a cv of 0 is none. */
export const servegenAdapter: Adapter = {
  kind: "rates",
  format: { kind: "csv", delimiter: ",", quote: false, columns: ["start", "rate", "cv", "pattern", "shape", "scale"] },
  required: [],
  select: `SELECT _row, start, 600 AS window, rate, CASE WHEN pattern <> '' THEN cv END AS cv,
                  regexp_extract(_file, 'chunk-(\\d+)', 1) AS series FROM raw`,
};

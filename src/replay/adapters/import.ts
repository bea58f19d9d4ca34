// Raw file to canonical jobs: read as text, select, check every row, sort, number the tenants.

import { WindtunnelError } from "../../model/errors.js";
import { createJobTable, type JobTable, type RejectedRow } from "../../model/jobs.js";
import { microsFromSeconds } from "../../model/units.js";
import { type Database, quoteSql, withDatabase } from "../duckdb.js";
import type { TraceAdapter } from "./adapter.js";
import { CANONICAL, type CanonicalColumns, type Fault, faultOf } from "./check.js";
import { linesOfRows } from "./lines.js";
import { readRaw } from "./raw.js";

export interface ImportedJobs {
  jobs: JobTable;
  tenants: string[];
  rejected: RejectedRow[];
}

/**
 * Reads `file` through `adapter`. Rows that cannot be used are returned in `rejected`, in order of line; with `strict`
 * the first of them throws TRACE_ROW_INVALID. Throws TRACE_UNREADABLE if the file is not such a file or no row is left.
 */
export function importJobs(file: string, adapter: TraceAdapter, strict: boolean): Promise<ImportedJobs> {
  return withDatabase(async (database) => {
    const malformed = await readRaw(database, file, adapter.columns);
    const columns = await database.select(
      `SELECT row::DOUBLE, submit_micros, run_seconds, gpus, coalesce(tenant, '')
       FROM (${adapter.select}) ORDER BY submit_micros, row`,
      CANONICAL,
    );
    const accepted: number[] = [];
    const faults = new Map<number, Fault>();
    for (let i = 0; i < columns.row.length; i++) {
      const fault = faultOf(columns, i, adapter.submitRange);
      if (fault === undefined) accepted.push(i);
      else faults.set(columns.row[i]!, fault);
    }
    const rejected = [...malformed, ...(await describeFaults(database, file, adapter, faults, malformed))];
    rejected.sort((a, b) => a.line - b.line);
    if (strict && rejected.length > 0) throw strictError(rejected[0]!);
    if (accepted.length === 0) {
      throw new WindtunnelError(
        "TRACE_UNREADABLE",
        `${file}: none of its ${rejected.length} rows can be used${rejected[0] ? `; the first fails with: ${rejected[0].reason}` : ""}.`,
        "Check that the file is the one the registry names.",
      );
    }
    return { ...buildJobs(columns, accepted), rejected };
  });
}

async function describeFaults(
  database: Database,
  file: string,
  adapter: TraceAdapter,
  faults: ReadonlyMap<number, Fault>,
  malformed: readonly RejectedRow[],
): Promise<RejectedRow[]> {
  if (faults.size === 0) return [];
  const { submit, run, gpus } = adapter.raw;
  const texts = await database.select(
    `SELECT row::DOUBLE, ${[submit, run, gpus].map((name) => `"${name}"`).join(", ")} FROM raw
     WHERE row IN (SELECT unnest(string_split(${quoteSql([...faults.keys()].join(","))}, ','))::BIGINT) ORDER BY row`,
    { row: "float64", submit: "text", run: "text", gpus: "text" },
  );
  const lines = await linesOfRows(file, faults.keys(), new Set(malformed.map((row) => row.line)));
  return Array.from(texts.row, (row, i) => {
    const { column, expected } = faults.get(row)!;
    const value = texts[column][i]!.slice(0, 200);
    return { file, line: lines.get(row)!, column: adapter.raw[column], value, reason: `expected ${expected}` };
  });
}

function strictError(row: RejectedRow): WindtunnelError {
  return new WindtunnelError(
    "TRACE_ROW_INVALID",
    `${row.file}:${row.line}: ${row.column || "row"} is "${row.value}"; ${row.reason}.`,
    "Correct or remove the row, or leave out --strict to have such rows rejected and listed.",
  );
}

function buildJobs(columns: CanonicalColumns, accepted: readonly number[]): { jobs: JobTable; tenants: string[] } {
  const jobs = createJobTable(accepted.length);
  const tenants = [...new Set(accepted.map((i) => columns.tenant[i]!))].sort();
  const tenantIndex = new Map(tenants.map((name, index) => [name, index]));
  const origin = Math.round(columns.submit[accepted[0]!]!);
  accepted.forEach((i, job) => {
    jobs.submitMicros[job] = Math.round(columns.submit[i]!) - origin;
    jobs.runMicros[job] = microsFromSeconds(columns.run[i]!);
    jobs.tasks[job] = columns.gpus[i]!;
    jobs.tenant[job] = tenantIndex.get(columns.tenant[i]!)!;
  });
  return { jobs, tenants };
}

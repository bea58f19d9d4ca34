// Runs an adapter's SELECT. Built-in ones and a user's own go the same way: one statement, no file within reach.

import { WindtunnelError } from "../../model/errors.js";
import { type Database, firstLine } from "../duckdb.js";
import { nearestName } from "../nearest.js";
import type { Adapter } from "./adapter.js";
import { CANONICAL } from "./columns.js";

/**
 * Creates table `selected` and returns the names of its columns, in lower case. Throws TRACE_FILE_INVALID if the text
 * is not one SELECT, does not run, lacks a column that the kind needs, or yields one that it does not know.
 */
export async function runSelect(database: Database, adapter: Adapter): Promise<string[]> {
  const subject = adapter.selectAt === undefined ? "The select of the trace" : `${adapter.selectAt}: the select`;
  const sql = adapter.select.trim().replace(/;$/, "");
  try {
    const { statements, isSelect } = await database.inspect(sql);
    if (statements !== 1 || !isSelect) {
      throw invalid(
        `${subject} is ${statements === 1 ? "no SELECT" : `${statements} statements`}.`,
        "Write one SELECT (it may begin with WITH): it can read the tables of the trace and write nothing.",
      );
    }
    // the line break ends a comment on its last line
    await database.run(`CREATE TABLE selected AS ${sql}\n`);
  } catch (cause) {
    if (cause instanceof WindtunnelError) throw cause;
    throw invalid(`${subject} does not run: ${firstLine(cause)}`, await whatThereIs(database, adapter), cause);
  }
  const described = await database.select("SELECT lower(column_name) FROM (DESCRIBE selected)", { name: "text" });
  const rules = CANONICAL[adapter.kind];
  const known = ["_row", ...rules.map((rule) => rule.name)];
  const stranger = described.name.find((name) => !known.includes(name));
  if (stranger !== undefined) {
    throw invalid(
      `${subject} yields "${stranger}", which is no column of ${adapter.kind}; the nearest is "${nearestName(stranger, known)}".`,
      `Columns of ${adapter.kind}: ${known.join(", ")}. Give it another name with AS, or leave it out.`,
    );
  }
  const absent = rules.filter((rule) => rule.required && !described.name.includes(rule.name));
  if (absent.length > 0) {
    throw invalid(
      `${subject} does not yield ${absent.map((rule) => `"${rule.name}" (${rule.meaning})`).join(", ")}.`,
      `It yields ${described.name.join(", ")}; ${adapter.kind} need ${rules
        .filter((r) => r.required)
        .map((r) => r.name)
        .join(", ")}.`,
    );
  }
  return described.name;
}

async function whatThereIs(database: Database, adapter: Adapter): Promise<string> {
  const tables = ["raw", ...Object.keys(adapter.tables ?? {})];
  const columns = await Promise.all(
    tables.map(async (table) => {
      const { name } = await database.select(`SELECT column_name FROM (DESCRIBE ${table})`, { name: "text" });
      return `${table} has ${name.join(", ")} (all text)`;
    }),
  );
  return `${columns.join("; ")}.`;
}

function invalid(message: string, hint: string, cause?: unknown): WindtunnelError {
  return new WindtunnelError("TRACE_FILE_INVALID", message, hint, { cause });
}

// What `solve` does: read, solve, print.

import { WindtunnelError } from "../../model/errors.js";
import { linearText } from "../../solve/index.js";
import type { CommandContext } from "../context.js";
import { type Answer, answerOf, modelOf, round } from "./answers.js";
import { readProblem } from "./read.js";

const FORMATS = ["table", "json", "lp"];
const ROWS_MAX = 40;

export async function solveFile(
  context: CommandContext,
  path: string,
  options: Readonly<Record<string, unknown>>,
): Promise<void> {
  const format = String(options.format ?? "table");
  if (!FORMATS.includes(format)) {
    throw new WindtunnelError("USAGE", `--format: got "${format}", expected ${FORMATS.join(", ")}.`, "See --help.");
  }
  const problem = await readProblem(path);
  if (format === "lp") {
    const model = modelOf(problem);
    if (model) return context.out(linearText(model));
    throw new WindtunnelError(
      "USAGE",
      `--format lp: a ${problem.problem} problem is no single linear programme.`,
      "It works for transport, flow and linear problems.",
    );
  }
  const answer = await answerOf(problem, {
    clock: context.clock,
    ...(options.pivotsMax === undefined ? {} : { pivotsMax: options.pivotsMax as number }),
    ...(options.secondsMax === undefined ? {} : { secondsMax: options.secondsMax as number }),
  });
  if (format === "json") context.out(JSON.stringify({ problem: problem.problem, ...answer.json }, null, 2));
  else context.out(await tableText(problem.title, answer, (options.rows as number | undefined) ?? ROWS_MAX));
}

async function tableText(title: string, answer: Answer, rowsMax: number): Promise<string> {
  const { default: Table } = await import("cli-table3");
  const parts = title === "" ? [] : [title, ""];
  for (const { title: heading, head, rows } of answer.tables) {
    const table = new Table({
      head,
      colAligns: head.map((_, k) => (rows.every((row) => typeof row[k] === "number") ? "right" : "left")),
      style: { head: [], border: [], compact: true },
    });
    for (const row of rows.slice(0, rowsMax)) table.push(row.map((c) => (typeof c === "number" ? round(c) : c)));
    parts.push(heading, table.toString());
    if (rows.length > rowsMax) parts.push(`… and ${rows.length - rowsMax} more rows (--rows, or --format json).`);
    parts.push("");
  }
  return [...parts, ...answer.summary].join("\n");
}

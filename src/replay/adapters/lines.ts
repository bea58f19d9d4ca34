import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";

/**
 * Line of the file (1-based, header included) of each wanted row of table `raw` (1-based), 0 where the file has no such
 * row. `skipped` are the lines that did not become rows. Blank lines are no rows. Reads the file once more, which is
 * only done when something was rejected.
 */
export async function linesOfRows(
  file: string,
  rows: Iterable<number>,
  skipped: ReadonlySet<number>,
): Promise<Map<number, number>> {
  const wanted = new Set(rows);
  const lines = new Map<number, number>(Array.from(wanted, (row) => [row, 0]));
  let line = 0;
  let row = 0;
  for await (const text of createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })) {
    line++;
    if (line === 1 || text === "" || skipped.has(line)) continue;
    row++;
    if (wanted.has(row)) lines.set(row, line);
  }
  return lines;
}

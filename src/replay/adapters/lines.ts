import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";

/** Where a row of table `raw` stands. */
export interface Place {
  file: string;
  /** 1-based, header included; 0 where nobody can say. */
  line: number;
}

/**
 * File and line of each wanted row of table `raw` (1-based, counted on over all files). `skipped` are the lines, by
 * file, that did not become rows. Blank lines are no rows, nor is a header. Reads the files once more, which is only
 * done when something was rejected.
 */
export async function linesOfRows(
  files: readonly string[],
  header: boolean,
  rows: Iterable<number>,
  skipped: ReadonlyMap<string, ReadonlySet<number>>,
): Promise<Map<number, Place>> {
  const wanted = new Set(rows);
  const places = new Map<number, Place>();
  let row = 0;
  for (const file of files) {
    let line = 0;
    for await (const text of createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })) {
      line++;
      if ((header && line === 1) || text === "" || skipped.get(file)?.has(line)) continue;
      row++;
      if (wanted.has(row)) places.set(row, { file, line });
    }
    if (places.size === wanted.size) break;
  }
  return places;
}

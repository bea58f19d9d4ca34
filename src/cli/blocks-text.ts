// What a study says, for a terminal: tables that are wider than it are cut into several, each with the columns that say
// what a row is about.

import type { Block, Table } from "../report/index.js";

/** A border and a space to each side. */
const BESIDE = 3;

/** @param width columns of the terminal; infinite where nobody looks. */
export async function blocksText(blocks: readonly Block[], width = Number.POSITIVE_INFINITY): Promise<string> {
  const parts: string[] = [];
  for (const block of blocks) {
    if (typeof block === "string") parts.push(block);
    else if ("heading" in block) parts.push(...(parts.length > 0 ? [""] : []), block.heading);
    else if ("answer" in block) parts.push(block.answer);
    else for (const table of cut(block.table, width)) parts.push(await draw(table));
  }
  return parts.join("\n");
}

/** The same table in as many as are needed to fit. */
function cut(table: Table, width: number): Table[] {
  const { heads, keys, rows } = table;
  const wide = heads.map((head, c) => BESIDE + Math.max(head.length, ...rows.map((row) => row[c]!.length)));
  const first = wide.slice(0, keys).reduce((a, b) => a + b, 1);
  const parts: number[][] = [];
  let used = 0;
  for (let c = keys; c < heads.length; c++) {
    if (parts.length === 0 || used + wide[c]! > width) {
      parts.push([]);
      used = first;
    }
    parts.at(-1)!.push(c);
    used += wide[c]!;
  }
  if (parts.length < 2) return [table];
  const own = Array.from({ length: keys }, (_, c) => c);
  return parts.map((columns) => {
    const pick = (cells: readonly string[]) => [...own, ...columns].map((c) => cells[c]!);
    return { ...table, heads: pick(heads), rows: rows.map(pick) };
  });
}

async function draw({ heads, keys, rows }: Table): Promise<string> {
  const { default: CliTable } = await import("cli-table3");
  const table = new CliTable({
    head: [...heads],
    colAligns: heads.map((_, c) => (c < keys ? "left" : "right")),
    style: { head: [], border: [], compact: true },
  });
  for (const row of rows) table.push([...row]);
  return table.toString();
}

// What a study says, piece by piece, before it is drawn: for a terminal as text, for a page as HTML.

import { escapeHtml } from "./escape.js";

export interface Table {
  heads: readonly string[];
  /** Columns at the left that say what a row is about. */
  keys: number;
  rows: readonly (readonly string[])[];
  /** Number of the row that is the answer. */
  best?: number | undefined;
}

/** A line; the heading of what follows; an answer, which a page shows first; a table. */
export type Block = string | { heading: string } | { answer: string } | { table: Table };

/** Answers in a box, then the rest in its order. */
export function blocksHtml(blocks: readonly Block[]): string {
  const answers = blocks.flatMap((block) => (typeof block === "object" && "answer" in block ? [block.answer] : []));
  const box = answers.map((text) => `<p>${escapeHtml(text)}</p>`).join("");
  const rest = blocks.flatMap((block) => {
    if (typeof block === "string") return block === "" ? [] : [`<p>${escapeHtml(block)}</p>`];
    if ("heading" in block) return [`<h2>${escapeHtml(block.heading)}</h2>`];
    return "table" in block ? [tableHtml(block.table)] : [];
  });
  return [...(box === "" ? [] : [`<div class="answer">${box}</div>`]), ...rest].join("\n");
}

function tableHtml({ heads, keys, rows, best }: Table): string {
  const align = (column: number) => (column < keys ? "left" : "right");
  const cell = (tag: string, text: string, column: number) =>
    `<${tag} class="${align(column)}">${escapeHtml(text)}</${tag}>`;
  const body = rows.map((row, r) => {
    const cells = row.map((text, c) => cell(c === 0 ? "th" : "td", text, c)).join("");
    return `<tr${r === best ? ' class="best"' : ""}>${cells}</tr>`;
  });
  const head = heads.map((text, c) => cell("th", text, c)).join("");
  return `<div class="scroll"><table><thead><tr>${head}</tr></thead><tbody>${body.join("\n")}</tbody></table></div>`;
}

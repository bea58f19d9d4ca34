// Fills the table between <!-- bench:start --> and <!-- bench:end --> of README.md from the rows that
// `npm run bench -- --json bench/results.json` wrote. `node scripts/readme-bench.mjs [rows.json] [--check]`; with --check
// nothing is written, and the exit code is 1 if the table is not what it would be.

import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const README = fileURLToPath(new URL("../README.md", import.meta.url));
const START = "<!-- bench:start -->";
const END = "<!-- bench:end -->";

function number(value) {
  if (!Number.isFinite(value)) return "–";
  if (Math.abs(value) >= 1e6) return `${Number((value / 1e6).toPrecision(3))} million`;
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString("en-US");
  return String(Number(value.toPrecision(3)));
}

function text(value) {
  return String(value ?? "").replaceAll("|", "\\|");
}

function quantity(value, unit) {
  return unit === "1" ? number(value) : `${number(value)} ${unit}`;
}

/** One line a case: value, spread of its runs, and the ratio to the alternative measured in the same run. */
export function buildTable(rows) {
  if (rows.length === 0)
    return "No measurements yet: `npm run bench -- --json bench/results.json`, then `npm run bench:readme`.";
  const places = [...new Set(rows.map((row) => `${row.machine}, commit ${row.commit}`))];
  const lines = rows.map((row) => {
    const spread = row.runs.length > 1 ? `${number(Math.min(...row.runs))} … ${number(Math.max(...row.runs))}` : "";
    const ratio = row.ratio === null ? "" : `${number(row.ratio)} × ${text(row.baseline)}`;
    const cells = [
      `\`${text(row.name)}\``,
      quantity(row.value, row.unit),
      spread,
      row.better,
      ratio,
      `\`${text(row.hash)}\``,
    ];
    return `| ${cells.join(" | ")} |`;
  });
  const head =
    "| case | median | runs | better | times as good as | hash of the answer |\n| --- | --- | --- | --- | --- | --- |";
  return `${places.join("; ")}.\n\n${head}\n${lines.join("\n")}`;
}

/** The page with its table replaced. */
export function fillPage(page, rows) {
  const start = page.indexOf(START);
  const end = page.indexOf(END);
  if (start < 0 || end < start) throw new Error(`README.md has no ${START} before ${END}`);
  return `${page.slice(0, start + START.length)}\n${buildTable(rows)}\n${page.slice(end)}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const args = process.argv.slice(2).filter((arg) => !arg.startsWith("--"));
  const file = args[0] ?? fileURLToPath(new URL("../bench/results.json", import.meta.url));
  const page = readFileSync(README, "utf8");
  const filled = fillPage(page, JSON.parse(readFileSync(file, "utf8")));
  if (!process.argv.includes("--check")) writeFileSync(README, filled);
  else if (filled !== page) {
    process.stderr.write(
      `README.md: its table of measurements is not what ${file} says: run node scripts/readme-bench.mjs\n`,
    );
    process.exitCode = 1;
  }
}

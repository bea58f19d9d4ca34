import { describe, expect, it } from "vitest";
import { textOf } from "../tidy/sources.js";

const SCRIPT = new URL("../../scripts/readme-bench.mjs", import.meta.url).href;
const { buildTable, fillPage } = (await import(SCRIPT)) as {
  buildTable(rows: unknown[]): string;
  fillPage(page: string, rows: unknown[]): string;
};

const row = {
  name: "jobs/x",
  value: 0.0461234,
  unit: "s",
  better: "lower",
  baseline: "plain | twin",
  ratio: 1.4412,
  hash: "6d52",
  machine: "linux x64, 2 cores",
  commit: "abc1234",
  runs: [0.0442, 0.0461234, 0.0691],
};

describe("the table of measurements", () => {
  it("has value, spread, direction, ratio and hash of every case, and says where and of what", () => {
    const table = buildTable([
      row,
      { ...row, name: "events", value: 25_362_036, unit: "events/s", baseline: null, ratio: null },
    ]);
    expect(table).toContain("linux x64, 2 cores, commit abc1234.");
    expect(table).toContain("| `jobs/x` | 0.0461 s | 0.0442 … 0.0691 | lower | 1.44 × plain \\| twin | `6d52` |");
    expect(table).toContain("| `events` | 25.4 million events/s |");
    expect(table.split("\n")).toHaveLength(6);
  });

  it("goes between its marks and leaves the rest of the page alone, again and again", () => {
    const page = textOf("README.md");
    const once = fillPage(page, [row]);
    expect(fillPage(once, [row])).toBe(once);
    expect(once.replace(/<!-- bench:start -->[\s\S]*<!-- bench:end -->/, "")).toBe(
      page.replace(/<!-- bench:start -->[\s\S]*<!-- bench:end -->/, ""),
    );
    expect(once).toContain("1.44 ×");
  });

  it("refuses a page without its marks", () => {
    expect(() => fillPage("# page", [row])).toThrow("bench:start");
  });
});

import { describe, expect, it } from "vitest";
import { renderTable } from "../../src/report/table.js";
import { buildExperiment } from "./fixture.js";

describe("the table for the terminal", () => {
  const text = renderTable(buildExperiment({ replications: 3 }));

  it("has the answer, every pair at every load with half widths, and what the marks mean", () => {
    expect(text).toContain("finishes jobs soonest");
    expect(text.match(/ ± /g)!.length).toBeGreaterThan(24);
    for (const load of ["Load 0.95; lower bound", "Load 0.7; lower bound"]) expect(text).toContain(load);
    expect(text.split("\n").filter((line) => line.startsWith("│ ") && line.includes(" + "))).toHaveLength(24);
    expect(text).toContain("95 % Student-t interval");
  });

  it("marks oracles, and the best that is none", () => {
    const lines = text.split("\n").filter((line) => line.startsWith("│ "));
    for (const line of lines) expect(line.includes("(oracle)"), line).toBe(line.includes("-oracle"));
    const best = lines.filter((line) => /│ +best │/.test(line));
    expect(best).toHaveLength(2);
    for (const line of best) expect(line).not.toContain("oracle");
  });

  it("fits a terminal, and has neither colours nor spaces that cannot be searched for", () => {
    for (const line of text.split("\n").filter((l) => /^[│┌├└]/.test(l)))
      expect(line.length, line).toBeLessThanOrEqual(120);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character is what must not occur
    expect(text).not.toMatch(/\u001b|\u00a0/);
  });
});

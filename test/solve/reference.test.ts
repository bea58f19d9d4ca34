// The published instances, whose optima four other programs agree on.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { checkFlow, checkTransport, solveFlow, solveTransport, type TransportProblem } from "../../src/solve/index.js";

const folder = process.env.WINDTUNNEL_EXPECTED;

export function readInstance(path: string): TransportProblem {
  const bytes = readFileSync(path);
  const text = (path.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
  const numbers = Float64Array.from(text.trim().split(/\s+/), Number);
  const [rows, cols] = [numbers[0]!, numbers[1]!];
  return {
    supplies: numbers.subarray(2, 2 + rows),
    demands: numbers.subarray(2 + rows, 2 + rows + cols),
    costs: numbers.subarray(2 + rows + cols),
  };
}

for (const [file, optimum] of [
  ["tp_50x200.txt", 5_788_974],
  ["tp_100x500.txt", 7_743_551],
  ["tp_500x2000.txt.gz", 5_853_507],
] as const) {
  const name = `${file} has the optimum ${optimum}, dense and as a graph, with a proof`;
  test.skipIf(folder === undefined && !process.env.CI)(name, () => {
    if (folder === undefined) throw new Error("Set WINDTUNNEL_EXPECTED: CI must not skip this.");
    const problem = readInstance(join(folder, "transport", file));
    const solution = solveTransport(problem);
    expect(solution.cost).toBe(optimum);
    expect(checkTransport(problem, solution)).toMatchObject({ ok: true, gap: 0 });
    const [rows, cols] = [problem.supplies.length, problem.demands.length];
    const graph = {
      nodeCount: rows + cols,
      from: Int32Array.from({ length: rows * cols }, (_, e) => Math.floor(e / cols)),
      to: Int32Array.from({ length: rows * cols }, (_, e) => rows + (e % cols)),
      costs: problem.costs,
      supplies: [...Array.from(problem.supplies), ...Array.from(problem.demands, (d) => -d)],
    };
    const flow = solveFlow(graph);
    expect(flow.cost).toBe(optimum);
    expect(checkFlow(graph, flow)).toMatchObject({ ok: true, gap: 0 });
  });
}

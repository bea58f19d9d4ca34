// `windtunnel fuse` as a user meets it: .npy files in, a table out.

import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type FuseOptions, fuseFiles } from "../../src/cli/fuse/run.js";
import { parseNpy } from "../../src/ensemble/index.js";

const folder = mkdtempSync(join(tmpdir(), "windtunnel-fuse-"));

/** As numpy.save writes it. */
function npy(
  name: string,
  rows: number[][] | number[],
  type = "<f4",
  more: { order?: string; cut?: number } = {},
): string {
  const flat = rows.flat();
  const columns = Array.isArray(rows[0]) ? rows[0].length : undefined;
  const shape = columns === undefined ? `(${rows.length},)` : `(${rows.length}, ${columns})`;
  const dict = `{'descr': '${type}', 'fortran_order': ${more.order ?? "False"}, 'shape': ${shape}, }`;
  const head = `${dict.padEnd(117)}\n`;
  const data = type === "<f8" ? Float64Array.from(flat) : Float32Array.from(flat);
  const bytes = Buffer.concat([
    Buffer.from([0x93]),
    Buffer.from("NUMPY"),
    Buffer.from([1, 0, head.length, 0]),
    Buffer.from(head),
    Buffer.from(data.buffer),
  ]);
  const path = join(folder, name);
  writeFileSync(path, bytes.subarray(0, bytes.length - (more.cut ?? 0)));
  return path;
}

async function fuse(paths: string[], options: Partial<FuseOptions> = {}): Promise<{ said: string; csv: string }> {
  const said: string[] = [];
  const out = join(folder, "fused.csv");
  const context = { say: (text: string) => void said.push(text) } as unknown as Parameters<typeof fuseFiles>[0];
  await fuseFiles(context, paths, { method: "average", out, values: false, ...options });
  return { said: said.join("\n"), csv: readFileSync(out, "utf8").trim() };
}

async function fuseTo(paths: string[], out: string, options: Partial<FuseOptions> = {}): Promise<void> {
  const context = { say: () => undefined } as unknown as Parameters<typeof fuseFiles>[0];
  await fuseFiles(context, paths, { method: "average", out, values: false, ...options });
}

const A = [
  [0.75, 0.25],
  [0.5, 0.5],
  [0, 1],
];
const B = [
  [0.25, 0.75],
  [0.25, 0.75],
  [0.5, 0.5],
];

describe("the command that fuses", () => {
  it("averages, floats and doubles alike, and says the weights", async () => {
    const { csv, said } = await fuse([npy("a.npy", A), npy("b.npy", B, "<f8")], { weights: [3, 1] });
    expect(csv.split("\n")).toEqual(["class_0,class_1", "0.625,0.375", "0.4375,0.5625", "0.125,0.875"]);
    expect(said).toContain("Weights 0.750, 0.250.");
  });

  it("votes, says accuracies against true classes, and learns weights", async () => {
    const truth = npy("truth.npy", [1, 1, 1]);
    const paths = [npy("a.npy", A), npy("b.npy", B), npy("c.npy", B)];
    const { csv, said } = await fuse(paths, { method: "vote", labels: truth });
    expect(csv.split("\n")).toEqual(["class", "1", "1", "0"]);
    expect(said).toContain("Accuracy fused: 0.6667");
    expect((await fuse(paths, { method: "stacking", labels: truth })).said).toMatch(/Weights 0\.\d+, 0\.\d+, 0\.\d+\./);
    await expect(fuse(paths, { method: "stacking" })).rejects.toThrow("learns weights from true classes");
    const bad = npy("bad.npy", [1, 2, 1]);
    await expect(fuse(paths, { labels: bad })).rejects.toThrow("has 2 for sample 1: expected a class from 0 to 1");
  });

  it("takes any numbers as values, one a sample", async () => {
    const { csv } = await fuse([npy("x.npy", [-1, 20, 3]), npy("y.npy", [-3, 2, 5]), npy("z.npy", [7, 3, 4])], {
      method: "median",
      values: true,
    });
    expect(csv.split("\n")).toEqual(["value", "-1.0", "3.0", "4.0"]);
  });

  it("fuses quantiles, judged by pinball loss, and refuses ones that cross", async () => {
    const low = npy("low.npy", [
      [1, 3],
      [2, 2],
    ]);
    const high = npy("high-q.npy", [
      [3, 5],
      [4, 8],
    ]);
    const truth = npy("seen.npy", [3, 3]);
    const { csv, said } = await fuse([low, high], { quantiles: [0.1, 0.9], labels: truth });
    expect(csv.split("\n")).toEqual(["q_0.1,q_0.9", "2.0,4.0", "3.0,5.0"]);
    // (0.1 x 1 + 0.1 x 1 + 0 + 0.1 x 2) / 4
    expect(said).toContain("Pinball loss fused: 0.1");
    const crossed = npy("crossed.npy", [
      [1, 3],
      [2, 1],
    ]);
    await expect(fuse([low, crossed], { quantiles: [0.1, 0.9] })).rejects.toThrow(
      "crossed.npy, sample 1: quantile 0.9 is 1, below 2 of 0.1",
    );
    await expect(fuse([low], { quantiles: [0.9, 0.1] })).rejects.toThrow("expected 2 rising levels");
  });

  it("fuses ranked columns, and says errors of values", async () => {
    const a = npy("rank-a.npy", [[5, 1, 9]]);
    const b = npy("rank-b.npy", [[2, 7, 8]]);
    const { csv } = await fuse([a, b], { method: "reciprocal-rank" });
    const row = csv.split("\n")[1]!.split(",").map(Number);
    expect(row).toEqual([1 / 62 + 1 / 63, 1 / 63 + 1 / 62, 2 / 61]);
    const { said } = await fuse([npy("x.npy", [1, 2]), npy("y.npy", [3, 4])], {
      values: true,
      labels: npy("t.npy", [2, 2]),
    });
    expect(said).toContain("Mean absolute error fused: 0.5");
  });

  it("reads CSV and Parquet, writes Parquet and .npy, on threads too: the same numbers", async () => {
    const table = join(folder, "table.csv");
    writeFileSync(table, "p,q\n0.75,0.25\n0.5,0.5\n0,1\n");
    const parquet = join(folder, "fused.parquet");
    await fuseTo([table, npy("b.npy", B)], parquet, { threads: 2 });
    const again = join(folder, "again.npy");
    await fuseTo([parquet], again);
    const { values } = parseNpy(readFileSync(again), again);
    expect([...values]).toEqual([0.5, 0.5, 0.375, 0.625, 0.25, 0.75]);
    const words = join(folder, "words.csv");
    writeFileSync(words, "p,q\n0.5,no\n");
    await expect(fuse([words])).rejects.toThrow("column q is BOOLEAN: expected numbers");
    const holes = join(folder, "holes.csv");
    writeFileSync(holes, "p,q\n0.5,0.5\n0.5,\n");
    await expect(fuse([holes])).rejects.toThrow("Member 0, sample 1, class 1 is NaN");
  });

  it("names what is wrong with a file, and leaves no output", async () => {
    const a = npy("a.npy", A);
    const out = join(folder, "never.parquet");
    const cases: [string, RegExp][] = [
      [npy("short.npy", A.slice(1)), /short\.npy is 2 x 2: expected 3 x 2, as .*a\.npy/],
      [npy("cut.npy", A, "<f4", { cut: 3 }), /cut\.npy: 21 bytes of values, expected 3 x 2 of 4 bytes/],
      [npy("order.npy", A, "<f4", { order: "True" }), /Fortran order/],
      [npy("type.npy", A, "<i8"), /values are <i8, expected <f4 or <f8/],
      [
        npy("high.npy", [
          [1.5, 0],
          [0, 1],
          [0, 1],
        ]),
        /Member 1, sample 0, class 0 is 1\.5/,
      ],
      [join(folder, "absent.npy"), /absent\.npy cannot be read/],
    ];
    for (const [path, message] of cases) await expect(fuse([a, path], { out })).rejects.toThrow(message);
    await expect(fuse([a], { out: "x.txt" })).rejects.toThrow("expected a .parquet, .csv or .npy file");
    expect(existsSync(out)).toBe(false);
  });
});

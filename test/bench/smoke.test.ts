// Every benchmark case also runs as a test with a tiny input, so that none rots; runs on the built files, as users do.

import { describe, expect, it } from "vitest";
import { allCases, type Row, runCase } from "../../dist/bench/index.js";

const folders = { data: undefined, expected: undefined, cache: "" };
const { standard, onRequest } = allCases(folders);
const where = { machine: "test", commit: "test" };

describe("benchmarks", () => {
  it("have names of their own", () => {
    const names = [...standard, ...onRequest].map((c) => c.name);
    expect(new Set(names).size).toBe(names.length);
  });

  for (const c of [...standard, ...onRequest.filter((one) => /^(solve|fuse|learn)\//.test(one.name))]) {
    it(`${c.name} runs and answers the same again`, async () => {
      const row = await runCase(c, where, true);
      if ("missing" in row) {
        expect(row.missing).toContain("relaxed SIMD");
        return;
      }
      expect(row.name).toBe(c.name);
      expect(row.value).toBeGreaterThan(0);
      expect(row.hash).not.toBe("");
    });
  }

  it("event lists all come to the same time", async () => {
    const hashes = new Map<string, Set<string>>();
    for (const c of onRequest.filter((one) => one.name.startsWith("events/"))) {
      const row = (await runCase(c, where, true)) as Row;
      const size = c.name.split("-").pop()!;
      hashes.set(size, (hashes.get(size) ?? new Set()).add(row.hash));
    }
    for (const [size, set] of hashes) expect(set.size, `pending ${size}`).toBe(1);
  });
});

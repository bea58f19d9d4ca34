import { describe, expect, it } from "vitest";
import { bannedCalls, EXCEPTIONS } from "./banned.js";
import { filesBelow, inWords, textOf } from "./sources.js";

const FOLDERS = [
  "assembly",
  "src/model",
  "src/engine",
  "src/replay",
  "src/plan",
  "src/ensemble",
  "src/solve",
  "src/sim",
  "src/report",
  "src/live",
];

describe("clocks, chance, environment and the host's functions", () => {
  it("are arguments everywhere but at the roots", () => {
    const files = [
      ...FOLDERS.flatMap((folder) => filesBelow(folder)),
      ...filesBelow("src").filter((f) => f === "src/index.ts"),
    ];
    expect(inWords(files.flatMap((file) => bannedCalls(file)))).toEqual([]);
  });

  it("would be noticed", () => {
    const found = (text: string, file = "src/sim/x.ts") => bannedCalls(file, text).map((f) => f.what.split(":")[0]);
    expect(found("const t = Date.now();")).toEqual(["Date.now"]);
    expect(found("const t = new Date();")).toEqual(["new Date"]);
    expect(found("const x = Math.random() + Math.log(2) + Math.sqrt(2);")).toEqual(["Math.random", "Math.log"]);
    expect(found("const x = y ** 2 + 2 ** 30;")).toEqual(["**"]);
    expect(found("console.error(process.env.HOME);")).toEqual(["console", "process.env"]);
    expect(found("const t = performance.now();", "src/sim/worker.ts")).toEqual([]);
    expect(found("export function f(): f64 { return Math.exp(1) + Math.random(); }", "assembly/x.ts")).toEqual([
      "Math.random",
    ]);
  });

  it("has no exception that nobody needs any more", () => {
    for (const { file, what } of EXCEPTIONS) {
      const without = EXCEPTIONS.filter((e) => e.file !== file || e.what !== what);
      expect(bannedCalls(file, textOf(file), without), `${what} in ${file}`).not.toEqual([]);
    }
  });
});

import { describe, expect, it } from "vitest";
import { textOf } from "./sources.js";

function constants(text: string, pattern: RegExp): [string, string][] {
  return [...text.matchAll(pattern)].map(([, name, value]) => [name!, value!]);
}

describe("the numbers that both sides of the seam share", () => {
  const engine = constants(textOf("assembly/abi.ts"), /^export const (\w+): i32 = (-?\d+);/gm);
  const host = constants(textOf("src/engine/abi.ts"), /^export const (\w+) = (-?\d+);/gm);

  it("are the same in assembly/abi.ts and src/engine/abi.ts (npm run build:wasm copies them)", () => {
    expect(engine.length).toBeGreaterThan(100);
    expect(host).toEqual(engine);
  });

  it("have no second name for a control slot, a column or a record", () => {
    const names = engine.map(([name]) => name);
    expect(new Set(names).size).toBe(names.length);
    const columns = engine.filter(([name]) => name.startsWith("COL_"));
    expect(new Set(columns.map(([, value]) => value)).size, "two columns with one id").toBe(columns.length);
    const section = textOf("assembly/abi.ts").split("// --- Control block")[1]!.split("// ---")[0]!;
    const slots = constants(section, /^export const (\w+): i32 = (-?\d+);/gm);
    expect(slots.length).toBeGreaterThan(50);
    const twice = slots.filter(([, value], i) => slots.findIndex(([, other]) => other === value) !== i);
    expect(twice, "control slots with a number that another has").toEqual([]);
  });
});

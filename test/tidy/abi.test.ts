import { describe, expect, it } from "vitest";
import { filesBelow, textOf } from "./sources.js";

const ENGINE = /^export const (\w+): i32 = (-?\d+);/gm;
const HOST = /^export const (\w+) = (-?\d+);/gm;

type Constant = [name: string, value: string];

function constants(text: string, pattern: RegExp): Constant[] {
  return [...text.matchAll(pattern)].map(([, name, value]) => [name!, value!]);
}

/** Those of sections "Control slots": a section ends where the next begins. */
function slotsOf(text: string): Constant[] {
  return text
    .split("// --- ")
    .flatMap((section) => (section.startsWith("Control slots") ? constants(section, ENGINE) : []));
}

function withSameNumber(list: readonly Constant[]): Constant[] {
  return list.filter(([, value], i) => list.findIndex(([, other]) => other === value) !== i);
}

describe("the numbers that both sides of the seam share", () => {
  const parts = filesBelow("assembly/abi");
  const engine = parts.flatMap((part) => constants(textOf(part), ENGINE));

  it("are the same in assembly/abi and src/engine/abi (npm run build:wasm copies them)", () => {
    expect(engine.length).toBeGreaterThan(400);
    for (const part of parts) {
      const copy = part.replace("assembly/", "src/engine/");
      expect(constants(textOf(copy), HOST), copy).toEqual(constants(textOf(part), ENGINE));
    }
    expect(filesBelow("src/engine/abi").length).toBe(parts.length);
  });

  it("all pass through assembly/abi.ts", () => {
    for (const part of parts) {
      const name = part.slice("assembly/abi/".length, -".ts".length);
      expect(textOf("assembly/abi.ts")).toContain(`export * from "./abi/${name}";`);
    }
  });

  it("have no second name for a control slot or a column, in whatever part, and fit their tables", () => {
    const names = engine.map(([name]) => name);
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
    const columns = engine.filter(([name]) => name.startsWith("COL_"));
    expect(withSameNumber(columns), "columns with an id that another has").toEqual([]);
    const limit = Number(engine.find(([name]) => name === "COLUMN_LIMIT")![1]);
    expect(columns.filter(([, id]) => Number(id) >= limit)).toEqual([]);
    const slots = parts.flatMap((part) => slotsOf(textOf(part)));
    expect(slots.length).toBeGreaterThan(150);
    expect(withSameNumber(slots), "control slots with a number that another has").toEqual([]);
    expect(slots.filter(([, slot]) => Number(slot) >= 256)).toEqual([]);
  });
});

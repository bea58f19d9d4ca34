import ts from "typescript";
import { describe, expect, it } from "vitest";
import { type Fault, filesBelow, inWords, lineOf, textOf, treeOf } from "./sources.js";

const FILE_LINES_MAX = 400;
const FUNCTION_LINES_MAX = 70;
const ASSEMBLY_COLUMNS_MAX = 140;
/** An unrolled loop may be long. */
const UNROLLED = ["assembly/kernel/", "assembly/solve/", "assembly/fuse/", "assembly/learn/"];
/** Longer for a reason. */
const FILES: Record<string, string> = {};
const FUNCTIONS: Record<string, string> = {
  "assembly/plant/station.ts:runQueue": "the loop that measures the event list keeps everything in locals",
  "src/report/charts/differences.ts:differencesChart": "one chart specification: data, read from top to bottom",
  "src/report/charts/gantt.ts:ganttChart": "one chart specification",
  "src/report/charts/ranking.ts:rankingChart": "one chart specification",
};

function longFiles(files: readonly string[]): Fault[] {
  return files.flatMap((file): Fault[] => {
    const lines = textOf(file).trimEnd().split("\n").length;
    if (lines <= FILE_LINES_MAX || file in FILES) return [];
    return [{ file, line: lines, rule: "file length", what: `${lines} lines, at most ${FILE_LINES_MAX}` }];
  });
}

function longFunctions(file: string, text = textOf(file)): Fault[] {
  const tree = treeOf(file, text);
  const faults: Fault[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) && "body" in node && node.body) {
      const name = node.name?.getText(tree) ?? "a function";
      const from = lineOf(tree, node);
      const lines = tree.getLineAndCharacterOfPosition(node.getEnd()).line + 2 - from;
      if (lines > FUNCTION_LINES_MAX && !(`${file}:${name}` in FUNCTIONS)) {
        const what = `${name} has ${lines} lines, at most ${FUNCTION_LINES_MAX}`;
        faults.push({ file, line: from, rule: "function length", what });
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return faults;
}

describe("size", () => {
  it("of a file leaves it readable", () => {
    const files = ["src", "assembly", "test", "bench"].flatMap((folder) => filesBelow(folder));
    expect(inWords(longFiles([...files, ...filesBelow("scripts", ".mjs")]))).toEqual([]);
  });

  it("of a function leaves it readable", () => {
    const files = ["src", "assembly"]
      .flatMap((folder) => filesBelow(folder))
      .filter((file) => !UNROLLED.some((folder) => file.startsWith(folder)));
    expect(inWords(files.flatMap((file) => longFunctions(file)))).toEqual([]);
  });

  it("of a function is counted from its head to its brace", () => {
    const text = `function long() {\n${"  f();\n".repeat(69)}}\n`;
    expect(inWords(longFunctions("src/x.ts", text))).toEqual([
      "src/x.ts:1: function length: long has 71 lines, at most 70",
    ]);
  });

  it("of a line fits a screen where no formatter sees to it", () => {
    const faults = filesBelow("assembly").flatMap((file) =>
      textOf(file)
        .split("\n")
        .flatMap((text, i): Fault[] => {
          if (text.length <= ASSEMBLY_COLUMNS_MAX) return [];
          return [
            { file, line: i + 1, rule: "line length", what: `${text.length} columns, at most ${ASSEMBLY_COLUMNS_MAX}` },
          ];
        }),
    );
    expect(inWords(faults)).toEqual([]);
  });
});

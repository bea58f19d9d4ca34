import { describe, expect, it } from "vitest";
import { LAYERS, layerOf, mayImport } from "./layers.js";
import { type Fault, filesBelow, importsOf, inWords, textOf, treeOf } from "./sources.js";

/** Modules of Node that a layer without input and output has no business with. */
const PURE = ["src/model", "src/report"];
const PURE_BUT: Record<string, string> = {
  "src/report/report.ts": "reads the chart library's own files, to put them into the page",
};

function faultsOf(file: string, text = textOf(file)): Fault[] {
  const rule = "import direction";
  const layer = layerOf(file);
  if (!layer) return [{ file, line: 1, rule, what: "the file is in no layer of test/tidy/layers.ts" }];
  return importsOf(file, treeOf(file, text)).flatMap(({ line, specifier, target }): Fault[] => {
    if (target === undefined || mayImport(layer, target)) return [];
    return [{ file, line, rule, what: `${layer.path} may not import ${specifier}: ${layer.why}` }];
  });
}

describe("imports", () => {
  it("point inward in src", () => {
    expect(inWords(filesBelow("src").flatMap((file) => faultsOf(file)))).toEqual([]);
  });

  it("point inward in the engine", () => {
    expect(inWords(filesBelow("assembly").flatMap((file) => faultsOf(file)))).toEqual([]);
  });

  it("would be noticed the wrong way round", () => {
    const upward = faultsOf("src/model/units.ts", 'import { rank } from "../sim/ranking.js";');
    expect(inWords(upward)).toEqual([
      "src/model/units.ts:1: import direction: src/model may not import ../sim/ranking.js: the domain imports nothing of ours",
    ]);
    expect(faultsOf("src/sim/run.ts", 'await import("../cli/main.js");')).toHaveLength(1);
    expect(faultsOf("src/report/table.ts", 'type T = import("../sim/ranking.js").T;')).toHaveLength(1);
    expect(faultsOf("assembly/policy/features.ts", 'import { submitJob } from "../plant/jobs";')).toHaveLength(1);
    expect(faultsOf("assembly/plant/jobs.ts", 'import { addToLine } from "../world/derived/line";')).toHaveLength(1);
    expect(faultsOf("assembly/plant/jobs.ts", 'import { applyPrice } from "../world/facts";')).toEqual([]);
  });

  it("of other folders than the engine's never name WebAssembly", () => {
    const faults = filesBelow("src")
      .filter((file) => !file.startsWith("src/engine/"))
      .flatMap((file) =>
        textOf(file)
          .split("\n")
          .flatMap((text, i): Fault[] =>
            /\bWebAssembly\./.test(text)
              ? [{ file, line: i + 1, rule: "WebAssembly", what: "only src/engine touches WebAssembly" }]
              : [],
          ),
      );
    expect(inWords(faults)).toEqual([]);
  });

  it("of pure layers leave files, processes and the network alone", () => {
    const faults = PURE.flatMap((folder) => filesBelow(folder))
      .filter((file) => !(file in PURE_BUT))
      .flatMap((file) =>
        importsOf(file).flatMap(({ line, specifier }): Fault[] =>
          /^node:(fs|child_process|net|http|https|worker_threads|os|process)/.test(specifier)
            ? [{ file, line, rule: "purity", what: `imports ${specifier}` }]
            : [],
        ),
      );
    expect(inWords(faults)).toEqual([]);
  });

  it("have a table without duplicate or unknown layers", () => {
    const paths = LAYERS.map((layer) => layer.path);
    expect(new Set(paths).size).toBe(paths.length);
    for (const layer of LAYERS) {
      for (const path of layer.imports) expect(layerOf(path)?.path, `${layer.path} imports ${path}`).toBeDefined();
    }
  });
});

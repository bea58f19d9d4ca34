// What a policy of the user's may contain. Every refusal names file, line and what stands there.

import { describe, expect, test } from "vitest";
import { FEATURES } from "../../src/model/features.js";
import { vetPolicy } from "../../src/plug/vet.js";
import { textOf } from "../tidy/sources.js";

const score = (body: string, before = "") => `${before}\nexport function score(): f64 {\n${body}\n}`;
const refusal = (text: string): string => {
  try {
    vetPolicy(text, "p.as.ts");
  } catch (error) {
    return (error as Error).message;
  }
  return "accepted";
};

describe("a policy may", () => {
  test("compute with features, constants, functions of its own and Math", () => {
    const text = score(
      "let best: f64 = LEAST;\nfor (let d = 0; d < nodeGpus(); d++) if (fits(d)) best = Math.max(best, <f64>d);\nreturn best;",
      'import { nodeGpus, deviceFreeMilli as free } from "features";\nconst LEAST: f64 = -1;\nfunction fits(d: i32): bool { return free(d) > 10; }',
    );
    const vetted = vetPolicy(text, "p.as.ts");
    expect([...vetted.exports]).toEqual(["score"]);
    expect(vetted.counted).toContain('from "./features"');
    expect(vetted.counted).toContain("{__step();if (fits(d))");
    expect(vetted.counted.split("\n")).toHaveLength(text.split("\n").length);
  });
  test("say that it passes over who does not fit, and read what changes with time", () => {
    const own = (name: string) =>
      vetPolicy(
        `import { ${name} } from "features";\nexport const skips = true;\nfunction f(): f64 { return ${name}(); }\nexport function order(): f64 { return f(); }`,
        "p.as.ts",
      );
    expect(own("waitedSeconds")).toMatchObject({ skips: true, changesWithTime: true });
    expect(own("estimateSeconds")).toMatchObject({ skips: true, changesWithTime: false });
  });
});

test.each([
  ["memory", score("return load<f64>(0);"), "p.as.ts:3: a call with type arguments."],
  ["memory, without types", score("store(0, 1); return 0;"), 'p.as.ts:3: "store" cannot be called.'],
  ["a change of type", score("return changetype(1);"), 'p.as.ts:3: "changetype" cannot be called.'],
  ["a trap of its own", score("unreachable(); return 0;"), 'p.as.ts:3: "unreachable" cannot be called.'],
  [
    "the engine's modules",
    score("return 0;", 'import { getI } from "../../memory";'),
    "p.as.ts:1: it imports ../../memory.",
  ],
  ["everything", score("return 0;", 'import * as f from "features";'), "p.as.ts:1: it imports features."],
  [
    "what is no feature",
    score("return 0;", 'import { setSubject } from "features";'),
    'p.as.ts:1: there is no feature "setSubject".',
  ],
  ["an unknown name", score("return CONTROL;"), 'p.as.ts:3: "CONTROL" is not known here.'],
  ["an own global", score("count++; return 0;", "let count = 0;"), "p.as.ts:1: count can change."],
  ["objects", score("return new Date().getTime();"), 'p.as.ts:3: "new Date().getTime" cannot be called.'],
  ["arrays", score("let a = [1, 2]; return 0;"), "p.as.ts:3: a policy has no strings, arrays, objects and templates."],
  ["closures", score("let f = (): f64 => 1; return 0;"), "p.as.ts:3: a policy has no functions inside functions."],
  ["classes", "class A {}", "p.as.ts:1: this cannot stand outside of a function."],
  ["decorators", `@inline ${score("return 0;").trim()}`, "p.as.ts:1: decorators are not for policies."],
  ["declared imports", "export declare function score(): f64;", "p.as.ts:1: score is generic or has no body."],
  [
    "recursion",
    score("return f(1);", "function f(x: f64): f64 { return g(x); }\nfunction g(x: f64): f64 { return f(x); }"),
    "f calls itself (f → g → f).",
  ],
  ["a host's Math", score("return Math.random();"), 'p.as.ts:3: "Math.random" cannot be called.'],
  ["unsafe types", score("let p: usize = 8; return 0;"), "p.as.ts:3: the type usize."],
  ["parameters", "export function score(n: i32): f64 { return 0; }", "p.as.ts:1: score must be `score(): f64`."],
  ["other exports", `${score("return 0;")}\nexport function start(): void {}`, "p.as.ts:5: it exports start."],
  ["nothing", "function f(): f64 { return 0; }", "p.as.ts: it exports neither score nor order."],
  [
    "a node's features in an order",
    'import { nodeGpus } from "features";\nexport function order(): f64 { return nodeGpus(); }',
    "p.as.ts:2: order reads nodeGpus, a feature of a node.",
  ],
  [
    "the time in a score, by way of a function",
    score("return f();", 'import { nowSeconds } from "features";\nfunction f(): f64 { return nowSeconds(); }'),
    "score reads nowSeconds, a feature of a cluster.",
  ],
  [
    "the engine's names",
    score("return __step();", "function __step(): f64 { return 0; }"),
    "p.as.ts:1: names that begin with __ are the engine's.",
  ],
  ["half a line", "export function score(): f64 { return (", "p.as.ts:1: Unexpected end of text."],
])("a policy may not have %s", (_, text, message) => {
  expect(refusal(text)).toContain(message);
});

test("loops without braces are counted too", () => {
  const { counted } = vetPolicy(score("let x = 9;\nwhile (x > 3) x--;\ndo x++; while (x < 5);\nreturn x;"), "p.as.ts");
  expect(counted.match(/__step\(\)/g)).toHaveLength(2);
});

test("features are numbered and typed as in the engine", () => {
  const text = textOf("assembly/policy/plug/features.ts");
  const numbered = [...text.matchAll(/case (\d+): return (?:<f64>)?(\w+)\(d?\);/g)].map(([, i, name]) => [
    Number(i),
    name,
  ]);
  expect(numbered).toEqual(FEATURES.map(({ name }, i) => [i, name]));
  for (const { name, type, kind } of FEATURES) {
    expect(text).toContain(`export function ${name}(${kind === "device" ? "d: i32" : ""}): ${type} {`);
  }
});

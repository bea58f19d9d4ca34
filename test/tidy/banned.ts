// Calls that would make an answer depend on the machine, the moment or the environment. Time, randomness, output and
// environment are arguments; a table of exceptions says who may do what, and why.

import ts from "typescript";
import { type Fault, lineOf, textOf, treeOf } from "./sources.js";

/** Of the host's Math, what IEEE 754 does not fix to the last bit. */
const TRANSCENDENTAL = new Set(
  "acos acosh asin asinh atan atan2 atanh cbrt cos cosh exp expm1 hypot log log10 log1p log2 pow sin sinh tan tanh".split(
    " ",
  ),
);

export interface Exception {
  file: string;
  what: string;
  why: string;
}

export const EXCEPTIONS: readonly Exception[] = [
  { file: "src/sim/worker.ts", what: "performance", why: "engineMillis of a run: for information, in no digest" },
  { file: "src/sim/sharing/worker.ts", what: "performance", why: "milliseconds of a run: for information" },
  {
    file: "src/sim/store-files.ts",
    what: "process.pid",
    why: "names a temporary file, so that writers cannot collide",
  },
  { file: "src/sim/store-files.ts", what: "process.kill", why: "signal 0: asks whether a dead writer's file may go" },
  {
    file: "src/replay/cache.ts",
    what: "process.platform",
    why: "default of a parameter: where caches go on this system",
  },
  { file: "src/live/pacing.ts", what: "Date.now", why: "the clock of live mode's root" },
  { file: "src/live/pacing.ts", what: "Math.random", why: "jitter of retries, which is in no decision" },
  { file: "src/live/time.ts", what: "new Date", why: "a function of its argument; no clock is read" },
  { file: "src/live/time.ts", what: "Date.parse", why: "a function of its argument" },
  { file: "src/live/runtime.ts", what: "process.pid", why: "part of the identity under which a lease is held" },
  { file: "src/replay/adapters/philly.ts", what: "Date.UTC", why: "a function of its arguments; no clock is read" },
];

/** What a node calls or reads that it should not; the name under which an exception would list it. */
function bannedAt(node: ts.Node, isAssembly: boolean): string | undefined {
  if (ts.isPropertyAccessExpression(node) && ts.isIdentifier(node.expression)) {
    const [object, member] = [node.expression.text, node.name.text];
    if (object === "console" || object === "performance") return object;
    if (object === "Date" || object === "process" || object === "JSMath") return `${object}.${member}`;
    if (object === "Math" && member === "random") return "Math.random";
    // AssemblyScript's Math is compiled into the engine: the same bits everywhere
    if (object === "Math" && !isAssembly && TRANSCENDENTAL.has(member)) return `Math.${member}`;
  }
  if (ts.isNewExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === "Date")
    return "new Date";
  if (ts.isBinaryExpression(node) && !isAssembly && !ts.isNumericLiteral(node.left)) {
    const { kind } = node.operatorToken;
    if (kind === ts.SyntaxKind.AsteriskAsteriskToken || kind === ts.SyntaxKind.AsteriskAsteriskEqualsToken) return "**";
  }
  return undefined;
}

const ADVICE: Record<string, string> = {
  "**": "a power is the host's pow: multiply, or use exp and log of src/engine/math.ts",
  console: "give the caller the text",
  performance: "take a clock as an argument",
  "new Date": "take the time as an argument",
};

export function bannedCalls(file: string, text = textOf(file), exceptions = EXCEPTIONS): Fault[] {
  const tree = treeOf(file, text);
  const isAssembly = file.startsWith("assembly/");
  const faults: Fault[] = [];
  const visit = (node: ts.Node): void => {
    const what = bannedAt(node, isAssembly);
    if (what !== undefined && !exceptions.some((e) => e.file === file && e.what === what)) {
      const advice =
        ADVICE[what] ?? (what.startsWith("Math.") ? "use src/engine/math.ts or named draws" : "take it as an argument");
      faults.push({ file, line: lineOf(tree, node), rule: "banned call", what: `${what}: ${advice}` });
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return faults;
}

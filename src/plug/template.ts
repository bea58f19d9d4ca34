// What `policy new` writes: a policy that works, with every feature in reach, a scenario that compares it, a test, and types
// for an editor.

import { FEATURES } from "../model/features.js";

export interface NewPolicy {
  name: string;
  kind: "assembly" | "typescript";
}

/** Files by name. */
export function policyFiles({ name, kind }: NewPolicy): Map<string, string> {
  const file = `${name}${kind === "assembly" ? ".as" : ""}.ts`;
  return new Map([
    [file, kind === "assembly" ? policyText("f64") : policyText("number")],
    [`${name}.yaml`, scenarioText(name, file)],
    [`${name}.test.mjs`, testText(file)],
    ["features.d.ts", declarations()],
  ]);
}

function policyText(number: "f64" | "number"): string {
  const language =
    number === "f64"
      ? `// AssemblyScript: compiled into the engine, at its speed. It may use numbers, functions of this file, Math, and the features
// below; nothing else, and it keeps nothing between two answers.`
      : `// TypeScript: runs beside the engine as trusted code, for a quick try. Rename the file to end in .as.ts to compile it in.`;
  return `${language}
//
// \`windtunnel policies --features\` lists what can be imported.

import { estimateSeconds, gpuMilli, nodeFreeGpus, nodeFreeMilli, tasks } from "features";

/**
 * Where: the score of a node for one task; the highest goes first, the lowest index among equals. It is asked only about
 * nodes that have room. -Infinity refuses a node.
 */
export function score(): ${number} {
  // leave whole GPUs alone where a used one will do, then fill the fullest node
  const breaksGpu = gpuMilli() < 1000 ? nodeFreeGpus() : 0;
  return -1000 * breaksGpu - nodeFreeMilli();
}

/** true: a job that does not fit is passed over; false: it holds up those behind it. */
export const skips = true;

/** Who goes next: the key of a waiting job; the lowest goes first, the earlier one among equals. */
export function order(): ${number} {
  return estimateSeconds() * gpuMilli() * tasks();
}
`;
}

function scenarioText(name: string, file: string): string {
  return `# Compares ${name} with policies of the engine: windtunnel run ${name}.yaml
windtunnel: 1
title: "${name} beside the engine's own policies"

pools:
  - name: gpus
    gpusPerNode: 8
    size: { offeredLoad: 0.9 }   # as many nodes as make the jobs this share of the capacity

workload:
  dataset: itp/cluster02         # needs WINDTUNNEL_DATA; \`windtunnel trace list\` has others, or use a generator
  jobs: 3000

policies:
  queue: [fifo, sjf, ${file}]
  place: [first-fit, ${file}]

replications: { count: 5, method: days }
`;
}

function testText(file: string): string {
  return `// node --test: the conformance suite, which is also \`windtunnel policy check ${file}\`.

import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { checkConformance } from "windtunnel";

test("${file} keeps the rules of a policy", async () => {
  const path = fileURLToPath(new URL("./${file}", import.meta.url));
  for (const role of ["queue", "place"]) {
    const { verdicts } = await checkConformance(role, path, { cacheFolder: tmpdir(), clock: () => performance.now() });
    assert.deepEqual(verdicts.filter((verdict) => !verdict.ok), []);
  }
});
`;
}

function declarations(): string {
  const lines = FEATURES.map(({ name, kind, type, summary }) => {
    return `  /** ${summary}. Of the ${kind}. */\n  export function ${name}(${kind === "device" ? "d: number" : ""}): ${type};`;
  });
  return `// For editors: the features that a policy may import.

type i32 = number;
type f64 = number;

declare module "features" {
${lines.join("\n")}
}
`;
}

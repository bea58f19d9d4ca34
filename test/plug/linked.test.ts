// Policies of the user's in runs: the same as the engine's own where they say the same, and stopped where they go wrong.

import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WindtunnelError } from "../../src/model/errors.js";
import { policyName } from "../../src/model/policies.js";
import { openPolicies, storedName } from "../../src/plug/book.js";
import { type Build, linkPolicies } from "../../src/plug/link.js";
import { openEngine } from "../../src/plug/open.js";
import { readPolicy } from "../../src/plug/policy-file.js";
import { checkConformance } from "../../src/sim/conformance.js";
import { busyScenario, busyTrace } from "../sim/check/busy.js";
import { expectClean, record } from "../sim/schedules/small.js";

const FGD = new URL("../../scenarios/own-policy/least-fragment.as.ts", import.meta.url).pathname;

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "windtunnel-plug-"));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

async function policy(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

/** A checked run under a queue policy and a placement, each a name or a path. */
async function run(queue: string, place: string, build: Build = "quick") {
  const base = busyScenario();
  const scenario = { ...base, policies: { ...base.policies, queue: [queue], place: [place] } };
  const book = await openPolicies(scenario.policies, folder, build);
  const engine = await openEngine(book.linked(policyName(queue), policyName(place)));
  const recorded = record(scenario, busyTrace(300, 4), policyName(queue), policyName(place), { engine });
  expectClean(recorded.report);
  return recorded.result;
}

async function failure(queue: string, place: string): Promise<WindtunnelError> {
  const result = await run(queue, place).catch((error: unknown) => error);
  expect(result).toBeInstanceOf(WindtunnelError);
  return result as WindtunnelError;
}

describe("a user's policy", () => {
  test("that says what fgd says decides what fgd decides, compiled in or as TypeScript", async () => {
    const { readFile } = await import("node:fs/promises");
    const own = await run("fifo", "fgd");
    expect((await run("fifo", FGD)).digest).toBe(own.digest);
    expect((await run("fifo", FGD, "optimised")).digest).toBe(own.digest);
    const host = await policy("host-fgd.ts", await readFile(FGD, "utf8"));
    expect((await run("fifo", host)).digest).toBe(own.digest);
    expect((await run("fifo", "first-fit")).digest).not.toBe(own.digest);
  }, 60_000);

  test("that orders by estimate decides what sjf decides", async () => {
    const text =
      'import { estimateSeconds } from "features";\nexport function order(): f64 { return estimateSeconds(); }\n';
    const own = await run("sjf", "best-fit");
    expect((await run(await policy("shortest.as.ts", text), "best-fit")).digest).toBe(own.digest);
    expect((await run(await policy("shortest-host.ts", text), "best-fit")).digest).toBe(own.digest);
  }, 60_000);

  test("that refuses every node leaves jobs waiting, and the run says so", async () => {
    const error = await failure(
      "fifo",
      await policy("never.as.ts", "export function score(): f64 { return -Infinity; }"),
    );
    expect(error.code).toBe("RUN_STUCK");
  }, 60_000);

  test.each([
    [
      "loop.as.ts",
      "export function score(): f64 { let x = 0; while (x >= 0) x = x + 1 - 1; return x; }",
      "took more than 1000000 turns of loops",
    ],
    ["nan.as.ts", "export function score(): f64 { return NaN; }", "answered NaN"],
    [
      "trap.as.ts",
      'import { nodeGpus } from "features";\nexport function score(): f64 { let n: i32 = nodeGpus() - nodeGpus(); let x: i32 = 1 / n; return x; }',
      "failed: divide by zero",
    ],
    ["throws.ts", 'export function score(): number { throw new Error("no"); }', "failed: no"],
    ["nothing.ts", "export function score() {}", "answered NaN"],
  ])(
    "%s is stopped, with policy, decision and features",
    async (name, text, what) => {
      const error = await failure("fifo", await policy(name, text));
      expect(error.code).toBe("POLICY_FAILED");
      expect(error.message).toContain(
        `Policy "${name.replace(/(\.as)?\.ts$/, "")}" was stopped: score() for node 0 ${what}`,
      );
      expect(error.message).toContain("decision 1, at simulated second");
      expect(error.message).toContain("gpuMilli");
    },
    60_000,
  );

  test("in an order is stopped too", async () => {
    const error = await failure(
      await policy("nan-order.as.ts", "export function order(): f64 { return NaN; }"),
      "first-fit",
    );
    expect(error.message).toMatch(
      /"nan-order" was stopped: order\(\) for the job in slot 1 answered NaN .*estimateSeconds/,
    );
  }, 60_000);
});

test("what is linked is kept by its text, and a type error is told with the user's line", async () => {
  const cache = join(folder, "cache");
  const good = await readPolicy(await policy("kept.as.ts", "export function score(): f64 { return 1; }"));
  const first = await linkPolicies({ place: good }, cache, "quick");
  expect(await linkPolicies({ place: good }, cache, "quick")).toEqual(first);
  expect(await readdir(join(cache, "policies"))).toHaveLength(1);
  const bad = await policy(
    "bad.as.ts",
    'import { fragmentNow } from "features";\nexport function score(): f64 {\n  let x: i32 = fragmentNow();\n  return x;\n}\n',
  );
  const error = await linkPolicies({ place: await readPolicy(bad) }, cache, "quick").catch((e: unknown) => e as Error);
  expect(String((error as Error).message)).toMatch(/bad\.as\.ts:3: .*'f64'.*'i32'/);
}, 60_000);

test("a file that is not the policy its name says is refused", async () => {
  const file = await readPolicy(await policy("mine.as.ts", "export function score(): f64 { return 1; }"));
  const stored = await policy(storedName(file), `${file.text}// changed\n`);
  await expect(openPolicies({ queue: ["fifo"], place: [stored] }, folder)).rejects.toThrow(
    /is not the policy that its name says/,
  );
});

describe("the conformance suite", () => {
  const options = { cacheFolder: tmpdir(), clock: () => performance.now(), build: "quick" as const };
  const broken = async (role: "queue" | "place", text: string, name: string) => {
    const { verdicts } = await checkConformance(role, await policy(name, text), { ...options, cacheFolder: folder });
    return verdicts.filter((verdict) => !verdict.ok).map((verdict) => verdict.rule);
  };

  test("passes what keeps the rules", async () => {
    expect((await checkConformance("queue", "las", options)).verdicts.filter((v) => !v.ok)).toEqual([]);
    expect((await checkConformance("place", "fgd", options)).verdicts.filter((v) => !v.ok)).toEqual([]);
  }, 60_000);

  test("finds an order that looks at names", async () => {
    const text = 'import { tenant } from "features";\nexport function order(): f64 { return tenant(); }';
    expect(await broken("queue", text, "by-name.as.ts")).toContain("treats equals alike");
  }, 60_000);

  test("finds one that lets a job starve", async () => {
    // a gang of four waits until four nodes are empty, and everyone behind it waits too
    const text =
      'import { nodeFreeGpus, nodeGpus, tasks } from "features";\nexport function score(): f64 { return tasks() == 4 && nodeFreeGpus() < nodeGpus() ? -Infinity : 0; }';
    expect(await broken("place", text, "fussy.as.ts")).toEqual(["nobody starves at load 0.7"]);
  }, 60_000);

  test("finds one that is stopped", async () => {
    expect(await broken("place", "export function score(): f64 { return NaN; }", "nan-again.as.ts")).toEqual([
      "answers every question",
    ]);
  }, 60_000);
});

// Two policies side by side: who decides on what, when it ends, and that nothing is lost when the lease changes hands.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { claimsOf } from "../../src/live/claims.js";
import { parseLiveConfig } from "../../src/live/config.js";
import { decideFrame, LiveDriver } from "../../src/live/driver.js";
import {
  armOf,
  ExperimentBook,
  type ExperimentState,
  parseState,
  reportOf,
  withOutcome,
} from "../../src/live/experiment.js";
import { Leader } from "../../src/live/lease.js";
import type { Change } from "../../src/live/plan.js";
import { type Arm, think } from "../../src/live/planner.js";
import { newSequence } from "../../src/plan/confidence-sequence.js";
import { randomOf } from "../plan/random.js";
import { jobObject, nodeObject, PATHS, podObject, storeSnapshot } from "./cluster-objects.js";
import { directApi } from "./fake-server.js";
import { FakeStore } from "./fake-store.js";

const START = Date.parse("2027-03-01T12:00:00Z");
const CONFIG = parseLiveConfig(
  `windtunnelLive: 1
policy: { queue: fifo, place: first-fit }
clusters: [{ name: a }]
experiment:
  cluster: a
  policy: { queue: sjf, place: first-fit }
  namespaces: [new]
  waitSecondsMax: 600
`,
  "x.yaml",
);
const EXPERIMENT = CONFIG.experiment!;
const driver = new LiveDriver();

const empty = (): ExperimentState => ({
  id: "x",
  startedMillis: 0,
  countedMillis: 0,
  verdict: "running",
  control: newSequence(),
  treatment: newSequence(),
});

/** Runs until a verdict or so many claims of each side; waits are drawn from means of exponentials, cut off at the longest. */
function runOne(seed: number, means: { control: number; treatment: number }, claims: number): ExperimentState {
  const next = randomOf(seed);
  let state = empty();
  for (let i = 0; i < claims && state.verdict === "running"; i++) {
    for (const arm of ["control", "treatment"] as const) {
      const wait = -Math.log(1 - next()) * means[arm];
      state = withOutcome(EXPERIMENT, state, arm, Math.min(1, wait / EXPERIMENT.waitSecondsMax));
    }
  }
  return state;
}

describe("a verdict", () => {
  test("is wrong in no more of 2,000 comparisons of equals than is said, though every step is looked at", () => {
    let wrong = 0;
    for (let seed = 1; seed <= 2000; seed++) {
      if (runOne(seed, { control: 150, treatment: 150 }, 150).verdict !== "running") wrong++;
    }
    console.log(`A/A: ${wrong} of 2,000 end with a verdict`);
    expect(wrong / 2000).toBeLessThanOrEqual(EXPERIMENT.falseAlarms);
  });

  test("comes early where there is a difference, the right way round", () => {
    const ended: number[] = [];
    for (let seed = 1; seed <= 100; seed++) {
      const worse = runOne(seed, { control: 100, treatment: 300 }, 1000);
      const better = runOne(seed, { control: 300, treatment: 100 }, 1000);
      if (worse.verdict === "worse" && better.verdict === "better") ended.push(worse.treatment.count);
    }
    ended.sort((x, y) => x - y);
    console.log(
      `waits of 100 s and 300 s: ${ended.length} of 100 found, after ${ended[50]} claims a side in the middle`,
    );
    expect(ended.length).toBeGreaterThanOrEqual(95);
    expect(ended[50]!).toBeLessThan(200);
  });

  test("puts up with as much harm as it is told to, and ends undecided after so many claims", () => {
    const patient = { ...EXPERIMENT, harmMost: 400, claimsMost: 200 };
    const next = randomOf(5);
    let state = empty();
    for (let i = 0; i < 400 && state.verdict === "running"; i++) {
      state = withOutcome(patient, state, "control", next() * 0.2);
      state = withOutcome(patient, state, "treatment", 0.4 + next() * 0.2);
    }
    expect([state.verdict, state.control.count]).toEqual(["undecided", 200]);
    // what comes after a verdict changes nothing
    expect(withOutcome(patient, state, "control", 1)).toBe(state);
  });
});

describe("claims", () => {
  const arms: Arm[] = [
    { name: "control", policy: CONFIG.policy, has: (c) => armOf(EXPERIMENT, c) === "control" },
    { name: "treatment", policy: EXPERIMENT.policy, has: (c) => armOf(EXPERIMENT, c) === "treatment" },
  ];
  const decide = (store: FakeStore, now = START) =>
    think(
      CONFIG,
      [storeSnapshot(store, "a", now)],
      { wishes: [], left: [] },
      now,
      async (f) => decideFrame(driver, f),
      arms,
    );
  const inWords = (changes: readonly Change[]) =>
    changes.map((c) => `${c.object.namespace}/${c.object.name} ${c.detail.arm}`);
  const at = (second: number) => new Date(START - 3_600_000 + second * 1000).toISOString().replace(".000Z", "Z");

  test("of each namespace go by its own policy, and no room is given twice", async () => {
    const store = new FakeStore();
    store.nowMillis = () => START;
    store.put(PATHS.nodes, nodeObject("n0", 8));
    const estimate = (s: number) => ({ "windtunnel.dev/estimate-seconds": String(s) });
    for (const namespace of ["old", "new"]) {
      store.put(PATHS.jobs, jobObject("long", 1, 4, { namespace, created: at(1), annotations: estimate(9000) }));
      store.put(PATHS.jobs, jobObject("short", 1, 4, { namespace, created: at(2), annotations: estimate(10) }));
    }
    // eight GPUs: whoever comes first has them, and it is the other's turn ten minutes later
    expect(inWords((await decide(store)).changes)).toEqual(["old/long control", "old/short control"]);
    expect(inWords((await decide(store, START + 600_000)).changes)).toEqual([
      "new/short treatment",
      "new/long treatment",
    ]);
    store.put(PATHS.nodes, nodeObject("n0", 12));
    expect(inWords((await decide(store)).changes)).toEqual([
      "old/long control",
      "old/short control",
      "new/short treatment",
    ]);
  });

  test("never get more than there is, whatever waits where", async () => {
    const one = fc.record({
      namespace: fc.constantFrom("old", "new"),
      gpus: fc.integer({ min: 1, max: 8 }),
      pods: fc.integer({ min: 1, max: 3 }),
      estimate: fc.integer({ min: 1, max: 100 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(one, { maxLength: 12 }), fc.boolean(), async (list, turn) => {
        const store = new FakeStore();
        for (const n of ["n0", "n1"]) store.put(PATHS.nodes, nodeObject(n, 8));
        list.forEach(({ namespace, gpus, pods, estimate }, i) => {
          const annotations = { "windtunnel.dev/estimate-seconds": String(estimate) };
          store.put(PATHS.jobs, jobObject(`j${i}`, pods, gpus, { namespace, annotations, created: at(i) }));
        });
        const { changes } = await decide(store, START + (turn ? 600_000 : 0));
        const used = new Map<string, number>();
        for (const change of changes) {
          const gpus = list[Number(change.object.name.slice(1))]!.gpus;
          for (const part of change.detail.nodes!.split(",")) {
            const [node, tasks] = part.split("=");
            used.set(node!, (used.get(node!) ?? 0) + gpus * Number(tasks));
          }
        }
        return [...used.values()].every((n) => n <= 8);
      }),
      { numRuns: 60 },
    );
  });
});

describe("what was seen", () => {
  const leaderOf = (store: FakeStore, identity: string, clock: { now: number }) =>
    new Leader(
      directApi(store, identity),
      { namespace: "windtunnel", name: "l", identity, leaseMillis: 15_000, renewMillis: 10_000, retryMillis: 2000 },
      { now: () => clock.now, random: () => 0.5, sleep: async () => undefined },
    );
  const iso = (millis: number) => new Date(millis).toISOString().replace(/\.\d+Z/, "Z");

  test("goes on with the lease: each claim is counted once, by whoever holds it", async () => {
    const lease = new FakeStore();
    const clock = { now: START };
    const [one, two] = [leaderOf(lease, "one", clock), leaderOf(lease, "two", clock)];
    const books = [new ExperimentBook(EXPERIMENT, one), new ExperimentBook(EXPERIMENT, two)];
    const store = new FakeStore();
    store.put(PATHS.nodes, nodeObject("n0", 8));
    const look = (book: ExperimentBook) =>
      book.look(claimsOf(CONFIG, [storeSnapshot(store, "a", clock.now)]).claims, clock.now);
    await one.step();
    await two.step();
    expect(look(books[0]!)?.verdict).toBe("running");
    expect(look(books[1]!)).toBeUndefined();
    const run = (name: string, namespace: string, created: number, started: number) => {
      const pod = podObject(name, 1, { namespace, node: "n0", created: iso(created) });
      store.put(PATHS.pods, { ...pod, status: { ...(pod.status as object), startTime: iso(started) } });
    };
    run("before", "new", START - 60_000, START + 10_000); // from before it began: not compared
    run("a", "old", START + 1000, START + 31_000);
    run("b", "new", START + 1000, START + 61_000);
    clock.now = START + 62_000;
    await one.step();
    look(books[0]!);
    // one that is over before it is counted, and one that still waits
    store.remove(PATHS.pods, "new", "b");
    store.put(PATHS.pods, podObject("waits", 1, { namespace: "new", created: iso(START + 2000) }));
    clock.now = START + 100_000;
    await one.step();
    look(books[0]!);
    const counts = (s: ExperimentState | undefined) => [s?.control.count, s?.treatment.count];
    expect(counts(books[0]!.state)).toEqual([1, 1]);
    expect(books[0]!.state!.treatment.sum).toBeCloseTo(60 / 600, 9);
    await one.step();
    // the first is gone; the second has its account, and counts nothing again
    await two.step();
    clock.now += 16_000;
    expect(await two.step()).toBe(true);
    expect(books[1]!.state).toEqual(books[0]!.state);
    look(books[1]!);
    expect(counts(books[1]!.state)).toEqual([1, 1]);
    // whoever waits for longer than counts is counted as that long, once
    clock.now = START + 2000 + 600_000 + 31_000;
    await two.step();
    await two.step();
    look(books[1]!);
    expect(counts(books[1]!.state)).toEqual([1, 2]);
    clock.now += 60_000;
    await two.step();
    look(books[1]!);
    expect(counts(books[1]!.state)).toEqual([1, 2]);
  });

  test("of a policy that was found worse takes it back, for the next holder too; another experiment begins anew", async () => {
    const lease = new FakeStore();
    const clock = { now: START };
    const one = leaderOf(lease, "one", clock);
    await one.step();
    const book = new ExperimentBook(EXPERIMENT, one);
    book.look([], clock.now);
    const worse: ExperimentState = { ...book.state!, verdict: "worse" };
    one.keep("experiment", JSON.stringify(worse));
    await one.step();
    const two = leaderOf(lease, "two", clock);
    await two.step();
    expect(new ExperimentBook(EXPERIMENT, two).isActive).toBe(false);
    const other = new ExperimentBook({ ...EXPERIMENT, namespaces: ["x"] }, two);
    expect([other.isActive, other.state]).toEqual([true, undefined]);
    expect(parseState("{", "x")).toBeUndefined();
    expect(parseState('{"id":"x"}', "x")).toBeUndefined();
    const report = reportOf(EXPERIMENT, worse, CONFIG.policy);
    expect([report.verdict, report.unit, report.arms[1]!.policy]).toEqual(["worse", "s", "sjf + first-fit"]);
  });
});

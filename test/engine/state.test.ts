// State is what is in memory and nothing else: indexes may be dropped at any pass, a run may be copied, put back, forked
// into another instance or under another policy, fed and drained in any portions, and is still the same run.

import { describe, expect, test } from "vitest";
import * as abi from "../../src/engine/abi.js";
import { Engine } from "../../src/engine/engine.js";
import { joinLog } from "../../src/engine/log.js";
import { findQueuePolicy, QUEUE_POLICIES, QUEUE_RULES } from "../../src/model/policies.js";
import { checkRun } from "../../src/sim/check/index.js";
import { measureDemand, sizePools } from "../../src/sim/pools.js";
import { buildSetup } from "../../src/sim/setup.js";
import { Simulation } from "../../src/sim/simulation.js";
import { busyScenario, busyTrace } from "../sim/check/busy.js";
import { record } from "../sim/schedules/small.js";

const names = QUEUE_POLICIES.map((p) => p.name);
const trace = busyTrace(300, 31);
const scenario = busyScenario();
const pools = sizePools(scenario, measureDemand(trace.jobs), null, []);
const halfTime = trace.jobs.submitMicros[150]!;

function setupOf(queue: string) {
  return buildSetup(scenario, pools, trace, {
    queue,
    place: "best-fit",
    seed: 7,
    records: true,
  });
}

function begin(queue: string, engine = new Engine()) {
  const log: Uint8Array[] = [];
  const setup = setupOf(queue);
  const simulation = new Simulation(setup, { rows: () => undefined, log: (bytes) => log.push(bytes.slice()) }, engine);
  return { simulation, log, setup };
}

/** Digest and log of a run from start to end in one go. */
function whole(queue: string) {
  const { simulation, log } = begin(queue);
  simulation.runTable(trace.jobs);
  return { digest: simulation.totals().digest, log: joinLog(log), finished: simulation.totals().finished };
}

describe("indexes", () => {
  test.each(names)("%s: dropped at every n-th pass, the run is the same", (queue) => {
    for (const place of ["first-fit", "same-node"]) {
      const kept = record(scenario, trace, queue, place);
      for (const dropIndexesEvery of [1, 7, 97]) {
        const dropped = record(scenario, trace, queue, place, { dropIndexesEvery });
        expect(dropped.result.digest).toBe(kept.result.digest);
        expect(Buffer.compare(dropped.log, kept.log)).toBe(0);
      }
    }
  });
});

describe("snapshots", () => {
  test.each(names)("%s: run on, put back, run on: the same end twice", (queue) => {
    const { simulation } = begin(queue);
    const { digest, finished } = whole(queue);
    expect(finished).toBe(trace.jobs.count);
    simulation.load(trace.jobs);
    expect(simulation.runUntil(halfTime)).toBe(false);
    const half = simulation.totals().digest;
    const snapshot = simulation.engine.snapshot();
    simulation.finish();
    expect(simulation.totals().digest).toBe(digest);
    simulation.engine.restore(snapshot);
    expect(simulation.totals().digest).toBe(half);
    simulation.finish();
    expect(simulation.totals().digest).toBe(digest);
    expect(half).not.toBe(digest);
  });

  test.each(names)(
    "%s: a fork into another instance goes on to the same end, and neither disturbs the other",
    (queue) => {
      const { digest, log: wholeLog } = whole(queue);
      const { simulation, log } = begin(queue);
      simulation.load(trace.jobs);
      simulation.runUntil(halfTime);
      const fork = begin(queue);
      fork.simulation.engine.restore(simulation.engine.snapshot());
      const until = [...log];
      fork.simulation.finish();
      expect(fork.simulation.totals().digest).toBe(digest);
      expect(Buffer.compare(joinLog([...until, ...fork.log]), wholeLog)).toBe(0);
      simulation.finish();
      expect(simulation.totals().digest).toBe(digest);
    },
  );

  test("into an instance that was never configured, and from a buffer that is larger than it", () => {
    const { digest } = whole("las");
    const { simulation } = begin("las");
    simulation.load(trace.jobs);
    simulation.runUntil(halfTime);
    const buffer = new Uint8Array(simulation.engine.arenaBytes() + 1_000_000);
    expect(simulation.engine.snapshot(buffer)).toBe(buffer);
    const bare = new Engine();
    bare.restore(buffer, simulation.engine.arenaBytes());
    expect(bare.call((e) => e.advance(Number.POSITIVE_INFINITY))).toBe(abi.DONE);
    expect(bare.digest()).toBe(digest);
  });

  // policies that are told the same of run times, so that the fork misses nothing
  test.each([
    ["fifo", "las"],
    ["las", "fifo"],
    ["fifo", "priority"],
    ["priority", "las"],
    ["easy", "sjf"],
    ["sjf", "srtf"],
    ["srtf", "easy"],
    ["conservative", "srtf"],
    ["easy-oracle", "conservative-oracle"],
    ["srtf-oracle", "easy-oracle"],
  ])("a run under %s, forked under %s, goes on to its end by the rules", (before, after) => {
    const { digest } = whole(before);
    const { simulation, log, setup } = begin(before);
    simulation.load(trace.jobs);
    simulation.runUntil(halfTime);
    const fork = begin(after);
    const { engine } = fork.simulation;
    engine.restore(simulation.engine.snapshot());
    engine.setI(abi.QUEUE_RULE, QUEUE_RULES[findQueuePolicy(after)!.rule]);
    // the indexes are those of the other policy
    engine.setI(abi.JOURNAL_LOST, 1);
    const until = [...log];
    fork.simulation.finish();
    const totals = fork.simulation.totals();
    expect(totals.finished).toBe(trace.jobs.count);
    expect(totals.digest).not.toBe(digest);
    const report = checkRun({
      pools,
      jobs: trace.jobs,
      policy: fork.setup.world.policy,
      classes: setup.classes,
      shapes: simulation.shapes,
      log: [...until, ...fork.log],
      totals,
    });
    // rules of order were others' before the fork
    const ofOrder = /^(fifo|sjf|srtf|las|priority|backfilling):|^nobody is stopped/;
    expect(report.filter((r) => !r.ok && !ofOrder.test(r.rule))).toEqual([]);
  });
});

describe("portions", () => {
  /** Runs with tables of the given sizes; parts, shapes and tenants as usual. */
  function runWith(queue: string, capacities: { input?: number; log?: number }) {
    const setup = setupOf(queue);
    const world = { ...setup.world, capacities: { ...setup.world.capacities, ...capacities } };
    const log: Uint8Array[] = [];
    let rows = 0;
    const sinks = {
      rows: (chunk: { count: number }) => {
        rows += chunk.count;
      },
      log: (bytes: Uint8Array) => {
        log.push(bytes.slice());
      },
    };
    const simulation = new Simulation({ ...setup, world }, sinks);
    simulation.runTable(trace.jobs);
    return { digest: simulation.totals().digest, log, rows };
  }

  test.each(names)(
    "%s: input of 1, 2 or 97 rows at a time and a log that is drained often make no difference",
    (queue) => {
      const { digest, log } = whole(queue);
      for (const capacities of [{ input: 1 }, { input: 2, log: 2000 }, { input: 97, log: 1000 }]) {
        const run = runWith(queue, capacities);
        expect(run.digest).toBe(digest);
        expect(run.rows).toBe(trace.jobs.count);
        expect(Buffer.compare(joinLog(run.log), log)).toBe(0);
      }
      expect(runWith(queue, { log: 1000 }).log.length).toBeGreaterThan(2);
    },
  );

  test("a stream of chunks of any length is the same run", async () => {
    const { takeJobs } = await import("../../src/model/jobs.js");
    const { simulation } = begin("easy");
    async function* chunks() {
      for (let from = 0, n = 1; from < trace.jobs.count; from += n, n = (n * 2) % 61) {
        const to = Math.min(from + n, trace.jobs.count);
        yield takeJobs(
          trace.jobs,
          Array.from({ length: to - from }, (_, i) => from + i),
        );
      }
    }
    await simulation.runStream(chunks());
    expect(simulation.totals().digest).toBe(whole("easy").digest);
  });
});

describe("capacities", () => {
  const refused = (capacities: Record<string, number>) => {
    try {
      record(scenario, trace, "fifo", "first-fit", { capacities });
    } catch (error) {
      return error as { code: string; message: string; hint: string };
    }
    throw new Error("the run was not refused");
  };
  test.each([
    ["liveJobs", 20, "--capacity-live-jobs", /jobs/],
    ["parts", 10, "--capacity-parts", /placements/],
    ["shapes", 3, "--capacity-shapes", /shapes/],
    ["log", 20, "--capacity-log", /log/],
  ] as const)("%s: reaching it names the table and the option that raises it", (name, value, option, table) => {
    const error = refused({ [name]: value });
    expect(error.code).toBe("CAPACITY_REACHED");
    expect(error.message).toMatch(table);
    expect(error.message).toContain(name === "log" ? "20" : String(value));
    expect(error.hint).toContain(option);
  });
  test("exactly as many live jobs as there are at once are enough", () => {
    const { simulation, result } = record(scenario, trace, "fifo");
    const livePeak = simulation.totals().livePeak;
    expect(record(scenario, trace, "fifo", "first-fit", { capacities: { liveJobs: livePeak } }).result.digest).toBe(
      result.digest,
    );
    expect(refused({ liveJobs: livePeak - 1 }).code).toBe("CAPACITY_REACHED");
  });
});

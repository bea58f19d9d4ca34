// Recorded jobs under every queue policy and placement pass every checker, and their logs replay.

import { expect } from "vitest";
import { PLACE_RULES, QUEUE_POLICIES } from "../../../src/model/policies.js";
import { fillEstimates, loadTrace } from "../../../src/replay/index.js";
import { RunChecker } from "../../../src/sim/check/index.js";
import { measureDemand, sizePools } from "../../../src/sim/pools.js";
import { RowCollector } from "../../../src/sim/rows.js";
import { buildSetup } from "../../../src/sim/setup.js";
import { Simulation } from "../../../src/sim/simulation.js";
import { testOnRecords } from "../../replay/real-data.js";
import { expectClean, scenarioOf } from "../schedules/small.js";

const classes = {
  name: "default",
  startupSeconds: 60,
  restartSeconds: 30,
  checkpointSeconds: 1800,
  slowdownSameRack: 1.05,
  slowdownAcrossRacks: 1.15,
  failuresPerGpuHour: 0.001,
};

type Options = Parameters<Parameters<typeof testOnRecords>[1]>[0];

async function checkAll(name: string, options: Options, pairs: readonly (readonly [string, string])[], costs: boolean) {
  const trace = fillEstimates(await loadTrace(name, options), [1, 3], 1);
  const scenario = scenarioOf(
    [{ size: { offeredLoad: 0.9 }, nodesPerRack: 4 }],
    costs ? { jobClasses: [classes] } : {},
  );
  const pools = sizePools(scenario, measureDemand(trace.jobs), null, trace.names.gpuModels);
  for (const [queue, place] of pairs) {
    const setup = buildSetup(scenario, pools, trace, { queue, place, seed: 7, records: true });
    const rows = new RowCollector();
    // the checker reads the log as it is written, and nothing of it is kept
    const feed: { checker?: RunChecker } = {};
    const sinks = { rows: rows.add.bind(rows), log: (bytes: Uint8Array) => feed.checker!.feed(bytes) };
    const simulation = new Simulation(setup, sinks);
    feed.checker = new RunChecker({
      pools,
      jobs: trace.jobs,
      policy: setup.world.policy,
      classes: setup.classes,
      shapes: simulation.shapes,
    });
    simulation.runTable(trace.jobs);
    const report = feed.checker.finish({ rows: rows.table(), totals: simulation.totals() });
    expect({ queue, place, broken: report.filter((r) => !r.ok) }).toEqual({ queue, place, broken: [] });
    expectClean(report);
  }
}

const places = Object.keys(PLACE_RULES);
const everyPair = QUEUE_POLICIES.flatMap((p) => places.map((place) => [p.name, place] as const));

testOnRecords(
  "itp/cluster03 keeps every rule under every pair of policies, with costs and failures",
  async (options) => {
    await checkAll("itp/cluster03", options, everyPair, true);
  },
);

testOnRecords("itp/cluster03 without costs: promises are kept", async (options) => {
  await checkAll(
    "itp/cluster03",
    options,
    ["easy", "easy-oracle", "conservative-oracle", "las"].map((q) => [q, "best-fit"] as const),
    false,
  );
});

testOnRecords("philly keeps every rule under a few policies", async (options) => {
  await checkAll(
    "philly",
    options,
    [
      ["fifo", "first-fit"],
      ["easy-oracle", "worst-fit"],
      ["srtf", "best-fit"],
    ],
    true,
  );
});

// What if another policy had decided from some moment on? The run is repeated up to there, its state copied, and the
// same future (arrivals, run times, failures) met twice: under the policy that was, and under the other.

import type { Engine } from "../engine/engine.js";
import type { PoolSetup } from "../engine/world.js";
import type { Trace } from "../model/jobs.js";
import { findQueuePolicy } from "../model/policies.js";
import type { JobRows, RunSpec, Series } from "../model/results.js";
import type { Scenario } from "../model/scenario.js";
import type { CapacityOverrides } from "./capacity.js";
import { pickRows } from "./pick-rows.js";
import { RowCollector } from "./rows.js";
import { buildSetup } from "./setup.js";
import { Simulation } from "./simulation.js";

export interface Branch {
  queue: string;
  place: string;
  /** Jobs that ended after the fork, in order of job. */
  rows: JobRows;
  series: Series;
}

export interface WhatIf {
  /** The last instant before the moment asked for; the other policy decides from here on, µs. */
  forkMicros: number;
  /** Digest of the run as it was, to its end. */
  digest: string;
  was: Branch;
  other: Branch;
}

export interface WhatIfSetup {
  scenario: Scenario;
  spec: RunSpec;
  pools: readonly PoolSetup[];
  trace: Trace;
  capacities?: CapacityOverrides;
  /** One that holds the policies that are the user's; default the shipped one. */
  engine?: Engine;
}

/** @throws Error if the other policy is unknown (callers check). */
export function whatIf(
  { scenario, spec, pools, trace, capacities, engine }: WhatIfSetup,
  atMicros: number,
  other: { queue: string; place: string },
): WhatIf {
  const setupFor = ({ queue, place }: { queue: string; place: string }) => {
    const choice = { queue, place, seed: spec.seed, records: false, capacities };
    const setup = buildSetup(scenario, pools, trace, choice);
    // all input at once: the state to copy then holds the whole future
    setup.world.capacities.input = Math.max(1, trace.jobs.count);
    return setup;
  };
  const first = setupFor(spec);
  const second = setupFor(other);
  // memory is laid out once, for both
  const scored = first.world.scored ?? second.world.scored;
  if (scored) first.world.scored = scored;
  let collector = new RowCollector();
  const simulation = new Simulation(first, { rows: (rows) => collector.add(rows) }, engine);
  simulation.load(trace.jobs);
  simulation.runUntil(atMicros);
  const forkMicros = simulation.nowMicros;
  const snapshot = simulation.snapshot();
  collector = new RowCollector();
  simulation.finish();
  const was = { queue: spec.queue, place: spec.place, rows: byJob(collector.table()), series: simulation.series() };
  const { digest } = simulation.totals();

  collector = new RowCollector();
  simulation.fork(snapshot, second.world.policy, believed(trace, spec.queue, other.queue));
  simulation.finish();
  const branch = { ...other, rows: byJob(collector.table()), series: simulation.series() };
  return { forkMicros, digest, was, other: branch };
}

/** What the other policy is told of a job that was submitted before the fork; undefined: what the first was told. */
function believed(trace: Trace, first: string, other: string): (job: number) => number | undefined {
  const { estimateMicros, runMicros } = trace.jobs;
  const information = findQueuePolicy(other)?.information;
  if (information === findQueuePolicy(first)?.information) return () => undefined;
  if (information === "oracle") return (job) => runMicros[job];
  return (job) => estimateMicros[job];
}

function byJob(rows: JobRows): JobRows {
  const order = Int32Array.from({ length: rows.count }, (_, i) => i).sort((a, b) => rows.job[a]! - rows.job[b]!);
  return pickRows(rows, order);
}

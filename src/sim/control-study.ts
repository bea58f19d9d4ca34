// Rules for pool sizes compared: every rule on the same jobs, replication by replication.

import { z } from "zod";
import type { Trace } from "../model/jobs.js";
import type { Interval, JobRows } from "../model/results.js";
import type { Scenario } from "../model/scenario.js";
import { MICROS_PER_HOUR, MICROS_PER_SECOND } from "../model/units.js";
import { fixedRule, gapRule, greedyRule, linearRule, type PoolRule } from "../plan/pool-rules.js";
import { runControlled } from "./controlled.js";
import { measureDemand, sizePools } from "./pools.js";
import { buildSetup } from "./setup.js";
import { Simulation } from "./simulation.js";
import { interval, percentile } from "./statistics.js";
import { type Folders, loadWorkload } from "./workload.js";

const RULES = ["lp", "gap", "greedy", "fixed"] as const;
export type ControlRule = (typeof RULES)[number];

export const controlSchema = z.strictObject({
  control: z.literal(1).describe("Version of the format."),
  periodMinutes: z.number().positive().default(60).describe("Time between two decisions."),
  provisioningMinutes: z.number().nonnegative().default(10).describe("From an order to GPUs that can be used."),
  rules: z
    .array(z.enum(RULES))
    .min(1)
    .default([...RULES]),
  gapShare: z
    .number()
    .positive()
    .max(1)
    .default(0.6)
    .describe("gap: GPUs that there are in all, as a share of all pools' sizes."),
  gapStepGpus: z.number().positive().default(64).describe("gap: GPUs that may move to or from a pool in one step."),
  modelShare: z.number().min(0).max(1).default(0).describe("Share of tenants whose jobs run on `model` only."),
  model: z.string().default("").describe("GPU model that those jobs need."),
});
export type ControlSpec = z.output<typeof controlSchema>;

export interface ControlRow {
  rule: ControlRule;
  costUsd: Interval;
  waitMinutesMean: Interval;
  waitMinutesP95: Interval;
  /** GPUs in use, of those that there were. */
  utilisation: Interval;
  digests: string[];
}

function ruleOf(name: ControlRule, spec: ControlSpec, gpusTotal: number): PoolRule {
  if (name === "lp") return linearRule();
  if (name === "greedy") return greedyRule;
  if (name === "fixed") return fixedRule;
  return gapRule(Math.round(gpusTotal * spec.gapShare), spec.gapStepGpus);
}

/** Every tenant by number: the first ones of each hundred, in golden-ratio order, need the model. */
function needModel(trace: Trace, spec: ControlSpec): Trace {
  if (spec.modelShare === 0) return trace;
  const needs = trace.names.tenants.map((_, i) => (i * 0.6180339887498949) % 1 < spec.modelShare);
  const modelMask = trace.jobs.modelMask.map((mask, j) => (needs[trace.jobs.tenant[j]!] ? 1 : mask));
  return { ...trace, names: { ...trace.names, gpuModels: [spec.model] }, jobs: { ...trace.jobs, modelMask } };
}

interface Outcome {
  costUsd: number;
  waits: number[];
  utilisation: number;
  digest: string;
}

function runOne(scenario: Scenario, trace: Trace, spec: ControlSpec, name: ControlRule, seed: number): Outcome {
  const pools = sizePools(scenario, measureDemand(trace.jobs), null, trace.names.gpuModels);
  const setup = buildSetup(scenario, pools, trace, {
    queue: scenario.policies.queue[0]!,
    place: scenario.policies.place[0]!,
    seed,
    records: false,
  });
  const waits: number[] = [];
  const rows = (chunk: JobRows) => {
    for (let i = 0; i < chunk.count; i++) {
      waits.push((chunk.firstStartMicros[i]! - chunk.submitMicros[i]!) / (60 * MICROS_PER_SECOND));
    }
  };
  const capacities = { ...setup.world.capacities, facts: 4 };
  const simulation = new Simulation({ ...setup, world: { ...setup.world, capacities } }, { rows });
  const gpusTotal = simulation.gpusTotal;
  const control = {
    pools: pools.map((pool, p) => {
      return {
        cloud: scenario.pools[p]!.cloud,
        gpuModel: scenario.pools[p]!.gpuModel,
        gpusMin: 0,
        gpusMax: pool.nodes * pool.gpusPerNode,
      };
    }),
    modelBits: new Map(trace.names.gpuModels.map((model, bit) => [model, 1 << bit])),
    periodMicros: Math.round((spec.periodMinutes / 60) * MICROS_PER_HOUR),
    provisioningMicros: Math.round((spec.provisioningMinutes / 60) * MICROS_PER_HOUR),
  };
  runControlled(simulation, trace.jobs, control, ruleOf(name, spec, gpusTotal));
  const { capacityUsd, allocatedUsd, egressUsd, digest } = simulation.totals();
  return { costUsd: capacityUsd + egressUsd, waits, utilisation: allocatedUsd / capacityUsd, digest };
}

/** Runs every rule on every replication; waits are of all jobs, costs until the last job ends. */
export async function runControlStudy(scenario: Scenario, spec: ControlSpec, folders: Folders): Promise<ControlRow[]> {
  const outcomes = spec.rules.map((): Outcome[] => []);
  for (let replication = 0; replication < scenario.replications.count; replication++) {
    const trace = needModel(await loadWorkload(scenario, folders, { replication, shake: 0 }), spec);
    spec.rules.forEach((name, r) => {
      outcomes[r]!.push(runOne(scenario, trace, spec, name, scenario.seed));
    });
  }
  return spec.rules.map((rule, r) => {
    const of = (value: (o: Outcome) => number) => interval(outcomes[r]!.map(value));
    return {
      rule,
      costUsd: of((o) => o.costUsd),
      waitMinutesMean: of((o) => o.waits.reduce((sum, w) => sum + w, 0) / o.waits.length),
      waitMinutesP95: of((o) => percentile(Float64Array.from(o.waits).sort(), 0.95)),
      utilisation: of((o) => o.utilisation),
      digests: outcomes[r]!.map((o) => o.digest),
    };
  });
}

// From a scenario to what the engine is given for one run.

import type { JobClassSetup, LinkSetup, PriceSetup } from "../engine/plant.js";
import { typicalOfJobs } from "../engine/typical.js";
import type { PoolSetup, ScoredSetup } from "../engine/world.js";
import { WindtunnelError } from "../model/errors.js";
import type { JobNames, JobTable } from "../model/jobs.js";
import {
  findQueuePolicy,
  isPolicyFile,
  isScored,
  PLACE_NUMBERS,
  type PlaceRule,
  parsePlace,
  policyName,
  userQueuePolicy,
} from "../model/policies.js";
import { type JobClassSpec, jobClassSchema, type Scenario } from "../model/scenario.js";
import { MICROS_PER_HOUR, microsFromSeconds } from "../model/units.js";
import { type CapacityOverrides, chooseCapacities, scoredRows } from "./capacity.js";
import { cloudNames } from "./pools.js";
import type { SimulationSetup } from "./simulation.js";

export interface RunChoice {
  queue: string;
  place: string;
  seed: number;
  records: boolean;
  capacities?: CapacityOverrides | undefined;
  dropIndexesEvery?: number;
}

function classSetup(spec: JobClassSpec, clouds: readonly string[]): JobClassSetup {
  return {
    startupMicros: microsFromSeconds(spec.startupSeconds),
    restartMicros: microsFromSeconds(spec.restartSeconds),
    migrationMicros: microsFromSeconds(spec.migrationSeconds),
    checkpointMicros: microsFromSeconds(spec.checkpointSeconds),
    slowdownSameRack: spec.slowdownSameRack,
    slowdownAcrossRacks: spec.slowdownAcrossRacks,
    failuresPerGpuHour: spec.failuresPerGpuHour,
    inputGib: spec.inputGib,
    inputCloud: clouds.indexOf(spec.inputCloud),
  };
}

/** One setup a class of the trace: by name, else the scenario's `default`, else no costs at all. */
function classSetups(scenario: Scenario, names: readonly string[]): JobClassSetup[] {
  const clouds = cloudNames(scenario);
  const plain = jobClassSchema.parse({ name: "default", inputCloud: clouds[0] });
  const fallback = scenario.jobClasses.find((c) => c.name === "default") ?? plain;
  return names.map((name) => classSetup(scenario.jobClasses.find((c) => c.name === name) ?? fallback, clouds));
}

function priceSetups(scenario: Scenario): PriceSetup[] {
  return scenario.pools
    .flatMap((pool, i) =>
      pool.prices.map((p) => ({
        atMicros: Math.round(p.fromHour * MICROS_PER_HOUR),
        pool: i,
        usdPerGpuHour: p.usdPerGpuHour,
      })),
    )
    .sort((a, b) => a.atMicros - b.atMicros || a.pool - b.pool);
}

function linkSetups(scenario: Scenario): LinkSetup[] {
  const clouds = cloudNames(scenario);
  return scenario.links.map((link) => ({
    from: clouds.indexOf(link.from),
    to: clouds.indexOf(link.to),
    gigabitsPerSecond: link.gigabitsPerSecond,
    latencyMicros: Math.round(link.latencyMilliseconds * 1000),
    usdPerGb: link.usdPerGb,
  }));
}

/** True if this is the name of a policy of the user's among the entries. */
function isOwn(entries: readonly string[], name: string): boolean {
  return entries.some((entry) => isPolicyFile(entry) && policyName(entry) === name);
}

/** What placements that score nodes need, for these jobs. */
export function scoredSetup(pools: readonly PoolSetup[], jobs: Workload["jobs"]): ScoredSetup {
  if (!("gpuMilli" in jobs)) throw new Error("a placement that scores nodes needs to know the jobs before they come");
  return { rows: scoredRows(pools), typical: typicalOfJobs(jobs) };
}

/** Jobs of a run; of a stream only that there is no telling how many (Infinity). */
export interface Workload {
  names: JobNames;
  jobs: JobTable | { count: number };
  pairRates?: Float64Array;
}

export function buildSetup(
  scenario: Scenario,
  pools: readonly PoolSetup[],
  { names, jobs, pairRates }: Workload,
  choice: RunChoice,
): SimulationSetup {
  const queue = isOwn(scenario.policies.queue, choice.queue)
    ? userQueuePolicy(choice.queue)
    : findQueuePolicy(choice.queue);
  const named = parsePlace(choice.place);
  const place = isOwn(scenario.policies.place, choice.place) ? "plug" : (named.place as PlaceRule);
  const { movesMax, restMinutes } = scenario.policies.moving;
  if (!queue || !(place in PLACE_NUMBERS)) {
    throw new WindtunnelError(
      "SCENARIO_INVALID",
      `There is no policy "${choice.queue}" with placement "${choice.place}".`,
      "See `windtunnel policies` for the names.",
    );
  }
  if (named.moving && pairRates) {
    throw new WindtunnelError(
      "SCENARIO_INVALID",
      `policies.place has ${choice.place}, and timeSlicing is given: what a move does to those who share a device is not modelled.`,
      "Leave out one of the two.",
    );
  }
  const classes = classSetups(scenario, names.jobClasses.length > 0 ? names.jobClasses : ["default"]);
  const links = linkSetups(scenario);
  const prices = priceSetups(scenario);
  return {
    world: {
      pools,
      policy: {
        queue,
        place,
        lasThresholdsGpuSeconds: scenario.policies.lasThresholdsGpuSeconds,
        reservationDepth: scenario.policies.reservationDepth,
        ...(named.moving ? { moving: { movesMax, restMicros: restMinutes * 60e6 } } : {}),
      },
      seed: choice.seed,
      capacities: chooseCapacities(jobs.count, names.tenants.length, pools, choice.records, choice.capacities),
      jobClasses: classes.length,
      links: links.length,
      prices: prices.length,
      ...(place === "plug" || isScored(place) ? { scored: scoredSetup(pools, jobs) } : {}),
      dropIndexesEvery: choice.dropIndexesEvery ?? 0,
      pairs: pairRates !== undefined,
    },
    classes,
    links,
    prices,
    ...(pairRates ? { pairRates } : {}),
  };
}

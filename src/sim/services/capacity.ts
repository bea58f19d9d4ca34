// The highest rate at which a fleet still meets its bounds: bisection over the rate on common random numbers, replication by
// replication, so that the answer has an interval.

import { WindtunnelError } from "../../model/errors.js";
import type { Interval } from "../../model/results.js";
import type { ServiceStudy } from "../../model/service-study.js";
import { interval } from "../statistics.js";
import { replicationSeed } from "../workload.js";
import { readyWithDecoders } from "./decoders.js";
import { readOutcomes, sumOutcomes } from "./outcomes.js";
import type { Lengths } from "./records.js";
import { drawRequests, type StudyRequests } from "./requests.js";
import { ServingSimulation } from "./serving.js";
import { engineSeed, profileOf, servingOf } from "./setup.js";

export interface CapacityAnswer {
  service: string;
  replicas: number;
  /** Requests a second that meet the target. */
  perSecond: Interval;
  perSecondPerReplica: number;
  /** In the last run that met the target: share of requests within bounds, and P99 of time to first token, s. */
  attainment: number;
  ttftSecondsP99: number;
  runs: number;
}

/** Bisection ends when the bracket is this share of the rate. */
const PRECISION = 0.01;
const STEPS_MAX = 40;

/** Same requests at another constant rate: gaps are stretched, which for one constant rate keeps the process what it is. */
export function atRate(requests: StudyRequests, from: number, to: number): StudyRequests {
  return { ...requests, atMicros: requests.atMicros.map((micros) => Math.floor((micros * from) / to)) };
}

/**
 * Capacity of the first service of a study with all its replicas, at a constant rate with its own burstiness; `count` requests
 * a run. A run whose backlog still grows at the end meets nothing: requests that end late miss their bounds.
 */
export function findCapacity(study: ServiceStudy, lengths: Lengths, count: number, target: number): CapacityAnswer {
  const spec = study.services[0]!;
  const profile = profileOf(spec);
  if (spec.places)
    throw new WindtunnelError(
      "SCENARIO_INVALID",
      `${spec.name} stands in several places: what it can do together depends on where requests come from.`,
      "Ask for the capacity of a service that stands in one place.",
    );
  const rate = spec.requestsPerSecond;
  if (rate === undefined)
    throw new WindtunnelError(
      "SCENARIO_INVALID",
      `${spec.name} replays a record or has a generator: its capacity at a constant rate is not defined.`,
      "Give it requestsPerSecond and lengths in place of it.",
    );
  const flat: ServiceStudy = {
    ...study,
    hours: Math.ceil(((count / rate) * 1.2) / 3600) + 1,
    services: [{ ...spec, hourly: [1], daily: [1], bursts: undefined }],
  };
  const found: number[] = [];
  let runs = 0;
  let last = { attainment: Number.NaN, ttft: Number.NaN };
  for (let replication = 0; replication < study.replications; replication++) {
    const all = drawRequests(flat, lengths, replicationSeed(study.seed, replication));
    const requests = { ...all, count: Math.min(count, all.count) };
    const serving = servingOf(flat, [profile], requests);
    const meets = (perSecond: number): boolean => {
      runs++;
      const simulation = new ServingSimulation({
        serving,
        ready: readyWithDecoders(flat, [spec.replicas.max]),
        seed: engineSeed(flat, replication),
      });
      simulation.run([atRate(requests, rate, perSecond)]);
      const o = sumOutcomes(readOutcomes(simulation.engine, serving));
      const attainment = o.met / o.arrived;
      if (attainment < target) return false;
      last = { attainment, ttft: o.ttft.percentile(0.99) };
      return true;
    };
    found.push(bisect(meets, rate));
  }
  const perSecond = interval(found);
  return {
    service: spec.name,
    replicas: spec.replicas.max,
    perSecond,
    perSecondPerReplica: perSecond.mean / spec.replicas.max,
    attainment: last.attainment,
    ttftSecondsP99: last.ttft,
    runs,
  };
}

/** The largest rate known to meet the target, to within PRECISION; 0 if even a 2^-40th of the first does not. */
export function bisect(meets: (rate: number) => boolean, start: number): number {
  let low = 0;
  let high = Number.POSITIVE_INFINITY;
  let rate = start;
  for (let i = 0; i < STEPS_MAX; i++) {
    if (meets(rate)) low = rate;
    else high = rate;
    if (low > 0 && (high - low) / high <= PRECISION) break;
    rate = high === Number.POSITIVE_INFINITY ? rate * 2 : low === 0 ? rate / 2 : (low + high) / 2;
  }
  return low;
}

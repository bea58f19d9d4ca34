// A study of services with rates in place of requests, for weeks and months; and how far that is from request mode, measured
// on the same services at constant loads.

import { createDraws } from "../../../engine/draws.js";
import type { RequestTable } from "../../../model/demand.js";
import { WindtunnelError } from "../../../model/errors.js";
import type { ServiceSpec, ServiceStudy } from "../../../model/service-study.js";
import { WINDOW_SECONDS } from "../../../replay/index.js";
import { ratesByHour } from "../../../replay/requests/arrivals.js";
import { replicationSeed } from "../../workload.js";
import { variantStudies } from "../arms.js";
import { atRate } from "../capacity.js";
import { autoscalerOf, capacitiesOf, plannedStart } from "../controllers.js";
import { type PoolWindow, pairsOf, windowOf } from "../generated.js";
import { lengthsOf } from "../lengths.js";
import { readOutcomes } from "../outcomes.js";
import type { Lengths } from "../records.js";
import { drawRequests } from "../requests.js";
import { ServingSimulation } from "../serving.js";
import { profileOf, servingOf } from "../setup.js";
import { startUpAlways, startUpFrom } from "../start-up.js";
import { type ServiceResult, type ServiceRun, type StudyResult, summarise } from "../study.js";
import { mixOf, ReplicaCurve } from "./curve.js";
import { type FluidDemand, type FluidResult, type FluidService, LOAD_STEP, runFluid } from "./run.js";

/** Error of the fluid at one load: fluid less request mode. */
export interface FluidError {
  load: number;
  attainment: { fluid: number; requests: number };
  ttftSecondsP50: { fluid: number; requests: number };
  ttftSecondsP99: { fluid: number; requests: number };
  e2eSecondsMean: { fluid: number; requests: number };
}

export interface FluidFidelity {
  service: string;
  variant: string | null;
  replicas: number;
  errors: FluidError[];
  /** The fluid is not to be trusted beyond this load (arrivals ÷ what the replicas end at most). */
  border: number;
  /** Share of the requests of each run beyond it, by controller. */
  beyond: { controller: string; share: number }[];
}

export interface FluidStudyResult extends StudyResult {
  fidelity: FluidFidelity[];
}

const MIX_PAIRS = 4096;
const MINUTE_SECONDS = 60;
const LOADS = [0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 1.05];
/** Replicas and requests of a run that measures the error. */
const ERROR_REPLICAS = 8;
const ERROR_REQUESTS = 4_000;
/** Beyond these the fluid is off: share of requests within bounds, and of the mean time to an answer. */
const ATTAINMENT_OFF = 0.02;
const E2E_OFF = 0.1;

const REFUSED = [
  "gateway",
  "prefixCache",
  "crashes",
  "contents",
  "swap",
  "speculation",
  "disaggregation",
  "server",
  "stages",
  "share",
  "adapters",
  "models",
  "bursts",
  "tenants",
  "places",
] as const;

function refuseUnknown({ services, training }: ServiceStudy): void {
  for (const spec of services) {
    const lists = (["alerts", "classes", "modalities"] as const).filter((name) => spec[name].length > 0);
    const key = [...lists, ...REFUSED].find((name) => spec[name] !== undefined);
    if (key === undefined) continue;
    throw new WindtunnelError(
      "USAGE",
      `--fluid does not know ${key}, which ${spec.name} has: rates have no single requests.`,
      "Leave the key out, or run the study without --fluid.",
    );
  }
  if (training)
    throw new WindtunnelError("USAGE", "--fluid does not lend to training.", "Run the study without --fluid.");
}

/** Rates of a service: by the hour where they are drawn from a shape, by the minute where requests are recorded or in sessions. */
function demandOf(
  study: ServiceStudy,
  index: number,
  lengths: Lengths,
): { demand: FluidDemand; pair: (i: number) => readonly [number, number]; count: number } {
  const spec = study.services[index]!;
  const seed = replicationSeed(study.seed, 0);
  if (!spec.replay && !spec.sessions && !spec.generator) {
    const shape = { perSecondMean: spec.requestsPerSecond!, hourly: spec.hourly, daily: spec.daily, cv: spec.cv };
    const draw = lengthsOf(spec, lengths[index]?.lengths, createDraws(seed, `lengths ${spec.name}`));
    const perSecond = Float64Array.from(ratesByHour(shape, study.hours));
    return { demand: { stepSeconds: 3600, perSecond }, pair: draw, count: MIX_PAIRS };
  }
  if (spec.generator) {
    const window = windowOf(spec, lengths[index]?.pool, study.hours);
    const pairs = pairsOf(window, MIX_PAIRS, seed);
    const demand = { stepSeconds: WINDOW_SECONDS, perSecond: window.perSecond };
    return { demand, pair: (i) => pairs[i]!, count: MIX_PAIRS };
  }
  const one = { ...study, services: [spec] };
  const requests = drawRequests(one, [lengths[index]], seed);
  const perSecond = new Float64Array(Math.ceil((study.hours * 3600) / MINUTE_SECONDS));
  for (let i = 0; i < requests.count; i++)
    perSecond[Math.floor(requests.atMicros[i]! / 1e6 / MINUTE_SECONDS)]! += 1 / MINUTE_SECONDS;
  return {
    demand: { stepSeconds: MINUTE_SECONDS, perSecond },
    pair: (i) => [requests.promptTokens[i]!, requests.outputTokens[i]!],
    count: requests.count,
  };
}

/** Lengths of a pool's requests, as those of a record. */
function tableOf(window: PoolWindow, seed: number): Pick<RequestTable, "count" | "promptTokens" | "outputTokens"> {
  const pairs = pairsOf(window, MIX_PAIRS, seed);
  const column = (k: 0 | 1) => Int32Array.from(pairs, (pair) => pair[k]);
  return { count: MIX_PAIRS, promptTokens: column(0), outputTokens: column(1) };
}

function boundsOf({ bounds }: ServiceSpec): FluidService["bounds"] {
  const none = Number.POSITIVE_INFINITY;
  return {
    ttftSeconds: bounds.ttftSeconds ?? none,
    tpotSeconds: bounds.tpotSeconds ?? none,
    e2eSeconds: bounds.e2eSeconds ?? none,
  };
}

function resultOf(spec: ServiceSpec, r: FluidResult): ServiceResult {
  const gpuHours = (seconds: number) => (seconds * spec.tensorParallel) / 3600;
  const costUsd = gpuHours(r.readySeconds + r.startingSeconds) * spec.usdPerGpuHour;
  return {
    service: spec.name,
    requests: Math.round(r.requests),
    attainment: r.met / r.requests,
    ttftSecondsP50: r.ttft.percentile(0.5),
    ttftSecondsP99: r.ttft.percentile(0.99),
    tpotSecondsP99: r.tpot.percentile(0.99),
    itlSecondsP99: Number.NaN,
    e2eSecondsP99: r.e2e.percentile(0.99),
    lost: 0,
    preemptions: Number.NaN,
    replicasMean: (r.readySeconds + r.startingSeconds) / r.spanSeconds,
    busyGpuHours: gpuHours(r.busySeconds),
    idleGpuHours: gpuHours(r.readySeconds - r.busySeconds),
    startingGpuHours: gpuHours(r.startingSeconds),
    costUsd,
    usdPerMillionTokens: (costUsd / (r.promptTokens + r.outputTokens)) * 1e6,
    usdPerThousandMet: (costUsd / r.met) * 1e3,
    scalings: r.scalings,
    coldStarts: r.coldStarts,
  };
}

/** Fluid and request mode side by side at constant loads, with the service's own burstiness. */
function measureErrors(study: ServiceStudy, index: number, lengths: Lengths, curve: ReplicaCurve): FluidError[] {
  const own = study.services[index]!;
  const ofPool = own.generator && tableOf(windowOf(own, lengths[index]?.pool, study.hours), study.seed);
  const { replay: _, sessions: __, generator: ___, ...rest } = study.services[index]!;
  const replicas = Math.min(ERROR_REPLICAS, rest.replicas.max);
  const perSecondMax = curve.perSecondMax * replicas;
  const spec: ServiceSpec = {
    ...rest,
    requestsPerSecond: perSecondMax,
    hourly: [1],
    daily: [1],
    replicas: { min: replicas, max: replicas },
  };
  const hours = Math.ceil((ERROR_REQUESTS * 1.2) / perSecondMax / 3600) + 1;
  const flat: ServiceStudy = { ...study, hours, services: [spec] };
  const profile = profileOf(spec);
  const all = drawRequests(flat, [ofPool ? { lengths: ofPool } : lengths[index]], replicationSeed(study.seed, 0));
  const requests = { ...all, count: Math.min(ERROR_REQUESTS, all.count) };
  const serving = servingOf(flat, [profile], requests);
  return LOADS.map((load) => {
    const simulation = new ServingSimulation({ serving, ready: [replicas], seed: study.seed });
    simulation.run([atRate(requests, 1, load)]);
    const [o] = readOutcomes(simulation.engine, serving);
    const spanSeconds = requests.atMicros[requests.count - 1]! / 1e6 / load;
    const fluid = runFluid(
      {
        demand: { stepSeconds: spanSeconds, perSecond: Float64Array.of(requests.count / spanSeconds) },
        curves: [curve],
        autoscaler: () => replicas,
        startUp: startUpAlways(0),
        replicasMin: replicas,
        replicasMax: replicas,
        replicasAtStart: replicas,
        bounds: boundsOf(spec),
      },
      study.controlSeconds,
    );
    return {
      load,
      attainment: { fluid: fluid.met / fluid.requests, requests: o!.met / o!.arrived },
      ttftSecondsP50: { fluid: fluid.ttft.percentile(0.5), requests: o!.ttft.percentile(0.5) },
      ttftSecondsP99: { fluid: fluid.ttft.percentile(0.99), requests: o!.ttft.percentile(0.99) },
      e2eSecondsMean: { fluid: fluid.e2eSecondsMean, requests: o!.e2eSecondsMean },
    };
  });
}

/** The highest load up to which the fluid is right enough; 0 if it never is. */
export function borderOf(errors: readonly FluidError[]): number {
  let border = 0;
  for (const { load, attainment, e2eSecondsMean } of errors) {
    const off = Math.abs(attainment.fluid - attainment.requests);
    const late = Math.abs(e2eSecondsMean.fluid / e2eSecondsMean.requests - 1);
    if (off > ATTAINMENT_OFF || late > E2E_OFF) break;
    border = load;
  }
  return border;
}

function shareBeyond({ byLoad, requests }: FluidResult, border: number): number {
  let beyond = 0;
  byLoad.forEach((count, i) => {
    if (i * LOAD_STEP >= border - 1e-9) beyond += count;
  });
  return beyond / requests;
}

/** Runs a study with rates. @throws WindtunnelError USAGE for what rates cannot say, and what buildProfile throws. */
export function runFluidStudy(study: ServiceStudy, lengths: Lengths): FluidStudyResult {
  const runs: ServiceRun[] = [];
  const trails: StudyResult["trails"] = [];
  const fidelity: FluidFidelity[] = [];
  const notes: string[] = [];
  const coldStarts = study.coldStartsSeconds.length > 0 ? study.coldStartsSeconds : [null];
  for (const { variant, study: own } of variantStudies(study)) {
    refuseUnknown(own);
    const capacityOf = capacitiesOf(own, lengths);
    const services = own.services.map((spec, s) => {
      const profile = profileOf(spec);
      notes.push(...profile.notes);
      const { demand, pair, count } = demandOf(own, s, lengths);
      const curve = new ReplicaCurve(profile.setup, mixOf(count, pair));
      const errors = measureErrors(own, s, lengths, curve);
      const replicas = Math.min(ERROR_REPLICAS, spec.replicas.max);
      const found = { service: spec.name, variant, replicas, errors, border: borderOf(errors), beyond: [] };
      fidelity.push(found);
      return { spec, profile, demand, curve, found: found as FluidFidelity };
    });
    for (const coldStartSeconds of coldStarts) {
      for (const controller of own.controllers) {
        const results = services.map(({ spec, profile, demand, curve, found }, s) => {
          const { parts, leadSeconds } = plannedStart(own, spec, profile, coldStartSeconds);
          const result = runFluid(
            {
              demand,
              curves: [curve],
              autoscaler: autoscalerOf(controller, spec, leadSeconds, () => ({
                perSecond: demand.perSecond,
                binSeconds: demand.stepSeconds,
                perSecondPerReplica: capacityOf(s),
                leadSeconds,
                replicasMax: spec.replicas.max,
                replicasAtStart: spec.replicas.min,
              })),
              startUp: parts
                ? startUpFrom(parts, profile.weightsGib, study.seed, spec.name)
                : startUpAlways(coldStartSeconds ?? spec.coldStartSeconds),
              replicasMin: spec.replicas.min,
              replicasMax: spec.replicas.max,
              replicasAtStart: controller === "fixed" ? spec.replicas.max : spec.replicas.min,
              bounds: boundsOf(spec),
            },
            own.controlSeconds,
          );
          if (coldStartSeconds === coldStarts[0]) {
            trails.push({ variant, controller, service: spec.name, ticks: result.ticks });
            found.beyond.push({ controller, share: shareBeyond(result, found.border) });
          }
          return resultOf(spec, result);
        });
        runs.push({ variant, controller, coldStartSeconds, replication: 0, services: results, parts: [], digest: "" });
      }
    }
  }
  return {
    rows: summarise(study, runs),
    parts: [],
    runs,
    trails,
    alerts: [],
    notes: [...new Set(notes)],
    fidelity,
    digest: "none: rates, not requests",
  };
}

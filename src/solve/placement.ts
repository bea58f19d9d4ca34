// Where to run one service: cost against predicted response time. See docs/models/service-placement.md.

import { refuse } from "./scaling.js";

/** One cloud as a candidate; what it costs and how busy it would be. */
export interface PlacementCandidate {
  name: string;
  /** Full cost an hour of running there: compute, egress, storage, operations. */
  usdPerHour: number;
  /** Servers that would answer, and requests a second that one can answer. */
  servers: number;
  requestsPerSecondEach: number;
  /** Requests a second that they answer already. */
  busyRequestsPerSecond: number;
  /** Network time there and back. */
  networkSeconds?: number;
}

export type PlacementPreset = "weighted" | "response-time" | "cost" | "utilisation" | "cost-per-request";

export interface PlacementChoice {
  /** Requests a second of the service. */
  requestsPerSecond: number;
  preset?: PlacementPreset;
  /** USD an hour that a second of mean response time is worth; for "weighted". */
  lambda?: number;
  /** Mean response time that must be kept; for "cost-per-request". */
  targetSeconds?: number;
  /** Where it runs now; it stays unless another is better by `hysteresis` (a share) and by the move's cost. */
  current?: string;
  hysteresis?: number;
  moveUsd?: number;
  /** Hours over which a move pays. */
  horizonHours?: number;
}

export interface PlacementScore {
  name: string;
  usdPerHour: number;
  /** Mean response time after placement; Infinity if it would not keep up. */
  responseSeconds: number;
  utilisation: number;
  requestsPerSecondMax: number;
  usdPerMillionRequests: number;
  /** What is minimised; Infinity where it may not run. */
  score: number;
}

export interface PlacementDecision {
  chosen: string;
  moved: boolean;
  why: string;
  scores: PlacementScore[];
}

/** Mean response time of M/M/c: service and wait (Erlang's C). Infinity at or above full load. */
export function responseSeconds(servers: number, each: number, arrivals: number): number {
  const load = arrivals / each;
  if (load >= servers) return Number.POSITIVE_INFINITY;
  // Erlang's B by its recursion, then C
  let blocked = 1;
  for (let k = 1; k <= servers; k++) blocked = (load * blocked) / (k + load * blocked);
  const waits = blocked / (1 - (load / servers) * (1 - blocked));
  return 1 / each + waits / (servers * each - arrivals);
}

function scoreOf(c: PlacementCandidate, choice: PlacementChoice, all: readonly PlacementCandidate[]): PlacementScore {
  const { requestsPerSecond, preset = "weighted", lambda = 0 } = choice;
  const arrivals = c.busyRequestsPerSecond + requestsPerSecond;
  const most = c.servers * c.requestsPerSecondEach;
  const response = responseSeconds(c.servers, c.requestsPerSecondEach, arrivals) + (c.networkSeconds ?? 0);
  const utilisation = arrivals / most;
  const usdPerMillionRequests = requestsPerSecond > 0 ? (c.usdPerHour / (requestsPerSecond * 3600)) * 1e6 : Number.NaN;
  const scores: Record<PlacementPreset, number> = {
    weighted: lambda === 0 ? c.usdPerHour : c.usdPerHour + lambda * response,
    "response-time": response,
    cost: c.usdPerHour,
    utilisation: spreadAfter(all, c, requestsPerSecond),
    "cost-per-request": response <= (choice.targetSeconds ?? Number.POSITIVE_INFINITY) ? c.usdPerHour : Infinity,
  };
  const score = response === Number.POSITIVE_INFINITY ? Number.POSITIVE_INFINITY : scores[preset];
  return {
    name: c.name,
    usdPerHour: c.usdPerHour,
    responseSeconds: response,
    utilisation,
    requestsPerSecondMax: most,
    usdPerMillionRequests,
    score,
  };
}

/** Standard deviation of the clouds' utilisation if the service ran on `at`. */
function spreadAfter(all: readonly PlacementCandidate[], at: PlacementCandidate, added: number): number {
  const loads = all.map(
    (c) => (c.busyRequestsPerSecond + (c === at ? added : 0)) / (c.servers * c.requestsPerSecondEach),
  );
  const mean = loads.reduce((sum, l) => sum + l, 0) / loads.length;
  return Math.sqrt(loads.reduce((sum, l) => sum + (l - mean) * (l - mean), 0) / loads.length);
}

/**
 * argmin C + lambda P, or one of the presets; ties go to the first. Throws SOLVE_INVALID if no candidate is given. With
 * `current`, that one is kept while it can keep up and no other is better by the hysteresis and the move's cost.
 */
export function placeService(candidates: readonly PlacementCandidate[], choice: PlacementChoice): PlacementDecision {
  if (candidates.length === 0) refuse("The list of clouds", "", "empty", "at least one");
  const scores = candidates.map((c) => scoreOf(c, choice, candidates));
  const best = scores.reduce((a, b) => (b.score < a.score ? b : a));
  const current = scores.find((s) => s.name === choice.current);
  if (best.score === Number.POSITIVE_INFINITY) {
    const stay = current ?? best;
    return { chosen: stay.name, moved: false, why: "no cloud keeps up or meets the target", scores };
  }
  if (!current || current === best) {
    return { chosen: best.name, moved: current === undefined && choice.current !== undefined, why: "least", scores };
  }
  if (current.score === Number.POSITIVE_INFINITY) {
    return { chosen: best.name, moved: true, why: `${current.name} does not keep up`, scores };
  }
  const { hysteresis = 0.1, moveUsd = 0, horizonHours = 1 } = choice;
  const inMoney =
    (choice.preset ?? "weighted") === "weighted" || choice.preset === "cost" || choice.preset === "cost-per-request";
  const gain = current.score - best.score - (inMoney ? moveUsd / horizonHours : 0);
  if (gain > hysteresis * Math.abs(current.score)) {
    return {
      chosen: best.name,
      moved: true,
      why: `better than ${current.name} by more than hysteresis and move`,
      scores,
    };
  }
  return { chosen: current.name, moved: false, why: `${best.name} is not better by enough to move`, scores };
}

// Which place of a service gets a request (M3): one decision when it comes, and one more each time that a place turned it away.
// A place is judged with the request in it: requests in hand and on their way there, for each replica that takes any.

import {
  FRONT_COUNT, FRONT_COST_AND_TIME, FRONT_COST_IN_TIME, FRONT_FIRST, FRONT_HYSTERESIS, FRONT_LAMBDA, FRONT_MOVE, FRONT_MOVES,
  FRONT_NEAREST, FRONT_RESPONSE_TIME, FRONT_RULE, FRONT_TARGET, FRONT_UTILISATION, FRONT_WEIGHTED, PLACE_SLOTS, PLACE_USD,
  PLACE_WEIGHT,
} from "../../abi";
import { STREAM_ROUTE, uniform } from "../../kernel/random";
import { i32At } from "../../memory";
import {
  bitOf, chosenLast, comingTo, mayServe, placeField, predictedMicros, setChosen, setPlaceField, wayFrom,
} from "../../world/places";
import { serviceOutstanding, serviceReady } from "../../world/services";

// how good a place is at all, before its score
const ABLE: i32 = 0;
const LATE: i32 = 1; // it would take longer than the target
const ABSENT: i32 = 2; // it has no replica that takes requests

// scores of the place that was judged last
let tier: i32 = 0;
let score: f64 = 0;
// over all places that may serve an origin and have replicas: their number, sum of loads and of squares
let able: f64 = 0;
let loads: f64 = 0;
let squares: f64 = 0;

/** May this origin's request go to the k-th place, and has it not been there? */
@inline function isLeft(front: i32, place: i32, origin: i32, tried: u64): bool {
  return (tried & bitOf(front, place)) == 0 && mayServe(origin, place);
}

export function anyLeft(front: i32, origin: i32, tried: u64): bool {
  const first = <i32>placeField(front, FRONT_FIRST);
  for (let p = first, end = first + <i32>placeField(front, FRONT_COUNT); p < end; p++) {
    if (isLeft(front, p, origin, tried)) return true;
  }
  return false;
}

@inline function present(place: i32): f64 {
  return <f64>i32At(serviceOutstanding, place) + comingTo(place);
}

/** Requests that one more adds to the load of a place, as a share of what its replicas batch at once. */
@inline function shareOfOne(place: i32): f64 {
  return 1 / (placeField(place, PLACE_SLOTS) * <f64>i32At(serviceReady, place));
}

function addLoads(front: i32, origin: i32): void {
  able = loads = squares = 0;
  const first = <i32>placeField(front, FRONT_FIRST);
  for (let p = first, end = first + <i32>placeField(front, FRONT_COUNT); p < end; p++) {
    if (!mayServe(origin, p) || i32At(serviceReady, p) == 0) continue;
    const load = present(p) * shareOfOne(p);
    able += 1;
    loads += load;
    squares += load * load;
  }
}

/** Variance of loads over places with one request more at this one. */
function spreadWith(place: i32): f64 {
  const more = shareOfOne(place);
  const sum = loads + more;
  return (squares + more * (2 * present(place) * more + more)) / able - (sum / able) * (sum / able);
}

function judge(front: i32, place: i32, origin: i32, rule: i32): void {
  const ready = i32At(serviceReady, place);
  tier = ready == 0 ? ABSENT : ABLE;
  const way = wayFrom(origin, place);
  if (rule == FRONT_NEAREST) {
    score = way;
    return;
  }
  const cost = placeField(place, PLACE_USD);
  if (ready == 0) {
    score = rule == FRONT_COST_AND_TIME || rule == FRONT_COST_IN_TIME ? cost : way;
    return;
  }
  if (rule == FRONT_UTILISATION) {
    score = spreadWith(place);
    return;
  }
  const micros = 2 * way + predictedMicros(place, (present(place) + 1) / <f64>ready);
  if (rule == FRONT_RESPONSE_TIME) score = micros;
  else if (rule == FRONT_COST_AND_TIME) score = cost + placeField(front, FRONT_LAMBDA) * micros;
  else if (micros <= placeField(front, FRONT_TARGET)) score = cost;
  else {
    tier = LATE;
    score = micros;
  }
}

/** In proportion to weights, of those with replicas; of all, if none has any. */
function drawPlace(front: i32, origin: i32, tried: u64): i32 {
  const first = <i32>placeField(front, FRONT_FIRST);
  const end = first + <i32>placeField(front, FRONT_COUNT);
  let sum: f64 = 0;
  let some = false;
  for (let p = first; p < end; p++) some = some || (isLeft(front, p, origin, tried) && i32At(serviceReady, p) > 0);
  for (let p = first; p < end; p++) {
    if (isLeft(front, p, origin, tried) && (!some || i32At(serviceReady, p) > 0)) sum += placeField(p, PLACE_WEIGHT);
  }
  let left = uniform(STREAM_ROUTE) * sum;
  let last = -1;
  for (let p = first; p < end; p++) {
    if (!isLeft(front, p, origin, tried) || (some && i32At(serviceReady, p) == 0)) continue;
    last = p;
    left -= placeField(p, PLACE_WEIGHT);
    if (left < 0) return p;
  }
  return last;
}

/** The best place that is left for a request of this origin; -1: none is. */
export function choosePlace(front: i32, origin: i32, tried: u64): i32 {
  const rule = <i32>placeField(front, FRONT_RULE);
  if (rule == FRONT_WEIGHTED) return drawPlace(front, origin, tried);
  if (rule == FRONT_UTILISATION) addLoads(front, origin);
  const first = <i32>placeField(front, FRONT_FIRST);
  let best = -1;
  let bestTier = 0;
  let bestScore: f64 = 0;
  for (let p = first, end = first + <i32>placeField(front, FRONT_COUNT); p < end; p++) {
    if (!isLeft(front, p, origin, tried)) continue;
    judge(front, p, origin, rule);
    if (best >= 0 && (tier > bestTier || (tier == bestTier && score >= bestScore))) continue;
    best = p;
    bestTier = tier;
    bestScore = score;
  }
  return best < 0 || tried != 0 || rule == FRONT_NEAREST ? best : stayOr(front, origin, rule, best, bestTier, bestScore);
}

/** An origin stays where it is unless another place is better by enough to be worth the move. */
function stayOr(front: i32, origin: i32, rule: i32, best: i32, bestTier: i32, bestScore: f64): i32 {
  const last = chosenLast(origin, front);
  if (last == best) return best;
  if (last >= 0) {
    judge(front, last, origin, rule);
    const inUsd = rule == FRONT_COST_AND_TIME || (rule == FRONT_COST_IN_TIME && bestTier == ABLE);
    const move = inUsd ? placeField(front, FRONT_MOVE) : 0;
    if (tier == bestTier && bestScore + move >= score * (1 - placeField(front, FRONT_HYSTERESIS))) return last;
    setPlaceField(front, FRONT_MOVES, placeField(front, FRONT_MOVES) + 1);
  }
  setChosen(origin, front, best);
  return best;
}

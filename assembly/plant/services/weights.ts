// Requests that need a set of weights beyond their replica's own: an adapter of its language model (LoRA; S-LoRA, Sheng et al. 2024;
// Punica, Chen et al. 2024), or a model of its server. It is loaded when a request that needs it is admitted, into room that
// nobody uses, and loading takes time of the iteration or batch that begins then. Who finds no room waits; others go past.

import { PROFILE_EACH_TICKS, PROFILE_ITERATION_TICKS, WEIGHTS_ASKED, WEIGHTS_HIT, WEIGHTS_LOAD_MICROS } from "../../abi";
import { countServer } from "../../measure/requests/servers";
import { couldUse, leaveWeights, ticksToLoad, useWeights, weightsInUse } from "../../world/weights";
import { headWaiting, PRIORITIES, Replica, waitingPriority } from "./replica";
import { Request, requestOf } from "./requests";
import { microsAt } from "./segments";
import { profileField } from "./tables";

/** The first of those who wait whose weights are there or find room; 0 = none. Only if somebody waits. */
export function firstServable(place: i32, r: Replica): i32 {
  if (!r.resident) return headWaiting(r, waitingPriority(r));
  for (let p = 0; p < PRIORITIES; p++) {
    for (let slot = headWaiting(r, p); slot; slot = requestOf(slot).next) {
      const weights = requestOf(slot).weights;
      if (weights == 0 || couldUse(place, weights, r.resident)) return slot;
    }
  }
  return 0;
}

/** An admitted request uses its weights. */
export function takeWeights(place: i32, r: Replica, q: Request): void {
  if (q.weights == 0) return;
  countServer(q.service, WEIGHTS_ASKED, 1);
  if (useWeights(place, q.weights, r.resident)) {
    countServer(q.service, WEIGHTS_HIT, 1);
    return;
  }
  const ticks = ticksToLoad(q.weights);
  r.loading += ticks;
  countServer(q.service, WEIGHTS_LOAD_MICROS, microsAt(ticks));
}

/** A request that leaves the batch, for good or not, uses them no more. */
@inline export function dropWeights(place: i32, r: Replica, q: Request): void {
  if (r.resident && q.weights) leaveWeights(place, q.weights);
}

/** Ticks that weights take of the iteration that is formed: loading, and computing with them. */
export function weightTicks(place: i32, r: Replica): i64 {
  const ticks = r.loading;
  r.loading = 0;
  const inUse = weightsInUse(place);
  if (inUse == 0) return ticks;
  return ticks + <i64>(profileField(r.profile, PROFILE_ITERATION_TICKS) + <f64>inUse * profileField(r.profile, PROFILE_EACH_TICKS));
}

// How long a replica takes from its order to its first request: the parts of a cold start, or one time that is always the same.

import { createDraws, type Draws } from "../../engine/draws.js";
import { exp, log } from "../../engine/math.js";
import { LOAD_QUANTILES, MEASURED_LOADS, type StartSpec } from "../../model/serving/gateway.js";

/** Seconds at a place that had a replica before, whose node keeps image and weights, or had none. */
export type StartUp = (usedBefore: boolean) => number;

/** A measured time: straight lines between quantiles. */
function drawLoad(name: string, draws: Draws): number {
  const values = MEASURED_LOADS[name]!;
  const share = draws.uniform();
  let i = 1;
  while (LOAD_QUANTILES[i]! < share) i++;
  const [from, to] = [LOAD_QUANTILES[i - 1]!, LOAD_QUANTILES[i]!];
  return values[i - 1]! + ((values[i]! - values[i - 1]!) * (share - from)) / (to - from);
}

/** @param weightsGib of one replica, over all its GPUs. */
export function startUpFrom(spec: StartSpec, weightsGib: number, seed: number, service: string): StartUp {
  const draws = createDraws(seed, `cold starts ${service}`);
  const variance = log(1 + spec.spread * spec.spread);
  return (usedBefore) => {
    const measured = spec.measuredLoad === undefined ? undefined : drawLoad(spec.measuredLoad, draws);
    const pulled = usedBefore ? 0 : spec.imageGib + (measured === undefined ? weightsGib : 0);
    const load = measured ?? weightsGib / spec.loadGibPerSecond;
    const seconds = spec.nodeSeconds + pulled / spec.pullGibPerSecond + load + spec.warmUpSeconds;
    if (spec.spread === 0) return seconds;
    return seconds * exp(Math.sqrt(variance) * draws.normal() - variance / 2);
  };
}

export function startUpAlways(seconds: number): StartUp {
  return () => seconds;
}

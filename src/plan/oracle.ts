// The controller that knows demand: replicas by stretches of time at least cost, exactly, by the dynamic programme of
// docs/models/switching.md, ordered so much ahead that they are there in time. An oracle: no controller that must guess can be
// expected to be as cheap at the same attainment.

import { solveSwitching } from "../solve/switching.js";
import type { Autoscaler } from "./autoscalers.js";

export interface OracleSetup {
  /** Requests a second by stretches of `binSeconds`, of the demand that will come. */
  perSecond: Float64Array;
  binSeconds: number;
  /** What one replica serves within bounds, requests a second. */
  perSecondPerReplica: number;
  /** From an order to a replica that takes requests, and a tick. */
  leadSeconds: number;
  replicasMax: number;
  replicasAtStart: number;
}

/** Replicas that are needed in each stretch, and how many it is cheapest to have. */
export function oraclePath(setup: OracleSetup): Int32Array {
  const { perSecond, binSeconds, perSecondPerReplica, leadSeconds, replicasMax, replicasAtStart } = setup;
  const demand = perSecond.map((rate) => Math.min(replicasMax, Math.ceil(rate / perSecondPerReplica)));
  // prices are alike, so that costs may be counted in replica-seconds: one that starts is paid for until it serves
  return solveSwitching({
    replicasMax,
    costs: { demand, run: binSeconds, shortage: binSeconds * perSecond.length * (replicasMax + 1) },
    switching: { kind: "linear", up: leadSeconds, down: 0 },
    start: Math.min(replicasMax, replicasAtStart),
  }).path;
}

export function oracle(setup: OracleSetup): Autoscaler {
  const path = oraclePath(setup);
  const { binSeconds, leadSeconds } = setup;
  return ({ atSeconds }) => {
    const from = Math.floor(atSeconds / binSeconds);
    const to = Math.floor((atSeconds + leadSeconds) / binSeconds);
    let wanted = 0;
    for (let bin = from; bin <= to; bin++) wanted = Math.max(wanted, path[Math.min(bin, path.length - 1)]!);
    return wanted;
  };
}

/** Arrivals a second by stretches of `binSeconds`. */
export function ratesOf(arrivalMicros: Iterable<number>, spanSeconds: number, binSeconds: number): Float64Array {
  const rates = new Float64Array(Math.max(1, Math.ceil(spanSeconds / binSeconds)));
  for (const at of arrivalMicros)
    rates[Math.min(rates.length - 1, Math.floor(at / 1e6 / binSeconds))]! += 1 / binSeconds;
  return rates;
}

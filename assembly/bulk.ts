// Kernels over bulk data: the export list of build/bulk.wasm. The memory is given by the host, which lays it out; no kernel
// keeps anything in it beyond what it is asked to write, so that instances in several threads can work on one memory.

import { average, averageOf, firstOutside, normaliseRows } from "./fuse/average";
import { logPool, logPoolExactly } from "./fuse/log-pool";
import { averageByConfidence, trimmedMean } from "./fuse/robust";
import { countSubsets } from "./fuse/subsets";
import { vote } from "./fuse/vote";
import { nearestCentres } from "./learn/kmeans";
import { Network, networkScratch, predictNetwork, trainNetwork } from "./learn/network";
import { Optimiser } from "./learn/optimiser";

/** First byte that the host may lay out. */
export function base(): usize {
  return (__heap_base + 63) & ~63;
}

// every fusion in floats (wide 0) and in doubles (wide 1); pointers in bytes, ranges in samples

export function fuseAverage(
  wide: i32, table: usize, weights: usize, members: i32, from: i32, to: i32, classes: i32, out: usize,
): void {
  const first = <usize>from * <usize>classes;
  const end = <usize>to * <usize>classes;
  if (wide) average<f64>(table, weights, members, first, end, out);
  else average<f32>(table, weights, members, first, end, out);
}

export function fuseAverageOf(
  wide: i32, table: usize, weights: usize, masks: usize, members: i32, from: i32, to: i32, classes: i32, out: usize,
): void {
  if (wide) averageOf<f64>(table, weights, masks, members, from, to, classes, out);
  else averageOf<f32>(table, weights, masks, members, from, to, classes, out);
}

export function fuseVote(
  wide: i32, table: usize, masks: usize, members: i32, from: i32, to: i32, classes: i32, scratch: usize, out: usize,
): void {
  if (wide) vote<f64>(table, masks, members, from, to, classes, scratch, out);
  else vote<f32>(table, masks, members, from, to, classes, scratch, out);
}

/** Floats that all answered. */
export function fuseLogPool(
  table: usize, weights: usize, members: i32, from: i32, to: i32, classes: i32, equal: i32, out: usize,
): void {
  logPool(table, weights, members, from, to, classes, equal, out);
}

export function fuseLogPoolExactly(
  wide: i32, table: usize, weights: usize, masks: usize, members: i32, from: i32, to: i32, classes: i32,
  scratch: usize, out: usize,
): void {
  if (wide) logPoolExactly<f64>(table, weights, masks, members, from, to, classes, scratch, out);
  else logPoolExactly<f32>(table, weights, masks, members, from, to, classes, scratch, out);
}

export function fuseByConfidence(
  wide: i32, table: usize, weights: usize, masks: usize, members: i32, from: i32, to: i32, classes: i32, kind: i32,
  scratch: usize, out: usize,
): void {
  if (wide) averageByConfidence<f64>(table, weights, masks, members, from, to, classes, kind, scratch, out);
  else averageByConfidence<f32>(table, weights, masks, members, from, to, classes, kind, scratch, out);
}

export function fuseTrimmed(
  wide: i32, table: usize, masks: usize, members: i32, from: i32, to: i32, classes: i32, cut: i32,
  scratch: usize, out: usize,
): void {
  if (wide) trimmedMean<f64>(table, masks, members, from, to, classes, cut, scratch, out);
  else trimmedMean<f32>(table, masks, members, from, to, classes, cut, scratch, out);
}

export function normalise(wide: i32, matrix: usize, from: i32, to: i32, classes: i32): void {
  if (wide) normaliseRows<f64>(matrix, from, to, classes);
  else normaliseRows<f32>(matrix, from, to, classes);
}

export function findOutside(wide: i32, matrix: usize, from: f64, to: f64, low: f64, high: f64): f64 {
  return wide
    ? firstOutside<f64>(matrix, <usize>from, <usize>to, low, high)
    : firstOutside<f32>(matrix, <usize>from, <usize>to, low, high);
}

export function networkBytes(net: usize, batch: i32): usize {
  return networkScratch(changetype<Network>(net), batch);
}

export function networkPredict(net: usize, samples: usize, from: i32, to: i32, model: usize, scratch: usize, out: usize): void {
  predictNetwork(changetype<Network>(net), samples, from, to, model, scratch, out);
}

export function networkTrain(
  net: usize, samples: usize, labels: usize, order: usize, from: i32, to: i32, batch: i32, model: usize, optimiser: usize,
  scratch: usize,
): void {
  const s = changetype<Optimiser>(optimiser);
  trainNetwork(changetype<Network>(net), samples, labels, order, from, to, batch, model, s, scratch);
}

export function kmeansNearest(
  samples: usize, from: i32, to: i32, bytes: usize, centres: i32, points: usize, nearest: usize, distances: usize,
): void {
  nearestCentres(samples, from, to, bytes, centres, points, nearest, distances);
}

export function subsetsRight(
  members: i32, classes: i32, count: i32, numbers: usize, labels: usize, sums: usize, right: usize,
): void {
  countSubsets(members, classes, count, numbers, labels, sums, right);
}

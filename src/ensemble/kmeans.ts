// Clusters of samples, and parts of the data made from them.

import { Bulk } from "../engine/bulk.js";
import type { Draws } from "../engine/draws.js";
import { invalid, type Samples } from "./network.js";
import { shuffle } from "./split.js";

export interface Clusters {
  /** Cluster of each sample. */
  of: Int32Array;
  /** samples x clusters: squared distances to the centres. */
  distances: Float32Array;
  /** Sum of squared distances to the nearest centre. */
  inertia: number;
  rounds: number;
}

/**
 * k-means of the first `count` samples: starts by k-means++ (Arthur and Vassilvitskii 2007), then rounds of Lloyd until nothing
 * changes or `roundsMax`. A cluster that has lost all keeps its centre. Throws LEARNING_INVALID for k outside 1 .. count.
 */
export function clusterSamples(samples: Samples, count: number, k: number, draws: Draws, roundsMax = 50): Clusters {
  if (!(Number.isInteger(k) && k >= 1 && k <= count))
    invalid(`There are ${k} clusters of ${count} samples: expected a whole number from 1 to ${count}.`, "");
  const { features, values } = samples;
  const width = Math.ceil(features / 16) * 16;
  const bulk = new Bulk();
  const at = bulk.allocate(count * width * 4);
  const centres = bulk.allocate(k * width * 4);
  const [nearest, distances] = [bulk.allocate(count * 4), bulk.allocate(count * k * 4)];
  const rows = bulk.f32(at, count * width);
  for (let n = 0; n < count; n++) rows.set(values.subarray(n * features, (n + 1) * features), n * width);
  const near = (clusters: number) =>
    bulk.exports.kmeansNearest(at, 0, count, width * 4, clusters, centres, nearest, distances);
  const points = bulk.f32(centres, k * width);
  const put = (c: number, n: number) => points.set(rows.subarray(n * width, (n + 1) * width), c * width);
  put(0, draws.integer(count));
  for (let c = 1; c < k; c++) {
    near(c);
    put(c, drawFar(bulk.i32(nearest, count), bulk.f32(distances, count * c), c, draws));
  }
  let rounds = 0;
  let before = new Int32Array(0);
  for (; rounds < roundsMax; rounds++) {
    near(k);
    const now = bulk.i32(nearest, count);
    if (before.length > 0 && now.every((c, n) => c === before[n])) break;
    before = now.slice();
    moveCentres(rows, points, now, width, k);
  }
  near(k);
  const of = bulk.i32(nearest, count).slice();
  const all = bulk.f32(distances, count * k).slice();
  return { of, distances: all, inertia: of.reduce((sum, c, n) => sum + all[n * k + c]!, 0), rounds };
}

/** A sample by chance, in proportion to its squared distance to the nearest of the centres so far. */
function drawFar(nearest: Int32Array, distances: Float32Array, centres: number, draws: Draws): number {
  const far = (n: number) => distances[n * centres + nearest[n]!]!;
  let total = 0;
  for (let n = 0; n < nearest.length; n++) total += far(n);
  let left = draws.uniform() * total;
  for (let n = 0; n < nearest.length; n++) {
    left -= far(n);
    if (left < 0) return n;
  }
  return nearest.length - 1;
}

function moveCentres(rows: Float32Array, points: Float32Array, of: Int32Array, width: number, k: number): void {
  const sums = new Float64Array(k * width);
  const counts = new Int32Array(k);
  of.forEach((c, n) => {
    counts[c]!++;
    for (let i = 0; i < width; i++) sums[c * width + i]! += rows[n * width + i]!;
  });
  for (let c = 0; c < k; c++) {
    if (counts[c] === 0) continue;
    for (let i = 0; i < width; i++) points[c * width + i] = sums[c * width + i]! / counts[c]!;
  }
}

/**
 * Parts that differ as much as they can: each is a cluster, cut to size. Samples go to their nearest centre, the nearest pairs
 * first, until a part is full; sizes differ by at most one.
 */
export function splitByCluster(samples: Samples, count: number, parts: number, draws: Draws): number[][] {
  const { distances } = clusterSamples(samples, count, parts, draws);
  const pairs = Uint32Array.from({ length: count * parts }, (_, pair) => pair);
  pairs.sort((a, b) => distances[a]! - distances[b]! || a - b);
  const room = Array.from({ length: parts }, (_, p) => Math.floor((count + parts - 1 - p) / parts));
  const lists: number[][] = Array.from({ length: parts }, () => []);
  const placed = new Uint8Array(count);
  for (const pair of pairs) {
    const [n, p] = [Math.floor(pair / parts), pair % parts];
    if (placed[n] || lists[p]!.length === room[p]) continue;
    placed[n] = 1;
    lists[p]!.push(n);
  }
  return lists;
}

/** Parts that are alike: every cluster is dealt out evenly, so that features are distributed alike; sizes differ by at most one. */
export function splitByFeature(
  samples: Samples,
  count: number,
  parts: number,
  draws: Draws,
  clusters = Math.min(count, 10),
): number[][] {
  const { of } = clusterSamples(samples, count, clusters, draws);
  const order = Array.from({ length: count }, (_, n) => n);
  shuffle(order, draws);
  order.sort((a, b) => of[a]! - of[b]!);
  const lists: number[][] = Array.from({ length: parts }, () => []);
  order.forEach((n, i) => {
    lists[i % parts]!.push(n);
  });
  return lists;
}

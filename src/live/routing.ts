// Weights of HTTPRoutes, moved towards what a configuration wants, a step at a time: no backend by more points at once than
// allowed, never all to nothing, and only while the route's backends resolve.

import type { Snapshot } from "./cluster.js";
import type { RouteTarget } from "./config.js";
import { type Change, refOf, withId } from "./plan.js";

export interface RouteResult {
  changes: Change[];
  left: { cluster: string; what: string; reason: string }[];
}

type Weights = readonly { name: string; weight: number }[];

const inWords = (weights: Weights) => weights.map((b) => `${b.name}=${b.weight}`).join(",");

/** Weights as points of a hundred that add up to it; the largest takes what rounding leaves. */
export function points(weights: Weights): { name: string; weight: number }[] {
  const total = weights.reduce((sum, b) => sum + b.weight, 0);
  if (total === 0) return weights.map((b) => ({ ...b }));
  const out = weights.map((b) => ({ name: b.name, weight: Math.round((b.weight / total) * 100) }));
  const rest = 100 - out.reduce((sum, b) => sum + b.weight, 0);
  const largest = out.reduce((best, b) => (b.weight > best.weight ? b : best));
  largest.weight += rest;
  return out;
}

/** One step from weights towards others: what is taken from some is given to others, at most `stepMost` points in all. */
export function step(now: Weights, wanted: Weights, stepMost: number): { name: string; weight: number }[] {
  const out = now.map((b) => ({ ...b }));
  let left = stepMost;
  for (const taker of out) {
    const goal = wanted.find((b) => b.name === taker.name)?.weight ?? 0;
    while (left > 0 && taker.weight < goal) {
      const giver = out.find((b) => b.weight > (wanted.find((w) => w.name === b.name)?.weight ?? 0));
      if (!giver) return out;
      const move = Math.min(
        left,
        goal - taker.weight,
        giver.weight - (wanted.find((w) => w.name === giver.name)?.weight ?? 0),
      );
      giver.weight -= move;
      taker.weight += move;
      left -= move;
    }
  }
  return out;
}

export function routeChanges(
  targets: readonly RouteTarget[],
  snapshots: readonly Snapshot[],
  stepMost: number,
): RouteResult {
  const out: RouteResult = { changes: [], left: [] };
  for (const target of targets) {
    const snapshot = snapshots.find((s) => s.cluster === target.cluster);
    const leave = (reason: string) =>
      void out.left.push({ cluster: target.cluster, what: `HTTPRoute ${target.namespace}/${target.name}`, reason });
    const route = snapshot?.routes.find((r) => r.namespace === target.namespace && r.name === target.name);
    if (!snapshot || !route) {
      leave(snapshot ? "it is not there" : "its cluster is not seen well enough");
      continue;
    }
    if (!route.resolved) {
      leave("its backends do not resolve");
      continue;
    }
    const names = route.backends.map((b) => b.name);
    const unknown = Object.keys(target.weights).find((name) => !names.includes(name));
    if (unknown !== undefined || new Set(names).size !== names.length) {
      leave(unknown === undefined ? "two of its backends have one name" : `it has no backend ${unknown}`);
      continue;
    }
    const wanted = points(names.map((name) => ({ name, weight: target.weights[name] ?? 0 })));
    const next = step(points(route.backends), wanted, stepMost);
    const before = inWords(route.backends);
    if (inWords(next) === before || inWords(points(route.backends)) === inWords(wanted)) continue;
    out.changes.push(
      withId({
        cluster: target.cluster,
        verb: "route",
        object: refOf("HTTPRoute", route),
        before,
        after: inWords(next),
        reason: "ROUTE_STEP",
        why: `a step of at most ${stepMost} points towards ${inWords(wanted)}`,
        gpus: 0,
        replicas: 0,
        group: `route/${target.cluster}/${target.namespace}/${target.name}`,
        detail: {},
      }),
    );
  }
  return out;
}

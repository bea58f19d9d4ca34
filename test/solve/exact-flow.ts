// Minimum-cost flow once more, slowly and in exact integers: successive shortest paths (Bellman-Ford) on BigInt. Shares
// nothing with the solvers but the problem's form. Undefined if no plan exists. No negative cycles, no lower bounds.

import type { FlowProblem } from "../../src/solve/index.js";

interface Arc {
  from: number;
  to: number;
  cost: bigint;
  left: bigint;
  back: Arc;
}

export function exactFlowCost(problem: FlowProblem): bigint | undefined {
  const n = problem.nodeCount;
  const arcs: Arc[] = [];
  const add = (from: number, to: number, cost: bigint, cap: bigint) => {
    const forth = { from, to, cost, left: cap } as Arc;
    const back = { from: to, to: from, cost: -cost, left: 0n, back: forth } as Arc;
    forth.back = back;
    arcs.push(forth, back);
  };
  const endless = Array.prototype.reduce.call(problem.supplies, (a, b) => Number(a) + Math.abs(Number(b)), 0) as number;
  const big = BigInt(endless) + 1n;
  for (let e = 0; e < problem.from.length; e++) {
    const cap = problem.capacities?.[e] ?? Number.POSITIVE_INFINITY;
    add(
      problem.from[e]!,
      problem.to[e]!,
      BigInt(problem.costs[e]!),
      cap === Number.POSITIVE_INFINITY ? big : BigInt(cap),
    );
  }
  let wanted = 0n;
  for (let x = 0; x < n; x++) {
    const supply = BigInt(problem.supplies[x]!);
    if (supply > 0n) add(n, x, 0n, supply);
    if (supply < 0n) {
      add(x, n + 1, 0n, -supply);
      wanted -= supply;
    }
  }
  let cost = 0n;
  while (wanted > 0n) {
    const distance: (bigint | undefined)[] = new Array(n + 2).fill(undefined);
    const via: (Arc | undefined)[] = new Array(n + 2).fill(undefined);
    distance[n] = 0n;
    for (let changed = true; changed; ) {
      changed = false;
      for (const arc of arcs) {
        const d = distance[arc.from];
        if (d === undefined || arc.left === 0n) continue;
        if (distance[arc.to] === undefined || d + arc.cost < distance[arc.to]!) {
          distance[arc.to] = d + arc.cost;
          via[arc.to] = arc;
          changed = true;
        }
      }
    }
    if (distance[n + 1] === undefined) return undefined;
    let amount = wanted;
    for (let x = n + 1; x !== n; x = via[x]!.from) if (via[x]!.left < amount) amount = via[x]!.left;
    for (let x = n + 1; x !== n; x = via[x]!.from) {
      via[x]!.left -= amount;
      via[x]!.back.left += amount;
      cost += amount * via[x]!.cost;
    }
    wanted -= amount;
  }
  return cost;
}

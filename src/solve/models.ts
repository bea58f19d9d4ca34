// Transport and flow problems as linear programmes: for other solvers, and to compare ours with them.

import type { FlowProblem } from "./flow.js";
import { LinearBuilder, type LinearModel } from "./linear.js";
import type { TransportProblem } from "./transport.js";

type Term = readonly [number, number];

const at = (value: ArrayLike<number> | number | undefined, i: number, otherwise: number): number =>
  value === undefined ? otherwise : typeof value === "number" ? value : value[i]!;

const INFINITY = Number.POSITIVE_INFINITY;

export interface Names {
  sources: readonly string[];
  targets: readonly string[];
}

export function transportModel(problem: TransportProblem, names?: Names): LinearModel {
  const builder = new LinearBuilder();
  const [rows, cols] = [problem.supplies.length, problem.demands.length];
  const source = (i: number) => names?.sources[i] ?? `s${i}`;
  const target = (j: number) => names?.targets[j] ?? `t${j}`;
  const sent: Term[][] = Array.from({ length: rows }, () => []);
  const got: Term[][] = Array.from({ length: cols }, () => []);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++) {
      const cost = problem.costs[i * cols + j]!;
      if (cost === INFINITY) continue;
      const x = builder.variable(`${source(i)}_${target(j)}`, cost);
      sent[i]!.push([x, 1]);
      got[j]!.push([x, 1]);
    }
    const surplus = at(problem.surplusCosts, i, 0);
    if (surplus < INFINITY) sent[i]!.push([builder.variable(`kept_${source(i)}`, surplus), 1]);
  }
  for (let j = 0; j < cols; j++) {
    const shortage = at(problem.shortagePrices, j, INFINITY);
    if (shortage < INFINITY) got[j]!.push([builder.variable(`lacking_${target(j)}`, shortage), 1]);
  }
  for (let i = 0; i < rows; i++) builder.row(`supply_${source(i)}`, sent[i]!, { equal: problem.supplies[i]! });
  for (let j = 0; j < cols; j++) builder.row(`demand_${target(j)}`, got[j]!, { equal: problem.demands[j]! });
  return builder.model;
}

export function flowModel(problem: FlowProblem, nodeNames?: readonly string[]): LinearModel {
  const builder = new LinearBuilder();
  const node = (x: number) => nodeNames?.[x] ?? `n${x}`;
  const terms: Term[][] = Array.from({ length: problem.nodeCount }, () => []);
  for (let e = 0; e < problem.from.length; e++) {
    const [u, v] = [problem.from[e]!, problem.to[e]!];
    const options = { lower: at(problem.lowers, e, 0), upper: at(problem.capacities, e, INFINITY) };
    const x = builder.variable(`${node(u)}_${node(v)}`, problem.costs[e]!, options);
    terms[u]!.push([x, 1]);
    terms[v]!.push([x, -1]);
  }
  for (let x = 0; x < problem.nodeCount; x++) {
    const supply = problem.supplies[x]!;
    const price = supply > 0 ? at(problem.surplusCosts, x, INFINITY) : at(problem.shortagePrices, x, INFINITY);
    if (supply !== 0 && price < INFINITY) {
      const name = supply > 0 ? `kept_${node(x)}` : `lacking_${node(x)}`;
      terms[x]!.push([builder.variable(name, price, { upper: Math.abs(supply) }), supply > 0 ? 1 : -1]);
    }
    builder.row(`node_${node(x)}`, terms[x]!, { equal: supply });
  }
  return builder.model;
}

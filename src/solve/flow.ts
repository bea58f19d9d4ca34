// Minimum-cost flow on a graph: clouds, regions, pools and GPU types with egress arcs between them. See
// docs/models/min-cost-flow.md.

import * as abi from "../engine/abi.js";
import { TOOLS_BYTES_MAX, Tools, tooLarge } from "../engine/tools.js";
import { closedSet, type FlowConflict, unboundedCycle } from "./flow-verdicts.js";
import { pivotsAllowed, runSliced, type SolveLimits, timed, type Verdict } from "./limits.js";
import { chooseGrid, type Grid, isCost, measure, onGrid, refuse, spread } from "./scaling.js";

/** A graph with nodes 0 .. nodeCount - 1, and arcs as columns. */
export interface FlowProblem {
  nodeCount: number;
  from: ArrayLike<number>;
  to: ArrayLike<number>;
  /** Cost of a unit over the arc; finite. */
  costs: ArrayLike<number>;
  /** Units at most; default Infinity. */
  capacities?: ArrayLike<number>;
  /** Units at least; default 0. */
  lowers?: ArrayLike<number>;
  /** What each node sends (> 0) or takes (< 0). */
  supplies: ArrayLike<number>;
  /** Cost of a unit that a sending node keeps; default Infinity = everything must go. */
  surplusCosts?: ArrayLike<number> | number;
  /** Price of a unit that a taking node lacks; default Infinity = all must be met. */
  shortagePrices?: ArrayLike<number> | number;
}

export interface FlowSolution {
  verdict: Verdict;
  cost: number;
  /** By arc. */
  flows: Float64Array;
  kept: Float64Array;
  lacking: Float64Array;
  /** By node: what a unit costs there. An arc is used only where price(from) + cost <= price(to). */
  prices: Float64Array;
  pivots: number;
  /** Milliseconds in the solver, without copying in and out; only with a clock. */
  solveMillis?: number;
  exact: boolean;
  costStep: number;
  amountStep: number;
  /** Of an infeasible problem: nodes that want more than can come in. */
  conflict?: FlowConflict;
  /** Of an unbounded one: arcs of a cycle of negative cost without a capacity. */
  cycle?: number[];
}

/** The problem as the kernel takes it: with a node outside where anything may be kept or lacking, and arcs to and from it. */
interface Prepared {
  nodes: number;
  arcs: number;
  from: ArrayLike<number>;
  to: ArrayLike<number>;
  costs: ArrayLike<number>;
  capacities: ArrayLike<number>;
  lowers: ArrayLike<number>;
  supplies: ArrayLike<number>;
  /** Arcs from this one on are what nodes keep or lack. */
  priced: number;
  costGrid: Grid;
  amountGrid: Grid;
  big: number;
}

const INFINITY = Number.POSITIVE_INFINITY;

/** Solves problem after problem; the next begins from the basis of the last if it has the same graph. */
export class FlowSolver {
  readonly #tools = new Tools();
  #nodes = -1;
  #arcs = -1;
  #solved = false;

  /** Throws SOLVE_INVALID for a malformed problem; anything else is a verdict. */
  solve(problem: FlowProblem, limits: SolveLimits & { warm?: boolean } = {}): FlowSolution {
    const p = prepare(problem);
    this.#layOut(p.nodes, p.arcs);
    const contradiction = this.#write(p);
    if (contradiction !== undefined)
      refuse("The lower bound of arc", contradiction, "above its capacity", "at most it");
    const warm = limits.warm !== false && this.#solved ? 1 : 0;
    const { value: verdict, millis } = timed(limits.clock, () =>
      this.#tools.call("a minimum-cost flow", (e) => {
        e.flowStart(warm, p.big, pivotsAllowed(limits, p.nodes, p.arcs));
        return runSliced((slice) => e.flowRun(slice), limits);
      }),
    );
    this.#solved = verdict === "optimal";
    const solution = this.#read(verdict, problem, p);
    return millis === undefined ? solution : { ...solution, solveMillis: millis };
  }

  #layOut(nodes: number, arcs: number): void {
    if (this.#nodes === nodes && this.#arcs === arcs) return;
    const what = `A flow of ${nodes} nodes and ${arcs} arcs`;
    const need = 41 * arcs + 130 * nodes;
    if (need > TOOLS_BYTES_MAX) throw tooLarge(what, need);
    this.#nodes = -1;
    this.#solved = false;
    this.#tools.call(what, (e) => e.flowLayout(nodes, arcs));
    this.#nodes = nodes;
    this.#arcs = arcs;
  }

  #write(p: Prepared): number | undefined {
    const tools = this.#tools;
    const [from, to] = [tools.i32(abi.COL_SOLVE_FROM), tools.i32(abi.COL_SOLVE_TO)];
    const [costs, caps] = [tools.f64(abi.COL_SOLVE_COSTS), tools.f64(abi.COL_SOLVE_CAPS)];
    const net = tools.f64(abi.COL_SOLVE_NET).fill(0);
    for (let x = 0; x < p.nodes; x++) net[x] = onGrid(p.supplies[x]!, p.amountGrid);
    for (let e = 0; e < p.arcs; e++) {
      const lower = onGrid(p.lowers[e]!, p.amountGrid);
      const cap = onGrid(p.capacities[e]!, p.amountGrid);
      if (lower > cap) return e;
      // another graph: its old tree means nothing here
      if (from[e] !== p.from[e] || to[e] !== p.to[e]) this.#solved = false;
      from[e] = p.from[e]!;
      to[e] = p.to[e]!;
      costs[e] = onGrid(p.costs[e]!, p.costGrid);
      caps[e] = cap - lower;
      // a bound below is sent in advance
      net[from[e]!]! -= lower;
      net[to[e]!]! += lower;
    }
    return undefined;
  }

  #read(verdict: Verdict, problem: FlowProblem, p: Prepared): FlowSolution {
    const tools = this.#tools;
    const { step } = p.amountGrid;
    const all = tools.f64(abi.COL_SOLVE_OUTPUT).map((flow, e) => flow * step + p.lowers[e]!);
    const solution: FlowSolution = {
      verdict,
      cost: Number.NaN,
      flows: all.slice(0, problem.from.length),
      kept: new Float64Array(problem.nodeCount),
      lacking: new Float64Array(problem.nodeCount),
      prices: new Float64Array(problem.nodeCount),
      pivots: tools.exports.flowPivots(),
      exact: p.costGrid.exact && p.amountGrid.exact,
      costStep: p.costGrid.step,
      amountStep: step,
    };
    for (let e = p.priced; e < p.arcs; e++) {
      if (p.to[e] === problem.nodeCount) solution.kept[p.from[e]!] = all[e]!;
      else solution.lacking[p.to[e]!] = all[e]!;
    }
    if (verdict === "infeasible") solution.conflict = closedSet(p, leftAtRoot(tools, p.nodes, step), all);
    if (verdict === "unbounded") {
      solution.cycle = unboundedCycle(tools, problem, tools.exports.flowCycleArc(), tools.exports.flowCycleJoin());
    }
    if (verdict !== "optimal") return solution;
    readPrices(tools, p, solution, p.nodes > problem.nodeCount);
    solution.cost = 0;
    for (let e = 0; e < p.arcs; e++) if (all[e] !== 0) solution.cost += all[e]! * p.costs[e]!;
    return solution;
  }
}

function prepare(problem: FlowProblem): Prepared {
  const { nodeCount, from, to, supplies } = problem;
  checkGraph(problem);
  const surplus = spread("The list of surplus costs", problem.surplusCosts ?? INFINITY, nodeCount);
  const shortage = spread("The list of shortage prices", problem.shortagePrices ?? INFINITY, nodeCount);
  measure("Surplus cost of node", surplus, "a number, or Infinity for never", isCost);
  measure("Shortage price of node", shortage, "a number, or Infinity for never", isCost);
  const supplied = measure("Supply of node", supplies, "a finite number", Number.isFinite);
  const lowers = problem.lowers ?? new Float64Array(from.length);
  const bounds = [
    measure("Capacity of arc", problem.capacities ?? [], "a number >= 0, or Infinity", (value) => value >= 0),
    measure("Lower bound of arc", lowers, "a finite number >= 0", (value) => value >= 0 && Number.isFinite(value)),
  ];
  measure("Cost of arc", problem.costs, "a finite number", Number.isFinite);
  const columns = {
    from: Array.from(from),
    to: Array.from(to),
    costs: Array.from(problem.costs),
    capacities: problem.capacities ? Array.from(problem.capacities) : new Array<number>(from.length).fill(INFINITY),
    lowers: Array.from(lowers),
    supplies: Array.from(supplies),
  };
  const outside = nodeCount;
  for (let x = 0; x < nodeCount; x++) {
    const price = supplies[x]! > 0 ? surplus[x]! : shortage[x]!;
    if (supplies[x] === 0 || price === INFINITY) continue;
    columns.from.push(supplies[x]! > 0 ? x : outside);
    columns.to.push(supplies[x]! > 0 ? outside : x);
    columns.costs.push(price);
    columns.capacities.push(Math.abs(supplies[x]!));
    columns.lowers.push(0);
  }
  const money = measure("Cost", columns.costs, "", Number.isFinite);
  let total = bounds[0]!.total + 2 * bounds[1]!.total;
  for (let x = 0; x < nodeCount; x++) total += 2 * Math.abs(supplies[x]!);
  const whole = supplied.whole && bounds.every((b) => b.whole);
  const amountGrid = chooseGrid(total, whole, 1);
  const priced = columns.costs.length > from.length;
  // what is sent and not taken is the outside's to settle, on the grid, so that rounding cannot make it impossible
  if (priced)
    columns.supplies.push(-columns.supplies.reduce((sum, a) => sum + onGrid(a, amountGrid), 0) * amountGrid.step);
  const nodes = columns.supplies.length;
  const costGrid = chooseGrid(money.max, money.whole, 4 * (nodes + 2));
  return {
    nodes,
    arcs: columns.from.length,
    ...columns,
    priced: from.length,
    costGrid,
    amountGrid,
    big: (nodes + 1) * Math.ceil(money.max * costGrid.scale) + 1,
  };
}

function checkGraph(problem: FlowProblem): void {
  const { nodeCount: nodes, from } = problem;
  if (!(Number.isInteger(nodes) && nodes > 0)) refuse("The number of nodes", "", nodes, "a whole number > 0");
  for (const [what, list] of [
    ["ends", problem.to],
    ["costs", problem.costs],
    ["capacities", problem.capacities],
    ["lower bounds", problem.lowers],
  ] as const) {
    if (list && list.length !== from.length) {
      refuse(`The list of ${what}`, "", `${list.length} long`, `${from.length}, one an arc`);
    }
  }
  if (problem.supplies.length !== nodes) {
    refuse("The list of supplies", "", `${problem.supplies.length} long`, `${nodes}, one a node`);
  }
  for (let e = 0; e < from.length; e++) {
    for (const end of [from[e]!, problem.to[e]!]) {
      if (!(Number.isInteger(end) && end >= 0 && end < nodes)) refuse("An end of arc", e, end, `a node below ${nodes}`);
    }
    if (from[e] === problem.to[e]) refuse("Arc", e, `from ${from[e]} to itself`, "two different nodes");
  }
}

/** Artificial units: what nodes could not get rid of, and what they could not get. */
function leftAtRoot(tools: Tools, nodes: number, step: number): { kept: Float64Array; lacking: Float64Array } {
  const flows = tools.f64(abi.COL_SOLVE_NODES);
  const fields = tools.i32(abi.COL_SOLVE_NODES);
  const kept = new Float64Array(nodes);
  const lacking = new Float64Array(nodes);
  for (let x = 0; x < nodes; x++) {
    if (fields[x * 8 + abi.NODE_ARC / 4]! >= 0) continue;
    if (fields[x * 8 + abi.NODE_UP / 4]) kept[x] = flows[x * 4]! * step;
    else lacking[x] = flows[x * 4]! * step;
  }
  return { kept, lacking };
}

/**
 * Potentials are prices. Parts of the tree that hang at the root by an artificial arc, which carries nothing, are all too low
 * by its cost: by the same, so nothing between them changes. With a node outside, its price is 0.
 */
function readPrices(tools: Tools, p: Prepared, solution: FlowSolution, outside: boolean): void {
  const potentials = tools.f64(abi.COL_SOLVE_POTENTIALS);
  const level = outside ? potentials[p.nodes - 1]! : -p.big;
  for (let x = 0; x < solution.prices.length; x++) solution.prices[x] = (potentials[x]! - level) * p.costGrid.step;
}

let shared: FlowSolver | undefined;

/** Solves one problem from scratch. */
export function solveFlow(problem: FlowProblem, limits: SolveLimits = {}): FlowSolution {
  shared ??= new FlowSolver();
  return shared.solve(problem, { ...limits, warm: false });
}

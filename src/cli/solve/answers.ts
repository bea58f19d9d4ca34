// From a problem file to an answer: tables for people, an object for programs, a model for other solvers.

import * as solve from "../../solve/index.js";
import type { Problem, ProblemOf } from "./schema.js";

export interface Answer {
  /** Lines before the tables. */
  summary: string[];
  tables: { title: string; head: string[]; rows: (string | number)[][] }[];
  json: Record<string, unknown>;
}

export interface Limits {
  pivotsMax?: number;
  secondsMax?: number;
  clock: () => number;
}

const INFINITY = Number.POSITIVE_INFINITY;
const orNever = (value: number | null) => value ?? INFINITY;

export function round(value: number): number {
  return Number(value.toPrecision(12));
}

function certificateLine(c: solve.Certificate): string {
  const exactly = c.tolerance.value === 0 ? "exactly" : `within ${c.tolerance.value.toPrecision(2)}`;
  return c.ok
    ? `Certificate: plan and prices are feasible and agree ${exactly} (plan ${round(c.primalValue)}, prices ${round(c.dualValue)}): optimal.`
    : `Certificate: FAILED: ${c.failures.join("; ")}.`;
}

function solverLimits(limits: Limits): solve.SolveLimits {
  return {
    clock: limits.clock,
    ...(limits.pivotsMax === undefined ? {} : { pivotsMax: limits.pivotsMax }),
    ...(limits.secondsMax === undefined ? {} : { millisMax: limits.secondsMax * 1000 }),
  };
}

export function transportOf(p: ProblemOf<"transport">): solve.TransportProblem {
  return {
    supplies: p.sources.map((s) => s.supply),
    demands: p.targets.map((t) => t.demand),
    costs: p.costs.flatMap((row) => row.map(orNever)),
    surplusCosts: p.sources.map((s) => orNever(s.surplusCost)),
    shortagePrices: p.targets.map((t) => orNever(t.shortagePrice)),
  };
}

function answerTransport(p: ProblemOf<"transport">, limits: Limits): Answer {
  const problem = transportOf(p);
  const labels: solve.Labels = {
    source: (i) => p.sources[i]!.name,
    target: (j) => p.targets[j]!.name,
    node: String,
    arc: String,
  };
  const s = solve.requirePlan(solve.solveTransport(problem, solverLimits(limits)), labels);
  const certificate = solve.checkTransport(problem, s);
  const plan = [...s.amounts].map((amount, k) => {
    const [i, j] = [s.sources[k]!, s.targets[k]!];
    return [labels.source(i), labels.target(j), amount, problem.costs[i * p.targets.length + j]! * amount];
  });
  return {
    summary: [`Cost ${round(s.cost)}, ${s.pivots} pivots.`, rounded(s), certificateLine(certificate)],
    tables: [
      { title: "Plan", head: ["from", "to", "amount", "cost"], rows: plan },
      {
        title: "Sources: what one more unit would save",
        head: ["source", "supply", "kept", "price"],
        rows: p.sources.map((x, i) => [x.name, x.supply, s.kept[i]!, s.sourcePrices[i]!]),
      },
      {
        title: "Targets: what one more unit would cost",
        head: ["target", "demand", "lacking", "price"],
        rows: p.targets.map((x, j) => [x.name, x.demand, s.lacking[j]!, s.targetPrices[j]!]),
      },
    ],
    json: { cost: s.cost, plan, sourcePrices: [...s.sourcePrices], targetPrices: [...s.targetPrices], certificate },
  };
}

function rounded(s: { exact: boolean; costStep: number; amountStep: number }): string {
  if (s.exact) return "Whole numbers: calculated exactly.";
  return `Costs were rounded to multiples of ${s.costStep.toPrecision(2)}, amounts to ${s.amountStep.toPrecision(2)}.`;
}

export function flowOf(p: ProblemOf<"flow">): solve.FlowProblem {
  const index = new Map(p.nodes.map((node, x) => [node.name, x]));
  return {
    nodeCount: p.nodes.length,
    from: p.arcs.map((a) => index.get(a.from) ?? -1),
    to: p.arcs.map((a) => index.get(a.to) ?? -1),
    costs: p.arcs.map((a) => a.cost),
    capacities: p.arcs.map((a) => orNever(a.capacity)),
    lowers: p.arcs.map((a) => a.lower),
    supplies: p.nodes.map((node) => node.supply),
    surplusCosts: p.nodes.map((node) => orNever(node.surplusCost)),
    shortagePrices: p.nodes.map((node) => orNever(node.shortagePrice)),
  };
}

function answerFlow(p: ProblemOf<"flow">, limits: Limits): Answer {
  const problem = flowOf(p);
  const labels: solve.Labels = {
    source: String,
    target: String,
    node: (x) => p.nodes[x]!.name,
    arc: (e) => `${p.arcs[e]!.from} -> ${p.arcs[e]!.to}`,
  };
  const s = solve.requirePlan(solve.solveFlow(problem, solverLimits(limits)), labels);
  const certificate = solve.checkFlow(problem, s);
  const used = p.arcs.flatMap((a, e) => (s.flows[e]! > 0 ? [[a.from, a.to, s.flows[e]!, s.flows[e]! * a.cost]] : []));
  return {
    summary: [`Cost ${round(s.cost)}, ${s.pivots} pivots.`, rounded(s), certificateLine(certificate)],
    tables: [
      { title: "Flows", head: ["from", "to", "amount", "cost"], rows: used },
      {
        title: "Nodes: what a unit costs there",
        head: ["node", "supply", "kept", "lacking", "price"],
        rows: p.nodes.map((n, x) => [n.name, n.supply, s.kept[x]!, s.lacking[x]!, s.prices[x]!]),
      },
    ],
    json: { cost: s.cost, flows: [...s.flows], prices: [...s.prices], certificate },
  };
}

export function linearOf(p: ProblemOf<"linear">): solve.LinearModel {
  const b = new solve.LinearBuilder(p.sense);
  const index = new Map<string, number>();
  for (const v of p.variables) {
    const options = { lower: v.lower ?? Number.NEGATIVE_INFINITY, upper: orNever(v.upper), integer: v.integer };
    index.set(v.name, b.variable(v.name, v.cost, options));
  }
  for (const row of p.rows) {
    const terms = Object.entries(row.terms).map(([name, c]) => [index.get(name) ?? -1, c] as const);
    const bounds = {
      ...(row.lower === null ? {} : { lower: row.lower }),
      ...(row.upper === null ? {} : { upper: row.upper }),
    };
    b.row(row.name, terms, row.equal === undefined ? bounds : { equal: row.equal });
  }
  return b.model;
}

async function answerLinear(p: ProblemOf<"linear">, limits: Limits): Promise<Answer> {
  const model = linearOf(p);
  const options = {
    ...(p.solver ? { solver: p.solver } : {}),
    ...(limits.secondsMax === undefined ? {} : { secondsMax: limits.secondsMax }),
  };
  const s = solve.requirePlan(await solve.solveLinear(model, options));
  const proven =
    s.bound === undefined ? [] : [`Proven bound ${round(s.bound)}, gap ${(100 * (s.gap ?? 0)).toPrecision(3)} %.`];
  const rows = model.rows.map((row, r) => {
    const value = row.terms.reduce((sum, [k, c]) => sum + c * s.values[k]!, 0);
    return [row.name, bound(row.lower), round(value), bound(row.upper), s.prices ? round(s.prices[r]!) : ""];
  });
  return {
    summary: [`Value ${round(s.value)}, by ${s.chosen}.`, ...proven],
    tables: [
      {
        title: "Variables",
        head: ["variable", "value", "cost"],
        rows: model.variables.map((v, k) => [v.name, round(s.values[k]!), round(v.cost * s.values[k]!)]),
      },
      { title: "Rows", head: ["row", "at least", "is", "at most", "price"], rows },
    ],
    json: { ...s, values: [...s.values], prices: s.prices ? [...s.prices] : undefined },
  };
}

function bound(value: number): string | number {
  return Number.isFinite(value) ? value : "";
}

function answerRebalance(p: ProblemOf<"rebalance">): Answer {
  const all = p.variants.flatMap((variant) =>
    variant.kinds.map((kind) => {
      const problem = { ...kind, stepMax: orNever(kind.stepMax), weights: kind.weights ?? 1 };
      const given = { supply: kind.supply, demand: kind.demand, weights: problem.weights, stepMax: problem.stepMax };
      const own = solve.rebalance({ ...given, twoSided: p.twoSided });
      const printed = solve.rebalance({ ...given, twoSided: true });
      return { variant: variant.name, kind: kind.name, demand: kind.demand, supply: kind.supply, own, printed };
    }),
  );
  return {
    summary: [
      p.twoSided
        ? "Two-sided: surplus counts like shortage, as the printed formula has it."
        : "One-sided: only shortage counts, and nothing moves that need not. Beside: what the printed, two-sided formula moves.",
    ],
    tables: [
      {
        title: "Moves",
        head: [
          "variant",
          "kind",
          "cloud",
          "demand",
          "supply",
          "pressure",
          "moves",
          "after",
          "pressure after",
          "two-sided",
        ],
        rows: all.flatMap(({ variant, kind, demand, supply, own, printed }) =>
          p.clouds.map((cloud, i) => [
            variant,
            kind,
            cloud,
            demand[i]!,
            supply[i]!,
            own.pressuresBefore[i]!.toFixed(2),
            round(own.moves[i]! + 0),
            round(own.after[i]!),
            own.pressuresAfter[i]!.toFixed(2),
            round(printed.moves[i]! + 0),
          ]),
        ),
      },
    ],
    json: {
      variants: all.map(({ variant, kind, own, printed }) => {
        return {
          variant,
          kind,
          moves: [...own.moves],
          after: [...own.after],
          objective: own.objective,
          twoSided: [...printed.moves],
        };
      }),
    },
  };
}

function answerSwitching(p: ProblemOf<"switching">): Answer {
  const { demand, run, shortage, idle } = p;
  const problem = {
    replicasMax: p.replicasMax,
    costs: { demand, run, shortage, idle },
    switching: p.switching,
    delaySteps: p.delaySteps,
    ...(p.start === undefined ? {} : { start: p.start }),
  };
  const s = solve.solveSwitching(problem);
  const lazy = p.switching.kind === "linear" && p.delaySteps === 0 ? solve.lazyCapacity(problem) : undefined;
  const beside = lazy ? [`Lazy capacity provisioning, which knows no future: ${round(lazy.cost)}.`] : [];
  const sum = solve.pathCost(problem, s.path);
  const agrees = Math.abs(sum - s.cost) <= 1e-9 * Math.max(1, Math.abs(sum));
  return {
    summary: [
      `Cost ${round(s.cost)}.`,
      ...beside,
      `Certificate: ${agrees ? "the path, added up by definition, costs the same" : `FAILED: the path costs ${sum}`}.`,
    ],
    tables: [
      {
        title: "Replicas",
        head: ["step", "demand", "replicas", ...(lazy ? ["lazy"] : [])],
        rows: demand.map((d, t) => [t, d, s.path[t]!, ...(lazy ? [lazy.path[t]!] : [])]),
      },
    ],
    json: { cost: s.cost, path: [...s.path], lazyCost: lazy?.cost },
  };
}

function answerAssignment(p: ProblemOf<"assignment">): Answer {
  const costs = p.costs.flatMap((row) => row.map(orNever));
  const s = solve.solveAssignment(p.rows.length, p.columns.length, costs);
  const conflict = s.row === undefined ? {} : { conflict: p.rows.slice(0, s.row + 1) };
  solve.requirePlan({ verdict: s.verdict, ...conflict });
  const dual = [...s.rowPrices, ...s.columnPrices].reduce((sum, price) => sum + price, 0);
  return {
    summary: [
      `Cost ${round(s.cost)}.`,
      `Certificate: the prices add up to ${round(dual)}; no assignment can cost less.`,
    ],
    tables: [
      {
        title: "Assignment",
        head: ["row", "column", "cost", "price"],
        rows: p.rows.map((row, i) => {
          const j = s.columnOf[i]!;
          return [row, p.columns[j]!, costs[i * p.columns.length + j]!, round(s.rowPrices[i]!)];
        }),
      },
    ],
    json: { cost: s.cost, columnOf: [...s.columnOf], rowPrices: [...s.rowPrices], columnPrices: [...s.columnPrices] },
  };
}

async function answerPacking(p: ProblemOf<"packing">): Promise<Answer> {
  const sizes = p.items.flatMap((item) => new Array<number[]>(item.count).fill(item.size)).flat();
  const problem = { sizes, capacity: p.capacity };
  const lower = await solve.packingBound(problem);
  const found = (["first-fit-decreasing", "dot-product"] as const).map((rule) => solve.packItems(problem, rule));
  const best = Math.min(...found.map((f) => f.bins));
  return {
    summary: [
      `${best} bins; no packing has fewer than ${lower.bins} (column generation, ${round(lower.value)} before rounding up).`,
      best === lower.bins ? "Certificate: the packing meets the bound: optimal." : `Gap ${best - lower.bins} bins.`,
    ],
    tables: [{ title: "Rules", head: ["rule", "bins"], rows: found.map((f) => [f.rule, f.bins]) }],
    json: { bound: lower, packings: found.map((f) => ({ ...f, binOf: [...f.binOf] })) },
  };
}

async function answerMix(p: ProblemOf<"gpu-mix">): Promise<Answer> {
  const s = await solve.solveGpuMix({
    types: p.types.map(({ name, usdPerHour, max }) => ({ name, usdPerHour, ...(max === undefined ? {} : { max }) })),
    rates: p.classes.map((c) => c.requestsPerSecond),
    throughputs: p.types.flatMap((t) => t.requestsPerSecond),
    slices: p.slices,
  });
  solve.requirePlan(s.exact);
  const rows = (
    [
      ["integer programme", s.exact],
      ["each class on its cheapest type", s.relaxed],
      ["one type for all", s.single],
    ] as const
  ).flatMap(([name, mix]) => (mix ? [[name, ...mix.counts, round(mix.usdPerHour)]] : []));
  return {
    summary: [
      `${round(s.exact.usdPerHour)} USD an hour; proven bound ${round(s.exact.bound)}, gap ${(100 * s.exact.gap).toPrecision(3)} %. ` +
        `Without whole GPUs: ${round(s.relaxed.bound)}.`,
    ],
    tables: [{ title: "GPUs", head: ["by", ...p.types.map((t) => t.name), "USD / h"], rows }],
    json: { ...s },
  };
}

export async function answerOf(problem: Problem, limits: Limits): Promise<Answer> {
  if (problem.problem === "transport") return answerTransport(problem, limits);
  if (problem.problem === "flow") return answerFlow(problem, limits);
  if (problem.problem === "linear") return answerLinear(problem, limits);
  if (problem.problem === "rebalance") return answerRebalance(problem);
  if (problem.problem === "switching") return answerSwitching(problem);
  if (problem.problem === "assignment") return answerAssignment(problem);
  if (problem.problem === "packing") return answerPacking(problem);
  return answerMix(problem);
}

/** The problem as a linear programme; undefined for those that are none. */
export function modelOf(problem: Problem): solve.LinearModel | undefined {
  if (problem.problem === "linear") return linearOf(problem);
  if (problem.problem === "transport") {
    const names = { sources: problem.sources.map((s) => s.name), targets: problem.targets.map((t) => t.name) };
    return solve.transportModel(transportOf(problem), names);
  }
  if (problem.problem === "flow") {
    return solve.flowModel(
      flowOf(problem),
      problem.nodes.map((n) => n.name),
    );
  }
  return undefined;
}

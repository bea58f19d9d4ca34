// Transportation problems: "solve only", with costs in memory, as the figures quoted for native solvers are; and the same
// instances through other solvers of the npm registry in the same run, their optimum asserted to be the same.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { solveLinear, type TransportProblem, TransportSolver, transportModel } from "#src/solve/index.js";
import type { Case, Sample } from "../harness.js";
import type { DataFolders } from "./jobs.js";

interface Size {
  rows: number;
  cols: number;
  file: string;
  optimum: number;
}

const SIZES: readonly Size[] = [
  { rows: 50, cols: 200, file: "tp_50x200.txt", optimum: 5_788_974 },
  { rows: 100, cols: 500, file: "tp_100x500.txt", optimum: 7_743_551 },
  { rows: 500, cols: 2000, file: "tp_500x2000.txt.gz", optimum: 5_853_507 },
];

/** A small generator of its own: instances must be the same everywhere. */
export function draws(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

export type Kind = "uniform" | "geometric" | "sparse";

/** Balanced; costs uniform, or distances in the unit square, or nine pairs in ten forbidden. */
export function makeInstance(rows: number, cols: number, kind: Kind, seed = 1): TransportProblem {
  const draw = draws(seed);
  const demands = Array.from({ length: cols }, () => 1 + draw(200));
  const supplies = new Array<number>(rows).fill(0);
  for (const d of demands) for (let k = 0; k < 4; k++) supplies[draw(rows)]! += d / 4;
  const at = (n: number) => Array.from({ length: n }, () => [draw(10_000), draw(10_000)] as const);
  const [from, to] = [at(rows), at(cols)];
  const costs = new Float64Array(rows * cols);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++) {
      const [dx, dy] = [from[i]![0] - to[j]![0], from[i]![1] - to[j]![1]];
      let cost = kind === "geometric" ? Math.round(Math.sqrt(dx * dx + dy * dy)) : 1 + draw(10_000);
      if (kind === "sparse" && draw(10) > 0) cost = Number.POSITIVE_INFINITY;
      costs[i * cols + j] = cost;
    }
  }
  // quarters of demands: whole after four times; and sparse ones need not be feasible without a price
  return {
    supplies: supplies.map((s) => s * 4),
    demands: demands.map((d) => d * 4),
    costs,
    ...(kind === "sparse" ? { shortagePrices: 100_000 } : {}),
  };
}

function readInstance(path: string): TransportProblem {
  const bytes = readFileSync(path);
  const text = (path.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
  const numbers = Float64Array.from(text.trim().split(/\s+/), Number);
  const [rows, cols] = [numbers[0]!, numbers[1]!];
  return {
    supplies: numbers.subarray(2, 2 + rows),
    demands: numbers.subarray(2 + rows, 2 + rows + cols),
    costs: numbers.subarray(2 + rows + cols),
  };
}

interface Instance {
  problem: TransportProblem;
  optimum: number | undefined;
}

/** The published instance where it is at hand, else one of our own of the same size and kind. */
function instanceOf(size: Size, folders: DataFolders, tiny: boolean): Instance {
  if (tiny) return { problem: makeInstance(5, 20, "uniform"), optimum: undefined };
  const path = folders.expected && join(folders.expected, "transport", size.file);
  if (path && existsSync(path)) return { problem: readInstance(path), optimum: size.optimum };
  return { problem: makeInstance(size.rows, size.cols, "uniform"), optimum: undefined };
}

function sampleOf(millis: number, cost: number, optimum: number | undefined): Sample {
  if (optimum !== undefined && Math.abs(cost - optimum) > 1e-6 * optimum) {
    throw new Error(`the optimum is ${optimum}, found ${cost}`);
  }
  return { work: 1, millis, hash: String(Math.round(cost)) };
}

const millis = (sample: Sample) => sample.millis;

async function viaLinear(instance: Instance, solver: "highs" | "javascript-lp-solver"): Promise<Sample> {
  const model = transportModel(instance.problem);
  const begun = performance.now();
  const { value } = await solveLinear(model, { solver });
  return sampleOf(performance.now() - begun, value, instance.optimum);
}

async function viaYalps({ problem, optimum }: Instance): Promise<Sample> {
  const { solve } = await import("yalps");
  const [rows, cols] = [problem.supplies.length, problem.demands.length];
  const constraints = new Map<string, { equal: number }>();
  for (let i = 0; i < rows; i++) constraints.set(`s${i}`, { equal: problem.supplies[i]! });
  for (let j = 0; j < cols; j++) constraints.set(`t${j}`, { equal: problem.demands[j]! });
  const variables = new Map<string, [string, number][]>();
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++) {
      variables.set(`${i} ${j}`, [
        ["cost", problem.costs[i * cols + j]!],
        [`s${i}`, 1],
        [`t${j}`, 1],
      ]);
    }
  }
  const begun = performance.now();
  const { result } = solve(
    { direction: "minimize", objective: "cost", constraints, variables },
    { maxPivots: 1e9, precision: 1e-9 },
  );
  return sampleOf(performance.now() - begun, result, optimum);
}

const ALTERNATIVES = {
  "HiGHS (WASM)": (instance: Instance) => viaLinear(instance, "highs"),
  "javascript-lp-solver": (instance: Instance) => viaLinear(instance, "javascript-lp-solver"),
  yalps: viaYalps,
} as const;

function transportCase(
  size: Size,
  folders: DataFolders,
  suffix: string,
  alternative: keyof typeof ALTERNATIVES | undefined,
): Case {
  let instance: Instance | undefined;
  return {
    name: `solve/transport-${size.rows}x${size.cols}${suffix}`,
    unit: "ms",
    better: "lower",
    runs: size.rows > 200 ? 9 : 25,
    value: millis,
    baseline: alternative
      ? { name: alternative, runs: 3, run: async () => ALTERNATIVES[alternative](instance!) }
      : null,
    async setup(tiny) {
      instance = instanceOf(size, folders, tiny);
      const { problem, optimum } = instance;
      const solver = new TransportSolver();
      const clock = () => performance.now();
      solver.solve(problem, { warm: false });
      return {
        run() {
          const { cost, solveMillis } = solver.solve(problem, { warm: false, clock });
          return sampleOf(solveMillis!, cost, optimum);
        },
      };
    },
  };
}

/** Costs of the same pairs, each moved by up to 5 % up or down. */
function moved(costs: ArrayLike<number>, draw: (below: number) => number): Float64Array {
  return Float64Array.from(costs, (c) => Math.max(0, Math.round(c * (0.95 + draw(1001) / 10_000))));
}

/** The same costs but for one pair in twenty, whose cost is drawn anew. */
function redrawn(costs: ArrayLike<number>, draw: (below: number) => number): Float64Array {
  return Float64Array.from(costs, (c) => (draw(20) === 0 ? 1 + draw(10_000) : c));
}

/**
 * From the basis before, after costs have changed; the baseline solves the same problems from scratch. Moved: every cost
 * by up to 5 %. Redrawn: 5 % of the costs are any other, so that most of the plan changes with them.
 */
function warmCase(folders: DataFolders, name: string, change: typeof moved): Case {
  const clock = () => performance.now();
  let problems: TransportProblem[] = [];
  const run = (warm: boolean) => {
    const solver = new TransportSolver();
    solver.solve(problems[0]!, { warm: false });
    let sum = 0;
    let millisAll = 0;
    for (const problem of problems.slice(1)) {
      const { cost, solveMillis } = solver.solve(problem, { warm, clock });
      sum += cost;
      millisAll += solveMillis!;
    }
    return { work: 1, millis: millisAll / (problems.length - 1), hash: String(sum) };
  };
  return {
    name,
    unit: "ms",
    better: "lower",
    runs: 5,
    value: millis,
    baseline: { name: "the same from scratch", run: () => run(false) },
    async setup(tiny) {
      const { problem } = instanceOf(SIZES[2]!, folders, tiny);
      const draw = draws(5);
      problems = [problem];
      for (let k = 0; k < 6; k++) problems.push({ ...problem, costs: change(problems[k]!.costs, draw) });
      return { run: () => run(true) };
    },
  };
}

/** 20 clouds x 200 workloads, a tick: demands and prices move by up to 5 %. */
function tickCase(): Case {
  return {
    name: "solve/transport-tick-20x200",
    unit: "ms",
    better: "lower",
    runs: 9,
    value: millis,
    baseline: null,
    async setup(tiny) {
      const draw = draws(11);
      const base = makeInstance(20, 200, "uniform", 3);
      const clock = () => performance.now();
      const solver = new TransportSolver();
      const problems: TransportProblem[] = [];
      for (let k = 0; k < (tiny ? 3 : 200); k++) {
        problems.push({
          ...base,
          costs: moved(problems[k - 1]?.costs ?? base.costs, draw),
          demands: Array.from(base.demands, (d) => d - draw(Math.ceil(d / 20) + 1)),
        });
      }
      return {
        run() {
          solver.solve(base, { warm: false });
          let [sum, total] = [0, 0];
          for (const problem of problems) {
            const { cost, solveMillis } = solver.solve(problem, { clock });
            sum += cost;
            total += solveMillis!;
          }
          return { work: 1, millis: total / problems.length, hash: String(sum) };
        },
      };
    },
  };
}

/** Other kinds of costs, and sizes in between: how the time grows, and that of other solvers. */
function kindCase(kind: Kind, [rows, cols]: Dimensions, alternative?: keyof typeof ALTERNATIVES): Case {
  let instance: Instance | undefined;
  return {
    name: `solve/transport-${kind}-${rows}x${cols}${alternative ? `-vs-${alternative}` : ""}`,
    unit: "ms",
    better: "lower",
    runs: 5,
    value: millis,
    baseline: alternative
      ? { name: alternative, runs: 1, run: async () => ALTERNATIVES[alternative](instance!) }
      : null,
    async setup(tiny) {
      const problem = tiny ? makeInstance(5, 20, kind) : makeInstance(rows, cols, kind);
      const solver = new TransportSolver();
      instance = { problem, optimum: solver.solve(problem).cost };
      const clock = () => performance.now();
      return {
        run() {
          const { cost, solveMillis } = solver.solve(problem, { warm: false, clock });
          return sampleOf(solveMillis!, cost, instance!.optimum);
        },
      };
    },
  };
}

type Dimensions = readonly [rows: number, cols: number];
const GRID: readonly Dimensions[] = [
  [25, 100],
  [50, 200],
  [100, 400],
  [200, 800],
  [400, 1600],
  [500, 2000],
];

export function transportCases(folders: DataFolders): { standard: Case[]; onRequest: Case[] } {
  const [small, middle, large] = SIZES as unknown as [Size, Size, Size];
  return {
    standard: [
      transportCase(small, folders, "", "HiGHS (WASM)"),
      transportCase(middle, folders, "", "HiGHS (WASM)"),
      transportCase(large, folders, "", undefined),
      warmCase(folders, "solve/transport-warm", moved),
      warmCase(folders, "solve/transport-warm-redrawn", redrawn),
      tickCase(),
    ],
    onRequest: [
      transportCase(small, folders, "-vs-javascript-lp-solver", "javascript-lp-solver"),
      transportCase(small, folders, "-vs-yalps", "yalps"),
      transportCase(middle, folders, "-vs-javascript-lp-solver", "javascript-lp-solver"),
      transportCase(middle, folders, "-vs-yalps", "yalps"),
      transportCase(large, folders, "-vs-highs", "HiGHS (WASM)"),
      ...(["uniform", "geometric", "sparse"] as const).flatMap((kind) => GRID.map((size) => kindCase(kind, size))),
      ...(Object.keys(ALTERNATIVES) as (keyof typeof ALTERNATIVES)[]).flatMap((alternative) =>
        // the next size takes others minutes
        GRID.slice(0, 3).map((size) => kindCase("uniform", size, alternative)),
      ),
    ],
  };
}

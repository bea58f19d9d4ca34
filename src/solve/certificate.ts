// Checks a solution from problem, plan and prices alone; shares no code with the solvers. By the duality of linear
// programming a plan that is feasible, prices that are feasible, and no gap between their values prove each other optimal.

import type { FlowProblem, FlowSolution } from "./flow.js";
import type { TransportProblem, TransportSolution } from "./transport.js";

export interface Certificate {
  ok: boolean;
  /** Largest amount by which the plan breaks a supply, demand or bound. */
  primalViolation: number;
  /** Largest amount by which a price allows to save over a pair or arc that has room. */
  dualViolation: number;
  /** Largest (amount used) x (money lost on it by the prices): 0 at an optimum. */
  slacknessViolation: number;
  primalValue: number;
  dualValue: number;
  /** |primal - dual|, in money. */
  gap: number;
  /** What ok allows: 1e-9 of the largest amount, cost or value; 0 for whole numbers that add up below 2^53. */
  tolerance: { amount: number; money: number; value: number };
  failures: string[];
}

class Checker {
  primal = 0;
  dual = 0;
  slackness = 0;
  primalValue = 0;
  dualValue = 0;
  readonly failures: string[] = [];
  maxAmount = 0;
  maxMoney = 0;
  volume = 0;
  #whole = true;

  amount(value: number): number {
    if (value !== Number.POSITIVE_INFINITY) {
      this.maxAmount = Math.max(this.maxAmount, Math.abs(value));
      if (value !== Math.floor(value)) this.#whole = false;
    }
    return value;
  }
  money(value: number): number {
    if (value !== Number.POSITIVE_INFINITY) {
      this.maxMoney = Math.max(this.maxMoney, Math.abs(value));
      if (value !== Math.floor(value)) this.#whole = false;
    }
    return value;
  }

  /** One way to use `used` units of at most `cap`, at `reduced` money a unit after prices. */
  use(used: number, cap: number, lower: number, reduced: number): void {
    this.primal = Math.max(this.primal, lower - used, used - cap);
    if (!(used >= cap)) this.dual = Math.max(this.dual, -reduced);
    if (used > lower && reduced > 0) this.slackness = Math.max(this.slackness, (used - lower) * reduced);
    if (used < cap && reduced < 0) this.slackness = Math.max(this.slackness, Math.min(cap - used, used) * -reduced);
    this.volume += Math.abs(used) * Math.abs(reduced);
  }

  certificate(exact: boolean): Certificate {
    const value = Math.max(Math.abs(this.primalValue), Math.abs(this.dualValue));
    const sharp = exact && this.#whole && value < 2 ** 53;
    const part = sharp ? 0 : 1e-9;
    const tolerance = {
      amount: this.maxAmount * part,
      money: this.maxMoney * part,
      value: Math.max(value, this.maxAmount * this.maxMoney) * part,
    };
    const gap = Math.abs(this.primalValue - this.dualValue);
    if (this.primal > tolerance.amount) this.failures.push(`the plan breaks a bound by ${this.primal}`);
    if (this.dual > tolerance.money) this.failures.push(`the prices leave ${this.dual} a unit to be saved`);
    if (this.slackness > tolerance.value) this.failures.push(`something used loses ${this.slackness}`);
    if (!(gap <= tolerance.value)) this.failures.push(`plan ${this.primalValue} and prices ${this.dualValue} differ`);
    return {
      ok: this.failures.length === 0,
      primalViolation: this.primal,
      dualViolation: this.dual,
      slacknessViolation: this.slackness,
      primalValue: this.primalValue,
      dualValue: this.dualValue,
      gap,
      tolerance,
      failures: this.failures,
    };
  }
}

const at = (value: ArrayLike<number> | number | undefined, i: number, otherwise: number): number =>
  value === undefined ? otherwise : typeof value === "number" ? value : value[i]!;

export function checkTransport(problem: TransportProblem, solution: TransportSolution): Certificate {
  const c = new Checker();
  const [rows, cols] = [problem.supplies.length, problem.demands.length];
  const used = new Float64Array(rows * cols);
  const sent = Float64Array.from(solution.kept);
  const got = Float64Array.from(solution.lacking);
  solution.amounts.forEach((amount, k) => {
    const [i, j] = [solution.sources[k]!, solution.targets[k]!];
    used[i * cols + j]! += amount;
    sent[i]! += amount;
    got[j]! += amount;
  });
  const infinity = Number.POSITIVE_INFINITY;
  for (let i = 0; i < rows; i++) {
    const price = solution.sourcePrices[i]!;
    for (let j = 0; j < cols; j++) {
      const cost = c.money(problem.costs[i * cols + j]!);
      const amount = used[i * cols + j]!;
      if (cost === infinity) {
        if (amount > 0) c.failures.push(`${amount} units over the forbidden pair ${i}, ${j}`);
        continue;
      }
      c.use(amount, infinity, 0, cost + price - solution.targetPrices[j]!);
      c.primalValue += amount * cost;
    }
    root(c, solution.kept[i]!, c.money(at(problem.surplusCosts, i, 0)), price, `source ${i} keeps`);
    c.primal = Math.max(c.primal, Math.abs(sent[i]! - c.amount(problem.supplies[i]!)));
    c.dualValue -= problem.supplies[i]! * price;
  }
  for (let j = 0; j < cols; j++) {
    const price = solution.targetPrices[j]!;
    root(c, solution.lacking[j]!, c.money(at(problem.shortagePrices, j, infinity)), -price, `target ${j} lacks`);
    c.primal = Math.max(c.primal, Math.abs(got[j]! - c.amount(problem.demands[j]!)));
    c.dualValue += problem.demands[j]! * price;
  }
  return c.certificate(solution.exact);
}

function root(
  c: Checker,
  amount: number,
  price: number,
  potential: number,
  what: string,
  cap = Number.POSITIVE_INFINITY,
): void {
  if (price === Number.POSITIVE_INFINITY) {
    if (amount > 0) c.failures.push(`${what} ${amount}, which nothing allows`);
    return;
  }
  c.use(amount, cap, 0, price + potential);
  c.primalValue += amount * price;
  if (cap < Number.POSITIVE_INFINITY && price + potential < 0) c.dualValue += cap * (price + potential);
}

export function checkFlow(problem: FlowProblem, solution: FlowSolution): Certificate {
  const c = new Checker();
  const infinity = Number.POSITIVE_INFINITY;
  const balance = new Float64Array(problem.nodeCount);
  for (let e = 0; e < problem.from.length; e++) {
    const [u, v] = [problem.from[e]!, problem.to[e]!];
    const amount = solution.flows[e]!;
    const cap = c.amount(at(problem.capacities, e, infinity));
    const lower = c.amount(at(problem.lowers, e, 0));
    const cost = c.money(problem.costs[e]!);
    const reduced = cost + solution.prices[u]! - solution.prices[v]!;
    c.use(amount, cap, lower, reduced);
    c.primalValue += amount * cost;
    balance[u]! += amount;
    balance[v]! -= amount;
    // a full arc earns what it saves; one at its lower bound loses it
    if (reduced < 0 && cap < infinity) c.dualValue += cap * reduced;
    if (reduced > 0) c.dualValue += lower * reduced;
  }
  for (let x = 0; x < problem.nodeCount; x++) {
    const supply = c.amount(problem.supplies[x]!);
    const price = solution.prices[x]!;
    if (supply > 0)
      root(c, solution.kept[x]!, c.money(at(problem.surplusCosts, x, infinity)), price, `node ${x} keeps`, supply);
    else if (supply < 0) {
      root(
        c,
        solution.lacking[x]!,
        c.money(at(problem.shortagePrices, x, infinity)),
        -price,
        `node ${x} lacks`,
        -supply,
      );
    } else if (solution.kept[x]! > 0 || solution.lacking[x]! > 0) c.failures.push(`node ${x} neither sends nor takes`);
    c.primal = Math.max(c.primal, Math.abs(balance[x]! + solution.kept[x]! - solution.lacking[x]! - supply));
    c.dualValue -= supply * price;
  }
  return c.certificate(solution.exact);
}

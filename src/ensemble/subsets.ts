// Which members to run, and where, for an accuracy at the least cost. See docs/models/ensemble-services.md.

import { Bulk } from "../engine/bulk.js";
import { WindtunnelError } from "../model/errors.js";
import { solveAssignment } from "../solve/index.js";

export interface SubsetProblem {
  /** By member: samples x classes probabilities. At most 15 for an exact answer. */
  members: readonly ArrayLike<number>[];
  classes: number;
  /** Class by sample. */
  labels: ArrayLike<number>;
  /** By member, >= 0; default: all alike. Members of a subset are averaged by these. */
  weights?: readonly number[];
  /** By member, by cloud: what it costs to run there, >= 0; Infinity = it cannot. */
  usd: readonly (readonly number[])[];
  /** Members that a cloud has room for; default: all. */
  room?: readonly number[];
  /** Accuracy to reach, 0 .. 1. */
  target: number;
}

export interface SubsetChoice {
  members: number[];
  /** Of each chosen member: its cloud. */
  clouds: number[];
  accuracy: number;
  usd: number;
  /** No choice that reaches the target costs less than this. */
  usdAtLeast: number;
  exact: boolean;
}

export const EXACT_MEMBERS_MAX = 15;
const SCALE = 2 ** 20;

/** Numbers as the kernel adds them up: weighted, whole, by member, class and sample. */
class Counter {
  readonly #bulk = new Bulk();
  readonly #columns: number;
  readonly #problem: SubsetProblem;
  readonly #numbers: number;
  readonly #labels: number;
  readonly #sums: number;

  constructor(problem: SubsetProblem) {
    this.#problem = problem;
    const { members, classes, labels } = problem;
    const count = labels.length;
    this.#columns = Math.ceil(count / 4) * 4;
    const matrix = classes * this.#columns;
    this.#numbers = this.#bulk.allocate(members.length * matrix * 4);
    this.#labels = this.#bulk.allocate(this.#columns * 4);
    this.#sums = this.#bulk.allocate(matrix * 4);
    const to = this.#bulk.i32(this.#numbers, members.length * matrix);
    members.forEach((rows, m) => {
      const weight = this.#weight(m) * SCALE;
      for (let n = 0; n < count; n++) {
        for (let c = 0; c < classes; c++) {
          to[m * matrix + c * this.#columns + n] = Math.round(weight * rows[n * classes + c]!);
        }
      }
    });
    const own = this.#bulk.i32(this.#labels, this.#columns);
    own.fill(-1);
    for (let n = 0; n < count; n++) own[n] = labels[n]!;
  }

  #weight(m: number): number {
    const { weights, members } = this.#problem;
    const most = Math.max(...(weights ?? [1]), 0);
    return ((weights?.[m] ?? 1) / most) * (32 / Math.max(32, members.length));
  }

  /** Samples that each subset of these members gets right, by its bits. */
  all(which: readonly number[]): Uint32Array {
    const { classes } = this.#problem;
    const matrix = classes * this.#columns;
    const packed = this.#bulk.allocate(which.length * matrix * 4);
    const from = this.#bulk.i32(this.#numbers, this.#problem.members.length * matrix);
    const to = this.#bulk.i32(packed, which.length * matrix);
    which.forEach((m, i) => {
      to.set(from.subarray(m * matrix, (m + 1) * matrix), i * matrix);
    });
    const right = this.#bulk.allocate(4 * 2 ** which.length);
    this.#bulk.i32(this.#sums, matrix).fill(0);
    const e = this.#bulk.exports;
    e.subsetsRight(which.length, classes, this.#columns, packed, this.#labels, this.#sums, right);
    return this.#bulk.u32(right, 2 ** which.length).slice();
  }

  /** Samples that these members together get right. */
  one(which: readonly number[]): number {
    const { classes, labels } = this.#problem;
    const from = this.#bulk.i32(this.#numbers, this.#problem.members.length * classes * this.#columns);
    let right = 0;
    for (let n = 0; n < labels.length; n++) {
      let [best, label] = [Number.NEGATIVE_INFINITY, 0];
      for (let c = 0; c < classes; c++) {
        let sum = 0;
        for (const m of which) sum += from[(m * classes + c) * this.#columns + n]!;
        if (sum > best) [best, label] = [sum, c];
      }
      right += label === labels[n] ? 1 : 0;
    }
    return right;
  }
}

/**
 * The cheapest subset, with its clouds, whose average reaches the target on these samples. At most 15 members: exact, by all
 * subsets. More: members are added while they bring most for their money and taken out again where they are not needed; then
 * `usdAtLeast` is a bound: samples that a member alone can carry against the commonest other class, bought at their best price.
 * Undefined if no subset that was looked at reaches it. Throws FUSION_INVALID for what is malformed.
 */
export function chooseMembers(problem: SubsetProblem): SubsetChoice | undefined {
  check(problem);
  const counter = new Counter(problem);
  const needed = Math.ceil(problem.target * problem.labels.length - 1e-9);
  return problem.members.length <= EXACT_MEMBERS_MAX
    ? exactly(problem, counter, needed)
    : greedily(problem, counter, needed);
}

const cheapest = (row: readonly number[]) => Math.min(...row);

/** Clouds of members, one each, within room: the least sum. */
function place({ usd, room }: SubsetProblem, which: readonly number[]): { clouds: number[]; usd: number } {
  const free = which.map((m) => usd[m]!.indexOf(cheapest(usd[m]!)));
  const sum = (clouds: readonly number[]) => clouds.reduce((total, cloud, i) => total + usd[which[i]!]![cloud]!, 0);
  const load = (cloud: number) => free.filter((c) => c === cloud).length;
  if (!room || free.every((cloud) => load(cloud) <= room[cloud]!)) return { clouds: free, usd: sum(free) };
  const columns = room.flatMap((places, cloud) => Array.from({ length: Math.min(places, which.length) }, () => cloud));
  if (columns.length < which.length) return { clouds: [], usd: Number.POSITIVE_INFINITY };
  const costs = which.flatMap((m) => columns.map((cloud) => usd[m]![cloud]!));
  const { verdict, columnOf } = solveAssignment(which.length, columns.length, costs);
  if (verdict !== "optimal") return { clouds: [], usd: Number.POSITIVE_INFINITY };
  const clouds = Array.from(columnOf, (column) => columns[column]!);
  return { clouds, usd: sum(clouds) };
}

function exactly(problem: SubsetProblem, counter: Counter, needed: number): SubsetChoice | undefined {
  const everybody = problem.members.map((_, m) => m);
  const right = counter.all(everybody);
  const list = (bits: number) => everybody.filter((m) => (bits >>> m) & 1);
  // without room for all, costs are at least these: subsets are placed in their order until no cheaper one can follow
  const least = problem.usd.map(cheapest);
  const able = Array.from(right.keys()).filter((bits) => bits > 0 && right[bits]! >= needed);
  const bound = new Map(able.map((bits) => [bits, list(bits).reduce((sum, m) => sum + least[m]!, 0)]));
  able.sort((a, b) => bound.get(a)! - bound.get(b)! || right[b]! - right[a]! || a - b);
  let best: SubsetChoice | undefined;
  for (const bits of able) {
    if (best && bound.get(bits)! >= best.usd) break;
    const members = list(bits);
    const placed = place(problem, members);
    if (!Number.isFinite(placed.usd) || (best && placed.usd >= best.usd)) continue;
    const accuracy = right[bits]! / problem.labels.length;
    best = { members, ...placed, accuracy, usdAtLeast: placed.usd, exact: true };
  }
  return best;
}

function greedily(problem: SubsetProblem, counter: Counter, needed: number): SubsetChoice | undefined {
  const price = problem.usd.map(cheapest);
  let chosen: number[] = [];
  let right = 0;
  while (right < needed) {
    const others = problem.members.map((_, m) => m).filter((m) => !chosen.includes(m) && Number.isFinite(price[m]!));
    const tried = others
      .map((m) => ({ m, right: counter.one([...chosen, m]) }))
      .filter(({ m }) => Number.isFinite(place(problem, [...chosen, m]).usd));
    if (tried.length === 0) return undefined;
    const worth = (t: { m: number; right: number }) => (t.right - right) / Math.max(price[t.m]!, 1e-12);
    const next = tried.reduce((a, b) => (worth(b) > worth(a) ? b : a));
    chosen.push(next.m);
    right = next.right;
  }
  for (const m of [...chosen].sort((a, b) => price[b]! - price[a]!)) {
    const rest = chosen.filter((other) => other !== m);
    if (rest.length === 0 || counter.one(rest) < needed) continue;
    chosen = rest;
  }
  chosen.sort((a, b) => a - b);
  const placed = place(problem, chosen);
  const accuracy = counter.one(chosen) / problem.labels.length;
  return { members: chosen, ...placed, accuracy, usdAtLeast: leastUsd(problem, price, needed), exact: false };
}

/**
 * A fused answer is right only if some member gives the true class at least what it gives one other class, whichever that is:
 * here the one that most members prefer. So members must carry `needed` samples among them; bought by the piece, at the best
 * price a sample first, that costs at least this.
 */
function leastUsd({ members, classes, labels }: SubsetProblem, price: readonly number[], needed: number): number {
  const carried = members.map(() => 0);
  for (let n = 0; n < labels.length; n++) {
    const label = labels[n]!;
    const rivals = Array.from({ length: classes }, (_, c) => {
      return c === label ? -1 : members.filter((rows) => rows[n * classes + c]! > rows[n * classes + label]!).length;
    });
    const rival = rivals.indexOf(Math.max(...rivals));
    members.forEach((rows, m) => {
      if (classes === 1 || rows[n * classes + label]! >= rows[n * classes + rival]!) carried[m]!++;
    });
  }
  const order = members.map((_, m) => m).filter((m) => carried[m]! > 0 && Number.isFinite(price[m]!));
  order.sort((a, b) => price[a]! / carried[a]! - price[b]! / carried[b]!);
  let [left, usd] = [needed, 0];
  for (const m of order) {
    const share = Math.min(1, left / carried[m]!);
    usd += share * price[m]!;
    left -= share * carried[m]!;
    if (left <= 0) break;
  }
  return usd;
}

function check({ members, classes, labels, usd, room, target, weights }: SubsetProblem): void {
  const refuse = (what: string, expected: string): never => {
    throw new WindtunnelError(
      "FUSION_INVALID",
      `${what}: expected ${expected}.`,
      "See docs/models/ensemble-services.md.",
    );
  };
  if (members.length < 1 || members.length > 64) refuse(`There are ${members.length} members`, "1 to 64");
  members.forEach((rows, m) => {
    if (rows.length !== labels.length * classes)
      refuse(`Member ${m} has ${rows.length} numbers`, `${labels.length} samples of ${classes} classes`);
    const bad = Array.from(rows).findIndex((p) => !(p >= 0 && p <= 1 + 1e-4));
    if (bad >= 0) refuse(`Member ${m}, sample ${Math.floor(bad / classes)} has ${rows[bad]}`, "a probability");
  });
  const odd = Array.from(labels).findIndex((label) => !(Number.isInteger(label) && label >= 0 && label < classes));
  if (odd >= 0) refuse(`Sample ${odd} is of class ${labels[odd]}`, `a class from 0 to ${classes - 1}`);
  if (usd.length !== members.length) refuse(`There are costs of ${usd.length} members`, `of ${members.length}`);
  const clouds = usd[0]!.length;
  const wrong = usd.findIndex((row) => row.length !== clouds || row.length === 0 || row.some((cost) => !(cost >= 0)));
  if (wrong >= 0) refuse(`Costs of member ${wrong} are ${usd[wrong]!.join(", ")}`, `${clouds} numbers of at least 0`);
  if (room && (room.length !== clouds || room.some((places) => !(Number.isInteger(places) && places >= 0))))
    refuse(`Room is ${room.join(", ")}`, `${clouds} whole numbers`);
  if (!(target >= 0 && target <= 1)) refuse(`The target is ${target}`, "an accuracy from 0 to 1");
  if (weights && (weights.length !== members.length || weights.some((w) => !(w >= 0)) || !weights.some((w) => w > 0)))
    refuse(`Weights are ${weights.join(", ")}`, `${members.length} numbers of at least 0, not all 0`);
}

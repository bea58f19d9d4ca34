// Which policy pairs and loads the charts show. Tables show all of them; a chart of 65 lines shows nothing.

import type { Experiment, RankingRow, RunResult } from "../model/results.js";

type PairName = Pick<RankingRow, "queue" | "place">;

/** `easy + first-fit`: how a pair is written everywhere. */
export function pairName({ queue, place }: PairName): string {
  return `${queue} + ${place}`;
}

/** `load 0.9`, or `the given pools`. */
export function loadName(load: number | null): string {
  return load === null ? "the given pools" : `load ${load}`;
}

/** The loads of a ranking, in its order. */
export function loadsOf(ranking: readonly RankingRow[]): (number | null)[] {
  return [...new Set(ranking.map((row) => row.load))];
}

export function rowsAt(ranking: readonly RankingRow[], load: number | null): RankingRow[] {
  return ranking.filter((row) => row.load === load);
}

/** The best pair at a load: the first that is no oracle. */
export function bestOf(rows: readonly RankingRow[]): RankingRow | undefined {
  return rows.find((row) => !row.oracle && Number.isFinite(row.metrics.jctSecondsMean?.mean));
}

/** More rows than this are hard to take in: charts leave the others out, the page folds them away. */
const SHORT_LIST = 24;
const ORACLES_MAX = 4;

/**
 * The rows of one load worth showing at once, in their order: the best oracles (a few), the best of the others, and the
 * very last. All rows where they are few.
 */
export function shortList(rows: readonly RankingRow[]): RankingRow[] {
  if (rows.length <= SHORT_LIST) return [...rows];
  const oracles = rows.filter((row) => row.oracle).slice(0, ORACLES_MAX);
  const plain = rows.filter((row) => !row.oracle).slice(0, SHORT_LIST - 1 - oracles.length);
  const shown = new Set([...oracles, ...plain, rows.at(-1)!]);
  return rows.filter((row) => shown.has(row));
}

/** The load that the answer is about: the highest, where policies differ most. */
export function headlineLoad(ranking: readonly RankingRow[]): number | null {
  return loadsOf(ranking).at(-1) ?? null;
}

/** At most three loads for the larger charts: highest, middle, lowest. */
export function shownLoads(ranking: readonly RankingRow[]): (number | null)[] {
  const loads = loadsOf(ranking).reverse();
  if (loads.length <= 3) return loads;
  return [loads[0]!, loads[Math.floor(loads.length / 2)]!, loads.at(-1)!];
}

/**
 * At most five pairs for the line charts, picked at the highest load and the same in every chart: the best and the worst,
 * the best oracle, fifo as the familiar baseline, and from there on down the ranking. Each queue policy only with its best
 * placement.
 */
export function shownPairs(ranking: readonly RankingRow[]): RankingRow[] {
  const rows = rowsAt(ranking, headlineLoad(ranking));
  const byQueue = rows.filter((row, i) => rows.findIndex((other) => other.queue === row.queue) === i);
  const plain = byQueue.filter((row) => !row.oracle);
  const wanted = [
    bestOf(plain),
    byQueue.find((row) => row.oracle),
    plain.at(-1),
    plain.find((row) => row.queue === "fifo"),
  ];
  const picked = new Set([...wanted, ...plain, ...byQueue].filter((row) => row !== undefined));
  const five = new Set([...picked].slice(0, 5));
  return byQueue.filter((row) => five.has(row));
}

/** The best pair and, to set it against, the worst of those shown. */
export function bestAndWorst(ranking: readonly RankingRow[]): RankingRow[] {
  const pairs = shownPairs(ranking).filter((row) => !row.oracle);
  const best = bestOf(pairs);
  return [...new Set([best, pairs.at(-1)])].filter((row) => row !== undefined);
}

/** A pair's run with the lowest replication number at a load, the one that single-run charts show. */
export function firstRun(experiment: Experiment, pair: PairName, load: number | null): RunResult | undefined {
  return experiment.runs
    .filter(({ spec }) => {
      return spec.queue === pair.queue && spec.place === pair.place && spec.load === load && spec.shake === null;
    })
    .sort((a, b) => a.spec.replication - b.spec.replication)[0];
}

// The answer in words, with its uncertainty: what a reader takes away who looks at nothing else. An oracle is never the
// answer, and a difference that may be chance is called that.

import { findQueuePolicy, placeSummary } from "../model/policies.js";
import type { Experiment, RankingRow } from "../model/results.js";
import { formatInterval, formatNumber, formatRatio, formatShare, formatTime, timeUnitFor } from "./numbers.js";
import { bestOf, headlineLoad, loadName, loadsOf, pairName, rowsAt } from "./pairs.js";

export interface Answer {
  /** One sentence. */
  headline: string;
  /** Sentences about the same load: the bound, the oracle, what to beware of. */
  details: string[];
  /** One sentence for each further load, highest first. */
  otherLoads: string[];
}

/** Above this adjusted p, a difference is not told from chance. */
const SIGNIFICANT = 0.05;

/** True if the difference to the best is not significant once all comparisons are counted (Holm), or cannot be judged. */
export function mayBeChance(row: RankingRow): boolean {
  return !(row.pAdjusted <= SIGNIFICANT);
}

export function buildAnswer(experiment: Experiment): Answer {
  const { ranking } = experiment;
  const load = headlineLoad(ranking);
  const otherLoads = loadsOf(ranking).filter((other) => other !== load);
  return {
    headline: sentence(ranking, load),
    details: [
      ...wordsSentence(rowsAt(ranking, load), load),
      ...firstClearlySlower(rowsAt(ranking, load)),
      ...shakenSentence(experiment, load),
      ...boundSentence(experiment, load),
      ...oracleSentence(rowsAt(ranking, load)),
      ...unfinishedSentence(rowsAt(ranking, load)),
    ],
    otherLoads: otherLoads.reverse().map((other) => sentence(ranking, other)),
  };
}

/** What the words of the headline mean, for who has never met them. */
function wordsSentence(rows: readonly RankingRow[], load: number | null): string[] {
  const best = bestOf(rows);
  if (!best) return [];
  const words =
    load === null
      ? []
      : [`Load ${load}: the jobs ask for at most ${formatShare(load)} of the GPU time there is while they arrive`];
  const queue = findQueuePolicy(best.queue)?.summary;
  if (queue) words.push(`${best.queue}: ${uncapitalised(queue)}`);
  const place = placeSummary(best.place);
  if (place) words.push(`${best.place}: ${uncapitalised(place)}`);
  return words.length > 0 ? [`${words.join(". ")}.`] : [];
}

function uncapitalised(text: string): string {
  // EASY stays as it is
  return /^[A-Z]{2}/.test(text) ? text : text.charAt(0).toLowerCase() + text.slice(1);
}

function sentence(ranking: readonly RankingRow[], load: number | null): string {
  const rows = rowsAt(ranking, load);
  const best = bestOf(rows);
  const where = load === null ? "On the given pools" : `At load ${load}`;
  if (!best && rows.every((row) => row.oracle)) {
    return `${where}, only policies that are told true run times were compared: there is no answer for a real cluster.`;
  }
  if (!best) return `${where}, no policy that could be built finished any job.`;
  const others = rows.filter((row) => !row.oracle && row !== best);
  const jct = best.metrics.jctSecondsMean!;
  const unit = timeUnitFor([jct.mean]);
  const spread = Number.isFinite(jct.halfWidth)
    ? ` (95 % interval, ${jct.count} ${best.from === "batches" ? "stretches of one replication" : "replications"})`
    : " (one replication, so the uncertainty is not known)";
  const time = formatInterval(jct, unit.seconds).replace(" ±", ` ${unit.symbol} ±`);
  const opening = `${where}, ${pairName(best)} finishes jobs soonest: mean job completion time ${time} ${unit.symbol}${spread}`;
  const next = others[0];
  if (!next) return `${opening}; nothing else was compared.`;
  const { mean, halfWidth } = next.jctSecondsMeanVsBest;
  if (mean === 0 && !(halfWidth > 0)) return `${opening}, exactly as soon as ${pairName(next)}.`;
  const known = Number.isFinite(next.jctRatioToBest.halfWidth);
  const chance = known && mayBeChance(next) ? ", which may be chance" : "";
  return `${opening}; the next best, ${pairName(next)}, takes ${longer(next)}${chance}.`;
}

/** How much longer than under the best: `12 % longer (9 to 15)`, `2.3 times as long (1.9 to 2.8)`. */
function longer(row: RankingRow): string {
  const text = formatRatio(row.jctRatioToBest);
  if (text.includes("×")) return text.replace(" ×", " times as long");
  return `${text.replace(/^[+−]/, "").replace(" %", ` % ${text.startsWith("−") ? "shorter" : "longer"}`)}`;
}

/** Where the runner-up may be as good, the first pair that surely is not. */
function firstClearlySlower(rows: readonly RankingRow[]): string[] {
  const others = rows.filter((row) => !row.oracle && row !== bestOf(rows));
  const tied = others.filter(mayBeChance);
  if (!others[0] || !mayBeChance(others[0]) || !Number.isFinite(others[0].jctRatioToBest.halfWidth)) return [];
  const slower = others.find((row) => !mayBeChance(row) && row.jctSecondsMeanVsBest.mean > 0);
  const count = tied.length === 1 ? "One pair" : `${tied.length} pairs`;
  const undecided = `${count} cannot be told apart from the best.`;
  if (!slower) return [undecided];
  return [`${undecided} The first that is clearly slower is ${pairName(slower)}: jobs take ${longer(slower)}.`];
}

function boundSentence(experiment: Experiment, load: number | null): string[] {
  const bound = experiment.bounds.find((other) => other.load === load)?.jctSecondsMean.mean;
  const best = bestOf(rowsAt(experiment.ranking, load))?.metrics.jctSecondsMean?.mean;
  if (bound === undefined || best === undefined || !(bound <= best)) return [];
  const left = formatShare((best - bound) / best);
  return [
    `No schedule, not even one that knows the future, can bring the mean below ${formatTime(bound)}: at most ${left} of the time is left to gain.`,
  ];
}

/** Whether small changes of the record turn the answer over. */
function shakenSentence(experiment: Experiment, load: number | null): string[] {
  const found = experiment.robustness.find((other) => other.load === load);
  const rows = rowsAt(experiment.ranking, load).filter((row) => !row.oracle);
  if (!found || rows.length < 2) return [];
  const kept = Math.round(found.sameBest * found.shakes);
  const other = found.best.find(({ queue, place }) => queue !== rows[0]!.queue || place !== rows[0]!.place);
  const instead = other ? `, ${pairName(other)} in ${other.count}` : "";
  return [
    `Shaken ${found.shakes} times (arrivals and run times a little different), it stays the best in ${kept}${instead}; the order of all pairs agrees with a Kendall tau of ${formatNumber(found.tauMean)} on average, ${formatNumber(found.tauLeast)} at least.`,
  ];
}

function oracleSentence(rows: readonly RankingRow[]): string[] {
  const oracle = rows.find((row) => row.oracle);
  const best = bestOf(rows);
  const jct = oracle?.metrics.jctSecondsMean?.mean;
  if (!oracle || !best || jct === undefined || !Number.isFinite(jct)) return [];
  const share = (best.metrics.jctSecondsMean!.mean - jct) / best.metrics.jctSecondsMean!.mean;
  const compared = share > 0 ? `${formatShare(share)} below` : `${formatShare(-share)} above`;
  return [
    `Told every true run time, which no real cluster is, ${pairName(oracle)} (oracle) reaches ${formatTime(jct)}, ${compared} the best.`,
  ];
}

function unfinishedSentence(rows: readonly RankingRow[]): string[] {
  const left = rows.filter((row) => (row.metrics.jobsUnfinished?.mean ?? 0) > 0);
  if (left.length === 0) return [];
  const most = left.reduce((a, b) => (b.metrics.jobsUnfinished!.mean > a.metrics.jobsUnfinished!.mean ? b : a));
  const count = Math.round(most.metrics.jobsUnfinished!.mean);
  return [
    `Caution: under ${left.length} of ${rows.length} pairs some jobs had not finished when the run ended (most under ${pairName(most)}, about ${count}); they are missing from its mean, which so looks too good.`,
  ];
}

/** `at load 0.9` for titles. */
export function atLoad(load: number | null): string {
  return load === null ? "on the given pools" : `at ${loadName(load)}`;
}

// How sure the answer is, and what that rests on: replications, warm-up, independence, shaking.

import { type Experiment, LAG_ONE_LIMIT, type RankingRow, type RunResult } from "../model/results.js";
import { mayBeChance } from "./answer.js";
import { escapeHtml as text } from "./escape.js";
import { formatNumber, formatShare } from "./numbers.js";
import { bestOf, loadName, loadsOf, pairName, rowsAt } from "./pairs.js";

/** One sentence each; the same on the page and on the terminal. */
export function certaintyLines(experiment: Experiment): string[] {
  const runs = experiment.runs.filter(({ spec }) => spec.shake === null);
  return [
    ...comparisonLines(experiment.ranking),
    ...batchLines(runs),
    ...warmupLines(runs),
    ...shakingLines(experiment),
  ];
}

export function certaintySection(experiment: Experiment): string {
  const lines = certaintyLines(experiment);
  if (lines.length === 0) return "";
  return `<section><h2>How sure is this</h2><ul>${lines.map((line) => `<li>${text(line)}</li>`).join("\n")}</ul></section>`;
}

function comparisonLines(ranking: readonly RankingRow[]): string[] {
  return loadsOf(ranking).flatMap((load) => {
    const rows = rowsAt(ranking, load);
    const best = bestOf(rows);
    const others = rows.filter((row) => row !== best && !Number.isNaN(row.pAdjusted));
    if (!best || others.length === 0) return [];
    const tied = others.filter((row) => mayBeChance(row) && !row.oracle).map(pairName);
    const may =
      tied.length === 0
        ? "no other pair that could be built may be as good"
        : `${tied.length} other${tied.length === 1 ? "" : "s"} may be as good (${tied.join(", ")})`;
    return [
      `At ${loadName(load)}, ${others.length} pairs were compared with ${pairName(best)} at a chance of 5 % in all of calling one worse that is not: ${may}.`,
    ];
  });
}

function batchLines(runs: readonly RunResult[]): string[] {
  const within = runs.flatMap((run) => (run.within ? [run.within] : []));
  if (within.length === 0) return [];
  const alike = within.filter(({ lagOne }) => lagOne > LAG_ONE_LIMIT).length;
  const verdict =
    alike === 0
      ? "neighbouring stretches are not noticeably alike, as the intervals assume"
      : `in ${alike} of ${within.length} runs neighbouring stretches are alike (correlation above ${LAG_ONE_LIMIT.toFixed(2)}), so their intervals are too narrow: use replications`;
  return [`There is one replication, and intervals come from stretches of it: ${verdict}.`];
}

function warmupLines(runs: readonly RunResult[]): string[] {
  const found = runs.flatMap((run) => (run.warmupJobs === null ? [] : [run.warmupJobs]));
  if (runs.length === 0) return [];
  const cut = runs.map((run) => run.cutJobs);
  const most = Math.max(...cut);
  const jobs = Math.max(1, ...runs.map((run) => (run.metrics.jobsFinished ?? 0) + (run.metrics.jobsUnfinished ?? 0)));
  const estimate =
    found.length === 0
      ? "MSER-5 finds in no run an end of the warm-up"
      : `MSER-5 puts the end of the warm-up at ${range(found)} jobs${found.length < runs.length ? `; in ${runs.length - found.length} of ${runs.length} runs it finds none in the first half: no settled part can be told there` : ""}`;
  const done =
    most === 0
      ? "all jobs count"
      : `the first ${range(cut)} jobs (at most ${formatShare(most / jobs)}) count in no metric of jobs, the same under every policy of a replication`;
  return [`${estimate}; ${done}.`];
}

function shakingLines(experiment: Experiment): string[] {
  return experiment.robustness.map((found) => {
    const best = found.best.map(({ queue, place, count }) => `${pairName({ queue, place })} ${count}`).join(", ");
    return `Shaken ${found.shakes} times at ${loadName(found.load)}, the best pair was: ${best}. Kendall's tau with the unshaken order: ${formatNumber(found.tauMean)} on average, ${formatNumber(found.tauLeast)} at least. A pair's mean changed by ${formatShare(found.changeMost)} at most.`;
  });
}

function range(values: readonly number[]): string {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  return least === most ? `${least}` : `${least} to ${most}`;
}

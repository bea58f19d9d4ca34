import { describe, expect, it } from "vitest";
import type { Experiment } from "../../src/model/results.js";
import { buildAnswer } from "../../src/report/answer.js";
import { rank } from "../../src/sim/ranking.js";
import { interval } from "../../src/sim/statistics.js";
import { runOf } from "../sim/rows.js";
import { buildExperiment } from "./fixture.js";

const HOUR = 3600;
const base = buildExperiment({ loads: [0.9], replications: 1, queues: ["fifo"], places: ["first-fit"] });

/** An experiment of the given mean JCTs, hours, by queue, one a replication. */
function experimentOf(
  hours: Record<string, number[]>,
  extra: { bound?: number; load?: number | null; unfinished?: string } = {},
): Experiment {
  const { load = 0.9 } = extra;
  const runs = Object.entries(hours).flatMap(([queue, values]) =>
    values.map((value, replication) => {
      const jobsUnfinished = queue === extra.unfinished ? 7 : 0;
      return runOf({ queue, load, replication }, { jctSecondsMean: value * HOUR, jobsUnfinished });
    }),
  );
  const bound = interval([(extra.bound ?? 0) * HOUR, (extra.bound ?? 0) * HOUR]);
  return {
    ...base,
    runs,
    ranking: rank(runs, (queue) => queue.endsWith("-oracle")),
    bounds: extra.bound === undefined ? [] : [{ load, jctSecondsMean: bound, makespanSeconds: bound }],
  };
}

describe("the answer", () => {
  it("names the best pair with its uncertainty and the clear lead over the next", () => {
    const answer = buildAnswer(experimentOf({ fifo: [4, 4.2, 4.4], easy: [3, 3.2, 3.4] }));
    expect(answer.headline).toBe(
      "At load 0.9, easy + first-fit finishes jobs soonest: mean job completion time 3.20 h ± 0.50 h (95 % interval, 3 replications); the next best, fifo + first-fit, takes 31 % longer (27 to 36).",
    );
  });

  it("says when the lead may be chance, and who is clearly slower", () => {
    const answer = buildAnswer(experimentOf({ fifo: [9, 9.1, 9.3], sjf: [3, 3.5, 3.2], easy: [3, 3.2, 3.4] }));
    expect(answer.headline).toMatch(
      /the next best, sjf \+ first-fit, takes .* % longer \(.*\), which may be chance\.$/,
    );
    expect(answer.details[1]).toMatch(
      /^One pair cannot be told apart from the best\. .* clearly slower is fifo \+ first-fit: jobs take 2\.9 times as long/,
    );
  });

  it("never is an oracle, but tells what one would reach", () => {
    const answer = buildAnswer(experimentOf({ "srtf-oracle": [1, 1, 1], easy: [2, 2, 2], fifo: [4, 4, 4] }));
    expect(answer.headline).toContain("easy + first-fit finishes jobs soonest");
    expect(answer.details.join(" ")).toContain(
      "srtf-oracle + first-fit (oracle) reaches 60.0 min, 50 % below the best",
    );
  });

  it("says how far the bound is", () => {
    const answer = buildAnswer(experimentOf({ easy: [4, 4, 4] }, { bound: 3 }));
    expect(answer.headline).toContain("nothing else was compared");
    expect(answer.details.join(" ")).toContain("below 3.00 h: at most 25 % of the time is left to gain");
  });

  it("does not invent an uncertainty from one replication", () => {
    const { headline } = buildAnswer(experimentOf({ easy: [4], fifo: [5] }, { load: null }));
    expect(headline).toBe(
      "On the given pools, easy + first-fit finishes jobs soonest: mean job completion time 4.00 h (one replication, so the uncertainty is not known); the next best, fifo + first-fit, takes 25 % longer.",
    );
  });

  it("says when two pairs do exactly the same", () => {
    expect(buildAnswer(experimentOf({ easy: [4, 5], fifo: [4, 5] })).headline).toContain("exactly as soon as");
  });

  it("warns of means that leave unfinished jobs out", () => {
    const answer = buildAnswer(experimentOf({ easy: [4, 5], fifo: [6, 7] }, { unfinished: "fifo" }));
    expect(answer.details.at(-1)).toMatch(/^Caution: under 1 of 2 pairs .* fifo \+ first-fit, about 7\)/);
  });

  it("is about the highest load and has a sentence for each other one", () => {
    const answer = buildAnswer(buildExperiment({ loads: [0.5, 0.7, 0.9], replications: 2, queues: ["fifo", "easy"] }));
    expect(answer.headline).toMatch(/^At load 0.9, /);
    expect(answer.otherLoads.map((sentence) => sentence.slice(0, 12))).toEqual(["At load 0.7,", "At load 0.5,"]);
  });

  it("survives an experiment in which nothing finished", () => {
    const answer = buildAnswer(experimentOf({ easy: [Number.NaN] }));
    expect(answer.headline).toContain("no policy that could be built finished any job");
  });
});

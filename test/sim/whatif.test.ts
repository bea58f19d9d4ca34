import { describe, expect, it } from "vitest";
import { createDraws } from "../../src/engine/draws.js";
import { measureDemand, sizePools } from "../../src/sim/pools.js";
import { simulate } from "../../src/sim/run.js";
import { whatIf } from "../../src/sim/whatif.js";
import { scenarioOf, traceOf } from "./schedules/small.js";

const draws = createDraws(11, "test/whatif");
const trace = traceOf(
  Array.from({ length: 300 }, (_, i) => ({
    at: i * 4 + draws.integer(4),
    run: 5 + draws.integer(200),
    gpus: [1, 1, 2, 4, 8][draws.integer(5)]!,
    estimate: 300,
    priority: draws.integer(3),
  })),
);
const scenario = scenarioOf([{ gpusPerNode: 8, size: { nodes: 4 } }], {
  jobClasses: [{ name: "default", failuresPerGpuHour: 0.5, checkpointSeconds: 20 }],
});
const pools = sizePools(scenario, measureDemand(trace.jobs), null, []);
const specOf = (queue: string, place = "first-fit") => {
  return { id: queue, queue, place, load: null, replication: 0, shake: null, seed: 3 };
};
const setupOf = (queue: string) => ({ scenario, spec: specOf(queue), pools, trace });

/** Finish of every job of a whole run, µs. */
function finishes(queue: string, place = "first-fit"): Map<number, number> {
  const { rows } = simulate(specOf(queue, place), scenario, pools, trace, { clock: () => 0 }).result;
  return new Map([...rows.job].map((job, i) => [job, rows.finishMicros[i]!]));
}

describe("a fork", () => {
  it.each(["fifo", "sjf", "las", "easy", "conservative", "priority", "srtf-oracle", "sjf-history"])(
    "of %s under the same policy goes on exactly as the run did",
    (queue) => {
      const found = whatIf(setupOf(queue), 500e6, { queue, place: "first-fit" });
      expect(found.was.rows.count).toBeGreaterThan(100);
      expect(found.other.rows).toEqual(found.was.rows);
      expect(found.other.series).toEqual(found.was.series);
    },
  );

  it.each(["sjf", "las", "easy", "easy-oracle", "conservative", "priority", "sjf-history"])(
    "before anything happened is a run under %s from the start",
    (queue) => {
      const found = whatIf(setupOf("fifo"), 0, { queue, place: "worst-fit" });
      const whole = finishes(queue, "worst-fit");
      expect(found.other.rows.count).toBe(300);
      found.other.rows.job.forEach((job, i) => {
        expect(found.other.rows.finishMicros[i], `job ${job}`).toBe(whole.get(job));
      });
    },
  );

  it.each(["las", "srtf", "easy-history", "priority"])("at any moment, fifo's backlog goes to %s", (queue) => {
    for (let at = 50e6; at < 1500e6; at += 97e6) {
      const { was, other } = whatIf(setupOf("fifo"), at, { queue, place: "first-fit" });
      expect([...other.rows.job]).toEqual([...was.rows.job]);
      expect(other.rows.finishMicros.every((micros) => !Number.isNaN(micros))).toBe(true);
    }
  });

  it("leaves the past alone, has every job in both branches, and repeats the run that was", () => {
    const found = whatIf(setupOf("fifo"), 600e6, { queue: "srtf", place: "best-fit" });
    const whole = finishes("fifo");
    const done = [...whole.values()].filter((micros) => micros <= found.forkMicros).length;
    expect(found.forkMicros).toBeLessThanOrEqual(600e6);
    expect(found.was.rows.count).toBe(300 - done);
    expect([...found.other.rows.job]).toEqual([...found.was.rows.job]);
    for (const [i, job] of found.was.rows.job.entries()) expect(found.was.rows.finishMicros[i]).toBe(whole.get(job));
    expect(found.other.rows.finishMicros.every((micros) => micros >= found.forkMicros)).toBe(true);
    expect([...found.other.rows.finishMicros]).not.toEqual([...found.was.rows.finishMicros]);
  });
});

import { describe, expect, it } from "vitest";
import { measureRun } from "../../src/sim/measure.js";
import { rank } from "../../src/sim/ranking.js";
import { robustness } from "../../src/sim/robustness.js";
import { NO_SERIES, rowsOf, runOf } from "./rows.js";

function setup(count: number) {
  return {
    gpusTotal: 8,
    jobs: { deadlineMicros: new Float64Array(count).fill(Number.NaN), runMicros: new Float64Array(count).fill(10e6) },
    tenants: ["ann", "bob"],
    poolModels: ["T4", "A100"],
    cutJobs: 0,
    within: false,
  };
}

describe("metrics by group", () => {
  const rows = rowsOf([
    { submit: 0, held: 10, gpuMilli: 1000, tenant: 0, pool: 0 },
    { submit: 0, held: 20, gpuMilli: 1000, tenant: 0, pool: 1 },
    { submit: 0, start: 4, held: 30, gpuMilli: 4000, tenant: 1, pool: 1 },
    { submit: 0, held: 1, gpuMilli: 500, tenant: 0, pool: 0 },
  ]);
  const { groups } = measureRun(rows, NO_SERIES, setup(4));
  const mean = (dimension: string, group: string) =>
    groups.find((row) => row.dimension === dimension && row.group === group)?.metrics.jctSecondsMean;

  it("split the jobs by size, model and tenant, each job once a dimension", () => {
    expect(mean("size", "under 1 GPU")).toBe(1);
    expect(mean("size", "1 GPU")).toBe(15);
    expect(mean("size", "2 to 4 GPUs")).toBe(34);
    expect(mean("gpuModel", "T4")).toBe(5.5);
    expect(mean("gpuModel", "A100")).toBe(27);
    expect(mean("tenant", "bob")).toBe(34);
    for (const dimension of ["size", "gpuModel", "tenant"]) {
      const jobs = groups.filter((row) => row.dimension === dimension).reduce((sum, row) => sum + row.jobs, 0);
      expect(jobs, dimension).toBe(4);
    }
  });

  it("leave out a dimension of one group", () => {
    const alike = rowsOf([{ submit: 0 }, { submit: 1 }]);
    expect(measureRun(alike, NO_SERIES, setup(2)).groups).toEqual([]);
  });
});

describe("curves", () => {
  it("are quantiles of jobs that count, and means of stretches of all, in order of submission", () => {
    const rows = rowsOf(Array.from({ length: 600 }, (_, i) => ({ submit: i, held: i + 1 })));
    const { curves } = measureRun(rows, NO_SERIES, { ...setup(600), cutJobs: 200 });
    expect(curves.jctSecondsQuantiles).toHaveLength(201);
    expect([curves.jctSecondsQuantiles[0], curves.jctSecondsQuantiles.at(-1)]).toEqual([201, 600]);
    expect(curves.jctSecondsByStretch).toHaveLength(60);
    expect(curves.jctSecondsByStretch[1]).toBe(15.5);
    expect(curves.jobs).toBe(600);
  });
});

describe("a warm-up that is cut", () => {
  it("leaves the first jobs out of metrics of jobs, and in those of the run", () => {
    const rows = rowsOf([
      { submit: 0, held: 1 },
      { submit: 1, held: 3 },
      { submit: 2, held: 5 },
    ]);
    const all = measureRun(rows, NO_SERIES, setup(3)).metrics;
    const cut = measureRun(rows, NO_SERIES, { ...setup(3), cutJobs: 1 }).metrics;
    expect([all.jctSecondsMean, cut.jctSecondsMean]).toEqual([3, 4]);
    expect(cut.makespanSeconds).toBe(all.makespanSeconds);
    expect(cut.jobsFinished).toBe(3);
  });
});

describe("deadlines and fairness", () => {
  it("count a job that ends after its deadline, and none without one", () => {
    const rows = rowsOf([
      { submit: 0, held: 10 },
      { submit: 0, held: 20 },
      { submit: 0, held: 30 },
    ]);
    const base = setup(3);
    expect(measureRun(rows, NO_SERIES, base).metrics.deadlineMissShare).toBeUndefined();
    const jobs = { ...base.jobs, deadlineMicros: Float64Array.of(10e6, 19e6, Number.NaN) };
    expect(measureRun(rows, NO_SERIES, { ...base, jobs }).metrics.deadlineMissShare).toBe(0.5);
  });

  it("rho is JCT over the time on a share of one's own (by hand)", () => {
    // two jobs of 10 s at once on 8 GPUs, all the time: N = 2, a share is 4 GPUs
    const rows = rowsOf([
      { submit: 0, held: 10, gpuMilli: 1000 },
      { submit: 0, held: 10, gpuMilli: 8000 },
    ]);
    const { metrics } = measureRun(rows, NO_SERIES, setup(2));
    // the small job: 10 / 10; the large one would take twice as long on 4 GPUs: 10 / 20
    expect(metrics.finishTimeFairnessWorst).toBe(1);
    expect(metrics.unfairJobShare).toBe(0);
  });
});

describe("one replication", () => {
  it("has intervals from within, and is compared stretch by stretch", () => {
    const rows = (slow: number) =>
      rowsOf(Array.from({ length: 400 }, (_, i) => ({ submit: i, held: (10 + ((i * 37) % 11)) * slow })));
    const run = (queue: string, slow: number) => {
      const measures = measureRun(rows(slow), NO_SERIES, { ...setup(400), within: true });
      return { ...runOf({ queue }, {}), ...measures };
    };
    const [best, other] = rank([run("las", 1), run("fifo", 2)], () => false);
    expect(best!.from).toBe("batches");
    expect(best!.metrics.jctSecondsMean!.count).toBe(20);
    expect(best!.metrics.jctSecondsMean!.halfWidth).toBeGreaterThan(0);
    expect(best!.metrics.jctSecondsP90!.low).toBeLessThanOrEqual(best!.metrics.jctSecondsP90!.mean);
    expect(other!.jctRatioToBest.mean).toBeCloseTo(2, 10);
    expect(other!.pAdjusted).toBeLessThan(1e-6);
  });
});

describe("robustness under shaking", () => {
  const jct = (queue: string, shake: number | null, jctSecondsMean: number) =>
    runOf({ queue, shake }, { jctSecondsMean });

  it("counts how often the best stays the best, and how the order agrees", () => {
    const runs = [jct("las", null, 1), jct("sjf", null, 2), jct("fifo", null, 4)];
    const shaken = [
      [1.1, 2, 4],
      [2.5, 2, 4],
    ].flatMap(([las, sjf, fifo], s) => [jct("las", s, las!), jct("sjf", s, sjf!), jct("fifo", s, fifo!)]);
    const ranking = rank(runs, () => false);
    const [found] = robustness([...runs, ...shaken], ranking);
    expect(found).toMatchObject({ load: 0.9, shakes: 2, sameBest: 0.5, tauLeast: 1 / 3, changeMost: 1.5 });
    expect(found!.tauMean).toBeCloseTo(2 / 3, 12);
    expect(found!.best.map(({ queue, count }) => [queue, count])).toEqual([
      ["las", 1],
      ["sjf", 1],
    ]);
  });

  it("is empty without shaken runs", () => {
    const runs = [jct("las", null, 1)];
    expect(
      robustness(
        runs,
        rank(runs, () => false),
      ),
    ).toEqual([]);
  });
});

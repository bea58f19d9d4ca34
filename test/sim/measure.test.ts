import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { createDraws } from "../../src/engine/draws.js";
import type { GroupRow } from "../../src/model/results.js";
import { measureJobs, measureRun } from "../../src/sim/measure.js";
import { rank } from "../../src/sim/ranking.js";
import { robustness } from "../../src/sim/robustness.js";
import { RunTable } from "../../src/sim/run-table.js";
import { TableJobs } from "../../src/sim/table-jobs.js";
import { plainMetrics } from "../twins/job-metrics.js";
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
  let groups: GroupRow[] = [];
  beforeAll(async () => {
    ({ groups } = await measureRun(rows, NO_SERIES, setup(4)));
  });
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

  it("leave out a dimension of one group", async () => {
    const alike = rowsOf([{ submit: 0 }, { submit: 1 }]);
    expect((await measureRun(alike, NO_SERIES, setup(2))).groups).toEqual([]);
  });
});

describe("curves", () => {
  it("are quantiles of jobs that count, and means of stretches of all, in order of submission", async () => {
    const rows = rowsOf(Array.from({ length: 600 }, (_, i) => ({ submit: i, held: i + 1 })));
    const { curves } = await measureRun(rows, NO_SERIES, { ...setup(600), cutJobs: 200 });
    expect(curves.jctSecondsQuantiles).toHaveLength(201);
    expect([curves.jctSecondsQuantiles[0], curves.jctSecondsQuantiles.at(-1)]).toEqual([201, 600]);
    expect(curves.jctSecondsByStretch).toHaveLength(60);
    expect(curves.jctSecondsByStretch[1]).toBe(15.5);
    expect(curves.jobs).toBe(600);
  });
});

describe("a warm-up that is cut", () => {
  it("leaves the first jobs out of metrics of jobs, and in those of the run", async () => {
    const rows = rowsOf([
      { submit: 0, held: 1 },
      { submit: 1, held: 3 },
      { submit: 2, held: 5 },
    ]);
    const all = (await measureRun(rows, NO_SERIES, setup(3))).metrics;
    const cut = (await measureRun(rows, NO_SERIES, { ...setup(3), cutJobs: 1 })).metrics;
    expect([all.jctSecondsMean, cut.jctSecondsMean]).toEqual([3, 4]);
    expect(cut.makespanSeconds).toBe(all.makespanSeconds);
    expect(cut.jobsFinished).toBe(3);
  });
});

describe("deadlines and fairness", () => {
  it("count a job that ends after its deadline, and none without one", async () => {
    const rows = rowsOf([
      { submit: 0, held: 10 },
      { submit: 0, held: 20 },
      { submit: 0, held: 30 },
    ]);
    const base = setup(3);
    expect((await measureRun(rows, NO_SERIES, base)).metrics.deadlineMissShare).toBeUndefined();
    const jobs = { ...base.jobs, deadlineMicros: Float64Array.of(10e6, 19e6, Number.NaN) };
    expect((await measureRun(rows, NO_SERIES, { ...base, jobs })).metrics.deadlineMissShare).toBe(0.5);
  });

  it("rho is JCT over the time on a share of one's own (by hand)", async () => {
    // two jobs of 10 s at once on 8 GPUs, all the time: N = 2, a share is 4 GPUs
    const rows = rowsOf([
      { submit: 0, held: 10, gpuMilli: 1000 },
      { submit: 0, held: 10, gpuMilli: 8000 },
    ]);
    const { metrics } = await measureRun(rows, NO_SERIES, setup(2));
    // the small job: 10 / 10; the large one would take twice as long on 4 GPUs: 10 / 20
    expect(metrics.finishTimeFairnessWorst).toBe(1);
    expect(metrics.unfairJobShare).toBe(0);
  });
});

/** Every number in it to twelve digits. */
function rounded(value: unknown): unknown {
  if (typeof value === "number") return Number(value.toPrecision(12));
  if (ArrayBuffer.isView(value)) return Array.from(value as Float64Array, rounded);
  if (Array.isArray(value)) return value.map(rounded);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, rounded(part)]));
}

describe("arrays and queries", () => {
  it.each([1, 2, 3, 4])(
    "say what plain code says, metric by metric, and the same as each other (seed %i)",
    async (seed) => {
      const draws = createDraws(seed, "test/measure");
      const count = 50 + draws.integer(400);
      const rows = rowsOf(
        Array.from({ length: count }, (_, i) => {
          const submit = i * draws.uniform();
          const start = draws.uniform() < 0.1 ? Number.NaN : submit + draws.integer(50);
          const held = 1 + draws.integer(40);
          const late = draws.integer(3) * draws.uniform();
          return {
            submit,
            start,
            held,
            finish: draws.uniform() < 0.1 ? Number.NaN : start + held + late,
            gpuMilli: [250, 1000, 2000, 8000, 16000][draws.integer(5)]!,
            lost: draws.integer(3),
            restarts: draws.integer(3),
            endStatus: draws.integer(3),
            tenant: draws.integer(5),
            pool: draws.integer(2),
          };
        }),
      );
      const jobs = {
        runMicros: Float64Array.from({ length: count }, () => 1e6 * (1 + draws.integer(40))),
        deadlineMicros: Float64Array.from({ length: count }, () =>
          draws.uniform() < 0.5 ? Number.NaN : 1e6 * draws.integer(300),
        ),
      };
      const bins = (most: number) => Float64Array.from({ length: 5 }, () => most * draws.uniform());
      const series = {
        binMicros: 60e6,
        endMicros: 270e6,
        gpusAllocated: bins(8),
        gpusStranded: bins(2),
        jobsWaiting: bins(9),
      };
      const context = { gpusTotal: 8, jobs, cutJobs: seed % 2 === 0 ? 20 : 0, costUsd: 3 };
      const measured = await measureRun(rows, series, { ...setup(count), ...context, within: true });
      const table = await RunTable.create();
      table.add(rows);
      const queried = await measureJobs(new TableJobs(table), series, { ...setup(count), ...context, within: true });
      await table.close();
      // added up in another order: the last digits may differ
      expect(rounded(queried)).toEqual(rounded(measured));
      const { metrics } = measured;
      const plain = plainMetrics(rows, series, context);
      expect(Object.keys(metrics).sort()).toEqual(Object.keys(plain).sort());
      for (const [name, value] of Object.entries(plain)) {
        expect(Math.abs(metrics[name]! - value), name).toBeLessThanOrEqual(1e-9 * Math.abs(value));
      }
    },
  );

  it("take the same from the file that was written", async () => {
    const rows = rowsOf(
      Array.from({ length: 5000 }, (_, i) => ({ submit: i, held: 1 + ((i * 37) % 101), tenant: i % 2 })),
    );
    const folder = await mkdtemp(join(tmpdir(), "windtunnel-measure-"));
    try {
      const table = await RunTable.create(join(folder, "spill"));
      table.add(rows);
      const before = await measureJobs(new TableJobs(table), NO_SERIES, setup(5000));
      await table.write(join(folder, "rows.parquet"));
      await table.close();
      const again = await RunTable.open(join(folder, "rows.parquet"));
      expect(await measureJobs(new TableJobs(again), NO_SERIES, setup(5000))).toEqual(before);
      await again.close();
      expect(await readdir(folder)).toEqual(["rows.parquet"]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe("one replication", () => {
  it("has intervals from within, and is compared stretch by stretch", async () => {
    const rows = (slow: number) =>
      rowsOf(Array.from({ length: 400 }, (_, i) => ({ submit: i, held: (10 + ((i * 37) % 11)) * slow })));
    const run = async (queue: string, slow: number) => {
      const measures = await measureRun(rows(slow), NO_SERIES, { ...setup(400), within: true });
      return { ...runOf({ queue }, {}), ...measures };
    };
    const [best, other] = rank([await run("las", 1), await run("fifo", 2)], () => false);
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

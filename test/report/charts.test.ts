import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Stay } from "../../src/model/results.js";
import { growthChart } from "../../src/report/charts/growth.js";
import { assignLanes } from "../../src/report/charts/lanes.js";
import { shortList, shownPairs } from "../../src/report/pairs.js";
import { chartSvg, compileChart } from "../../src/report/render-chart.js";
import { buildCharts } from "../../src/report/report.js";
import { buildExperiment } from "./fixture.js";

const experiment = buildExperiment({ replications: 2 });
const charts = buildCharts(experiment).flatMap((group) => group.charts);

/** Every data row of a specification and of its layers. */
function rowsOf(spec: object): Record<string, unknown>[] {
  const { data, layer = [] } = spec as { data?: { values: Record<string, unknown>[] }; layer?: object[] };
  return [...(data?.values ?? []), ...layer.flatMap(rowsOf)];
}

function chart(id: string) {
  return charts.find((candidate) => candidate.id === id)!;
}

const NO_CURVES = { jctSecondsQuantiles: new Float64Array(0), jctSecondsByStretch: new Float64Array(0), jobs: 0 };

describe("time against size", () => {
  it("has a line a series, and one in proportion from the least", async () => {
    const point = (series: string, size: number, value: number) => ({ series, size, value });
    const points = [point("a", 10, 2), point("a", 1000, 300), point("b", 100, 5)];
    const { spec } = growthChart(points, { title: "t", size: "pairs", value: "ms" });
    expect(rowsOf(spec)).toEqual([
      point("in proportion to size", 10, 2),
      point("in proportion to size", 1000, 200),
      ...points,
    ]);
    expect(await chartSvg(spec)).toContain("pairs");
  });
});

describe("the charts of a report", () => {
  it("are one a question and load, with an id of their own and words beside", () => {
    expect(charts.map(({ id }) => id).sort()).toEqual(
      [
        ...["ranking", "differences", "allocation", "waiting", "settling", "distribution", "waits"].flatMap((id) => [
          `${id}-0`,
          `${id}-1`,
        ]),
        "gantt-best",
        "gantt-other",
      ].sort(),
    );
    for (const { title, caption } of charts) for (const words of [title, caption]) expect(words).toMatch(/\w{3}/);
  });

  it("compile without a warning and draw as SVG without a browser", async () => {
    for (const { id, spec } of charts) {
      const svg = await chartSvg(spec);
      expect(svg, id).toMatch(/^<svg /);
      expect(svg.match(/<path /g)!.length, id).toBeGreaterThan(4);
      expect(svg, id).not.toMatch(/NaN|undefined/);
    }
  });

  it("have every pair in the ranking, with interval, oracle mark and lower bound", () => {
    const rows = rowsOf(chart("ranking-1").spec);
    for (const row of experiment.ranking.filter(({ load }) => load === 0.7)) {
      const { mean, halfWidth } = row.metrics.jctSecondsMean!;
      const found = rows.find(({ pair }) => pair === `${row.queue} + ${row.place}`) as { jct: number; high: number };
      expect(found.jct * 3600).toBeCloseTo(mean, -1);
      expect(found.high * 3600).toBeCloseTo(mean + halfWidth, -1);
      expect(found).toMatchObject({ kind: row.oracle ? "oracle" : "policy" });
    }
    expect(rows.filter((row) => "bound" in row)).toHaveLength(1);
  });

  it("have at most 201 points a line in the distribution, from the first job to the last", () => {
    const rows = rowsOf(chart("distribution-1").spec) as { pair: string; y: number }[];
    for (const pair of new Set(rows.map((row) => row.pair))) {
      const line = rows.filter((row) => row.pair === pair);
      expect(line).toHaveLength(201);
      expect(line.at(-1)!.y).toBe(1);
      for (let i = 1; i < line.length; i++) expect(line[i]!.y).toBeGreaterThan(line[i - 1]!.y);
    }
  });

  it("keep shares of allocated GPUs in 0..1 and thin them to what can be seen", () => {
    const rows = rowsOf(chart("allocation-1").spec) as { pair: string; y: number }[];
    for (const { y } of rows) {
      expect(y).toBeGreaterThanOrEqual(0);
      expect(y).toBeLessThanOrEqual(1);
    }
    const lines = new Set(rows.map((row) => row.pair)).size;
    expect(lines).toBe(5);
    expect(rows.length).toBeLessThanOrEqual(120 * lines);
  });

  it("draw a bounded Gantt chart that starts with the worst pair and offers the others", () => {
    const { spec } = chart("gantt-other");
    expect(spec.params![0]).toMatchObject({ value: expect.stringContaining("fifo"), bind: { input: "select" } });
    expect(rowsOf(spec).length).toBeLessThan(4 * 2000);
    expect(compileChart(spec).signals!.some(({ name }) => name === "shown")).toBe(true);
  });

  it("leave out what there is no data for", () => {
    const bare = {
      ...experiment,
      runs: experiment.runs.map((run) => ({ ...run, stays: [], curves: NO_CURVES, waits: null })),
    };
    const ids = buildCharts(bare).flatMap((group) => group.charts.map(({ id }) => id.replace(/-.*/, "")));
    expect(new Set(ids)).toEqual(new Set(["ranking", "differences", "allocation", "waiting"]));
  });

  it("fall back to a logarithmic axis where one pair is far behind, and say so", () => {
    const far = structuredClone(experiment);
    for (const row of far.ranking) {
      if (row.queue !== "fifo") continue;
      row.metrics.jctSecondsMean!.mean *= 50;
    }
    const [ranked] = buildCharts(far)[0]!.charts;
    expect(ranked!.caption).toContain("logarithmic");
    expect(chart("ranking-1").caption).not.toContain("logarithmic");
  });
});

describe("the pairs that line charts show", () => {
  it("are at most five: the best, the worst, fifo and the best oracle among them, each queue once", () => {
    const pairs = shownPairs(experiment.ranking);
    const plain = experiment.ranking.filter(({ load, oracle }) => load === 0.95 && !oracle);
    expect(pairs).toHaveLength(5);
    expect(new Set(pairs.map(({ queue }) => queue)).size).toBe(5);
    expect(pairs).toContain(plain[0]);
    expect(pairs.map(({ queue }) => queue)).toEqual(
      expect.arrayContaining(["fifo", "sjf-oracle", plain.at(-1)!.queue]),
    );
  });
});

describe("the short list of a long ranking", () => {
  const row = experiment.ranking[0]!;
  const rows = (oracles: number, plain: number) => [
    ...Array.from({ length: oracles }, (_, i) => ({ ...row, oracle: true, queue: `o${i}` })),
    ...Array.from({ length: plain }, (_, i) => ({ ...row, oracle: false, queue: `p${i}` })),
  ];

  it("is everything where that is little", () => {
    expect(shortList(rows(4, 20))).toHaveLength(24);
  });

  it("keeps the best pair however many oracles are ahead of it, and the last", () => {
    const names = shortList(rows(30, 40)).map(({ queue }) => queue);
    expect(names).toEqual(["o0", "o1", "o2", "o3", ...Array.from({ length: 19 }, (_, i) => `p${i}`), "p39"]);
  });
});

describe("lanes of a node", () => {
  const stay = fc.record({
    start: fc.integer({ min: 0, max: 30 }),
    length: fc.integer({ min: 1, max: 20 }),
    gpus: fc.constantFrom(0.25, 0.5, 1, 2, 4),
  });

  it("hold every stay that fits, whole and beside no other at the same time", () => {
    fc.assert(
      fc.property(fc.array(stay, { maxLength: 25 }), (wanted) => {
        // Keep what a node of 8 GPUs can hold.
        const stays: Stay[] = [];
        wanted.sort((a, b) => a.start - b.start);
        for (const [job, { start, length, gpus }] of wanted.entries()) {
          const beside = stays.filter((other) => other.endMicros > start).reduce((used, other) => used + other.gpus, 0);
          if (beside + gpus <= 8) stays.push({ job, node: 0, gpus, startMicros: start, endMicros: start + length });
        }
        const lanes = assignLanes(stays, 8);
        for (const one of stays) {
          const parts = lanes.filter((lane) => lane.stay === one);
          expect(parts.reduce((total, lane) => total + lane.bottom - lane.top, 0)).toBeCloseTo(one.gpus, 9);
        }
        for (const a of lanes) {
          expect(a.top).toBeGreaterThanOrEqual(0);
          expect(a.bottom).toBeLessThanOrEqual(8 + 1e-9);
          for (const b of lanes) {
            const together = a.stay.startMicros < b.stay.endMicros && b.stay.startMicros < a.stay.endMicros;
            const overlap = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
            if (a !== b && together) expect(overlap).toBeLessThanOrEqual(1e-9);
          }
        }
      }),
    );
  });

  it("give an overbooked stay what is left instead of failing", () => {
    const stays = [6, 6].map((gpus, job): Stay => ({ job, node: 0, gpus, startMicros: job, endMicros: 9 }));
    const lanes = assignLanes(stays, 8);
    expect(lanes.map(({ top, bottom }) => [top, bottom])).toEqual([
      [0, 6],
      [6, 8],
    ]);
  });
});

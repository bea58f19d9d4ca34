// A whole experiment of toy runs, the same at every call.

import { type Experiment, type JobRows, RESULT_FORMAT, type RunResult } from "../../src/model/results.js";
import { jctSecondsMeanBound, makespanSecondsBound } from "../../src/sim/bounds.js";
import { rank } from "../../src/sim/ranking.js";
import { interval } from "../../src/sim/statistics.js";
import { plainMetrics } from "../twins/job-metrics.js";
import { GPUS_PER_NODE, type ToyPolicy, toyJobs, toyRun } from "./toy-scheduler.js";

const NODES = 12;
const JOBS = 1200;
const QUEUES: Record<string, Omit<ToyPolicy, "packs">> = {
  fifo: { key: (jobs, j) => jobs.submitMicros[j]!, skips: false },
  easy: { key: (jobs, j) => jobs.submitMicros[j]!, skips: true },
  sjf: { key: (jobs, j) => jobs.runMicros[j]! * (1 + ((j * 37) % 11) / 4), skips: true },
  "sjf-oracle": { key: (jobs, j) => jobs.runMicros[j]!, skips: true },
  las: { key: (jobs, j) => jobs.tasks[j]! * 1e12 + j, skips: true },
  priority: { key: (_jobs, j) => (j * 7919) % 1000, skips: false },
};

const GROUPS = ["1 GPU", "2 to 4 GPUs"];
const WAITS = {
  timeMicros: Float64Array.from({ length: 40 }, (_, i) => i * 3.6e9),
  capacity: Float64Array.from({ length: 40 }, (_, i) => i % 7),
  scattered: Float64Array.from({ length: 40 }, (_, i) => i % 3),
  order: Float64Array.from({ length: 40 }, (_, i) => i % 5),
};

/** Rows are in order of submission here. */
function curvesOf(rows: JobRows): RunResult["curves"] {
  const jct = rows.finishMicros.map((finish, i) => (finish - rows.submitMicros[i]!) / 1e6);
  const ascending = [...jct].sort((a, b) => a - b);
  const stretch = jct.length / 60;
  const mean = (part: Float64Array) => part.reduce((sum, v) => sum + v, 0) / part.length;
  return {
    jctSecondsQuantiles: Float64Array.from(
      { length: 201 },
      (_, k) => ascending[Math.round((k * (jct.length - 1)) / 200)]!,
    ),
    jctSecondsByStretch: Float64Array.from({ length: 60 }, (_, s) =>
      mean(jct.subarray(s * stretch, (s + 1) * stretch)),
    ),
    jobs: jct.length,
  };
}

export interface FixtureOptions {
  loads?: (number | null)[];
  replications?: number;
  queues?: string[];
  places?: string[];
}

export function buildExperiment(options: FixtureOptions = {}): Experiment {
  const {
    loads = [0.7, 0.95],
    replications = 5,
    queues = Object.keys(QUEUES),
    places = ["first-fit", "best-fit"],
  } = options;
  const runs: RunResult[] = [];
  const bounds: Experiment["bounds"] = [];
  const gpusTotal = NODES * GPUS_PER_NODE;
  for (const load of loads) {
    const tables = Array.from({ length: replications }, (_, r) => toyJobs(JOBS, load ?? 0.9, NODES, 100 + r));
    bounds.push({
      load,
      jctSecondsMean: interval(tables.map((jobs) => jctSecondsMeanBound(jobs, gpusTotal))),
      makespanSeconds: interval(tables.map((jobs) => makespanSecondsBound(jobs, gpusTotal))),
    });
    for (const queue of queues) {
      for (const place of places) {
        tables.forEach((jobs, replication) => {
          const { rows, series, stays } = toyRun(jobs, NODES, { ...QUEUES[queue]!, packs: place === "best-fit" });
          runs.push({
            spec: {
              id: `${queue}+${place}+load${load}+r${replication}`,
              queue,
              place,
              load,
              replication,
              shake: null,
              seed: 100 + replication,
            },
            metrics: plainMetrics(rows, series, { gpusTotal }),
            digest: `${runs.length}`.padStart(8, "0"),
            gpusTotal,
            nodesTotal: NODES,
            events: 2 * rows.count,
            engineMillis: 1,
            rows,
            series,
            stays: replication === 0 ? stays : [],
            warmupJobs: 100,
            cutJobs: 100,
            within: null,
            groups: GROUPS.map((group, g) => ({
              dimension: "size" as const,
              group,
              jobs: 600,
              metrics: { jctSecondsMean: 3600 * (g + 1), jctSecondsP99: 9e4 * (g + 1), waitSecondsMean: 60 * g },
            })),
            curves: curvesOf(rows),
            waits: replication === 0 ? WAITS : null,
          });
        });
      }
    }
  }
  return {
    manifest: {
      format: RESULT_FORMAT,
      title: "Which queue for a shared training cluster?",
      description:
        "A made-up cluster of 12 nodes with 8 GPUs each, at two offered loads, under six queue policies and two placements.",
      windtunnelVersion: "0.1.0",
      node: "v20.20.0",
      engineSha256: "ab".repeat(32),
      scenarioSha256: "cd".repeat(32),
      scenarioText: 'windtunnel: 1\ntitle: Which queue for a shared training cluster?\n# 3 < 4 && "quoted"\n',
      command: "windtunnel run scenarios/toy --seed 1",
      provenance: {
        dataset: "toy",
        part: "1,200 jobs a replication",
        digest: "ef".repeat(32),
        licence: "CC0-1.0",
        citation: "Made up for tests; see https://example.org/toy",
        assumptions: ["Estimates are the run time times a factor between 1 and 3.5."],
      },
      assumptions: [
        "Pools are sized so that the trace's GPU-time is the given share of the capacity.",
        "Jobs may spread over nodes without slowing down.",
      ],
      runs: runs.map((run) => ({ id: run.spec.id, digest: run.digest })),
      digest: "0123456789abcdef".repeat(4),
      machine: "2 cores, linux x64",
      startedAt: "2024-06-01T12:00:00Z",
      wallSeconds: 12.5,
      workers: 2,
    },
    ranking: rank(runs, (queue) => queue.endsWith("-oracle")),
    robustness: [],
    bounds,
    runs,
  };
}

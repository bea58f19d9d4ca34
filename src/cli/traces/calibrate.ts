// `trace calibrate`: the record's fleet, simulated, against the record's own waits.

import { stringify } from "yaml";
import { WindtunnelError } from "../../model/errors.js";
import { type Trace, takeJobs } from "../../model/jobs.js";
import { MILLI_PER_GPU } from "../../model/units.js";
import { fillEstimates, groupNodes, type NodeGroup } from "../../replay/index.js";
import { type Calibration, calibrateWaits, NOTICED_SECONDS, type Regime } from "../../sim/calibration.js";
import { measureDemand, sizePools } from "../../sim/pools.js";
import { simulate } from "../../sim/run.js";
import { parseScenario } from "../../sim/scenario-file.js";
import type { CommandContext } from "../context.js";
import { columns, findDataset } from "./list.js";
import { openDemand, openJobs } from "./open.js";
import { poolsOf } from "./pools.js";

export interface CalibrateOptions {
  fleet: string | undefined;
  queue: string;
  place: string;
  json: boolean;
}

export async function calibrateTrace(context: CommandContext, name: string, options: CalibrateOptions): Promise<void> {
  const whole = await openJobs(context, name);
  const recorded = withWaits(name, whole);
  const fleetName = options.fleet ?? fleetOf(name);
  const fleet = await openDemand(context, fleetName);
  if (fleet.kind !== "nodes") {
    throw new WindtunnelError(
      "TRACE_UNKNOWN",
      `--fleet: "${fleetName}" holds ${fleet.kind}, and nodes are wanted.`,
      "See `windtunnel trace list`.",
    );
  }
  const gpus = fleet.nodes.gpus.reduce((a, b) => a + b, 0);
  const groups = groupNodes(fleet).filter((group) => group.gpus > 0);
  const trace = { ...recorded, jobs: takeJobs(recorded.jobs, feasible(recorded, groups)) };
  const rows = run(context, trace, poolsOf(groups), options);
  const calibration = calibrateWaits(trace.jobs, rows);
  const leftOut = { noWait: whole.jobs.count - recorded.jobs.count, noNode: recorded.jobs.count - trace.jobs.count };
  if (options.json) {
    context.out(JSON.stringify({ trace: name, ...options, fleet: fleetName, gpus, leftOut, ...calibration }, null, 2));
    return;
  }
  context.out(
    [
      `${name} on ${fleetName} (${gpus} GPUs), ${options.queue} + ${options.place}: ${trace.jobs.count} jobs with a recorded wait`,
      ...(leftOut.noWait > 0 ? [`${leftOut.noWait} jobs without a recorded wait are left out.`] : []),
      ...(leftOut.noNode > 0 ? [`${leftOut.noNode} jobs that no node of the fleet could hold are left out.`] : []),
      table(calibration),
      ...verdict(calibration, gpus),
    ].join("\n"),
  );
}

/** The jobs whose wait is recorded: the others never ran, or nobody wrote it down. */
function withWaits(name: string, trace: Trace): Trace {
  const rows = [...trace.jobs.waitMicros.keys()].filter((i) => !Number.isNaN(trace.jobs.waitMicros[i]!));
  if (rows.length > 0) return { ...trace, jobs: takeJobs(trace.jobs, rows) };
  throw new WindtunnelError(
    "TRACE_UNKNOWN",
    `"${name}" records no waits: there is nothing to compare simulated ones with.`,
    "Data sets with waits: openb, elasticflow/fig10, alibaba-dlrm; logs in SWF or of sacct; a trace file whose SELECT yields wait.",
  );
}

/** Jobs each of whose tasks some node could hold, empty. */
function feasible({ jobs, names }: Trace, groups: readonly NodeGroup[]): number[] {
  const bits = groups.map((group) => 1 << names.gpuModels.indexOf(group.model));
  return [...jobs.submitMicros.keys()].filter((i) =>
    groups.some(
      (group, g) =>
        jobs.gpuMilli[i]! <= group.gpus * MILLI_PER_GPU &&
        (group.cpuMilli === 0 || jobs.cpuMilli[i]! <= group.cpuMilli) &&
        (group.memoryMib === 0 || jobs.memoryMib[i]! <= group.memoryMib) &&
        (jobs.modelMask[i] === 0 || (names.gpuModels.includes(group.model) && (jobs.modelMask[i]! & bits[g]!) !== 0)),
    ),
  );
}

function fleetOf(name: string): string {
  const known = name.endsWith(".yaml") || name.endsWith(".yml") ? undefined : findDataset(name).dataset.fleet;
  if (known !== undefined) return known;
  throw new WindtunnelError(
    "USAGE",
    `The fleet on which ${name} ran is not known.`,
    "Give one with --fleet: a data set or trace file of nodes.",
  );
}

function run(context: CommandContext, trace: Trace, pools: unknown[], { queue, place }: CalibrateOptions) {
  const scenario = parseScenario(
    stringify({
      windtunnel: 1,
      title: "Calibration",
      pools,
      workload: { dataset: "none" },
      policies: { queue: [queue], place: [place] },
      replications: { count: 1, method: "none" },
    }),
    "calibration",
  );
  const filled = fillEstimates(trace, scenario.workload.estimateFactor, 1);
  const sized = sizePools(scenario, measureDemand(filled.jobs), null, filled.names.gpuModels);
  const spec = { id: "calibration", queue, place, load: null, replication: 0, shake: null, seed: 1 };
  return simulate(spec, scenario, sized, filled, { clock: context.clock }).result.rows;
}

const seconds = (value: number) => (value === 0 ? "0" : value.toPrecision(3).replace(/e\+?/, "e"));
const percent = (value: number) => `${(100 * value).toFixed(1)} %`;

function table({ all, byLoad, byKind }: Calibration): string {
  const head = [
    "waits in seconds",
    "jobs",
    "mean",
    "sim",
    "median",
    "sim",
    "P90",
    "sim",
    "P99",
    "sim",
    `over ${NOTICED_SECONDS} s`,
    "sim",
    "KS",
  ];
  const line = ({ name, jobs, recorded, simulated, distance }: Regime, indent = "  ") => [
    `${indent}${name}`,
    String(jobs),
    ...(["mean", "median", "p90", "p99"] as const).flatMap((key) => [seconds(recorded[key]), seconds(simulated[key])]),
    percent(recorded.noticed),
    percent(simulated.noticed),
    distance.toFixed(3),
  ];
  return columns(
    [head, line(all, ""), ...byLoad.map((one) => line(one)), ...byKind.map((one) => line(one))],
    head.map((_, i) => i).slice(1),
  );
}

/** What the numbers say, and where the simulation can be believed. */
function verdict({ all, byLoad, gpusInUse }: Calibration, gpus: number): string[] {
  const share = gpusInUse.most / gpus;
  const { recorded, simulated } = all;
  const idle = byLoad[0]!;
  const out = [
    `At most ${gpusInUse.most.toFixed(1)} of ${gpus} GPUs (${percent(share)}) were in use by the jobs of the record when one was submitted.`,
    `Recorded waits are ${seconds(recorded.mean)} s on average, simulated ones ${seconds(simulated.mean)} s; the distributions are ${all.distance.toFixed(2)} apart (Kolmogorov-Smirnov).`,
  ];
  if (share < 0.5 && simulated.mean < 0.1 * recorded.mean) {
    out.push(
      "Too little: in this record hardly anybody waited for GPUs. What it calls a wait is what comes before: admission, quotas, images, the scheduler's own time. The simulator has none of it, so the record says nothing on how well it predicts queues.",
    );
    if (idle.recorded.mean > 0)
      out.push(
        `The quarter of jobs submitted at the least load waited ${seconds(idle.recorded.mean)} s all the same: take that as a start-up cost (startupSeconds), not as queueing.`,
      );
  } else if (simulated.mean > 2 * recorded.mean) {
    out.push(
      "Too much: the policy or the fleet is not the record's. The jobs recorded may have had more GPUs, or another order.",
    );
  } else if (simulated.mean < 0.5 * recorded.mean) {
    out.push("Too little: other jobs than those recorded stood in the way, or waits hold more than queueing.");
  } else out.push("The same size: queueing on this fleet explains the recorded waits within a factor of two.");
  return out;
}

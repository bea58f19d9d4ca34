// Time-slicing: jobs of one GPU ask for a slice of one instead, and those that share a device slow each other down.

import { WindtunnelError } from "../model/errors.js";
import { type Trace, takeJobs } from "../model/jobs.js";
import type { TimeSlicing } from "../model/scenario.js";
import { nearestName, type PairRate, readPairRates } from "../replay/index.js";
import type { Folders } from "./workload.js";

/** A device's milli-GPU: slices are whole numbers of them. */
const DEVICE_MILLI = 1000;

/** The trace with one-GPU jobs as slices, and the rates of all pairs of its classes. */
export async function sliceDevices(trace: Trace, slicing: TimeSlicing, folders: Folders): Promise<Trace> {
  const { slices } = slicing;
  const otherwise = slicing.otherwise ?? 1 / slices;
  const measured =
    typeof slicing.pairs === "string"
      ? await readPairRates(slicing.pairs, { dataFolder: folders.dataFolder ?? "", cacheFolder: folders.cacheFolder })
      : undefined;
  const pairs = measured?.pairs ?? (slicing.pairs as PairRate[]);
  const { names } = trace;
  if (!measured) refuseUnknown(pairs, names.jobClasses);
  const jobs = takeJobs(
    trace.jobs,
    Int32Array.from({ length: trace.jobs.count }, (_, i) => i),
  );
  let sliced = 0;
  for (let i = 0; i < jobs.count; i++) {
    if (jobs.tasks[i] !== 1 || jobs.gpuMilli[i] !== DEVICE_MILLI) continue;
    jobs.gpuMilli[i] = Math.floor(DEVICE_MILLI / slices);
    sliced++;
  }
  const { rates, known } = tableOf(pairs, names.jobClasses, otherwise);
  const all = rates.length;
  const assumptions = [
    ...trace.provenance.assumptions,
    `Time-slicing: ${sliced} of ${jobs.count} jobs, those of one GPU, take one of ${slices} slices of a device. While others work on it, a job runs at a share of its own speed: ${known} of ${all} pairs of classes are ${measured ? `measured (${slicing.pairs as string}, SHA-256 ${measured.sha256.slice(0, 16)}…)` : "given by the scenario"}, the others run at ${otherwise}. Beside several, shares multiply. A job that is loading slows nobody.`,
    ...(measured && measured.impossible > 0
      ? [
          `${measured.impossible} measured pairs did not fit into one device's memory; here they take turns at ${otherwise} of their speed.`,
        ]
      : []),
  ];
  return { ...trace, jobs, pairRates: rates, provenance: { ...trace.provenance, assumptions } };
}

/** Row by own class; `known` counts the pairs of which something is said. */
function tableOf(pairs: readonly PairRate[], classes: readonly string[], otherwise: number) {
  const rates = new Float64Array(classes.length * classes.length).fill(otherwise);
  const numbers = new Map(classes.map((name, i) => [name, i]));
  const known = new Set<number>();
  for (const { jobClass, beside, rate } of pairs) {
    const own = numbers.get(jobClass);
    const other = numbers.get(beside);
    if (own === undefined || other === undefined) continue;
    rates[own * classes.length + other] = rate;
    known.add(own * classes.length + other);
  }
  return { rates, known: known.size };
}

function refuseUnknown(pairs: readonly PairRate[], classes: readonly string[]): void {
  for (const name of pairs.flatMap(({ jobClass, beside }) => [jobClass, beside])) {
    if (classes.includes(name)) continue;
    const nearest = nearestName(name, classes);
    throw new WindtunnelError(
      "SCENARIO_INVALID",
      `timeSlicing.pairs: no job is of class "${name}"${nearest ? `; the nearest name is "${nearest}"` : ""}.`,
      `The jobs have the classes ${classes.slice(0, 8).join(", ")}${classes.length > 8 ? ", …" : ""}.`,
    );
  }
}

// A trace that may be passed on: names by keyed hash, times from an origin of no calendar, coarser where asked.

import { createHmac } from "node:crypto";
import { type Trace, takeJobs } from "../model/jobs.js";
import { MICROS_PER_SECOND } from "../model/units.js";

export interface AnonymizeOptions {
  /** Secret of at least 16 characters: the same key gives the same names, so that two traces can be compared. */
  key: string;
  /** Submissions are rounded down, durations up, to multiples of this many seconds; 0 = as they are. */
  coarsenSeconds?: number;
  /** Keep GPU models by name: they are public, and experiments need them. Default true. */
  keepModels?: boolean;
}

export interface Anonymized {
  trace: Trace;
  /** What a reader can still see, a sentence each. */
  kept: string[];
}

const NAME_DIGITS = 12;

/** Throws nothing: every table can be made anonymous. The names of different columns do not share hashes. */
export function anonymize(trace: Trace, { key, coarsenSeconds = 0, keepModels = true }: AnonymizeOptions): Anonymized {
  const { names, provenance } = trace;
  const hash = (column: string, name: string) =>
    name === ""
      ? ""
      : `${column}-${createHmac("sha256", key).update(`${column}\n${name}`).digest("hex").slice(0, NAME_DIGITS)}`;
  const jobs = takeJobs(trace.jobs, [...trace.jobs.submitMicros.keys()]);
  if (coarsenSeconds > 0) {
    const grain = Math.round(coarsenSeconds * MICROS_PER_SECOND);
    const down = (micros: number) => Math.floor(micros / grain) * grain;
    const up = (micros: number) => Math.ceil(micros / grain) * grain;
    jobs.submitMicros = jobs.submitMicros.map(down);
    jobs.deadlineMicros = jobs.deadlineMicros.map(down);
    jobs.runMicros = jobs.runMicros.map(up);
    jobs.estimateMicros = jobs.estimateMicros.map(up);
    jobs.waitMicros = jobs.waitMicros.map(up);
  }
  const assumption =
    coarsenSeconds > 0 ? [`Times are coarse: submissions rounded down, durations up, to ${coarsenSeconds} s.`] : [];
  return {
    trace: {
      names: {
        tenants: names.tenants.map((name) => hash("tenant", name)),
        jobClasses: names.jobClasses.map((name) => (name === "default" ? name : hash("class", name))),
        gpuModels: keepModels ? names.gpuModels : names.gpuModels.map((name) => hash("model", name)),
      },
      jobs,
      provenance: {
        ...provenance,
        dataset: "anonymous",
        part: "",
        assumptions: [
          "Names are keyed hashes, and times count from the first submission: what day that was is not told.",
          ...assumption,
        ],
      },
      rejected: [],
    },
    kept: [
      `Kept: ${coarsenSeconds > 0 ? `submissions to ${coarsenSeconds} s` : "the time between any two submissions, to the microsecond"}, and with it the rhythm of day and week.`,
      "Kept: run times, GPUs, CPU, memory, estimates, deadlines, waits, priorities and how jobs ended. A job that is one of its kind is known again by who knows it.",
      `Kept: which jobs belong to the same tenant and class (${names.tenants.length} tenants), under other names. Nobody without the key can tell a name by trying.`,
      keepModels
        ? "Kept: GPU models by name."
        : "GPU models have other names too: no pool of a scenario will match them by itself.",
      "Kept: the licence and the citation of the source.",
      "Gone: names, calendar, the source's own sentences of assumptions (add those that a reader must know), its digest and path, and rows that could not be used.",
    ],
  };
}

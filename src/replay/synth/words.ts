// A distance between two traces in words: what each number is, for people.

import type { SynthParams, TraceDistance } from "./schema.js";

const ROWS: readonly [keyof TraceDistance, string][] = [
  ["gaps", "gaps between submissions (Kolmogorov-Smirnov)"],
  ["runTimes", "run times (Kolmogorov-Smirnov)"],
  ["gpus", "GPUs a job (Kolmogorov-Smirnov)"],
  ["loadCurve", "load by hour of the week (mean difference over mean)"],
  ["gpuHoursRatio", "GPU-hours a day, ratio"],
  ["dispersionRatio", "dispersion of hourly submissions, ratio"],
  ["dispersionTrimmedRatio", "the same without the busiest 1 % of hours"],
];

/** Lines of a table: generated traces against the record, and the record's own halves for scale. */
export function distanceTable({ distance, halvesDistance, distanceSeeds }: SynthParams): string[] {
  const width = Math.max(...ROWS.map(([, label]) => label.length));
  return [
    `${`distance from the record (mean of ${distanceSeeds.length} traces)`.padEnd(width)}  generated  the record's halves`,
    ...ROWS.map(
      ([key, label]) =>
        `${label.padEnd(width)}  ${distance[key].toFixed(3).padStart(9)}  ${halvesDistance[key].toFixed(3).padStart(19)}`,
    ),
  ];
}

/** The same in a sentence, to go with every answer. */
export function distanceSentence({ distance, distanceSeeds }: SynthParams): string {
  const { gaps, runTimes, gpus, loadCurve, gpuHoursRatio } = distance;
  return (
    `How far generated jobs are from the record, mean of ${distanceSeeds.length} traces: gaps ${gaps.toFixed(3)}, run times ${runTimes.toFixed(3)}, ` +
    `GPUs ${gpus.toFixed(3)} (Kolmogorov-Smirnov); load by hour of the week ${(100 * loadCurve).toFixed(0)} % of its mean; GPU-hours a day ${gpuHoursRatio.toFixed(2)} times the record's.`
  );
}

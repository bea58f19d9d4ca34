import type { JobTable } from "../model/jobs.js";
import { MICROS_PER_HOUR, MILLI_PER_GPU } from "../model/units.js";

/** GPU-hours that the jobs ask for: run time times GPUs of all tasks, shares of a GPU counted as shares. */
export function gpuHoursTotal(jobs: JobTable): number {
  let gpuHours = 0;
  for (let i = 0; i < jobs.count; i++) {
    gpuHours += (jobs.runMicros[i]! / MICROS_PER_HOUR) * ((jobs.tasks[i]! * jobs.gpuMilli[i]!) / MILLI_PER_GPU);
  }
  return gpuHours;
}

// A queue policy written by a user: small jobs go first, but every hour of waiting makes a job count as half as large.

import { estimateSeconds, gpuMilli, tasks, waitedSeconds } from "features";

/** Whoever does not fit is passed over. */
export const skips = true;

/** The lowest goes first. It reads the time, so it is asked again at every pass. */
export function order(): f64 {
  const gpuSeconds = (estimateSeconds() * <f64>(gpuMilli() * tasks())) / 1000;
  return gpuSeconds / Math.pow(2, waitedSeconds() / 3600);
}

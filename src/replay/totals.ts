import type { RequestTable } from "../model/demand.js";
import type { JobTable } from "../model/jobs.js";
import { MICROS_PER_HOUR, MICROS_PER_SECOND, MILLI_PER_GPU } from "../model/units.js";
import type { Demand } from "./load.js";

/** GPU-hours that the jobs ask for: run time times GPUs of all tasks, shares of a GPU counted as shares. */
export function gpuHoursTotal(jobs: JobTable): number {
  let gpuHours = 0;
  for (let i = 0; i < jobs.count; i++) {
    gpuHours += (jobs.runMicros[i]! / MICROS_PER_HOUR) * ((jobs.tasks[i]! * jobs.gpuMilli[i]!) / MILLI_PER_GPU);
  }
  return gpuHours;
}

/** Tokens of prompts and answers. */
export function tokensTotal({ promptTokens, outputTokens }: RequestTable): number {
  let tokens = 0;
  for (let i = 0; i < promptTokens.length; i++) tokens += promptTokens[i]! + outputTokens[i]!;
  return tokens;
}

/** What the registry counts: rows, and GPU-hours of jobs, GPUs of nodes, arrivals of rates, or tokens of requests. */
export function countsOf(demand: Demand): { count: number; total: number } {
  if (demand.kind === "jobs") return { count: demand.jobs.count, total: gpuHoursTotal(demand.jobs) };
  if (demand.kind === "nodes")
    return { count: demand.nodes.count, total: demand.nodes.gpus.reduce((a, b) => a + b, 0) };
  if (demand.kind === "requests") return { count: demand.requests.count, total: tokensTotal(demand.requests) };
  const { rates } = demand;
  let arrivals = 0;
  for (let i = 0; i < rates.count; i++) arrivals += (rates.perSecond[i]! * rates.windowMicros[i]!) / MICROS_PER_SECOND;
  return { count: rates.count, total: arrivals };
}

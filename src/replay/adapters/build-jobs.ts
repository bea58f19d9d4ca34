// From checked columns to the canonical table of jobs.

import { WindtunnelError } from "../../model/errors.js";
import { createJobTable, type JobNames, type JobTable } from "../../model/jobs.js";
import { MILLI_PER_GPU } from "../../model/units.js";
import type { Imported } from "./import.js";

/** Bits of a job's model mask; the last one is the pools' whose model no job names. */
const MODELS_MAX = 30;

/** Jobs from time zero, the first submission; tenants, models and classes numbered in the order of their names. */
export function buildJobs({ count, numbers, texts }: Imported): { jobs: JobTable; names: JobNames } {
  const jobs = createJobTable(count);
  const at = (name: string, i: number): number => numbers[name]?.[i] ?? Number.NaN;
  const origin = Math.round(at("submit", 0));
  for (let i = 0; i < count; i++) {
    jobs.submitMicros[i] = Math.round(at("submit", i)) - origin;
    jobs.runMicros[i] = Math.round(at("run", i));
    jobs.estimateMicros[i] = Math.round(at("estimate", i));
    jobs.deadlineMicros[i] = Math.round(at("deadline", i)) - origin;
    jobs.waitMicros[i] = Math.round(at("wait", i));
    const gpus = at("gpus", i);
    // without a word about tasks each GPU is one; without a GPU there is one task
    const tasks = numbers.tasks && at("tasks", i) >= 1 ? at("tasks", i) : Math.max(1, gpus);
    jobs.tasks[i] = tasks;
    const share = at("gpu_milli", i);
    jobs.gpuMilli[i] = gpus === 1 && share >= 1 ? share : (gpus / tasks) * MILLI_PER_GPU;
    jobs.cpuMilli[i] = Math.round((at("cpu", i) || 0) / tasks);
    jobs.memoryMib[i] = Math.round((at("memory", i) || 0) / tasks);
    jobs.priority[i] = at("priority", i) || 0;
    jobs.endStatus[i] = at("status", i) || 0;
  }
  const tenants = numberNames(texts.tenant, jobs.tenant);
  const jobClasses = numberNames(texts.class, jobs.jobClass);
  const gpuModels = maskModels(texts.models, jobs.modelMask);
  return { jobs, names: { tenants, gpuModels, jobClasses: texts.class ? jobClasses : ["default"] } };
}

/** Names in order, and into `indexes` each row's place among them; one empty name where there is no column. */
export function numberNames(values: readonly string[] | undefined, indexes: Int32Array): string[] {
  const names = [...new Set(values ?? [""])].sort();
  const indexOf = new Map(names.map((name, index) => [name, index]));
  values?.forEach((value, i) => {
    indexes[i] = indexOf.get(value)!;
  });
  return names;
}

function maskModels(values: readonly string[] | undefined, masks: Int32Array): string[] {
  const split = (text: string) => text.split("|").flatMap((name) => (name.trim() === "" ? [] : [name.trim()]));
  const names = [...new Set((values ?? []).flatMap(split))].sort();
  if (names.length > MODELS_MAX) {
    throw new WindtunnelError(
      "TRACE_UNREADABLE",
      `The trace names ${names.length} GPU models: ${names.slice(0, 5).join(", ")} …; at most ${MODELS_MAX} can be told apart.`,
      "Group them in the SELECT.",
    );
  }
  const bitOf = new Map(names.map((name, index) => [name, 1 << index]));
  values?.forEach((value, i) => {
    for (const name of split(value)) masks[i]! |= bitOf.get(name)!;
  });
  return names;
}

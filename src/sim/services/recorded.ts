// Services that are there by their recorded instances: these hold GPUs of the pool from their start to their end, whoever asks
// them, and come and go as the record says. They have no requests here: a count of instances is no demand.

import { WindtunnelError } from "../../model/errors.js";
import type { Trace } from "../../model/jobs.js";
import type { ServiceStudy } from "../../model/service-study.js";
import type { RecordedSpec } from "../../model/serving/recorded.js";
import { loadTrace } from "../../replay/index.js";
import type { Folders } from "../workload.js";
import { gpusMax } from "./decoders.js";
import type { HeldStep } from "./lending.js";

export interface RecordedService {
  name: string;
  /** GPUs over the run. */
  steps: HeldStep[];
  /** Instances that came and went within the run. */
  ups: number;
  downs: number;
  gpusMin: number;
  gpusMean: number;
  gpusMax: number;
}

/** GPUs that instances hold between two moments of a record, and how many came and went. */
export function recordedSteps(
  trace: Trace,
  { name, dataset, tenants, fromHours, scale }: RecordedSpec,
  hours: number,
): RecordedService {
  const { jobs, names } = trace;
  const stranger = tenants?.find((tenant) => !names.tenants.includes(tenant));
  if (stranger !== undefined)
    throw new WindtunnelError(
      "SCENARIO_INVALID",
      `recorded: ${name}: ${dataset} has no tenant "${stranger}".`,
      `It has ${names.tenants.length}: ${names.tenants.slice(0, 5).join(", ")} …`,
    );
  const begin = fromHours * 3_600e6;
  const span = hours * 3_600e6;
  const changes = new Map<number, number>([[0, 0]]);
  const change = (at: number, gpus: number) => changes.set(at, (changes.get(at) ?? 0) + gpus);
  let ups = 0;
  let downs = 0;
  for (let i = 0; i < jobs.count; i++) {
    if (tenants && !tenants.includes(names.tenants[jobs.tenant[i]!]!)) continue;
    const gpus = (jobs.gpuMilli[i]! / 1000) * jobs.tasks[i]!;
    const start = jobs.submitMicros[i]! + (jobs.waitMicros[i]! || 0) - begin;
    const end = start + jobs.runMicros[i]!;
    if (gpus === 0 || end <= 0 || start >= span) continue;
    change(Math.max(0, start), gpus);
    if (start > 0) ups++;
    if (end >= span) continue;
    change(end, -gpus);
    downs++;
  }
  const steps: HeldStep[] = [];
  let held = 0;
  for (const [atMicros, by] of [...changes].sort(([a], [b]) => a - b)) {
    held += by;
    const gpus = Math.max(0, Math.ceil(held * scale - 1e-9));
    if (steps.at(-1)?.gpus !== gpus) steps.push({ atMicros, gpus });
  }
  const until = (i: number) => steps[i + 1]?.atMicros ?? span;
  return {
    name,
    steps,
    ups,
    downs,
    gpusMin: Math.min(...steps.map(({ gpus }) => gpus)),
    gpusMean: steps.reduce((sum, { atMicros, gpus }, i) => sum + gpus * (until(i) - atMicros), 0) / span,
    gpusMax: Math.max(...steps.map(({ gpus }) => gpus)),
  };
}

/** All of a study. Throws what loading a trace throws, and SCENARIO_INVALID where they do not fit the pool beside the services. */
export async function loadRecorded(
  study: ServiceStudy,
  folders: Omit<Folders, "scenarioPath">,
): Promise<RecordedService[]> {
  const found: RecordedService[] = [];
  for (const spec of study.recorded) {
    const trace = await loadTrace(spec.dataset, {
      dataFolder: folders.dataFolder ?? "",
      cacheFolder: folders.cacheFolder,
    });
    found.push(recordedSteps(trace, spec, study.hours));
  }
  const recorded = found.reduce((sum, { gpusMax }) => sum + gpusMax, 0);
  const most = recorded + gpusMax(study);
  if (study.training && study.training.gpus < most)
    throw new WindtunnelError(
      "SCENARIO_INVALID",
      `training.gpus is ${study.training.gpus}, and services may need ${most}, ${recorded} of them recorded.`,
      "Raise training.gpus, or lower recorded scale or replicas.max.",
    );
  return found;
}

/** GPUs of several services together over time. */
export function stepsTogether(all: readonly (readonly HeldStep[])[]): HeldStep[] {
  const moments = [...new Set(all.flatMap((steps) => steps.map(({ atMicros }) => atMicros)))].sort((a, b) => a - b);
  const next = all.map(() => 0);
  const steps: HeldStep[] = [];
  for (const atMicros of moments) {
    const gpus = all.reduce((sum, own, k) => {
      while ((own[next[k]!]?.atMicros ?? Number.POSITIVE_INFINITY) <= atMicros) next[k]!++;
      return sum + (own[next[k]! - 1]?.gpus ?? 0);
    }, 0);
    if (steps.at(-1)?.gpus !== gpus) steps.push({ atMicros, gpus });
  }
  return steps;
}

export function recordedNotes(study: ServiceStudy, recorded: readonly RecordedService[]): string[] {
  return recorded.map(({ name, ups, downs, gpusMin, gpusMean, gpusMax }, i) => {
    const { dataset, fromHours } = study.recorded[i]!;
    return `${name}: instances of ${dataset} from hour ${fromHours} on hold ${gpusMin} to ${gpusMax} GPUs of the pool, ${gpusMean.toFixed(0)} in the mean; ${ups} come and ${downs} go. They are a record of what was there, the same in every replication, and no demand: nothing says who asked.`;
  });
}

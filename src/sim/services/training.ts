// The jobs of a study in which services lend GPUs to training.

import { type Trace, takeJobs } from "../../model/jobs.js";
import { type Scenario, scenarioSchema } from "../../model/scenario.js";
import type { ServiceStudy, TrainingSpec } from "../../model/service-study.js";
import { type Folders, loadWorkload } from "../workload.js";

/** What training is, as a scenario of one counted pool. */
export function trainingScenario(study: ServiceStudy, training: TrainingSpec): Scenario {
  const { gpus, queue, dataset, generator, startupSeconds, restartSeconds, checkpointSeconds } = training;
  return scenarioSchema.parse({
    windtunnel: 1,
    title: study.title,
    pools: [{ name: "shared", topology: "counted", gpusPerNode: 1, size: { nodes: gpus } }],
    jobClasses: [{ name: "default", startupSeconds, restartSeconds, checkpointSeconds }],
    workload: dataset === undefined ? { generator } : { dataset },
    policies: { queue: [queue], place: ["first-fit"] },
    replications: { count: study.replications, method: dataset === undefined ? "generate" : "days" },
    seed: study.seed,
  });
}

/** Jobs of each replication: those submitted while the services run. Throws what loading a workload throws. */
export async function loadTraining(
  study: ServiceStudy,
  training: TrainingSpec,
  folders: Omit<Folders, "scenarioPath">,
): Promise<Trace[]> {
  const scenario = trainingScenario(study, training);
  const traces: Trace[] = [];
  for (let replication = 0; replication < study.replications; replication++) {
    // a generator's path is absolute by now
    const trace = await loadWorkload(scenario, { ...folders, scenarioPath: "/" }, { replication, shake: null });
    const first = trace.jobs.submitMicros[0] ?? 0;
    const within: number[] = [];
    for (let i = 0; i < trace.jobs.count; i++) {
      if (trace.jobs.submitMicros[i]! - first < study.hours * 3_600e6) within.push(i);
    }
    const jobs = takeJobs(trace.jobs, within);
    for (let i = 0; i < jobs.count; i++) jobs.submitMicros[i]! -= first;
    traces.push({ ...trace, jobs });
  }
  return traces;
}

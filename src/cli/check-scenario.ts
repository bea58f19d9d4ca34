// What `scenario check` does: everything that `run` does before its first run, and a summary.

import { planSweep } from "../sim/experiment.js";
import { assumptionsOf } from "./assumptions.js";
import type { CommandContext } from "./context.js";
import { effectiveScenario } from "./effective-scenario.js";

export async function checkScenario(
  context: CommandContext,
  path: string,
  options: Readonly<Record<string, unknown>>,
): Promise<void> {
  const effective = await effectiveScenario(path, options);
  const { scenario } = effective;
  const { dataFolder, cacheFolder } = context;
  const plan = await planSweep(scenario, { scenarioPath: effective.path, dataFolder, cacheFolder });
  const loads = [...new Set(plan.specs.map((spec) => spec.load))];
  const pools = loads.map((load) => {
    const spec = plan.specs.find((other) => other.load === load && other.replication === 0)!;
    return { load, pools: plan.poolsOf(spec).map(({ name, nodes, gpusPerNode }) => ({ name, nodes, gpusPerNode })) };
  });
  const summary = {
    scenario: effective.path,
    title: scenario.title,
    runs: plan.specs.length,
    queue: scenario.policies.queue,
    place: scenario.policies.place,
    loads,
    replications: scenario.replications.count,
    shakes: scenario.shaking.count,
    jobs: plan.trace.jobs.count,
    dataset: plan.trace.provenance.dataset,
    pools,
    rejectedRows: plan.trace.rejected.length,
    assumptions: [...plan.assumptions, ...assumptionsOf(scenario)],
  };
  if (options.json === true) {
    context.out(JSON.stringify(summary, null, 2));
    return;
  }
  const poolLines = pools.map(({ load, pools: sized }) => {
    const sizes = sized.map((pool) => `${pool.name} ${pool.nodes} x ${pool.gpusPerNode} GPUs`).join(", ");
    return `Pools${load === null ? "" : ` at load ${load}`}, replication 0: ${sizes}`;
  });
  context.out(
    [
      `${effective.path}: right. ${scenario.title}`,
      `${summary.runs} runs: ${summary.queue.length} queue policies x ${summary.place.length} placements x ${loads.length} loads x (${summary.replications} replications + ${summary.shakes} shaken copies)`,
      `Jobs: ${summary.jobs} of ${summary.dataset} in replication 0; every one fits into a pool. Rows that cannot be used: ${summary.rejectedRows}`,
      ...poolLines,
      `Assumptions:\n${summary.assumptions.map((a) => `  - ${a}`).join("\n")}`,
    ].join("\n"),
  );
}

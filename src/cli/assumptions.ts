// What the scenario makes the simulator assume, in sentences that are printed with every answer.

import { findQueuePolicy, parsePlace } from "../model/policies.js";
import type { Scenario } from "../model/scenario.js";

export function assumptionsOf(scenario: Scenario): string[] {
  const out: string[] = [];
  const rules = new Set(scenario.policies.queue.map((q) => findQueuePolicy(q)?.rule));
  if (scenario.workload.tasksWholeNode) {
    out.push("A job of k GPUs is a gang of tasks that each fill a node as far as k goes.");
  }
  out.push("The tasks of a gang start together or not at all, in one pool.");
  if (scenario.pools.some((p) => p.topology === "counted")) {
    out.push("Counted pools track only how many GPUs are free: placements do not differ there.");
  }
  if (scenario.policies.place.includes("same-node")) {
    out.push(
      "same-node: a gang larger than a node takes the fewest nodes that an empty pool would need, and waits for them.",
    );
  }
  if (scenario.policies.place.includes("fgd")) {
    out.push("fgd: the typical requests are the commonest tasks of the run's own jobs that make up 95 % of them.");
  }
  if (scenario.policies.place.some((name) => parsePlace(name).moving)) {
    const { movesMax, restMinutes } = scenario.policies.moving;
    const pauses = new Set(scenario.jobClasses.map((c) => c.migrationSeconds));
    const pause = pauses.size === 0 ? "60" : [...pauses].join(" or ");
    out.push(
      `…-moving: a move saves all work and pauses the job for ${pause} s, in which it holds its new GPUs; at most ${movesMax} jobs move for one that waits, none within ${restMinutes} min of its start or latest move, and never more GPUs than then start.`,
    );
  }
  const free = scenario.jobClasses.length === 0;
  if (free) out.push("Starts and restarts cost nothing, stops lose nothing, and spread does not slow a gang down.");
  for (const c of scenario.jobClasses) {
    out.push(
      `Class "${c.name}": ${c.startupSeconds} s to start, ${c.restartSeconds} s more to restart; ` +
        (c.checkpointSeconds > 0
          ? `a stop loses the work since the last checkpoint (every ${c.checkpointSeconds} s of work)`
          : "a stop loses nothing") +
        `; a gang over nodes of one rack runs ${c.slowdownSameRack} times as long, over racks ${c.slowdownAcrossRacks} times` +
        (c.failuresPerGpuHour > 0
          ? `; it fails ${c.failuresPerGpuHour} times a GPU-hour (exponential) and goes back into the queue`
          : "") +
        (c.inputGib > 0
          ? `; its ${c.inputGib} GiB of input lie in ${c.inputCloud}, one transfer at a time on a link`
          : "") +
        ".",
    );
  }
  if (rules.has("las")) {
    out.push(
      `las: queues end at ${scenario.policies.lasThresholdsGpuSeconds.join(", ")} GPU-seconds of attained service; preemption is immediate; nobody is promoted back.`,
    );
  }
  if (rules.has("conservative"))
    out.push(
      `conservative: the first ${scenario.policies.reservationDepth} waiting jobs hold reservations, made anew at every pass.`,
    );
  if (scenario.replications.method === "generate" && scenario.replications.count > 1) {
    out.push("Further replications are generated in the same way, each with the next seed.");
  }
  if (scenario.replications.method === "days")
    out.push("Replication 0 is the record as it is; the others redraw its whole days with replacement.");
  if (scenario.replications.method === "none" && scenario.replications.count > 1) {
    out.push("Every replication replays the same record; only estimates and failures are drawn anew.");
  }
  if (scenario.workload.dataset !== undefined) {
    out.push("Jobs recorded as failed or killed end after their recorded run time and count like completed ones.");
  }
  return out;
}

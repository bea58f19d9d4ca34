// What `explain` does: repeat a run with the log on, replay it with a witness, and put what it saw into words.

import { openEngine } from "../plug/open.js";
import { type Explanation, explainJob } from "../replay/index.js";
import type { CommandContext } from "./context.js";
import { type RepeatedRun, repeatForJob } from "./resimulate.js";

export async function explainRun(
  context: CommandContext,
  folder: string,
  options: Readonly<Record<string, unknown>>,
): Promise<void> {
  await repeatForJob(context, folder, options, async ({ run, log, job }) => {
    const recording = { world: run.setup.world, shapes: run.simulation.shapes, log };
    const found = explainJob(recording, job, { engine: await openEngine(run.linked) });
    if (!found) throw new Error(`the log of run ${run.spec.id} lacks job ${job}`);
    context.out(options.json === true ? JSON.stringify({ run: run.spec.id, ...found }, null, 2) : inWords(run, found));
  });
}

const LIST_MAX = 5;
const HELD_MAX = 8;

const REASONS = {
  capacity: "too few GPUs were free",
  scattered: "enough GPUs were free, but not where the placement could use them",
  order: "it would have fit; the policy let it wait for others",
} as const;

function inWords(run: RepeatedRun, found: Explanation): string {
  const { jobs, names } = run.trace;
  const { job } = found;
  const gpus = (jobs.tasks[job]! * jobs.gpuMilli[job]!) / 1000;
  const waited = found.waits.reduce((sum, stretch) => sum + stretch.toMicros - stretch.fromMicros, 0);
  const lines = [
    `Job ${job} of run ${run.spec.id}: ${gpus} GPU${gpus === 1 ? "" : "s"} (${jobs.tasks[job]} task${jobs.tasks[job] === 1 ? "" : "s"}), tenant ${names.tenants[jobs.tenant[job]!] ?? "?"}, submitted at ${clock(found.submitMicros)}, runs ${hours(jobs.runMicros[job]!)}.`,
  ];
  if (waited === 0) return `${lines[0]}\nIt never waited: it was started in the instant it was submitted.`;
  lines.push(`It waited ${hours(waited)} in all:`);
  for (const { fromMicros, toMicros, reason } of longestStretches(found.waits)) {
    lines.push(`  ${clock(fromMicros)} to ${clock(toMicros)}, ${hours(toMicros - fromMicros)}: ${REASONS[reason]}`);
  }
  if (found.holders.length > 0) {
    const held = found.holders.map(
      (other) => `job ${other.job} (${gpusOf(other.gpus)} until ${clock(other.untilMicros)})`,
    );
    lines.push(`When it began to wait, these held most: ${held.join(", ")}.`);
  }
  if (found.overtakenTimes > 0) {
    const first = found.overtakers.map((other) => `job ${other.job} at ${clock(other.startMicros)}`);
    lines.push(
      `${found.overtakenTimes} starts of jobs that were submitted later went before it; the first: ${first.join(", ")}.`,
    );
  }
  if (found.chance) {
    const { timeMicros, started: instead } = found.chance;
    const shown = instead.slice(0, LIST_MAX).map((other) => `job ${other.job} (${gpusOf(other.gpus)})`);
    const started = `${shown.join(", ")}${instead.length > LIST_MAX ? ` and ${instead.length - LIST_MAX} others` : ""}`;
    const next = found.held.find((stay) => stay.fromMicros > timeMicros);
    const later = next ? ` It was started ${hours(next.fromMicros - timeMicros)} later.` : "";
    lines.push(
      `The first decision that would have started it earlier was at ${clock(timeMicros)}: there was room for it, and the policy started ${started} instead.${later}`,
    );
  } else {
    lines.push(
      "No decision would have started it earlier by itself: whenever others were started, there was no room for it.",
    );
  }
  if (found.freedBy.length > 0) {
    lines.push(`It started when ${found.freedBy.map((other) => `job ${other.job}`).join(", ")} ended or was stopped.`);
  }
  const left = found.held.length - HELD_MAX;
  if (left > 0) lines.push(`It was started ${found.held.length} times; the last ${HELD_MAX}:`);
  for (const { fromMicros, toMicros, nodes, end } of found.held.slice(-HELD_MAX)) {
    const where = nodes.map(({ node, gpus: g }) => (node < 0 ? gpusOf(g) : `${gpusOf(g)} on node ${node}`)).join(", ");
    lines.push(`Held ${where} from ${clock(fromMicros)} to ${clock(toMicros)}, then ${end}.`);
  }
  return lines.join("\n");
}

/** At most twelve, the longest, in their order. */
function longestStretches(waits: Explanation["waits"]): Explanation["waits"] {
  const longest = [...waits].sort((a, b) => b.toMicros - b.fromMicros - (a.toMicros - a.fromMicros)).slice(0, 12);
  return waits.filter((stretch) => longest.includes(stretch));
}

function gpusOf(gpus: number): string {
  return `${gpus} GPU${gpus === 1 ? "" : "s"}`;
}

/** `3d 04:05:06` since the start of the trace. */
function clock(micros: number): string {
  const seconds = Math.round(micros / 1e6);
  const part = (n: number) => String(n).padStart(2, "0");
  const day = Math.floor(seconds / 86_400);
  return `${day}d ${part(Math.floor(seconds / 3600) % 24)}:${part(Math.floor(seconds / 60) % 60)}:${part(seconds % 60)}`;
}

function hours(micros: number): string {
  const seconds = micros / 1e6;
  return seconds < 600 ? `${seconds.toFixed(0)} s` : `${(seconds / 3600).toFixed(2)} h`;
}

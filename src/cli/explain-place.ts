// What `explain --choice` does: the nodes that a job could have had, what its placement saw of them, and what another
// placement would have taken; with --instead the run is forked there, and the regret is the difference.

import Table from "cli-table3";
import { WindtunnelError } from "../model/errors.js";
import { PLACE_RULES } from "../model/policies.js";
import { openEngine } from "../plug/open.js";
import { type Choice, explainChoice } from "../replay/index.js";
import { scoredSetup } from "../sim/setup.js";
import { whatIf } from "../sim/whatif.js";
import { capacitiesOf } from "./capacity-options.js";
import type { CommandContext } from "./context.js";
import { knownName, summarise, withOther } from "./fork-run.js";
import { type RecordedExperiment, type RepeatedRun, repeatForJob } from "./resimulate.js";

type Options = Readonly<Record<string, unknown>>;

/** What the other placement would have made of it: jobs not done by then. */
interface Regret {
  place: string;
  /** Mean completion time, seconds. */
  jctSecondsMean: { was: number; other: number };
  /** Completion time of the job itself, seconds. */
  job: { was: number; other: number };
}

export async function explainPlace(context: CommandContext, folder: string, options: Options): Promise<void> {
  await repeatForJob(context, folder, options, async ({ run, log, job }, experiment) => {
    const choice = await choiceOf(run, job, log);
    const regret =
      options.instead === undefined ? undefined : await regretOf(context, experiment, run, { job, choice, options });
    const out =
      options.json === true
        ? JSON.stringify({ run: run.spec.id, job, ...choice, regret }, null, 2)
        : inWords(run, job, choice, regret);
    context.out(out);
  });
}

async function choiceOf(run: RepeatedRun, job: number, log: Uint8Array): Promise<Choice> {
  const { setup, simulation, trace } = run;
  const world = { ...setup.world, scored: setup.world.scored ?? scoredSetup(setup.world.pools, trace.jobs) };
  const shape = simulation.shapeOf(trace.jobs, job);
  const choice = explainChoice({ world, shapes: simulation.shapes, log }, { job, shape }, await openEngine(run.linked));
  if (choice) return choice;
  throw new WindtunnelError(
    "USAGE",
    `--choice: job ${job} of run ${run.spec.id} was placed in a pool whose nodes are not kept (topology: counted).`,
    "Only pools with nodes have candidates.",
  );
}

async function regretOf(
  context: CommandContext,
  experiment: RecordedExperiment,
  run: RepeatedRun,
  { job, choice, options }: { job: number; choice: Choice; options: Options },
): Promise<Regret> {
  const place = knownName("--instead", options.instead, Object.keys(PLACE_RULES));
  const { scenario, engine } = await withOther(context, experiment.scenario, run.spec, { place: options.instead });
  const pools = [...run.setup.world.pools];
  const setup = { scenario, engine, spec: run.spec, pools, trace: run.trace, capacities: capacitiesOf(options) };
  const found = whatIf(setup, choice.timeMicros, { queue: run.spec.queue, place });
  const gpus = pools.reduce((sum, pool) => sum + pool.nodes * pool.gpusPerNode, 0);
  const { metrics } = await summarise(found, gpus);
  const jct = metrics.find((metric) => metric.name === "jctSecondsMean")!;
  const secondsOf = ({ rows }: typeof found.was) => {
    const i = rows.job.indexOf(job);
    return i < 0 ? Number.NaN : (rows.finishMicros[i]! - rows.submitMicros[i]!) / 1e6;
  };
  return {
    place,
    jctSecondsMean: { was: jct.was, other: jct.other },
    job: { was: secondsOf(found.was), other: secondsOf(found.other) },
  };
}

const SHOWN = [
  "nodeFreeMilli",
  "nodeFreeGpus",
  "nodeCpuFreeMilli",
  "nodeMemoryFreeMib",
  "fragmentNow",
  "fragmentAfter",
] as const;

function inWords(run: RepeatedRun, job: number, choice: Choice, regret: Regret | undefined): string {
  const { jobs } = run.trace;
  const gpus = `${jobs.tasks[job]} task${jobs.tasks[job] === 1 ? "" : "s"} of ${jobs.gpuMilli[job]! / 1000} GPU`;
  const table = new Table({
    head: ["node", "score", "of", ...SHOWN, ""],
    colAligns: ["right", "right", "left", ...SHOWN.map(() => "right" as const), "left"],
    style: { head: [], border: [], compact: true },
  });
  for (const { node, score, features, parts } of choice.candidates) {
    const values = SHOWN.map((name) => number(features[name]!));
    table.push([
      node,
      score === null ? "–" : number(score),
      sumOf(parts),
      ...values,
      choice.chosen.includes(node) ? "taken" : "",
    ]);
  }
  const { startedBefore, stoppedBefore } = choice;
  const before =
    startedBefore + stoppedBefore === 0
      ? ""
      : ` The same pass started ${startedBefore} others and stopped ${stoppedBefore} before it; the nodes below are as the pass found them.`;
  const others = choice.others.map(({ place, node }) => `${place} ${node === null ? "none" : node}`).join(", ");
  return [
    `Job ${job} of run ${run.spec.id}: ${gpus}, first started at ${(choice.timeMicros / 3.6e9).toFixed(2)} h on node${choice.chosen.length === 1 ? "" : "s"} ${choice.chosen.join(", ")}.${before}`,
    `${choice.withRoom} nodes had room for a task; the best ${choice.candidates.length} under ${run.spec.place}${choice.candidates[0]?.score === null ? ", which gives no scores, in order of index" : ""}:`,
    table.toString(),
    `For its first task other placements would have taken: ${others}.`,
    ...(regret ? [regretInWords(regret, run.spec.place)] : []),
  ].join("\n");
}

/** "50 fragments stay + 12.3 …": the terms of a score. */
function sumOf(parts: Choice["candidates"][number]["parts"]): string {
  return parts
    .map(({ name, points }, i) => `${i === 0 ? "" : points < 0 ? "− " : "+ "}${number(Math.abs(points))} ${name}`)
    .join("\n");
}

function regretInWords({ place, jctSecondsMean, job }: Regret, was: string): string {
  const hours = (seconds: number) => `${(seconds / 3600).toFixed(2)} h`;
  const change = jctSecondsMean.was - jctSecondsMean.other;
  const verdict =
    change > 0
      ? `the regret of ${was} is ${hours(change)} a job`
      : `${was} has nothing to regret (${hours(-change)} a job better)`;
  return `Under ${place} from there on, with the same future: this job ends after ${hours(job.other)} in place of ${hours(job.was)}, the mean of all that were not done is ${hours(jctSecondsMean.other)} in place of ${hours(jctSecondsMean.was)}: ${verdict}.`;
}

/** 2^30 stands for no limit. */
function number(value: number): string {
  if (value === 2 ** 30) return "no limit";
  return Number.isInteger(value) ? String(value) : value.toFixed(2);
}

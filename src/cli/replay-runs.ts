// What `replay` does: repeat, compare digests, feed the facts back, say what came out.

import { joinLog } from "../engine/log.js";
import { WindtunnelError } from "../model/errors.js";
import { openEngine } from "../plug/open.js";
import { type ReplayResult, replayLog } from "../replay/index.js";
import type { CommandContext } from "./context.js";
import { findRun, openExperiment, type RepeatedRun, repeatRuns } from "./resimulate.js";

interface Outcome extends ReplayResult {
  run: string;
  /** True if the repeated run has the manifest's digest. */
  repeated: boolean;
  digest: string;
}

export async function replayRuns(
  context: CommandContext,
  folder: string,
  options: Readonly<Record<string, unknown>>,
): Promise<void> {
  const experiment = await openExperiment(folder);
  if (experiment.otherEngine) context.say(experiment.otherEngine);
  const { run: id } = options;
  const runs =
    typeof id === "string" ? [findRun(experiment, id)] : experiment.runs.filter((run) => run.spec.replication === 0);
  const outcomes: Outcome[] = [];
  let log: Uint8Array[] = [];
  await repeatRuns(context, folder, experiment, runs, {
    options,
    onLog: (_run, bytes) => log.push(bytes),
    onRun: async (run) => {
      const outcome = await replay(run, joinLog(log));
      log = [];
      outcomes.push(outcome);
      if (options.json !== true) context.out(inWords(outcome));
    },
  });
  if (options.json === true) context.out(JSON.stringify(outcomes, null, 2));
  const wrong = outcomes.find((o) => !o.repeated || o.firstDifference);
  if (wrong) {
    const hint =
      experiment.otherEngine ?? "The run is not what was recorded, or the engine is at fault: please report it.";
    throw new WindtunnelError("REPLAY_DIFFERS", inWords(wrong), hint);
  }
}

async function replay(run: RepeatedRun, log: Uint8Array): Promise<Outcome> {
  const replayed = replayLog(
    { world: run.setup.world, shapes: run.simulation.shapes, log },
    {},
    await openEngine(run.linked),
  );
  const { digest } = run.result;
  return { run: run.spec.id, repeated: digest === run.digest, digest, ...replayed };
}

function inWords(outcome: Outcome): string {
  const { run, records, facts, passes, decisions, firstDifference } = outcome;
  const counts = `${records} records: ${facts} facts, ${passes} passes, ${decisions} decisions`;
  const repeated = outcome.repeated ? "" : `; repeated, it has digest ${outcome.digest}, not the manifest's`;
  const verdict = firstDifference
    ? `record ${firstDifference.record} was "${firstDifference.recorded}", the replay says "${firstDifference.replayed}"`
    : "same decisions byte for byte";
  return `${run}: ${counts}; ${verdict}${repeated}`;
}

// `trace synth`: fits a generator.

import { DATASETS, distanceTable, fitSynth, formatSynthParams } from "../../replay/index.js";
import { writeWholeText } from "../../sim/store-files.js";
import type { CommandContext } from "../context.js";
import { openJobs } from "./open.js";

export async function synthesise(
  context: CommandContext,
  name: string,
  options: { out: string | undefined; days: number | undefined; jobs: number | undefined },
): Promise<void> {
  const trace = await openJobs(context, name, { jobs: options.jobs });
  const address = DATASETS.find((d) => d.name === trace.provenance.dataset)?.address ?? "";
  const params = fitSynth(trace, { address, ...(options.days === undefined ? {} : { spanDays: options.days }) });
  const text = formatSynthParams(params);
  if (options.out === undefined) context.out(text);
  else {
    await writeWholeText(options.out, text);
    context.say([`${options.out}: ${params.description}`, ...distanceTable(params)].join("\n"));
  }
}

// What `timeline` does.

import { WindtunnelError } from "../model/errors.js";
import { AUTOSCALERS, type AutoscalerName } from "../model/service-study.js";
import { renderTimeline } from "../report/index.js";
import { loadLengths } from "../sim/services/records.js";
import { readServiceStudy } from "../sim/services/study-file.js";
import { runWindow } from "../sim/services/window.js";
import { writeWholeText } from "../sim/store-files.js";
import type { CommandContext } from "./context.js";

const SECOND_MICROS = 1e6;
/** Events of a file beyond this make viewers slow. */
const EVENTS_MANY = 500_000;

function controllerOf(name: unknown, first: AutoscalerName): AutoscalerName {
  if (name === undefined) return first;
  const found = AUTOSCALERS.find((known) => known === name);
  if (found) return found;
  throw new WindtunnelError("USAGE", `--controller: there is no "${name}".`, `Controllers: ${AUTOSCALERS.join(", ")}.`);
}

export async function writeTimeline(
  context: CommandContext,
  path: string,
  options: Readonly<Record<string, unknown>>,
): Promise<void> {
  const study = await readServiceStudy(path);
  const fromMicros = ((options.from as number | undefined) ?? 0) * SECOND_MICROS;
  const toMicros = fromMicros + ((options.for as number | undefined) ?? 300) * SECOND_MICROS;
  if (fromMicros >= study.hours * 3600 * SECOND_MICROS)
    throw new WindtunnelError(
      "USAGE",
      `--from is second ${fromMicros / SECOND_MICROS}, and the study ends after ${study.hours} h.`,
      "Choose an earlier window.",
    );
  const arm = {
    variant: (options.variant as string | undefined) ?? study.variants[0]?.name ?? null,
    controller: controllerOf(options.controller, study.controllers[0]!),
    coldStartSeconds: (options.coldStart as number | undefined) ?? null,
  };
  const { lengths } = await loadLengths(study, context);
  const window = runWindow(study, lengths, arm, (options.replication as number | undefined) ?? 0, {
    fromMicros,
    toMicros,
  });
  const title = `${study.title}: ${arm.variant === null ? "" : `${arm.variant}, `}${arm.controller}`;
  const text = renderTimeline({ title, ...window, fromMicros, toMicros });
  const file = (options.out as string | undefined) ?? "timeline.json";
  await writeWholeText(file, text);
  context.out(`${file}: ${window.requests.length} requests. Open it at ui.perfetto.dev, or chrome://tracing.`);
  if (window.requests.length * 8 > EVENTS_MANY)
    context.say("A viewer may be slow with so many; a shorter window helps.");
}

// What `control` does: reads scenario and control file, runs the study, prints a table.

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { WindtunnelError } from "../model/errors.js";
import type { Interval } from "../model/results.js";
import { parseYaml } from "../replay/index.js";
import { controlSchema, runControlStudy } from "../sim/control-study.js";
import { readScenario } from "../sim/scenario-file.js";
import type { CommandContext } from "./context.js";

function text(value: Interval, digits: number): string {
  const half = (value.high - value.low) / 2;
  return Number.isFinite(half) ? `${value.mean.toFixed(digits)} ± ${half.toFixed(digits)}` : value.mean.toFixed(digits);
}

export async function compareControls(
  context: CommandContext,
  folder: string,
  options: Readonly<Record<string, unknown>>,
): Promise<void> {
  const { scenario, path } = await readScenario(folder);
  const file = join(folder, "control.yaml");
  const content = await readFile(file, "utf8").catch(() => {
    throw new WindtunnelError("SCENARIO_NOT_FOUND", `There is no ${file}.`, "See docs/models/pool-control.md.");
  });
  const spec = parseYaml(content, file, controlSchema, {
    code: "SCENARIO_INVALID",
    noun: "control file",
    versionKey: "control",
    reference: "docs/models/pool-control.md",
  });
  const folders = { scenarioPath: path, dataFolder: context.dataFolder, cacheFolder: context.cacheFolder };
  const rows = await runControlStudy(scenario, spec, folders);
  if (options.json) {
    context.out(JSON.stringify(rows, null, 2));
    return;
  }
  const { default: Table } = await import("cli-table3");
  const head = ["rule", "USD", "mean wait, min", "P95 wait, min", "in use"];
  const table = new Table({
    head,
    colAligns: ["left", "right", "right", "right", "right"],
    style: { head: [], border: [], compact: true },
  });
  for (const row of rows) {
    table.push([
      row.rule,
      text(row.costUsd, 0),
      text(row.waitMinutesMean, 1),
      text(row.waitMinutesP95, 1),
      text(row.utilisation, 3),
    ]);
  }
  context.out(
    [
      scenario.title,
      "",
      table.toString(),
      "",
      `Queue ${scenario.policies.queue[0]}, ${scenario.replications.count} replications, 95 % intervals. Every rule met the same jobs.`,
      `Decisions every ${spec.periodMinutes} min; GPUs arrive ${spec.provisioningMinutes} min after they are ordered, and leave when idle.`,
      ...(spec.modelShare > 0
        ? [`Assumed: jobs of ${spec.modelShare * 100} % of the tenants need ${spec.model}; the record does not say.`]
        : []),
    ].join("\n"),
  );
}

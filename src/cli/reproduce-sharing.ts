// What `reproduce gpu-sharing` does: runs, compares, prints a line a policy and trace.

import { join } from "node:path";
import Table from "cli-table3";
import { WindtunnelError } from "../model/errors.js";
import { nearestName } from "../replay/index.js";
import { isSharingPolicy, type Reproduced, reproduceSharing } from "../sim/sharing/reproduce.js";
import { SHARING_POLICIES, type SharingPolicy } from "../sim/sharing/run.js";
import type { CommandContext } from "./context.js";
import { createProgress } from "./progress.js";

export async function reproduceGpuSharing(
  context: CommandContext,
  options: Readonly<Record<string, unknown>>,
): Promise<void> {
  const folder = (value: string | undefined, name: string, inside: string) => {
    if (value !== undefined) return join(value, inside);
    throw new WindtunnelError(
      "TRACE_NOT_FOUND",
      `${name} is not set, so the study's files are not known.`,
      `Set it to the folder that holds ${inside}.`,
    );
  };
  const begun = context.clock();
  const progress = createProgress(context.interactive, 1, 0);
  const traces = options.trace as string[] | undefined;
  const results = await reproduceSharing({
    expectedFolder: folder(context.expectedFolder, "WINDTUNNEL_EXPECTED", "gpu-sharing"),
    listsFolder: folder(context.dataFolder, "WINDTUNNEL_DATA", "openb-fgd"),
    ...(traces === undefined ? {} : { traces }),
    policies: wantedPolicies(options.policy as string[] | undefined),
    workers: (options.workers as number | undefined) ?? context.cores,
    onRun: (done) => progress.update(done),
  }).finally(() => progress.stop());
  const seconds = (context.clock() - begun) / 1000;
  if (options.json === true) context.out(JSON.stringify({ seconds, results }, null, 1));
  else context.out(inWords(results, seconds));
  const wrong = results.find((r) => r.matched < r.rows || r.goldenMatched < r.goldenLines);
  if (!wrong) return;
  throw new WindtunnelError(
    "REPRODUCTION_FAILED",
    `${wrong.trace}, ${wrong.policy}: ${wrong.matched} of ${wrong.rows} rows agree with the published ones, ${wrong.goldenMatched} of ${wrong.goldenLines} recorded placements; the largest difference is ${wrong.largest.toFixed(3)} percentage points.`,
    "The files may not be the study's, or the engine is at fault: please report it.",
  );
}

function wantedPolicies(names: readonly string[] | undefined): SharingPolicy[] {
  const all = Object.keys(SHARING_POLICIES) as SharingPolicy[];
  if (!names) return all;
  return names.map((name) => {
    if (isSharingPolicy(name)) return name;
    const nearest = nearestName(name, all);
    throw new WindtunnelError(
      "USAGE",
      `--policy: there is no "${name}"${nearest ? `; the nearest name is "${nearest}"` : ""}.`,
      `There are ${all.join(", ")}.`,
    );
  });
}

function inWords(results: readonly Reproduced[], seconds: number): string {
  const table = new Table({
    head: [
      "trace",
      "policy",
      "seeds",
      "rows matched",
      "largest difference, pp",
      "placements matched",
      "allocated at 100 %",
      "ms a run",
    ],
    colAligns: ["left", "left", "right", "right", "right", "right", "right", "right"],
    style: { head: [], border: [], compact: true },
  });
  for (const r of results) {
    const at100 = r.curves.map(({ curves }) => curves.allocation[100]!);
    const mean = at100.reduce((a, b) => a + b, 0) / at100.length;
    table.push([
      r.trace,
      r.policy,
      r.seeds,
      r.rows === 0 ? "no table" : `${r.matched} of ${r.rows}`,
      r.largest.toFixed(3),
      r.goldenLines === 0 ? "–" : `${r.goldenMatched} of ${r.goldenLines}`,
      `${mean.toFixed(2)} %`,
      r.millisMedian.toFixed(0),
    ]);
  }
  const drawn = results.filter((r) => r.policy === "01-Random");
  const exact = results.filter((r) => r.policy !== "01-Random");
  const sum = (list: readonly Reproduced[], of: (r: Reproduced) => number) => list.reduce((s, r) => s + of(r), 0);
  const runs = sum(results, (r) => r.seeds);
  return [
    table.toString(),
    `Policies that do not draw: ${sum(exact, (r) => r.matched)} of ${sum(exact, (r) => r.rows)} rows within 0.01 in all 131 columns; a row is a seed and metric (allocation, fragments, fragments of idle).`,
    ...(drawn.length > 0
      ? [
          `Random draws its placements: ${sum(drawn, (r) => r.matched)} of ${sum(drawn, (r) => r.rows)} means over the seeds, at 100 % and 130 %, within 0.4 percentage points.`,
        ]
      : []),
    `${runs} runs in ${seconds.toFixed(1)} s, start to end.`,
  ].join("\n");
}

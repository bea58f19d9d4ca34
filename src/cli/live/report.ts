// `live report`: what a shadow run would have done, as a table, as JSON, and as a page.

import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import Table from "cli-table3";
import { checkAudit } from "../../live/audit.js";
import { h, STYLE, table } from "../../live/page.js";
import { type ShadowReport, type ShadowStart, shadowReport } from "../../live/shadow-report.js";
import { plain } from "../../live/text.js";
import { isoTime } from "../../live/time.js";
import { WindtunnelError } from "../../model/errors.js";
import { writeWholeText } from "../../sim/store-files.js";
import type { CommandContext } from "../context.js";
import { type Options, readConfig } from "./open.js";

const ASSUMED =
  "Assumed: what the policy would have started had run as it then ran; that it would have held its GPUs earlier, and so others would have waited, is not reckoned. Replay a recording with `windtunnel whatif` for that.";
const STARTS_SHOWN = 20;

export async function reportLive(context: CommandContext, options: Options): Promise<void> {
  const file = await logOf(options);
  const text = await readFile(file, "utf8").catch(() => {
    throw new WindtunnelError(
      "LIVE_REFUSED",
      `There is no audit log at ${file}.`,
      "Run `windtunnel live watch` first.",
    );
  });
  const { lines, broken } = checkAudit(text);
  if (broken) {
    throw new WindtunnelError(
      "LIVE_REFUSED",
      `${file}:${broken.line}: the audit log was tampered with: ${broken.why}.`,
      "A report on it would prove nothing.",
    );
  }
  const report = shadowReport(lines);
  if (report.passes === 0)
    throw new WindtunnelError("LIVE_REFUSED", `${file}: it has no pass.`, "Run `windtunnel live watch` for a while.");
  if (options.html !== undefined) {
    await writeWholeText(String(options.html), reportPage(report));
    context.say(`The page is ${String(options.html)}.`);
  }
  context.out(options.json === true ? JSON.stringify(report, null, 2) : reportInWords(report));
}

async function logOf(options: Options): Promise<string> {
  if (options.log !== undefined) return String(options.log);
  const config = await readConfig(options);
  return join(resolve(config.folder, config.stateFolder), "audit.jsonl");
}

const HEAD = ["cluster", "wanted", "started", "gone", "still wait", "mean wait, s", "regret, GPU-hours"];
const clusterRows = ({ clusters }: ShadowReport) =>
  clusters.map((c) => [
    c.cluster,
    c.wanted,
    c.started,
    c.gone,
    c.waits,
    c.waitedSecondsMean.toFixed(0),
    c.regretGpuHours.toFixed(2),
  ]);

/** The longest waits first. */
function worst(starts: readonly ShadowStart[]): ShadowStart[] {
  return [...starts].sort((a, b) => b.regretGpuSeconds - a.regretGpuSeconds).slice(0, STARTS_SHOWN);
}
const STARTS_HEAD = ["object", "GPUs", "wanted at", "then", "regret, GPU-hours"];
const startRows = (report: ShadowReport) =>
  worst(report.starts).map((s) => [
    s.object,
    s.gpus,
    isoTime(s.wantedMillis),
    s.end === "waits" ? "still waits" : `${s.end} after ${((s.endedMillis - s.wantedMillis) / 1000).toFixed(0)} s`,
    (s.regretGpuSeconds / 3600).toFixed(2),
  ]);

function summary({ fromMillis, toMillis, passes, instances, drifts, looks, guards }: ShadowReport): string[] {
  const refused = guards.reduce((sum, g) => sum + g.times, 0);
  return [
    `${isoTime(fromMillis)} to ${isoTime(toMillis)}: ${passes} passes of ${instances} ${instances === 1 ? "instance" : "instances"}; reality left the permit's envelope ${drifts} times.`,
    `Of ${looks} looks at changes in mode shadow guards would have refused ${refused}${refused === 0 ? "" : `: ${guards.map((g) => `${g.guard} ${g.times}`).join(", ")}`}.`,
  ];
}

export function reportInWords(report: ShadowReport): string {
  const style = { head: [], border: [], compact: true };
  const lines = summary(report);
  if (report.starts.length === 0) return [...lines, "The policy wanted nothing started in mode shadow."].join("\n");
  const clusters = new Table({ head: HEAD, style });
  for (const row of clusterRows(report)) clusters.push(row.map((c) => plain(String(c), 60)));
  const starts = new Table({ head: STARTS_HEAD, style });
  for (const row of startRows(report)) starts.push(row.map((c) => plain(String(c), 60)));
  return [...lines, clusters.toString(), starts.toString(), ASSUMED].join("\n");
}

/** Regret over time as a line: hours to the right, GPU-hours up. */
function curve({ hourly, fromMillis, toMillis }: ShadowReport): string {
  const most = hourly.at(-1)?.regretGpuHours ?? 0;
  if (most === 0) return "";
  const x = (at: number) => (700 * (at - fromMillis)) / Math.max(1, toMillis - fromMillis);
  const y = (value: number) => 160 - (150 * value) / most;
  const points = [`0,160`, ...hourly.map((p) => `${x(p.atMillis).toFixed(1)},${y(p.regretGpuHours).toFixed(1)}`)];
  return `<h2>Regret so far</h2><svg viewBox="0 0 720 180" role="img" aria-label="regret over time"><polyline fill="none" stroke="currentColor" stroke-width="2" points="${points.join(" ")}"/><text x="0" y="176" font-size="12" fill="currentColor">${h(isoTime(fromMillis))}</text><text x="700" y="12" font-size="12" text-anchor="end" fill="currentColor">${most.toFixed(2)} GPU-hours, ${h(isoTime(toMillis))}</text></svg>`;
}

export function reportPage(report: ShadowReport): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="content-security-policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Windtunnel: a shadow run</title><style>${STYLE}</style></head><body>
<h1>What the policy would have done</h1>
${summary(report)
  .map((line) => `<p>${h(line)}</p>`)
  .join("\n")}
<h2>Clusters</h2>
${table(HEAD, clusterRows(report), "The policy wanted nothing started in mode shadow.")}
${curve(report)}
<h2>Longest waits</h2>
${table(STARTS_HEAD, startRows(report), "None.")}
<h2>Guards that would have refused</h2>
${table(
  ["guard", "times"],
  report.guards.map((g) => [g.guard, g.times]),
  "None.",
)}
<p>${h(ASSUMED)}</p>
</body></html>
`;
}

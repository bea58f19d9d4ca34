// The operator's page: one read-only HTML document without a script, made anew at each request. Everything in it was written by
// others, so everything is escaped.

import type { LiveStatus } from "./status.js";
import { plain } from "./text.js";

const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

export function h(text: unknown): string {
  return plain(String(text), 400).replace(/[&<>"']/g, (c) => ENTITIES[c]!);
}

export function table(head: readonly string[], rows: readonly (readonly unknown[])[], none: string): string {
  if (rows.length === 0) return `<p>${h(none)}</p>`;
  const cells = (tag: string, row: readonly unknown[]) =>
    `<tr>${row.map((c) => `<${tag}>${h(c)}</${tag}>`).join("")}</tr>`;
  return `<div class="wide"><table><thead>${cells("th", head)}</thead><tbody>${rows.map((r) => cells("td", r)).join("")}</tbody></table></div>`;
}

export const STYLE = `body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:72rem;padding:0 1rem;color:#1b1f24;background:#fff}
h1{font-size:1.3rem}h2{font-size:1.05rem;margin-top:2rem}table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:.3rem .8rem .3rem 0;border-bottom:1px solid #d8dee4;vertical-align:top}th{color:#57606a;font-weight:600}
.wide{overflow-x:auto}p{color:#57606a}
@media(prefers-color-scheme:dark){body{background:#16191d;color:#e6e8eb}th,td{border-color:#333a42}th,p{color:#9aa4af}}`;

function experimentSection(experiment: LiveStatus["experiment"]): string {
  if (!experiment) return "";
  const { verdict, unit, arms, low, high, active } = experiment;
  const rows = arms.map((a) => [
    a.name,
    a.policy,
    a.claims,
    a.mean.toPrecision(3),
    `${a.low.toPrecision(3)} to ${a.high.toPrecision(3)}`,
  ]);
  return `<h2>Two policies compared</h2>
<p>${h(`Verdict: ${verdict}${active ? "" : "; the new policy is taken back"}. New less old: ${low.toPrecision(3)} to ${high.toPrecision(3)} ${unit}`)}</p>
${table(["side", "policy", "claims", `mean, ${unit}`, "bounds"], rows, "None.")}
`;
}

export function renderLivePage(status: LiveStatus): string {
  const clusters = status.clusters.map((c) => [
    c.name,
    `${c.state}${c.why === "" ? "" : ` (${c.why})`}`,
    c.ageSeconds === null ? "never seen" : `${c.ageSeconds} s`,
    `${c.gpus.free} of ${c.gpus.allocatable}`,
    c.gpus.broken,
    c.leads ? "this instance" : c.leader || "nobody",
    c.paused,
    c.budgetLeft ?? "–",
  ]);
  const { plan } = status;
  const changes =
    plan?.changes.map((c) => [c.cluster, c.verb, c.object, `${c.before} → ${c.after}`, c.why, c.refused || "–"]) ?? [];
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta http-equiv="refresh" content="15">
<title>Windtunnel live</title><style>${STYLE}</style></head><body>
<h1>Windtunnel live: ${h(status.policy)}</h1>
<p>${h(status.at)} · ${h(status.identity)} · permit: ${h(status.permit)}${status.drift === "" ? "" : ` · outside of the permit's envelope: ${h(status.drift)}`}</p>${status.alerts.length === 0 ? "" : `<p><strong>Alerts: ${h(status.alerts.join(", "))}</strong></p>`}
<h2>Clusters</h2>
${table(["cluster", "state", "age", "GPUs free", "broken", "leader", "paused", "changes left this hour"], clusters, "None.")}
<h2>Last plan${plan ? ` ${h(plan.id.slice(0, 12))}, ${h(plan.at)}` : ""}</h2>
${table(["cluster", "change", "object", "from → to", "why", "refused"], changes, "The policy wants nothing changed.")}
${experimentSection(status.experiment)}<h2>Effects awaited</h2>
${table(
  ["object", "change", "judgement"],
  status.watched.map((w) => [w.object, w.change, w.judgement]),
  "None.",
)}
<h2>Left alone</h2>
${table(["cluster", "what", "why"], plan?.left.slice(0, 100).map((l) => [l.cluster, l.what, l.reason]) ?? [], "Nothing.")}
${plan && plan.notes.length > 0 ? `<h2>Notes</h2>${plan.notes.map((n) => `<p>${h(n)}</p>`).join("")}` : ""}
</body></html>
`;
}

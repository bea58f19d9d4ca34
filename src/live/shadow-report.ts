// A report on a shadow run, from the audit log alone: what the policy would have started and when that then happened, by whoever
// else decides. Regret is GPU-time that claims went on waiting although the policy would have started them.

import type { AuditLine } from "./audit.js";
import { listAt, numberAt, textAt } from "./json.js";
import { parseTime } from "./time.js";

/** A start that the policy wanted. */
export interface ShadowStart {
  cluster: string;
  object: string;
  gpus: number;
  wantedMillis: number;
  /** When it started or was gone; NaN: it still waits at the end of the log. */
  endedMillis: number;
  end: "started" | "gone" | "waits";
  /** For one that still waits: up to the end of the log, gaps of the view included. */
  regretGpuSeconds: number;
}

export interface ShadowReport {
  fromMillis: number;
  toMillis: number;
  /** Passes of all instances, and how often one was started. */
  passes: number;
  instances: number;
  starts: ShadowStart[];
  clusters: {
    cluster: string;
    wanted: number;
    started: number;
    gone: number;
    waits: number;
    waitedSecondsMean: number;
    regretGpuHours: number;
  }[];
  /** How often a guard would have stood in the way of a change, and of how many looks at changes. */
  guards: { guard: string; times: number }[];
  looks: number;
  /** Times at which reality left the permit's envelope. */
  drifts: number;
  /** Regret so far at the end of each hour of the log, GPU-hours. */
  hourly: { atMillis: number; regretGpuHours: number }[];
}

const HOUR_MILLIS = 3_600_000;

export function shadowReport(lines: readonly AuditLine[]): ShadowReport {
  const open = new Map<string, ShadowStart>();
  const starts: ShadowStart[] = [];
  const guards = new Map<string, number>();
  let [passes, instances, looks, drifts] = [0, 0, 0, 0];
  const times = lines.map((line) => parseTime(line.at));
  lines.forEach((line, i) => {
    if (line.kind === "start") instances++;
    if (line.kind === "mode" && line.drifted === true) drifts++;
    if (line.kind === "plan") {
      passes++;
      for (const would of listAt(line, "would")) {
        const guard = textAt(would, "guard") ?? "";
        looks++;
        if (guard !== "") guards.set(guard, (guards.get(guard) ?? 0) + 1);
      }
    }
    if (line.kind === "shadow") noteShadow(line, times[i]!, open, starts);
  });
  const [fromMillis, toMillis] = [times[0] ?? Number.NaN, times.at(-1) ?? Number.NaN];
  for (const start of open.values()) start.regretGpuSeconds = (start.gpus * (toMillis - start.wantedMillis)) / 1000;
  return {
    fromMillis,
    toMillis,
    passes,
    instances,
    starts,
    clusters: clustersOf(starts, toMillis),
    guards: [...guards]
      .map(([guard, n]) => ({ guard, times: n }))
      .sort((a, b) => b.times - a.times || (a.guard < b.guard ? -1 : 1)),
    looks,
    drifts,
    hourly: hourlyOf(starts, fromMillis, toMillis),
  };
}

function noteShadow(line: AuditLine, atMillis: number, open: Map<string, ShadowStart>, starts: ShadowStart[]): void {
  const [cluster, object, event] = [textAt(line, "cluster"), textAt(line, "object"), textAt(line, "event")];
  const gpus = numberAt(line, "gpus");
  if (cluster === undefined || object === undefined || gpus === undefined) return;
  const known = open.get(object);
  if (event === "wanted") {
    // wanted again: an instance was restarted, and it has waited all along
    if (known) return;
    const start: ShadowStart = {
      ...{ cluster, object, gpus, wantedMillis: atMillis, endedMillis: Number.NaN },
      ...{ end: "waits", regretGpuSeconds: 0 },
    };
    open.set(object, start);
    starts.push(start);
    return;
  }
  if (!known || (event !== "started" && event !== "gone")) return;
  open.delete(object);
  known.end = event;
  known.endedMillis = atMillis;
  // as it was counted while it was seen; what an instance before this one had counted is in the time since
  const counted = numberAt(line, "regretGpuSeconds") ?? 0;
  const before = (atMillis - known.wantedMillis) / 1000 - (numberAt(line, "waitedSeconds") ?? 0);
  known.regretGpuSeconds = counted + gpus * Math.max(0, before);
}

function clustersOf(starts: readonly ShadowStart[], toMillis: number): ShadowReport["clusters"] {
  const names = [...new Set(starts.map((s) => s.cluster))].sort();
  return names.map((cluster) => {
    const mine = starts.filter((s) => s.cluster === cluster);
    const count = (end: ShadowStart["end"]) => mine.filter((s) => s.end === end).length;
    const waited = mine.map((s) => ((Number.isNaN(s.endedMillis) ? toMillis : s.endedMillis) - s.wantedMillis) / 1000);
    return {
      cluster,
      wanted: mine.length,
      started: count("started"),
      gone: count("gone"),
      waits: count("waits"),
      waitedSecondsMean: waited.reduce((sum, w) => sum + w, 0) / mine.length,
      regretGpuHours: mine.reduce((sum, s) => sum + s.regretGpuSeconds, 0) / 3600,
    };
  });
}

/** Regret as it grew; that of a start is spread evenly over the time that it waited. */
function hourlyOf(starts: readonly ShadowStart[], from: number, to: number): ShadowReport["hourly"] {
  const out: ShadowReport["hourly"] = [];
  for (let at = from; at < to; ) {
    at = Math.min(to, at + HOUR_MILLIS);
    let gpuSeconds = 0;
    for (const { wantedMillis, endedMillis, regretGpuSeconds } of starts) {
      const end = Number.isNaN(endedMillis) ? to : endedMillis;
      const share = end === wantedMillis ? 1 : (at - wantedMillis) / (end - wantedMillis);
      gpuSeconds += regretGpuSeconds * Math.min(1, Math.max(0, share));
    }
    out.push({ atMillis: at, regretGpuHours: gpuSeconds / 3600 });
  }
  return out;
}

// A window of a run of services as a timeline that Perfetto and Chrome's tracing page open: the Trace Event Format, JSON.
// A process a replica, with an asynchronous track for each of its requests: waiting, prompt, answer; counters by service.

import type { ServedRequest } from "../model/timeline.js";

export interface TimelineTick {
  atMicros: number;
  ready: number;
  starting: number;
  running: number;
  waiting: number;
  memoryShare: number;
}

export interface Timeline {
  title: string;
  /** By service: its name, the first of its replicas, and how many it may have. */
  services: readonly { name: string; first: number; places: number; ticks: readonly TimelineTick[] }[];
  requests: readonly ServedRequest[];
  fromMicros: number;
  toMicros: number;
}

interface TraceEvent {
  ph: "M" | "b" | "e" | "C" | "i";
  name: string;
  pid: number;
  tid?: number;
  ts?: number;
  cat?: string;
  id?: string;
  s?: "p";
  args?: Record<string, unknown>;
}

/** Process of what belongs to a service and to no replica; replicas follow. */
const SERVICE_PID = 1;

/** Phases of a request that took time, in order. */
function phasesOf(r: ServedRequest): { name: string; from: number; to: number }[] {
  const end = r.finishMicros;
  const marks = [r.atMicros, r.scheduledMicros, r.firstMicros, end];
  return ["waits", "prompt", "answer"].flatMap((name, i) => {
    const from = marks[i]!;
    const next = marks.slice(i + 1).find((mark) => !Number.isNaN(mark))!;
    return Number.isNaN(from) || next <= from ? [] : [{ name, from, to: next }];
  });
}

function requestEvents(r: ServedRequest, pid: number): TraceEvent[] {
  const at = { cat: "request", id: `${r.service}:${r.id}`, pid, tid: 0 };
  const args = { prompt: r.promptTokens, answer: r.outputTokens, outcome: r.outcome, preempted: r.preempted };
  const begin = (name: string, ts: number, what?: typeof args): TraceEvent => ({
    ph: "b",
    name,
    ts,
    ...at,
    ...(what ? { args: what } : {}),
  });
  const end = (name: string, ts: number): TraceEvent => ({ ph: "e", name, ts, ...at });
  const name = `request ${r.id}`;
  if (r.finishMicros <= r.atMicros)
    return [{ ph: "i", s: "p", name: `${name}: ${r.outcome}`, ts: r.atMicros, pid, tid: 0, args }];
  return [
    begin(name, r.atMicros, args),
    ...phasesOf(r).flatMap((phase) => [begin(phase.name, phase.from), end(phase.name, phase.to)]),
    end(name, r.finishMicros),
  ];
}

/** The window as a JSON text of the Trace Event Format; times are of the run, µs. */
export function renderTimeline({ title, services, requests, fromMicros, toMicros }: Timeline): string {
  const events: TraceEvent[] = [];
  const named = (pid: number, name: string) =>
    events.push(
      { ph: "M", name: "process_name", pid, args: { name } },
      { ph: "M", name: "process_sort_index", pid, args: { sort_index: pid } },
    );
  named(SERVICE_PID, "services");
  const pidOf = (replica: number) => (replica < 0 ? SERVICE_PID : SERVICE_PID + 1 + replica);
  const used = new Set(requests.map((r) => r.replica));
  for (const { name, first, places } of services)
    for (let p = first; p < first + places; p++) if (used.has(p)) named(pidOf(p), `${name}, replica ${p - first}`);
  for (const { name, ticks } of services) {
    for (const tick of ticks) {
      if (tick.atMicros < fromMicros || tick.atMicros > toMicros) continue;
      const counter = (what: string, args: Record<string, number>) =>
        events.push({ ph: "C", name: `${name}: ${what}`, pid: SERVICE_PID, ts: tick.atMicros, args });
      counter("replicas", { ready: tick.ready, starting: tick.starting });
      counter("requests", { running: tick.running, waiting: tick.waiting });
      counter("memory in use, %", { used: Math.round(tick.memoryShare * 1000) / 10 });
    }
  }
  for (const r of requests) events.push(...requestEvents(r, pidOf(r.replica)));
  return `${JSON.stringify({ displayTimeUnit: "ms", otherData: { title }, traceEvents: events })}\n`;
}

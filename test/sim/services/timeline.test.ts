// Timelines: every request of the window is there once, its phases fill its time, and the file is what viewers read.

import { describe, expect, it } from "vitest";
import { renderTimeline } from "#src/report/index.js";
import { parseServiceStudy } from "#src/sim/services/study-file.js";
import { runWindow } from "#src/sim/services/window.js";

const STUDY = parseServiceStudy(
  `
windtunnelServices: 1
title: small
hours: 1
replications: 1
services:
  - name: chat
    model: llama3-8b
    gpu: a10
    usdPerGpuHour: 2
    requestsPerSecond: 3
    bounds: { ttftSeconds: 2 }
    replicas: { min: 2, max: 2 }
    gateway: { requestsPerReplica: 8 }
`,
  "services.yaml",
);
const WINDOW = { fromMicros: 600e6, toMicros: 660e6 };
const ARM = { variant: null, controller: "fixed" as const, coldStartSeconds: null };

interface Event {
  ph: string;
  name: string;
  pid: number;
  ts: number;
  id?: string;
}

describe("a timeline", () => {
  const window = runWindow(STUDY, [undefined], ARM, 0, WINDOW);
  const text = renderTimeline({ title: "t", ...window, ...WINDOW });
  const events = (JSON.parse(text) as { traceEvents: Event[] }).traceEvents;

  it("has every request that was there in the window, and no other", () => {
    expect(window.requests.length).toBeGreaterThan(150);
    expect(new Set(window.requests.map((r) => r.id)).size).toBe(window.requests.length);
    for (const r of window.requests) {
      expect(r.finishMicros).toBeGreaterThanOrEqual(WINDOW.fromMicros);
      expect(r.atMicros).toBeLessThanOrEqual(WINDOW.toMicros);
    }
    expect(window.requests.some((r) => r.outcome === "shed")).toBe(true);
  });

  it("is the same run whatever the window", () => {
    const later = runWindow(STUDY, [undefined], ARM, 0, { fromMicros: 600e6, toMicros: 1200e6 });
    const ended = window.requests.filter((r) => r.finishMicros <= WINDOW.toMicros);
    for (const r of ended) expect(later.requests.find((other) => other.id === r.id)).toEqual(r);
  });

  it("closes what it opens, and fills a request's time with its phases", () => {
    for (const r of window.requests.filter(({ outcome }) => outcome === "answered")) {
      const own = events.filter((e) => e.id === `0:${r.id}`);
      const at = (ph: string, name: string) => own.find((e) => e.ph === ph && e.name === name)!.ts;
      expect(own.filter((e) => e.ph === "b").length).toBe(own.filter((e) => e.ph === "e").length);
      expect(at("b", "prompt")).toBe(r.scheduledMicros);
      expect(at("e", "prompt")).toBe(r.firstMicros);
      expect(at("e", `request ${r.id}`)).toBe(r.finishMicros);
      const spent = own.reduce((sum, e) => sum + (e.name.startsWith("request") ? 0 : e.ph === "e" ? e.ts : -e.ts), 0);
      expect(spent).toBe(r.finishMicros - r.atMicros);
    }
  });

  it("names its processes and counts at ticks", () => {
    const names = events.filter((e) => e.ph === "M" && e.name === "process_name");
    expect(names.length).toBe(3);
    const counters = events.filter((e) => e.ph === "C" && e.name === "chat: requests");
    expect(counters.map((e) => e.ts / 1e6)).toEqual([600, 615, 630, 645, 660]);
  });
});

// The page of a study of services: the tables, and replicas, requests and memory over time by controller.

import type { Block } from "./blocks.js";
import { type ArmCost, armsChart } from "./charts/arms.js";
import type { Chart } from "./charts/chart.js";
import { FULL_WIDTH } from "./charts/chart.js";
import { renderDemandPage } from "./demand-page.js";
import { LINE_COLOURS } from "./theme.js";

export interface ServicesTrail {
  /** null in a study without variants. */
  variant: string | null;
  controller: string;
  service: string;
  ticks: readonly Record<
    "atMicros" | "ready" | "starting" | "outstanding" | "memoryShare" | "running" | "waiting",
    number
  >[];
}

const POINTS = 300;

const SERIES = [
  { key: "ready", title: "replicas that take requests", what: "Replicas" },
  { key: "outstanding", title: "requests in the service", what: "Requests present" },
  { key: "running", title: "requests in batches", what: "Batches, all replicas together" },
  { key: "waiting", title: "requests that wait at replicas", what: "Waiting for a batch" },
  { key: "memoryShare", title: "share of memory for keys and values", what: "Memory in use" },
] as const;

/** Means of so many ticks that a line has at most POINTS points. */
function thinned(trail: ServicesTrail, key: (typeof SERIES)[number]["key"]) {
  const { ticks, controller, variant } = trail;
  const step = Math.max(1, Math.ceil(ticks.length / POINTS));
  const out: { hour: number; value: number; controller: string; variant: string | null }[] = [];
  for (let i = 0; i < ticks.length; i += step) {
    const part = ticks.slice(i, i + step);
    const value = part.reduce((sum, tick) => sum + tick[key], 0) / part.length;
    out.push({ hour: part[0]!.atMicros / 3_600e6, value, controller, variant });
  }
  return out;
}

function trailChart(
  service: string,
  trails: readonly ServicesTrail[],
  { key, title, what }: (typeof SERIES)[number],
): Chart {
  const own = trails.filter((trail) => trail.service === service);
  const domain = [...new Set(own.map((trail) => trail.controller))];
  return {
    id: `${service}-${key}`,
    title: `${service}: ${what.toLowerCase()} over time`,
    caption: `${what} at ticks of the first replication (means of neighbouring ticks).`,
    spec: {
      ...FULL_WIDTH,
      height: 180,
      data: { values: own.flatMap((trail) => thinned(trail, key)) },
      mark: { type: "line", strokeWidth: 1.5 },
      encoding: {
        x: { field: "hour", type: "quantitative", title: "hours" },
        y: { field: "value", type: "quantitative", title },
        ...lineEncoding(domain, own),
      },
    },
  };
}

const LABEL_PIXELS = 300;
/** What legends have beside the axis of the narrowest chart. */
const LEGEND_PIXELS = 620;

/** As many as fit with names of so many letters. */
function legendColumns(letters: number): number {
  const each = 36 + Math.min(LABEL_PIXELS, letters * 7);
  return Math.max(1, Math.min(4, Math.floor(LEGEND_PIXELS / each)));
}

/** Controllers by colour and variants by dash; variants by colour where there is one controller. */
function lineEncoding(domain: readonly string[], lines: readonly { variant: string | null }[]) {
  const variants = [...new Set(lines.map((line) => line.variant))];
  const names = variants.length < 2 ? domain : domain.length < 2 ? variants : [...domain, ...variants];
  const longest = Math.max(0, ...names.map((name) => name?.length ?? 0));
  const legend = { title: null, orient: "top" as const, columns: legendColumns(longest), labelLimit: LABEL_PIXELS };
  const colour = (field: string, values: readonly (string | null)[]) => ({
    field,
    type: "nominal" as const,
    scale: { domain: [...values], range: values.map((_, i) => LINE_COLOURS[i % LINE_COLOURS.length]!) },
    legend,
  });
  if (variants.length < 2) return { color: colour("controller", domain) };
  if (domain.length < 2) return { color: colour("variant", variants) };
  return {
    color: colour("controller", domain),
    strokeDash: { field: "variant", type: "nominal" as const, scale: { domain: variants }, legend },
  };
}

export interface HeldLine {
  variant: string | null;
  controller: string;
  steps: readonly { atMicros: number; gpus: number }[];
}

/** Above the line of a controller is what training has. */
function heldChart(held: readonly HeldLine[], gpusTotal: number): Chart {
  const domain = [...new Set(held.map(({ controller }) => controller))];
  const values = held.flatMap(({ variant, controller, steps }) =>
    steps.map(({ atMicros, gpus }) => ({ variant, controller, hour: atMicros / 3_600e6, gpus })),
  );
  return {
    id: "held",
    title: "GPUs that services hold, and what they leave to training",
    caption: `Of ${gpusTotal} GPUs, in the first replication; what lies above a line is lent to training under that controller.`,
    spec: {
      ...FULL_WIDTH,
      height: 220,
      data: { values },
      mark: { type: "line", strokeWidth: 1.5, interpolate: "step-after" },
      encoding: {
        x: { field: "hour", type: "quantitative", title: "hours" },
        y: { field: "gpus", type: "quantitative", title: "GPUs of services", scale: { domain: [0, gpusTotal] } },
        ...lineEncoding(domain, held),
      },
    },
  };
}

/** From the moment a rule fired to the moment it cleared, or to the end. */
function alertChart(alerts: readonly AlertMark[], endHours: number): Chart {
  const open = new Map<string, { line: string; controller: string; from: number }>();
  const spans: { line: string; controller: string; from: number; to: number }[] = [];
  for (const { variant, controller, service, rule, state, atSeconds } of alerts) {
    const line = `${service}: ${rule}`;
    const key = `${variant} ${controller} ${line}`;
    const hour = atSeconds / 3600;
    if (state === "firing") open.set(key, { line, controller, from: hour });
    const begun = open.get(key);
    if (state === "firing" || !begun) continue;
    spans.push({ ...begun, to: hour });
    open.delete(key);
  }
  for (const begun of open.values()) spans.push({ ...begun, to: endHours });
  const domain = [...new Set(alerts.map(({ controller }) => controller))];
  return {
    id: "alerts",
    title: "When alert rules fired",
    caption: "In the first replication, by controller; variants of one controller lie over each other.",
    spec: {
      ...FULL_WIDTH,
      height: { step: 14 },
      data: { values: spans },
      mark: { type: "bar", height: 8 },
      encoding: {
        x: { field: "from", type: "quantitative", title: "hours", scale: { domain: [0, endHours] } },
        x2: { field: "to" },
        y: { field: "line", type: "nominal", title: null },
        yOffset: { field: "controller", type: "nominal" },
        color: lineEncoding(domain, []).color,
      },
    },
  };
}

export interface AlertMark {
  variant: string | null;
  controller: string;
  service: string;
  rule: string;
  state: "firing" | "ok";
  atSeconds: number;
}

/** One self-contained page. */
export function renderServicesPage(page: {
  title: string;
  /** What is asked; empty: nothing is said of it. */
  description: string;
  blocks: readonly Block[];
  /** What every arm costs, by service. */
  costs: readonly { service: string; arms: readonly ArmCost[] }[];
  /** Share that must be within bounds, in words. */
  target: string;
  trails: readonly ServicesTrail[];
  /** What services hold of a pool that training shares, by controller; empty without training. */
  held: readonly HeldLine[];
  /** What alert rules changed to; empty without rules. */
  alerts: readonly AlertMark[];
  gpusTotal: number;
  notes: readonly string[];
}): Promise<string> {
  const endHours = Math.max(0, ...page.trails.map(({ ticks }) => ticks.at(-1)?.atMicros ?? 0)) / 3_600e6;
  const services = [...new Set(page.trails.map((trail) => trail.service))];
  return renderDemandPage({
    title: page.title,
    facts: [...(page.description === "" ? [] : [page.description]), ...page.blocks],
    charts: [
      ...page.costs.map(({ service, arms }) => armsChart(service, page.target, arms)),
      ...(page.held.length > 0 ? [heldChart(page.held, page.gpusTotal)] : []),
      ...(page.alerts.length > 0 ? [alertChart(page.alerts, endHours)] : []),
      ...services.flatMap((service) => SERIES.map((series) => trailChart(service, page.trails, series))),
    ],
    notes: page.notes,
  });
}

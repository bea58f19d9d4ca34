// Where in a node's row each stay of a Gantt chart is drawn. Stays do not say which devices they held, so devices are
// dealt out again here, lowest first; the picture shows how full a node is and what runs beside what, not device numbers.

import type { Stay } from "../../model/results.js";

/** A rectangle of a stay: from `top` to `bottom`, in GPUs from the top of the node's row. */
export interface Lane {
  stay: Stay;
  top: number;
  bottom: number;
}

interface Span {
  top: number;
  bottom: number;
}

/** Shares of a GPU add up with rounding. */
const NOTHING = 1e-9;

/**
 * @param stays of one node, in any order.
 * @param gpusPerNode height of the row.
 * @returns one rectangle for each run of neighbouring devices. A stay that does not fit (the record overbooks the node)
 *   gets what is free.
 */
export function assignLanes(stays: readonly Stay[], gpusPerNode: number): Lane[] {
  const lanes: Lane[] = [];
  const held: { until: number; spans: Span[] }[] = [];
  let free: Span[] = [{ top: 0, bottom: gpusPerNode }];
  const ordered = [...stays].sort((a, b) => a.startMicros - b.startMicros || b.gpus - a.gpus || a.job - b.job);
  for (const stay of ordered) {
    for (let i = held.length - 1; i >= 0; i--) {
      if (held[i]!.until > stay.startMicros) continue;
      free = merged([...free, ...held[i]!.spans]);
      held.splice(i, 1);
    }
    const spans = take(free, stay.gpus);
    free = free.filter((span) => span.bottom - span.top > NOTHING);
    held.push({ until: stay.endMicros, spans });
    for (const span of spans) lanes.push({ stay, ...span });
  }
  return lanes;
}

/** Cuts `gpus` out of the free spans: one span that is large enough if there is any, else from the top. */
function take(free: Span[], gpus: number): Span[] {
  const whole = free.find((span) => span.bottom - span.top >= gpus - NOTHING);
  const taken: Span[] = [];
  let wanted = gpus;
  for (const span of whole ? [whole] : free) {
    const size = Math.min(wanted, span.bottom - span.top);
    if (size <= NOTHING) break;
    taken.push({ top: span.top, bottom: span.top + size });
    span.top += size;
    wanted -= size;
  }
  return taken;
}

/** In order from the top, neighbours joined. */
function merged(spans: Span[]): Span[] {
  const out: Span[] = [];
  for (const span of spans.sort((a, b) => a.top - b.top)) {
    const last = out.at(-1);
    if (last && span.top - last.bottom <= NOTHING) last.bottom = span.bottom;
    else out.push({ ...span });
  }
  return out;
}

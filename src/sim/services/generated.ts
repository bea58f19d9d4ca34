// Requests of published clients, and pictures and sounds that prompts hold besides text.

import { createDraws } from "../../engine/draws.js";
import { log } from "../../engine/math.js";
import { WindtunnelError } from "../../model/errors.js";
import type { ServiceSpec } from "../../model/service-study.js";
import {
  drawServegen,
  type ServegenPool,
  scaleServegen,
  servegenLengths,
  servegenRates,
  WINDOW_SECONDS,
  WINDOWS_A_SPAN,
} from "../../replay/index.js";
import { drawTokens } from "../../replay/requests/arrivals.js";
import type { DrawnRequests } from "../../replay/requests/drawn.js";

const WINDOWS_AN_HOUR = 3600 / WINDOW_SECONDS;
/** A run holds all its requests in memory. */
const REQUESTS_MAX = 20_000_000;

export interface PoolWindow {
  pool: ServegenPool;
  /** Windows of WINDOW_SECONDS, the last one left out. */
  from: number;
  to: number;
  /** Requests a second in each. */
  perSecond: Float64Array;
}

/** @throws WindtunnelError SCENARIO_INVALID where the pool is another one or shorter than the run. */
export function windowOf(spec: ServiceSpec, pool: ServegenPool | undefined, hours: number): PoolWindow {
  const { servegen, fromHours, scale } = spec.generator!;
  if (!pool || pool.name !== servegen)
    throw new WindtunnelError(
      "SCENARIO_INVALID",
      `${spec.name}: a variant has generator ${servegen}, and the service itself has ${pool?.name ?? "none"}.`,
      "Variants meet the same demand: give this generator to the service.",
    );
  const from = Math.round(fromHours * WINDOWS_AN_HOUR);
  const to = from + hours * WINDOWS_AN_HOUR;
  if (to > pool.windows)
    throw new WindtunnelError(
      "SCENARIO_INVALID",
      `${spec.name}: the run ends at hour ${fromHours + hours} of ${servegen}, which has ${pool.windows / WINDOWS_AN_HOUR} hours.`,
      "Lower hours or generator.fromHours.",
    );
  const scaled = scaleServegen(pool, scale);
  return { pool: scaled, from, to, perSecond: servegenRates(scaled).slice(from, to) };
}

/** Draws pairs of lengths from windows spread evenly over a stretch of them, `count` in all. */
export function pairsOf({ pool, from, to }: PoolWindow, count: number, seed: number): [number, number][] {
  const draws = createDraws(seed, "pairs of a pool");
  let span = -1;
  let draw: () => [number, number] = () => [0, 0];
  return Array.from({ length: count }, (_, i) => {
    const at = Math.floor((from + (i * (to - from)) / count) / WINDOWS_A_SPAN);
    if (at !== span) draw = servegenLengths(pool, at, draws);
    span = at;
    return draw();
  });
}

/** @throws WindtunnelError SCENARIO_INVALID where windowOf does, or its requests are more than fit. */
export function fromPool(spec: ServiceSpec, own: ServegenPool | undefined, hours: number, seed: number): DrawnRequests {
  const { pool, from, to, perSecond } = windowOf(spec, own, hours);
  const { servegen } = spec.generator!;
  const expected = perSecond.reduce((sum, rate) => sum + rate * WINDOW_SECONDS, 0);
  if (expected > REQUESTS_MAX)
    throw new WindtunnelError(
      "SCENARIO_INVALID",
      `${spec.name}: ${Math.round(expected / 1e6)} million requests of ${servegen} are expected, and a run holds ${REQUESTS_MAX / 1e6} million.`,
      "Lower generator.scale or hours, or use --fluid.",
    );
  const chunks = [...drawServegen(pool, seed, from, to)];
  const count = chunks.reduce((sum, chunk) => sum + chunk.count, 0);
  const drawn = {
    at: new Float64Array(count),
    prompt: new Int32Array(count),
    output: new Int32Array(count),
    record: new Int32Array(count),
    items: new Int32Array(count),
  };
  let row = 0;
  for (const chunk of chunks) {
    drawn.at.set(chunk.atMicros, row);
    drawn.prompt.set(chunk.promptTokens, row);
    drawn.output.set(spec.server ? chunk.outputTokens.fill(1) : chunk.outputTokens, row);
    drawn.record.set(chunk.session, row);
    drawn.items.set(chunk.items!, row);
    row += chunk.count;
  }
  return drawn;
}

/** Prompts with what they hold besides text, each modality drawn by itself. */
export function withItems(spec: ServiceSpec, drawn: DrawnRequests, seed: number): DrawnRequests {
  if (spec.modalities.length === 0) return drawn;
  const items = drawn.items ?? new Int32Array(drawn.at.length);
  for (const { name, share, itemsMean, tokensMedian, tokensP90 } of spec.modalities) {
    const draws = createDraws(seed, `modality ${spec.name} ${name}`);
    for (let i = 0; i < drawn.at.length; i++) {
      if (draws.uniform() >= share) continue;
      const more = itemsMean === 1 ? 0 : Math.floor(log(1 - draws.uniform()) / log(1 - 1 / itemsMean));
      items[i]! += 1 + more;
      for (let k = 0; k <= more; k++) drawn.prompt[i]! += drawTokens(draws, tokensMedian, tokensP90);
    }
  }
  return { ...drawn, items };
}

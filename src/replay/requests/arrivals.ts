// Arrivals whose rate follows the hour, the weekday and sale days, with bursts. Gaps are drawn from a gamma distribution of
// mean 1 in operational time and mapped back through the cumulative rate (time rescaling), so that bursts keep their
// structure when the rate changes: a busier hour has the same process run faster, and not other bursts.

import type { Draws } from "../../engine/draws.js";
import { exp, log } from "../../engine/math.js";

export interface RateShape {
  perSecondMean: number;
  /** By hour of the day; their mean is made 1. */
  hourly: readonly number[];
  /** By day, from the first on and again after the last; their mean is made 1. */
  daily: readonly number[];
  /** Coefficient of variation of gaps in operational time; 1 = Poisson. */
  cv: number;
  /** Absent: the rate is as above. */
  bursts?: BurstsShape | undefined;
}

/** A Markov-modulated rate: `factor` times as high in bursts as outside, which take `share` of the time; its mean stays. */
export interface BurstsShape {
  factor: number;
  share: number;
  /** Of one burst, exponential; so are the times between. */
  meanSeconds: number;
}

const HOUR_SECONDS = 3600;

/** Gamma of mean 1 with shape k (Marsaglia and Tsang, 2000); below 1 by the boost of its section 6. */
export function drawGamma(draws: Draws, shape: number): number {
  if (shape === 1) return draws.exponential();
  const boosted = shape < 1 ? shape + 1 : shape;
  const d = boosted - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = draws.normal();
    const v = 1 + c * x;
    if (v <= 0) continue;
    const cube = v * v * v;
    if (log(1 - draws.uniform()) >= 0.5 * x * x + d - d * cube + d * log(cube)) continue;
    const boost = shape < 1 ? exp(log(1 - draws.uniform()) / shape) : 1;
    return (d * cube * boost) / shape;
  }
}

function ofMeanOne(values: readonly number[]): number[] {
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
  return values.map((v) => v / mean);
}

/** Rate in each hour of the run, a second. */
export function ratesByHour(shape: RateShape, hours: number): number[] {
  const hourly = ofMeanOne(shape.hourly);
  const daily = ofMeanOne(shape.daily);
  return Array.from({ length: hours }, (_, h) => {
    return shape.perSecondMean * hourly[h % hourly.length]! * daily[Math.floor(h / 24) % daily.length]!;
  });
}

/** A stretch of time with one rate. */
interface Piece {
  begin: number;
  seconds: number;
  perSecond: number;
}

/** Hours, cut where bursts begin and end; the first state is drawn as it is in the long run. */
function piecesOf(draws: Draws, rates: readonly number[], bursts: BurstsShape | undefined): Piece[] {
  const hours = rates.map((perSecond, h) => ({ begin: h * HOUR_SECONDS, seconds: HOUR_SECONDS, perSecond }));
  if (!bursts) return hours;
  const { factor, share, meanSeconds } = bursts;
  const calm = 1 / (1 - share + share * factor);
  const out: Piece[] = [];
  let inBurst = draws.uniform() < share;
  const duration = () => draws.exponential() * (inBurst ? meanSeconds : (meanSeconds * (1 - share)) / share);
  let until = duration();
  for (const { begin, perSecond } of hours) {
    for (let at = begin, end = begin + HOUR_SECONDS; at < end; ) {
      const next = Math.min(end, until);
      out.push({ begin: at, seconds: next - at, perSecond: perSecond * calm * (inBurst ? factor : 1) });
      at = next;
      if (next < until) continue;
      inBurst = !inBurst;
      until += duration();
    }
  }
  return out;
}

/** Arrivals within `hours`, whole µs, in order. */
export function drawArrivals(draws: Draws, shape: RateShape, hours: number): Float64Array {
  const pieces = piecesOf(draws, ratesByHour(shape, hours), shape.bursts);
  const out: number[] = [];
  const gammaShape = 1 / (shape.cv * shape.cv);
  let piece = 0;
  let passed = 0; // of the cumulative rate, up to the begin of the piece
  let at = 0;
  for (;;) {
    at += drawGamma(draws, gammaShape);
    for (let own = pieces[piece]; own && at >= passed + own.perSecond * own.seconds; own = pieces[++piece])
      passed += own.perSecond * own.seconds;
    const own = pieces[piece];
    if (!own) return Float64Array.from(out);
    out.push(Math.floor((own.begin + (at - passed) / own.perSecond) * 1e6));
  }
}

/** Lognormal with a median and a 90th percentile, at least 1. */
export function drawTokens(draws: Draws, median: number, p90: number): number {
  const sigma = log(p90 / median) / 1.2815515655446004;
  return Math.max(1, Math.round(median * exp(sigma * draws.normal())));
}

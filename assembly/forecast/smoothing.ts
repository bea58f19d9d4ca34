// Exponential smoothing with trend and season, in error-correction form: one pass over a series, the forecasts from where
// it ended, and the mean squared error of forecasts made on the way. All methods of the Holt-Winters family are this pass
// with some of its rates at rest; what is searched for, and by which error, is the host's.
//
//   base = level + phi trend;  u = y - base - s  (or y - base s)
//   level = base + alpha u;  trend = phi trend + beta u;  s = s + gamma u  (multiplicative: u / s, u / s, u / base)
//   forecast(h) = level + (phi + .. + phi^h) trend + s(t + h) + rho^h u
//
// A value that is not a number was not seen: the state goes on without it. Sources: Winters 1960; Gardner 1985 (error
// correction, damping); Taylor 2003 (rho: what remains of the last error).

import { column, f64At, i32At, setF64 } from "../memory";

@unmanaged
export class Smoothing {
  count: i32;
  season: i32;
  horizon: i32;
  originCount: i32;
  multiplicative: i32;
  values: u32; // f64 by step
  start: u32; // f64 by phase of the season, then level, trend, error: the state before the first step
  work: u32; // the same, after the last step
  origins: u32; // i32, ascending: steps before which a forecast is made and judged
  output: u32; // f64 by step ahead
  sums: u32; // f64 by step ahead: phi + .. + phi^h
  fades: u32; // f64 by step ahead: rho^h
}
const SMOOTHING_BYTES: i32 = 48;

export function layoutSmoothing(count: i32, season: i32, horizon: i32, originCount: i32, multiplicative: i32): Smoothing {
  const s = changetype<Smoothing>(column(-1, SMOOTHING_BYTES, 1));
  s.count = count;
  s.season = season;
  s.horizon = horizon;
  s.originCount = originCount;
  s.multiplicative = multiplicative;
  s.values = <u32>column(-1, 8, count);
  s.start = <u32>column(-1, 8, season + 3);
  s.work = <u32>column(-1, 8, season + 3);
  s.origins = <u32>column(-1, 4, originCount + 1);
  s.output = <u32>column(-1, 8, horizon);
  s.sums = <u32>column(-1, 8, horizon);
  s.fades = <u32>column(-1, 8, horizon);
  return s;
}

/** Sum of squared errors of the forecasts made before step `t`, of those values that were seen; their number into `seen`. */
@inline function judge(s: Smoothing, t: i32, phase: i32, level: f64, trend: f64, error: f64): f64 {
  const horizon = min(s.horizon, s.count - t);
  const values: usize = <usize>s.values + (<usize>t << 3);
  let k = phase;
  let sum: f64 = 0;
  for (let h = 0; h < horizon; h++) {
    const base = level + f64At(s.sums, h) * trend;
    const season = f64At(s.work, k);
    const guess = (s.multiplicative ? base * season : base + season) + f64At(s.fades, h) * error;
    const miss = f64At(values, h) - guess;
    if (miss == miss) { sum += miss * miss; seen++; }
    if (++k == s.season) k = 0;
  }
  return sum;
}

let seen: i32 = 0; // scratch of one pass

/**
 * From the start state over all steps, the first of which has this phase; the mean squared error of the forecasts made
 * before each origin (NaN without any), and the state after the last step in `work`.
 */
export function passSmoothing(s: Smoothing, phase: i32, alpha: f64, beta: f64, gamma: f64, phi: f64, rho: f64): f64 {
  const season = s.season;
  const work: usize = s.work;
  memory.copy(work, s.start, <usize>(season + 3) << 3);
  let level = f64At(work, season);
  let trend = f64At(work, season + 1);
  let error = f64At(work, season + 2);
  let power: f64 = 1;
  let sum: f64 = 0;
  let fade: f64 = 1;
  for (let h = 0; h < s.horizon; h++) {
    power *= phi;
    sum += power;
    fade *= rho;
    setF64(s.sums, h, sum);
    setF64(s.fades, h, fade);
  }
  seen = 0;
  let squares: f64 = 0;
  let next = 0;
  let k = phase;
  for (let t = 0, n = s.count; t < n; t++) {
    if (next < s.originCount && i32At(s.origins, next) == t) {
      squares += judge(s, t, k, level, trend, error);
      next++;
    }
    const y = f64At(s.values, t);
    const base = level + phi * trend;
    const now = f64At(work, k);
    level = base;
    trend *= phi;
    if (s.multiplicative) {
      if (y == y && base > 0 && now > 0) {
        error = y - base * now;
        level += alpha * error / now;
        trend += beta * error / now;
        setF64(work, k, now + gamma * error / base);
      } else error *= rho;
    } else if (y == y) {
      error = y - base - now;
      level += alpha * error;
      trend += beta * error;
      setF64(work, k, now + gamma * error);
    } else error *= rho;
    if (++k == season) k = 0;
  }
  setF64(work, season, level);
  setF64(work, season + 1, trend);
  setF64(work, season + 2, error);
  // after the last step: what is to come
  for (let h = 0; h < s.horizon; h++) {
    const base = level + f64At(s.sums, h) * trend;
    const now = f64At(work, k);
    setF64(s.output, h, (s.multiplicative ? base * now : base + now) + f64At(s.fades, h) * error);
    if (++k == season) k = 0;
  }
  return squares / <f64>seen;
}

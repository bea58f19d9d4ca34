// Numbers as people read them: one unit a column, as many digits as mean something, always with the unit.
// Only + - x / and toFixed, so that two machines print the same text.

import type { Interval } from "../model/results.js";

export interface TimeUnit {
  /** As printed after a number. */
  symbol: "s" | "min" | "h";
  /** As written in an axis title. */
  word: "seconds" | "minutes" | "hours";
  seconds: number;
}

const SECONDS: TimeUnit = { symbol: "s", word: "seconds", seconds: 1 };
const MINUTES: TimeUnit = { symbol: "min", word: "minutes", seconds: 60 };
const HOURS: TimeUnit = { symbol: "h", word: "hours", seconds: 3600 };

/** The unit in which the given times (seconds) read best together: judged by the largest. */
export function timeUnitFor(seconds: readonly number[]): TimeUnit {
  const largest = seconds.filter(Number.isFinite).reduce((a, b) => Math.max(a, Math.abs(b)), 0);
  return largest >= 2 * 3600 ? HOURS : largest >= 120 ? MINUTES : SECONDS;
}

/** About three significant digits, no exponent; an en dash where there is no number. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  return withMinus(value.toFixed(size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2));
}

/** A time in seconds, in the unit given or the one that suits it. */
export function formatTime(seconds: number, unit: TimeUnit = timeUnitFor([seconds])): string {
  return Number.isFinite(seconds) ? `${formatNumber(seconds / unit.seconds)} ${unit.symbol}` : "–";
}

/** `12 %`; one digit after the point below 10 %. */
export function formatShare(share: number): string {
  return Number.isFinite(share) ? `${shareDigits(share, digitsOfShare(share))} %` : "–";
}

/** `3.20 ± 0.18`, both with the digits of the mean; without `±` where there is no interval. */
export function formatInterval({ mean, halfWidth }: Pick<Interval, "mean" | "halfWidth">, divideBy = 1): string {
  const value = mean / divideBy;
  const half = halfWidth / divideBy;
  if (!Number.isFinite(value) || !Number.isFinite(half)) return formatNumber(value);
  const digits = Math.abs(value) >= 99.95 && half >= 9.95 ? 0 : Math.abs(value) >= 9.995 ? 1 : 2;
  return `${withMinus(value.toFixed(digits))} ± ${half.toFixed(digits)}`;
}

/** From here on a ratio reads better as `2.3 ×` than as `+130 %`. */
const TIMES_FROM = 2;

/** A ratio with its interval: `+12 % (9 to 15)`, `2.3 × (1.9 to 2.8)`; without the interval where there is none. */
export function formatRatio({ mean, low, high }: Pick<Interval, "mean" | "low" | "high">): string {
  if (!Number.isFinite(mean)) return "–";
  const ends = Number.isFinite(low) && Number.isFinite(high) ? [low, high] : [];
  if (mean >= TIMES_FROM || mean <= 1 / TIMES_FROM) {
    const times = (value: number) => value.toFixed(value >= 9.95 ? 0 : value >= 0.95 ? 1 : 2);
    return ends.length === 0 ? `${times(mean)} ×` : `${times(mean)} × (${times(low)} to ${times(high)})`;
  }
  const most = Math.max(...[mean, ...ends].map((value) => Math.abs(value - 1)));
  // never `0 to 0` of what is not nothing
  const digits = most >= 0.0995 && !(high - low < 0.02) ? 0 : 1;
  const change = (value: number) => shareDigits(value - 1, digits);
  const signed = `${mean > 1 ? "+" : ""}${change(mean)} %`;
  return ends.length === 0 ? signed : `${signed} (${change(low)} to ${change(high)})`;
}

/** Five significant digits are more than a pixel can show, and keep the page small. */
export function forChart(value: number): number {
  return Number(value.toPrecision(5));
}

function digitsOfShare(share: number): number {
  return Math.abs(share) >= 0.0995 || share === 0 ? 0 : 1;
}

function shareDigits(share: number, digits: number): string {
  return withMinus((share * 100).toFixed(digits));
}

/** A true minus sign, and none on zero. */
function withMinus(text: string): string {
  return /^-[0.]*$/.test(text) ? text.slice(1) : text.replace("-", "−");
}

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
export function formatInterval({ mean, halfWidth }: Interval, divideBy = 1): string {
  const value = mean / divideBy;
  const half = halfWidth / divideBy;
  if (!Number.isFinite(value) || !Number.isFinite(half)) return formatNumber(value);
  const digits = Math.abs(value) >= 99.95 && half >= 9.95 ? 0 : Math.abs(value) >= 9.995 ? 1 : 2;
  return `${withMinus(value.toFixed(digits))} ± ${half.toFixed(digits)}`;
}

/** `12 % ± 3 %` of a share and its half width. */
export function formatShareInterval(share: number, halfWidth: number): string {
  if (!Number.isFinite(share) || !Number.isFinite(halfWidth)) return formatShare(share);
  // Never `± 0 %` of what is not nothing.
  const digits = halfWidth >= 0.0095 && Math.max(Math.abs(share), halfWidth) >= 0.0995 ? 0 : 1;
  return `${shareDigits(share, digits)} % ± ${shareDigits(halfWidth, digits)} %`;
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

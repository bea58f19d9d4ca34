// Conditions of a regression gate: `jctSecondsMean > +2 %` and the like, read, explained and judged.

import { WindtunnelError } from "../model/errors.js";
import type { ComparedMetric } from "../model/results.js";
import { nearestName } from "../replay/index.js";

export interface Condition {
  text: string;
  metric: string;
  operator: ">" | ">=" | "<" | "<=";
  /** change: B - A; share: (B - A) / A; value: B itself. */
  of: "change" | "share" | "value";
  threshold: number;
}

const FORM = /^\s*([A-Za-z]\w*)\s*(>=|<=|>|<)\s*([+\u2212-]?)\s*(\d+(?:\.\d+)?(?:e[+-]?\d+)?)\s*(%?)\s*$/i;

/** @throws WindtunnelError USAGE with what was expected. */
export function parseCondition(text: string, metrics: readonly string[]): Condition {
  const found = FORM.exec(text);
  if (!found) {
    throw new WindtunnelError(
      "USAGE",
      `--fail-if: "${text}" is no condition; expected METRIC > +NUMBER % (change relative to A), METRIC > +NUMBER (change) or METRIC > NUMBER (value of B).`,
      "For example: --fail-if 'jctSecondsMean > +2 %'.",
    );
  }
  const [, metric, operator, sign, digits, percent] = found;
  if (!metrics.includes(metric!)) {
    const nearest = nearestName(metric!, metrics);
    throw new WindtunnelError(
      "USAGE",
      `--fail-if: there is no metric "${metric}"${nearest ? `; the nearest name is "${nearest}"` : ""}.`,
      "See `windtunnel metrics` for all names.",
    );
  }
  const size = Number(digits) * (sign === "" || sign === "+" ? 1 : -1);
  return {
    text: text.trim(),
    metric: metric!,
    operator: operator as Condition["operator"],
    of: percent === "%" ? "share" : sign === "" ? "value" : "change",
    threshold: percent === "%" ? size / 100 : size,
  };
}

/**
 * True if the condition is met, so the gate is shut.
 * @param sure true: only if the whole 95 % interval meets it; a comparison without interval then counts as it is.
 */
export function isMet(condition: Condition, row: ComparedMetric, sure: boolean): boolean {
  const { mean, low, high } = row.difference;
  const ends = sure && Number.isFinite(low) && Number.isFinite(high) ? [low, high] : [mean];
  return ends.every((change) => {
    const value =
      condition.of === "change" ? change : condition.of === "share" ? change / row.meanA : row.meanA + change;
    if (condition.operator === ">") return value > condition.threshold;
    if (condition.operator === ">=") return value >= condition.threshold;
    if (condition.operator === "<") return value < condition.threshold;
    return value <= condition.threshold;
  });
}

// Members and their fusion against what was true: accuracy, errors, or pinball loss.

import { WindtunnelError } from "../../model/errors.js";
import { readClasses, readMatrix } from "../../sim/matrices.js";

export interface Answers {
  name: string;
  rows: ArrayLike<number>;
}

/** Classes; or with `values` the numbers themselves, one a sample, or a row a sample. */
export async function readTruth(
  path: string,
  rows: number,
  columns: number,
  values: boolean,
): Promise<ArrayLike<number>> {
  if (!values) return readClasses(path, rows, columns);
  const truth = await readMatrix(path);
  if (truth.rows === rows && (truth.columns === 1 || truth.columns === columns)) return truth.values;
  throw new WindtunnelError(
    "FUSION_INVALID",
    `${path} is ${truth.rows} x ${truth.columns}: expected ${rows} rows of 1 or ${columns}.`,
    "What was true lies in the rows of the members.",
  );
}

/** A row of classes or, for a vote, the class itself. */
export function accuracies(all: readonly Answers[], labels: ArrayLike<number>, classes: number): string[] {
  return all.map(({ name, rows }) => {
    const voted = rows.length === labels.length && classes > 1;
    let count = 0;
    for (let n = 0; n < labels.length; n++) {
      count += (voted ? rows[n]! : greatest(rows, n, classes)) === labels[n] ? 1 : 0;
    }
    return `Accuracy ${name}: ${(count / labels.length).toFixed(4)}`;
  });
}

export function errors(all: readonly Answers[], truth: ArrayLike<number>, columns: number): string[] {
  const perRow = truth.length * columns === all[0]!.rows.length;
  return all.map(({ name, rows }) => {
    let sum = 0;
    for (let i = 0; i < rows.length; i++) sum += Math.abs(rows[i]! - truth[perRow ? Math.floor(i / columns) : i]!);
    return `Mean absolute error ${name}: ${Number((sum / rows.length).toPrecision(4))}`;
  });
}

/** Mean over levels and samples of the loss whose least is at the quantile. */
export function pinballs(all: readonly Answers[], truth: ArrayLike<number>, levels: readonly number[]): string[] {
  return all.map(({ name, rows }) => {
    let sum = 0;
    for (let i = 0; i < rows.length; i++) {
      const level = levels[i % levels.length]!;
      const miss = truth[Math.floor(i / levels.length)]! - rows[i]!;
      sum += Math.max(level * miss, (level - 1) * miss);
    }
    return `Pinball loss ${name}: ${Number((sum / rows.length).toPrecision(4))}`;
  });
}

function greatest(rows: ArrayLike<number>, n: number, classes: number): number {
  let best = 0;
  for (let c = 1; c < classes; c++) if (rows[n * classes + c]! > rows[n * classes + best]!) best = c;
  return best;
}

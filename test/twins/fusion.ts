// Fusions written from their definitions, slowly; the arithmetic of floats by rounding every step. Shares no code with the
// kernels.

export type Row = readonly number[];

/** `round`: Math.fround for floats, the identity for doubles. */
export function averageRow(rows: readonly Row[], weights: readonly number[], round: (x: number) => number): number[] {
  return rows[0]!.map((_, c) => {
    let sum = round(weights[0]! * rows[0]![c]!);
    for (let i = 1; i < rows.length; i++) sum = round(sum + round(weights[i]! * rows[i]![c]!));
    return sum;
  });
}

/** Class, -1 for no rows. */
export function voteRow(rows: readonly Row[], round: (x: number) => number): number {
  if (rows.length === 0) return -1;
  const classes = rows[0]!.length;
  const votes = new Array<number>(classes).fill(0);
  for (const row of rows) votes[row.indexOf(Math.max(...row))]!++;
  const most = Math.max(...votes);
  const sums = votes.map((count, c) =>
    count === most ? rows.reduce((sum, row) => round(sum + row[c]!), 0) : Number.NEGATIVE_INFINITY,
  );
  return sums.indexOf(Math.max(...sums));
}

const LEAST = 2 ** -126;

export function logPoolRow(rows: readonly Row[], weights: readonly number[]): number[] {
  const total = weights.reduce((a, b) => a + b, 0);
  const logs = rows[0]!.map((_, c) =>
    rows.reduce((sum, row, i) => sum + (weights[i]! / total) * Math.log(Math.max(LEAST, row[c]!)), 0),
  );
  const most = Math.max(...logs);
  const powers = logs.map((log) => Math.exp(log - most));
  const sum = powers.reduce((a, b) => a + b);
  return powers.map((power) => power / sum);
}

export function confidenceRow(rows: readonly Row[], weights: readonly number[], kind: string): number[] {
  const sure = rows.map((row, i) => {
    const sorted = [...row].sort((a, b) => b - a);
    if (row.length === 1) return weights[i]!;
    if (kind === "confidence-top") return weights[i]! * sorted[0]!;
    if (kind === "confidence-margin") return weights[i]! * (sorted[0]! - sorted[1]!);
    const entropy = row.reduce((sum, p) => (p > 0 ? sum - p * Math.log(p) : sum), 0);
    return weights[i]! * Math.max(0, 1 - entropy / Math.log(row.length));
  });
  const used = sure.every((x) => x === 0) ? weights : sure;
  const total = used.reduce((a, b) => a + b);
  return rows[0]!.map((_, c) => rows.reduce((sum, row, i) => sum + used[i]! * row[c]!, 0) / total);
}

export function trimmedRow(rows: readonly Row[], cut: number): number[] {
  return rows[0]!.map((_, c) => {
    const sorted = rows.map((row) => row[c]!).sort((a, b) => a - b);
    const left = Math.min(cut, (sorted.length - 1) >> 1);
    const kept = sorted.slice(left, sorted.length - left);
    return kept.reduce((a, b) => a + b) / kept.length;
  });
}

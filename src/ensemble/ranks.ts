// Fusing ranked lists.

/** Ranks count as if so many came before them: the first place is not everything. */
const RANK_OFFSET = 60;

/**
 * Reciprocal rank fusion: an item's score is the sum over lists of weight / (60 + rank), ranks from 1; items by score, equal
 * ones by the smaller item. A list names each item at most once; what it leaves out scores nothing there.
 * Source: Cormack, Clarke and Buettcher, SIGIR 2009.
 */
export function fuseRanks(lists: readonly ArrayLike<number>[], weights?: readonly number[]): number[] {
  const scores = new Map<number, number>();
  lists.forEach((list, l) => {
    for (let r = 0; r < list.length; r++) {
      const item = list[r]!;
      scores.set(item, (scores.get(item) ?? 0) + (weights?.[l] ?? 1) / (RANK_OFFSET + r + 1));
    }
  });
  return [...scores].sort((a, b) => b[1] - a[1] || a[0] - b[0]).map(([item]) => item);
}

/**
 * The same for matrices of scores: each member ranks the columns of a row, greatest first, equal ones by the smaller column.
 * Fused scores, a row a sample.
 */
export function fuseRankRows(
  members: readonly ArrayLike<number>[],
  columns: number,
  weights?: readonly number[],
): Float64Array {
  const fused = new Float64Array(members[0]!.length);
  const order = Array.from({ length: columns }, (_, c) => c);
  members.forEach((matrix, m) => {
    const weight = weights?.[m] ?? 1;
    for (let row = 0; row < fused.length; row += columns) {
      order.sort((a, b) => matrix[row + b]! - matrix[row + a]! || a - b);
      order.forEach((c, rank) => {
        fused[row + c]! += weight / (RANK_OFFSET + rank + 1);
      });
    }
  });
  return fused;
}

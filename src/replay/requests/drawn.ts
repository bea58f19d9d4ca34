// Requests of one service, drawn or replayed, in order of arrival.

/** One row a request. Whole µs; `session` 0-based where there are sessions; blocks as in RequestChunk. */
export interface DrawnRequests {
  at: Float64Array;
  prompt: Int32Array;
  output: Int32Array;
  session?: Int32Array;
  /** What is asked, from 1 on; 0: something of its own. */
  content?: Int32Array;
  blockFirst?: Int32Array;
  blocks?: Int32Array;
  /** Row of the record that it is, or is a copy of; absent: no record has it. */
  record?: Int32Array;
  /** Who asks, from 1 on, and an index into the service's classes; absent: nobody is told apart. */
  tenant?: Int32Array;
  serviceClass?: Int32Array;
  /** Pictures and sounds; absent: none. */
  items?: Int32Array;
  /** Where it comes from, an index into the service's origins; absent: from nowhere in particular. */
  origin?: Int32Array;
}

export interface RequestRow {
  at: number;
  prompt: number;
  output: number;
  session: number;
  blocks: ArrayLike<number>;
  /** Of the record. */
  record?: number;
}

/** Rows as columns, in order of time; of equal times in the order given. */
export function inOrder(
  rows: readonly RequestRow[],
  kept: { sessions: boolean; blocks: boolean; records?: boolean },
): DrawnRequests {
  const order = Array.from(rows.keys()).sort((a, b) => rows[a]!.at - rows[b]!.at || a - b);
  const i32 = (of: (row: RequestRow) => number) => Int32Array.from(order, (i) => of(rows[i]!));
  const drawn: DrawnRequests = {
    at: Float64Array.from(order, (i) => rows[i]!.at),
    prompt: i32((row) => row.prompt),
    output: i32((row) => row.output),
  };
  if (kept.sessions) drawn.session = i32((row) => row.session);
  if (kept.records) drawn.record = i32((row) => row.record!);
  if (!kept.blocks) return drawn;
  const blockFirst = new Int32Array(order.length + 1);
  order.forEach((row, i) => {
    blockFirst[i + 1] = blockFirst[i]! + rows[row]!.blocks.length;
  });
  const blocks = new Int32Array(blockFirst[order.length]!);
  order.forEach((row, i) => {
    blocks.set(rows[row]!.blocks, blockFirst[i]!);
  });
  return { ...drawn, blockFirst, blocks };
}

// One to one: every row gets a column of its own at least total cost. Shortest augmenting paths with potentials, O(rows^2
// columns), for rows <= columns. Costs are any numbers; Infinity forbids.
//
// Sources: Kuhn 1955; Jonker and Volgenant 1987; Crouse 2016 (rectangular).

import { column, f64At, i32At, setF64, setI32 } from "../memory";

@unmanaged
export class Assignment {
  rows: i32;
  cols: i32;
  costs: u32; // f64 [rows x cols]
  rowOf: u32; // i32 by column + 1; 0 = free
  via: u32;
  rowPrice: u32; // f64 by row + 1
  colPrice: u32; // f64 by column + 1
  shortest: u32;
  done: u32; // u8 by column + 1
}
const ASSIGNMENT_BYTES: i32 = 40;

export function layoutAssignment(rows: i32, cols: i32): Assignment {
  const a = changetype<Assignment>(column(-1, ASSIGNMENT_BYTES, 1));
  a.rows = rows;
  a.cols = cols;
  a.costs = <u32>column(-1, 8, rows * cols);
  a.rowOf = <u32>column(-1, 4, cols + 1);
  a.via = <u32>column(-1, 4, cols + 1);
  a.rowPrice = <u32>column(-1, 8, rows + 1);
  a.colPrice = <u32>column(-1, 8, cols + 1);
  a.shortest = <u32>column(-1, 8, cols + 1);
  a.done = <u32>column(-1, 1, cols + 1);
  return a;
}

/** Rows assigned before the first that cannot be: all of them, if there is a plan. */
export function runAssignment(a: Assignment): i32 {
  const rows = a.rows;
  const cols = a.cols;
  const costs: usize = a.costs;
  const rowOf: usize = a.rowOf;
  const via: usize = a.via;
  const u: usize = a.rowPrice;
  const v: usize = a.colPrice;
  const shortest: usize = a.shortest;
  const done: usize = a.done;
  memory.fill(rowOf, 0, <usize>(cols + 1) << 2);
  memory.fill(u, 0, <usize>(rows + 1) << 3);
  memory.fill(v, 0, <usize>(cols + 1) << 3);
  for (let i = 1; i <= rows; i++) {
    setI32(rowOf, 0, i);
    let at = 0;
    for (let j = 0; j <= cols; j++) setF64(shortest, j, Infinity);
    memory.fill(done, 0, cols + 1);
    do {
      store<u8>(done + <usize>at, 1);
      const row = i32At(rowOf, at);
      const line = costs + (<usize>((row - 1) * cols) << 3);
      let delta: f64 = Infinity;
      let next = -1;
      for (let j = 1; j <= cols; j++) {
        if (load<u8>(done + <usize>j)) continue;
        const reduced = f64At(line, j - 1) - f64At(u, row) - f64At(v, j);
        if (reduced < f64At(shortest, j)) {
          setF64(shortest, j, reduced);
          setI32(via, j, at);
        }
        if (f64At(shortest, j) < delta) {
          delta = f64At(shortest, j);
          next = j;
        }
      }
      if (next < 0) return i - 1;
      for (let j = 0; j <= cols; j++) {
        if (load<u8>(done + <usize>j)) {
          const other = i32At(rowOf, j);
          setF64(u, other, f64At(u, other) + delta);
          setF64(v, j, f64At(v, j) - delta);
        } else setF64(shortest, j, f64At(shortest, j) - delta);
      }
      at = next;
    } while (i32At(rowOf, at) != 0);
    do {
      const before = i32At(via, at);
      setI32(rowOf, at, i32At(rowOf, before));
      at = before;
    } while (at != 0);
  }
  return rows;
}

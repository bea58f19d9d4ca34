// Prefixes of requests: a prompt, and what is known to follow it, as a list of blocks of so many tokens. A block's number stands
// for its tokens and all before them, so equal numbers are equal prefixes (as the hashes of vLLM and of Mooncake's traces).
// Routers know them: they can hash a prompt. Lists lie in cells from a free list and are named by their first one; routers
// remember where they last sent a block.

import {
  CAP_PREFIX_CELLS, CAP_PREFIX_INPUT, CAP_PREFIX_SEEN, CAP_REQUEST_INPUT, COL_REQUEST_BLOCK_FIRST, COL_REQUEST_BLOCKS,
  FAIL_PREFIXES, PREFIX_CELL_FREE,
} from "../abi";
import { mix64 } from "../kernel/random";
import { column, fail, getI, i32At, setI, setI32, setU64At, u64At } from "../memory";

const CELL_SHIFT: usize = 6; // 64 bytes: where the list goes on, and blocks
const BLOCKS_A_CELL: i32 = 15;

let cells: usize = 0;
let counts: usize = 0; // by first cell: blocks of the list
let holders: usize = 0; // by first cell: requests, and calls behind gateways
let inputFirst: usize = 0;
let inputBlocks: usize = 0;
let seen: usize = 0; // u64: block << 32 | place + 1, by hash of service and block; a newer one takes the room of an older

export function layoutPrefixes(): void {
  const n = getI(CAP_PREFIX_CELLS);
  cells = column(-1, 1 << <i32>CELL_SHIFT, n > 0 ? n + 1 : 0);
  counts = column(-1, 4, n > 0 ? n + 1 : 0);
  holders = column(-1, 4, n > 0 ? n + 1 : 0);
  inputFirst = column(COL_REQUEST_BLOCK_FIRST, 4, n > 0 ? getI(CAP_REQUEST_INPUT) + 1 : 0);
  inputBlocks = column(COL_REQUEST_BLOCKS, 4, getI(CAP_PREFIX_INPUT));
  seen = column(-1, 8, getI(CAP_PREFIX_SEEN));
}

export function startPrefixes(): void {
  const n = getI(CAP_PREFIX_CELLS);
  for (let i = 1; i <= n; i++) setI32(cellOf(i), 0, i < n ? i + 1 : 0);
  setI(PREFIX_CELL_FREE, n > 0 ? 1 : 0);
}

@inline function cellOf(i: i32): usize {
  return cells + (<usize>i << CELL_SHIFT);
}

/** True if requests have prefixes at all. */
@inline export function prefixesKept(): bool {
  return getI(CAP_PREFIX_CELLS) > 0;
}

/** The list of a row of the input, for one holder; 0 if it is empty. */
export function readPrefix(row: i32): i32 {
  const first = i32At(inputFirst, row);
  const count = i32At(inputFirst, row + 1) - first;
  let cell = 0;
  for (let i = count - 1; i >= 0; i--) {
    const at = i % BLOCKS_A_CELL;
    if (cell == 0 || at == BLOCKS_A_CELL - 1) {
      const next = cell;
      cell = getI(PREFIX_CELL_FREE);
      if (cell == 0) fail(FAIL_PREFIXES, <f64>getI(CAP_PREFIX_CELLS));
      setI(PREFIX_CELL_FREE, i32At(cellOf(cell), 0));
      setI32(cellOf(cell), 0, next);
    }
    setI32(cellOf(cell), at + 1, i32At(inputBlocks, first + i));
  }
  setI32(counts, cell, count);
  setI32(holders, cell, 1);
  return cell;
}

/** One more holds a list: an attempt of a call. */
export function holdPrefix(list: i32): i32 {
  if (list) setI32(holders, list, i32At(holders, list) + 1);
  return list;
}

/** One less holds a list; without any it is gone. */
export function dropPrefix(list: i32): void {
  const left = i32At(holders, list) - 1;
  setI32(holders, list, left);
  if (left > 0) return;
  for (let cell = list; cell; ) {
    const next = i32At(cellOf(cell), 0);
    setI32(cellOf(cell), 0, getI(PREFIX_CELL_FREE));
    setI(PREFIX_CELL_FREE, cell);
    cell = next;
  }
}

/** Blocks of a list. */
@inline export function prefixLength(list: i32): i32 {
  return i32At(counts, list);
}

/** Cell and place in it of block `i`, packed; steps on with `nextBlock`. */
export function blockAt(list: i32, i: i32): i64 {
  let cell = list;
  while (i >= BLOCKS_A_CELL) {
    cell = i32At(cellOf(cell), 0);
    i -= BLOCKS_A_CELL;
  }
  return (<i64>cell << 8) | <i64>i;
}

@inline export function blockOf(at: i64): i32 {
  return i32At(cellOf(<i32>(at >> 8)), (<i32>at & 0xff) + 1);
}

@inline export function nextBlock(at: i64): i64 {
  return (<i32>at & 0xff) == BLOCKS_A_CELL - 1 ? <i64>i32At(cellOf(<i32>(at >> 8)), 0) << 8 : at + 1;
}

// --- what routers remember ---

@inline function seenAt(service: i32, block: i32): i32 {
  const hash = mix64((<u64>service << 32 | <u64><u32>block) * 0x9e3779b97f4a7c15 + 1);
  return <i32>(hash & <u64>(getI(CAP_PREFIX_SEEN) - 1));
}

/** Where this block of a service was last sent; -1 if that is not remembered. */
export function lastSent(service: i32, block: i32): i32 {
  const entry = u64At(seen, seenAt(service, block));
  return <i32>(entry >> 32) == block ? <i32>(entry & 0xffffffff) - 1 : -1;
}

/** A router sends a request to a place and remembers its blocks. */
export function rememberSent(service: i32, list: i32, place: i32): void {
  if (getI(CAP_PREFIX_SEEN) == 0) return;
  let at = blockAt(list, 0);
  for (let i = 0, n = prefixLength(list); i < n; i++, at = nextBlock(at)) {
    const block = blockOf(at);
    setU64At(seen, seenAt(service, block), (<u64><u32>block << 32) | <u64>(place + 1));
  }
}

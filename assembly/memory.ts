// Linear memory: the control block (every scalar that outlives a verb), the directory of columns and an arena that is
// laid out once. Layout is a function of the configuration alone, so a snapshot is a copy of bytes and a restore is the
// copy back plus `layout` without clearing.

import {
  ARENA_END, ARENA_PEAK, COLUMN_LIMIT, FAIL_CODE, FAIL_DETAIL, FAIL_MEMORY, INPUT_COUNT, REQUEST_COUNT, SERVE_STATE_END,
} from "./abi";

const CONTROL_BYTES: i32 = 2048;
const DIRECTORY_BYTES: i32 = COLUMN_LIMIT * 16;

export const CONTROL: usize = memory.data(2048, 64);
/** Entries of 16 bytes: pointer, bytes an element, elements, bytes from one to the next. */
export const DIRECTORY: usize = memory.data(8192, 64);

// scratch of layout(): where the next column goes, and whether columns are cleared
let arena: usize = 0;
let clearing: bool = false;
let used: usize = 0; // bytes that an earlier layout may have written

@inline export function getI(slot: i32): i32 { return load<i32>(CONTROL + (<usize>slot << 3)); }
@inline export function setI(slot: i32, value: i32): void { store<i32>(CONTROL + (<usize>slot << 3), value); }
@inline export function getF(slot: i32): f64 { return load<f64>(CONTROL + (<usize>slot << 3)); }
@inline export function setF(slot: i32, value: f64): void { store<f64>(CONTROL + (<usize>slot << 3), value); }
@inline export function addF(slot: i32, value: f64): void { setF(slot, getF(slot) + value); }
@inline export function addI(slot: i32, value: i32): void { setI(slot, getI(slot) + value); }
@inline export function getU64(slot: i32): u64 { return load<u64>(CONTROL + (<usize>slot << 3)); }
@inline export function setU64(slot: i32, value: u64): void { store<u64>(CONTROL + (<usize>slot << 3), value); }

@inline export function f64At(column: usize, i: i32): f64 { return load<f64>(column + (<usize>i << 3)); }
@inline export function setF64(column: usize, i: i32, value: f64): void { store<f64>(column + (<usize>i << 3), value); }
@inline export function i32At(column: usize, i: i32): i32 { return load<i32>(column + (<usize>i << 2)); }
@inline export function setI32(column: usize, i: i32, value: i32): void { store<i32>(column + (<usize>i << 2), value); }
@inline export function u64At(column: usize, i: i32): u64 { return load<u64>(column + (<usize>i << 3)); }
@inline export function setU64At(column: usize, i: i32, value: u64): void { store<u64>(column + (<usize>i << 3), value); }
@inline export function u8At(column: usize, i: i32): i32 { return load<u8>(column + <usize>i); }
@inline export function setU8(column: usize, i: i32, value: i32): void { store<u8>(column + <usize>i, <u8>value); }

// Tables that are touched many fields at a time are laid out by row, 128 bytes each: two cache lines a claim in place of
// twenty. A field is the address of row 0's; the directory says the stride.
export const ROW_BYTES: i32 = 128;
@inline export function rowF64(field: usize, row: i32): f64 { return load<f64>(field + (<usize>row << 7)); }
@inline export function setRowF64(field: usize, row: i32, value: f64): void { store<f64>(field + (<usize>row << 7), value); }
@inline export function rowI32(field: usize, row: i32): i32 { return load<i32>(field + (<usize>row << 7)); }
@inline export function setRowI32(field: usize, row: i32, value: i32): void { store<i32>(field + (<usize>row << 7), value); }

/** Stops the verb: the host reads code and detail from the control block and tells what to do about it. */
export function fail(code: i32, detail: f64): void {
  setI(FAIL_CODE, code);
  setF(FAIL_DETAIL, detail);
  unreachable();
}

/** Forgets the run before: every slot of the control block from the first of state to the last before the failure report. */
export function clearState(): void {
  memory.fill(CONTROL + (<usize>INPUT_COUNT << 3), 0, <usize>(FAIL_DETAIL + 1 - INPUT_COUNT) << 3);
  memory.fill(CONTROL + (<usize>REQUEST_COUNT << 3), 0, <usize>(SERVE_STATE_END - REQUEST_COUNT) << 3);
}

/** Begins a layout at the end of static data. `clear` false is for a memory whose columns hold a restored state. */
export function beginLayout(clear: bool): void {
  arena = (<usize>__heap_base + 63) & ~63;
  clearing = clear;
  used = <usize>getF(ARENA_PEAK);
  if (clear) memory.fill(DIRECTORY, 0, DIRECTORY_BYTES);
}

/** Space for `count` elements of `bytes` each, on a cache line of its own, cleared; `id` -1 keeps it out of the directory. */
export function column(id: i32, bytes: i32, count: i32): usize {
  const pointer = arena;
  const size = (<usize>bytes * <usize>count + 63) & ~63;
  arena = pointer + size;
  const have = <usize>memory.size() << 16;
  if (arena > have) {
    const pages = <i32>((arena - have + 0xffff) >> 16);
    if (memory.grow(pages) < 0) fail(FAIL_MEMORY, <f64>arena);
  }
  // pages that were never laid out before are still zero: touching them would only cost
  if (clearing && pointer < used) memory.fill(pointer, 0, min(size, used - pointer));
  if (id >= 0) name(id, pointer, bytes, count);
  return pointer;
}

/** Enters a column that was made without an id into the directory. */
export function name(id: i32, pointer: usize, bytes: i32, count: i32): void {
  const entry = DIRECTORY + (<usize>id << 4);
  store<u32>(entry, <u32>pointer);
  store<i32>(entry + 4, bytes);
  store<i32>(entry + 8, count);
  store<i32>(entry + 12, bytes);
}

/** Names a field of a table of rows made with `column(-1, ROW_BYTES, count)`. */
export function field(id: i32, table: usize, offset: i32, bytes: i32, count: i32): usize {
  const entry = DIRECTORY + (<usize>id << 4);
  store<u32>(entry, <u32>(table + offset));
  store<i32>(entry + 4, bytes);
  store<i32>(entry + 8, count);
  store<i32>(entry + 12, ROW_BYTES);
  return table + offset;
}

export function endLayout(): void {
  setF(ARENA_END, <f64>arena);
  setF(ARENA_PEAK, Math.max(getF(ARENA_PEAK), <f64>arena));
}

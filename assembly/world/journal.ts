// What happened to which claim, for the indexes that policies keep: a ring read with a cursor. An index may be dropped
// and rebuilt from the claims at any moment; overflow of the ring asks for just that.

import { CAP_CLAIMS, JOURNAL_COUNT, JOURNAL_LOST } from "../abi";
import { column, getI, i32At, setI, setI32 } from "../memory";

export const QUEUED: i32 = 1; // waits (again)
export const LEFT: i32 = 2; // neither waits nor holds any more
export const HOLDING: i32 = 3; // holds devices that no decision of ours gave it

let entries: usize = 0;
let limit: i32 = 0;

export function layoutJournal(): void {
  limit = getI(CAP_CLAIMS) * 2 + 64;
  entries = column(-1, 4, limit);
}

@inline export function note(slot: i32, what: i32): void {
  const n = getI(JOURNAL_COUNT);
  if (n >= limit) {
    setI(JOURNAL_LOST, 1);
    return;
  }
  setI32(entries, n, (slot << 2) | what);
  setI(JOURNAL_COUNT, n + 1);
}

@inline export function journalEntry(i: i32): i32 {
  return i32At(entries, i);
}

// The record log and the digest of a run. A record is 48 bytes; the log is written only where asked for, the digest
// always: it mixes what happened to whom and when, by job and never by slot, so that it says whether two runs are the
// same run.

import { CAP_FACTS, CAP_LOG, COL_FACTS, COL_LOG, DIGEST, LOG_COUNT, LOG_LOST, LOG_ON, NOW, RECORD_BYTES } from "../abi";
import { addI, column, getF, getI, getU64, setI, setU64 } from "../memory";

let log: usize = 0;
let facts: usize = 0;

export function layoutLog(): void {
  log = column(COL_LOG, RECORD_BYTES, getI(CAP_LOG));
  facts = column(COL_FACTS, RECORD_BYTES, getI(CAP_FACTS));
}

@inline export function writeRecord(
  kind: i32, slot: i32, generation: i32, a: i32, b: i32, c: i32, x: f64, y: f64,
): void {
  if (getI(LOG_ON)) append(kind, slot, generation, a, b, c, x, y);
}

function append(kind: i32, slot: i32, generation: i32, a: i32, b: i32, c: i32, x: f64, y: f64): void {
  const n = getI(LOG_COUNT);
  if (n >= getI(CAP_LOG)) {
    addI(LOG_LOST, 1);
    return;
  }
  const at = log + <usize>n * RECORD_BYTES;
  store<f64>(at, getF(NOW));
  store<f64>(at, x, 8);
  store<f64>(at, y, 16);
  store<i32>(at, kind, 24);
  store<i32>(at, slot, 28);
  store<i32>(at, generation, 32);
  store<i32>(at, a, 36);
  store<i32>(at, b, 40);
  store<i32>(at, c, 44);
  setI(LOG_COUNT, n + 1);
}

/** Record i of the facts that a host feeds in. */
@inline export function recordAt(i: i32): usize {
  return facts + <usize>i * RECORD_BYTES;
}

@inline export function mixDigest(kind: i32, subject: i32, detail: i32): void {
  let h = getU64(DIGEST);
  h = (h ^ reinterpret<u64>(getF(NOW))) * 0x9e3779b97f4a7c15;
  h = (h ^ (h >> 32) ^ ((<u64>kind << 56) | (<u64>(<u32>subject) << 24) | <u64>(detail & 0xffffff))) * 0xd6e8feb86659fd93;
  setU64(DIGEST, h ^ (h >> 29));
}

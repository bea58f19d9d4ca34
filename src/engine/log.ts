// The record log as bytes: 48 a record, in the engine's own layout (little endian, as WASM memory is).

import * as abi from "./abi.js";

export interface LogRecord {
  timeMicros: number;
  kind: number;
  slot: number;
  generation: number;
  a: number;
  b: number;
  c: number;
  x: number;
  y: number;
  /** x read as an unsigned integer: the device mask of a placement. */
  mask: bigint;
}

const NAMES: Record<number, string> = {
  [abi.FACT_SUBMITTED]: "submitted",
  [abi.FACT_OWNER]: "owner",
  [abi.FACT_STARTED]: "started",
  [abi.FACT_RUNNING]: "running",
  [abi.FACT_STOPPED]: "stopped",
  [abi.FACT_FINISHED]: "finished",
  [abi.FACT_PRICE]: "price",
  [abi.FACT_CAPACITY]: "capacity",
  [abi.FACT_TRANSFERRED]: "transferred",
  [abi.FACT_PART]: "held",
  [abi.FACT_ADOPTED]: "adopted",
  [abi.FACT_ATTAINED]: "attained",
  [abi.FACT_TAKEN]: "taken by others",
  [abi.FACT_AS_OF]: "as of",
  [abi.PASS]: "pass",
  [abi.DECIDE_START]: "start",
  [abi.DECIDE_PART]: "place",
  [abi.DECIDE_PREEMPT]: "preempt",
  [abi.DECIDE_MOVE]: "move",
};

export function recordName(kind: number): string {
  return NAMES[kind] ?? `kind ${kind}`;
}

/** Reads records without making one object each: move the cursor, then ask. */
export class LogReader {
  readonly count: number;
  readonly #view: DataView;

  constructor(bytes: Uint8Array) {
    this.count = Math.floor(bytes.byteLength / abi.RECORD_BYTES);
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  kind(i: number): number {
    return this.#view.getInt32(i * abi.RECORD_BYTES + 24, true);
  }

  timeMicros(i: number): number {
    return this.#view.getFloat64(i * abi.RECORD_BYTES, true);
  }

  record(i: number): LogRecord {
    const at = i * abi.RECORD_BYTES;
    const v = this.#view;
    return {
      timeMicros: v.getFloat64(at, true),
      x: v.getFloat64(at + 8, true),
      y: v.getFloat64(at + 16, true),
      mask: v.getBigUint64(at + 8, true),
      kind: v.getInt32(at + 24, true),
      slot: v.getInt32(at + 28, true),
      generation: v.getInt32(at + 32, true),
      a: v.getInt32(at + 36, true),
      b: v.getInt32(at + 40, true),
      c: v.getInt32(at + 44, true),
    };
  }
}

/** Chunks of a log, joined. */
export function joinLog(chunks: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(chunks.reduce((sum, c) => sum + c.byteLength, 0));
  let at = 0;
  for (const chunk of chunks) {
    out.set(chunk, at);
    at += chunk.byteLength;
  }
  return out;
}

/** One record in words, for messages. */
export function describeRecord(r: LogRecord): string {
  const at = `t=${(r.timeMicros / 1e6).toFixed(6)} s`;
  if (r.kind === abi.DECIDE_START)
    return `${at} start slot ${r.slot}.${r.generation} in pool ${r.a} (${r.c} milli-GPU)`;
  if (r.kind === abi.DECIDE_PART) return `${at} place slot ${r.slot}.${r.generation} on node ${r.a}: ${r.b} tasks`;
  return `${at} ${recordName(r.kind)} slot ${r.slot}.${r.generation} (${r.a}, ${r.b}, ${r.c})`;
}

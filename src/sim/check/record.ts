// The checkers' own reading of the log: 48 bytes a record, little endian. Written from the description of the format,
// not shared with the engine's reader, so that a slip in one does not hide in the other.

export const KINDS = {
  submitted: 1,
  owner: 2,
  started: 3,
  running: 4,
  stopped: 5,
  finished: 6,
  price: 7,
  transferred: 8,
  pass: 32,
  start: 64,
  part: 65,
  preempt: 66,
  move: 68,
} as const;

const RECORD_BYTES = 48;

/** A cursor over a chunk of whole records: `next`, then read the fields. */
export class RecordCursor {
  timeMicros = 0;
  /** First payload number; of a part its device mask instead, see maskLow and maskHigh. */
  x = 0;
  /** Second payload number; of a part its first slice. */
  y = 0;
  kind = 0;
  slot = 0;
  generation = 0;
  a = 0;
  b = 0;
  c = 0;
  /** Devices 0..31 and 32..63 of a part's mask, as unsigned integers. */
  maskLow = 0;
  maskHigh = 0;
  /** Bytes at the end that are no whole record. */
  readonly strayBytes: number;
  readonly #view: DataView;
  readonly #end: number;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.strayBytes = bytes.byteLength % RECORD_BYTES;
    this.#end = bytes.byteLength - this.strayBytes;
  }

  /** Moves to the next record; false at the end of the chunk. */
  next(): boolean {
    const at = this.#at;
    if (at >= this.#end) return false;
    const view = this.#view;
    this.timeMicros = view.getFloat64(at, true);
    this.x = view.getFloat64(at + 8, true);
    this.y = view.getFloat64(at + 16, true);
    this.maskLow = view.getUint32(at + 8, true);
    this.maskHigh = view.getUint32(at + 12, true);
    this.kind = view.getInt32(at + 24, true);
    this.slot = view.getInt32(at + 28, true);
    this.generation = view.getInt32(at + 32, true);
    this.a = view.getInt32(at + 36, true);
    this.b = view.getInt32(at + 40, true);
    this.c = view.getInt32(at + 44, true);
    this.#at = at + RECORD_BYTES;
    return true;
  }
}

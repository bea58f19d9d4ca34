// Logs as lists of records that a test may change, drop, repeat and move, and write back as bytes.

export interface EditableRecord {
  time: number;
  /** x as bits, so that a device mask and a number both survive. */
  x: bigint;
  y: bigint;
  kind: number;
  slot: number;
  generation: number;
  a: number;
  b: number;
  c: number;
}

const BYTES = 48;

export function readRecords(log: Uint8Array): EditableRecord[] {
  const view = new DataView(log.buffer, log.byteOffset, log.byteLength);
  return Array.from({ length: log.byteLength / BYTES }, (_, i) => {
    const int = (k: number) => view.getInt32(i * BYTES + 24 + 4 * k, true);
    return {
      time: view.getFloat64(i * BYTES, true),
      x: view.getBigUint64(i * BYTES + 8, true),
      y: view.getBigUint64(i * BYTES + 16, true),
      kind: int(0),
      slot: int(1),
      generation: int(2),
      a: int(3),
      b: int(4),
      c: int(5),
    };
  });
}

export function writeRecords(records: readonly EditableRecord[]): Uint8Array {
  const out = new Uint8Array(records.length * BYTES);
  const view = new DataView(out.buffer);
  records.forEach((r, i) => {
    view.setFloat64(i * BYTES, r.time, true);
    view.setBigUint64(i * BYTES + 8, r.x, true);
    view.setBigUint64(i * BYTES + 16, r.y, true);
    [r.kind, r.slot, r.generation, r.a, r.b, r.c].forEach((value, k) => {
      view.setInt32(i * BYTES + 24 + 4 * k, value, true);
    });
  });
  return out;
}

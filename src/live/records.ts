// Writes facts as the engine reads them: records of 48 bytes, little endian.

import * as abi from "../engine/abi.js";

export class RecordWriter {
  #buffer = new ArrayBuffer(64 * abi.RECORD_BYTES);
  #view = new DataView(this.#buffer);
  #count = 0;

  /** A copy of what was written. */
  bytes(): Uint8Array {
    return new Uint8Array(this.#buffer.slice(0, this.#count * abi.RECORD_BYTES));
  }

  #write(at: number, kind: number, slot: number, a: number, b = 0, c = 0, x: number | bigint = 0, y = 0): void {
    if ((this.#count + 1) * abi.RECORD_BYTES > this.#buffer.byteLength) {
      const larger = new ArrayBuffer(this.#buffer.byteLength * 2);
      new Uint8Array(larger).set(new Uint8Array(this.#buffer));
      this.#buffer = larger;
      this.#view = new DataView(larger);
    }
    const to = this.#count * abi.RECORD_BYTES;
    const v = this.#view;
    v.setFloat64(to, at, true);
    if (typeof x === "bigint") v.setBigUint64(to + 8, x, true);
    else v.setFloat64(to + 8, x, true);
    v.setFloat64(to + 16, y, true);
    v.setInt32(to + 24, kind, true);
    v.setInt32(to + 28, slot, true);
    v.setInt32(to + 32, 0, true);
    v.setInt32(to + 36, a, true);
    v.setInt32(to + 40, b, true);
    v.setInt32(to + 44, c, true);
    this.#count++;
  }

  submitted(
    at: number,
    slot: number,
    job: number,
    shape: number,
    tenant: number,
    priority: number,
    estimate: number,
  ): void {
    this.#write(at, abi.FACT_SUBMITTED, slot, job, shape, priority, estimate, Number.NaN);
    this.#write(at, abi.FACT_OWNER, slot, tenant);
  }

  attained(
    at: number,
    slot: number,
    { heldMicros, level, entry }: { heldMicros: number; level: number; entry: number },
  ): void {
    this.#write(at, abi.FACT_ATTAINED, slot, level, 0, 0, heldMicros, entry);
  }

  part(at: number, slot: number, node: number, tasks: number, milli: number, mask: bigint): void {
    this.#write(at, abi.FACT_PART, slot, node, tasks, milli, mask);
  }

  adopted(at: number, slot: number, pool: number, since: number): void {
    this.#write(at, abi.FACT_ADOPTED, slot, pool, 0, 0, since);
  }

  taken(at: number, node: number, cpuMilli: number, memoryMib: number, mask: bigint): void {
    this.#write(at, abi.FACT_TAKEN, 0, node, cpuMilli, memoryMib, mask);
  }

  asOf(at: number, cluster: number, kind: number, micros: number): void {
    this.#write(at, abi.FACT_AS_OF, 0, cluster, kind, 0, micros);
  }
}

// One engine instance. The only file that holds views into its memory: they are made anew after every verb that may
// have grown it, and never handed out beyond the next verb.

import * as abi from "./abi.js";
import type { EngineExports } from "./exports.js";
import { engineModule } from "./load.js";
import { explainPolicy, type UserPolicies } from "./policy-trap.js";
import { explainTrap } from "./trap.js";

const VIEWS = { f64: Float64Array, f32: Float32Array, i32: Int32Array, u8: Uint8Array, u64: BigUint64Array } as const;
const BYTES = { f64: 8, f32: 4, i32: 4, u8: 1, u64: 8 } as const;
export type ColumnKind = keyof typeof VIEWS;
type ViewOf<K extends ColumnKind> = InstanceType<(typeof VIEWS)[K]>;

export class Engine {
  readonly exports: EngineExports;
  #buffer: ArrayBufferLike | undefined;
  #i32!: Int32Array;
  #f64!: Float64Array;
  #u64!: BigUint64Array;

  /** @param policies of the user that this engine was linked with. */
  constructor(
    module: WebAssembly.Module = engineModule(),
    readonly policies: UserPolicies = { functions: {} },
  ) {
    const imports = { env: { abort: () => undefined }, policy: policies.functions };
    this.exports = new WebAssembly.Instance(module, imports).exports as unknown as EngineExports;
  }

  #refresh(): void {
    const buffer = this.exports.memory.buffer;
    if (buffer === this.#buffer) return;
    this.#buffer = buffer;
    const at = this.exports.control() >>> 0;
    this.#i32 = new Int32Array(buffer, at, 512);
    this.#f64 = new Float64Array(buffer, at, 256);
    this.#u64 = new BigUint64Array(buffer, at, 256);
  }

  /** Integer in a slot of the control block. */
  getI(slot: number): number {
    this.#refresh();
    return this.#i32[slot * 2]!;
  }
  setI(slot: number, value: number): void {
    this.#refresh();
    this.#i32[slot * 2] = value;
  }
  /** Number (f64) in a slot of the control block. */
  getF(slot: number): number {
    this.#refresh();
    return this.#f64[slot]!;
  }
  setF(slot: number, value: number): void {
    this.#refresh();
    this.#f64[slot] = value;
  }

  /** View of a column, valid until the next verb. Throws (our bug) if its elements are of another size or lie in rows. */
  column<K extends ColumnKind>(id: number, kind: K): ViewOf<K> {
    const entry = new Uint32Array(this.exports.memory.buffer, (this.exports.directory() >>> 0) + id * 16, 4);
    const [pointer, bytes, count, stride] = entry as unknown as [number, number, number, number];
    if (bytes !== BYTES[kind]) throw new Error(`column ${id} has elements of ${bytes} bytes, not ${kind}`);
    if (stride !== bytes) throw new Error(`column ${id} is a field of rows of ${stride} bytes: use field()`);
    return new VIEWS[kind](this.exports.memory.buffer as ArrayBuffer, pointer, count) as ViewOf<K>;
  }

  /** Copy of a field of a table of rows (claims), one element a row. */
  field(id: number, kind: "f64" | "i32"): Float64Array | Int32Array {
    const entry = new Uint32Array(this.exports.memory.buffer, (this.exports.directory() >>> 0) + id * 16, 4);
    const [pointer, bytes, count, stride] = entry as unknown as [number, number, number, number];
    if (bytes !== BYTES[kind]) throw new Error(`field ${id} has elements of ${bytes} bytes, not ${kind}`);
    const whole = new VIEWS[kind](this.exports.memory.buffer, pointer, ((count - 1) * stride) / bytes + 1);
    const out = new VIEWS[kind](count);
    for (let i = 0; i < count; i++) out[i] = whole[(i * stride) / bytes]!;
    return out;
  }

  /** Reads a field of a table of rows where it lies, row by row; valid until the next verb. */
  fieldReader(id: number, kind: "f64" | "i32"): (row: number) => number {
    const entry = new Uint32Array(this.exports.memory.buffer, (this.exports.directory() >>> 0) + id * 16, 4);
    const [pointer, bytes, count, stride] = entry as unknown as [number, number, number, number];
    if (bytes !== BYTES[kind]) throw new Error(`field ${id} has elements of ${bytes} bytes, not ${kind}`);
    const whole = new VIEWS[kind](this.exports.memory.buffer, pointer, ((count - 1) * stride) / bytes + 1);
    const step = stride / bytes;
    return (row) => whole[row * step]!;
  }

  /** Writes one element of a field of a table of rows. */
  setField(id: number, kind: "f64" | "i32", row: number, value: number): void {
    const entry = new Uint32Array(this.exports.memory.buffer, (this.exports.directory() >>> 0) + id * 16, 4);
    const [pointer, bytes, count, stride] = entry as unknown as [number, number, number, number];
    if (bytes !== BYTES[kind] || row >= count) throw new Error(`field ${id} has no ${kind} in row ${row}`);
    new VIEWS[kind](this.exports.memory.buffer, pointer + row * stride, 1)[0] = value;
  }

  /** Bytes of a column of records, valid until the next verb. */
  bytes(id: number, recordCount: number): Uint8Array {
    const entry = new Uint32Array(this.exports.memory.buffer, (this.exports.directory() >>> 0) + id * 16, 3);
    return new Uint8Array(this.exports.memory.buffer, entry[0]!, entry[1]! * recordCount);
  }

  /** Calls a verb; a trap becomes a WindtunnelError that names what failed. */
  call<T>(verb: (exports: EngineExports) => T): T {
    try {
      return verb(this.exports);
    } catch (error) {
      if (!(error instanceof WebAssembly.RuntimeError)) {
        // thrown by a policy in TypeScript, through the engine
        throw this.getI(abi.ASKED) === 0 ? error : explainPolicy(this, error);
      }
      if (this.getI(abi.ASKED) !== 0) throw explainPolicy(this, error);
      // jobs and services have clocks of their own; the later one was running
      const now = Math.max(this.getF(abi.NOW), this.getF(abi.SERVE_AT));
      throw explainTrap(error, this.getI(abi.FAIL_CODE), this.getF(abi.FAIL_DETAIL), now);
    }
  }

  /** Digest of the run so far, 16 hex digits. */
  digest(): string {
    this.#refresh();
    const sum = this.#u64[abi.DIGEST]! + this.#u64[abi.SERVE_DIGEST]!;
    return BigInt.asUintN(64, sum).toString(16).padStart(16, "0");
  }

  /** Bytes of memory in use. */
  arenaBytes(): number {
    return this.getF(abi.ARENA_END);
  }

  /** Copies the whole state into `into` (grown if too small): a snapshot. Reuse the buffer, page faults cost more than the copy. */
  snapshot(into?: Uint8Array): Uint8Array {
    const size = this.arenaBytes();
    const target = into && into.byteLength >= size ? into : new Uint8Array(size);
    target.set(new Uint8Array(this.exports.memory.buffer, 0, size));
    return target;
  }

  /** Becomes the state of a snapshot, of this or of another instance of the same engine: restore and fork. */
  restore(snapshot: Uint8Array, sizeBytes = snapshot.byteLength): void {
    const missing = sizeBytes - this.exports.memory.buffer.byteLength;
    if (missing > 0) this.exports.memory.grow(Math.ceil(missing / 65536));
    const peak = this.getF(abi.ARENA_PEAK);
    new Uint8Array(this.exports.memory.buffer).set(snapshot.subarray(0, sizeBytes));
    // what this instance itself has written beyond the snapshot is still there
    this.setF(abi.ARENA_PEAK, Math.max(peak, this.getF(abi.ARENA_PEAK)));
    this.call((e) => e.attach());
  }
}

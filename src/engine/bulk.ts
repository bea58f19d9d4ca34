// Kernels over bulk data and the memory that they work in. Areas are laid out one after the other and never given back; the
// memory may be shared: another instance, in another thread, made from it sees the same bytes.

import { WindtunnelError } from "../model/errors.js";
import { bulkModule } from "./load.js";

/** The exports, typed by hand; assembly/bulk.ts is the other half. Pointers in bytes, ranges in samples. */
export interface BulkExports {
  base(): number;
  fuseAverage(
    wide: number,
    table: number,
    weights: number,
    members: number,
    from: number,
    to: number,
    classes: number,
    out: number,
  ): void;
  fuseAverageOf(
    wide: number,
    table: number,
    weights: number,
    masks: number,
    members: number,
    from: number,
    to: number,
    classes: number,
    out: number,
  ): void;
  fuseVote(
    wide: number,
    table: number,
    masks: number,
    members: number,
    from: number,
    to: number,
    classes: number,
    scratch: number,
    out: number,
  ): void;
  fuseLogPool(
    table: number,
    weights: number,
    members: number,
    from: number,
    to: number,
    classes: number,
    equal: number,
    out: number,
  ): void;
  fuseLogPoolExactly(
    wide: number,
    table: number,
    weights: number,
    masks: number,
    members: number,
    from: number,
    to: number,
    classes: number,
    scratch: number,
    out: number,
  ): void;
  fuseByConfidence(
    wide: number,
    table: number,
    weights: number,
    masks: number,
    members: number,
    from: number,
    to: number,
    classes: number,
    kind: number,
    scratch: number,
    out: number,
  ): void;
  fuseTrimmed(
    wide: number,
    table: number,
    masks: number,
    members: number,
    from: number,
    to: number,
    classes: number,
    cut: number,
    scratch: number,
    out: number,
  ): void;
  normalise(wide: number, matrix: number, from: number, to: number, classes: number): void;
  /** Bytes of scratch for so large a batch. */
  networkBytes(network: number, batch: number): number;
  networkPredict(
    network: number,
    samples: number,
    from: number,
    to: number,
    model: number,
    scratch: number,
    out: number,
  ): void;
  networkTrain(
    network: number,
    samples: number,
    labels: number,
    order: number,
    from: number,
    to: number,
    batch: number,
    model: number,
    optimiser: number,
    scratch: number,
  ): void;
  kmeansNearest(
    samples: number,
    from: number,
    to: number,
    bytes: number,
    centres: number,
    points: number,
    nearest: number,
    distances: number,
  ): void;
  subsetsRight(
    members: number,
    classes: number,
    count: number,
    numbers: number,
    labels: number,
    sums: number,
    right: number,
  ): void;
  findOutside(wide: number, matrix: number, from: number, to: number, low: number, high: number): number;
}

/** An export and its arguments: what one thread asks another to do in the memory that both see. */
export type BulkCall = { [K in keyof BulkExports]: readonly [K, ...Parameters<BulkExports[K]>] }[keyof BulkExports];

const PAGE = 65_536;
const PAGES_MAX = 65_536;

export class Bulk {
  readonly memory: WebAssembly.Memory;
  readonly module: WebAssembly.Module;
  readonly exports: BulkExports;
  #end: number;

  /** `memory` of another instance: to work on what lies there. Only one of them may lay out areas. */
  constructor(
    memory = new WebAssembly.Memory({ initial: 16, maximum: PAGES_MAX, shared: true }),
    module = bulkModule(),
  ) {
    this.memory = memory;
    this.module = module;
    const imports = { env: { memory, abort: () => undefined } };
    this.exports = new WebAssembly.Instance(module, imports).exports as unknown as BulkExports;
    this.#end = this.exports.base() >>> 0;
  }

  call([name, ...args]: BulkCall): number {
    return (this.exports[name] as (...args: readonly number[]) => number)(...args);
  }

  /** Address of `bytes` on a cache line of their own, zero if never used before. Throws CAPACITY_REACHED beyond 4 GiB. */
  allocate(bytes: number): number {
    const pointer = this.#end;
    const end = pointer + Math.ceil(bytes / 64) * 64;
    const pages = Math.ceil(end / PAGE) - this.memory.buffer.byteLength / PAGE;
    if (end > PAGES_MAX * PAGE) {
      throw new WindtunnelError(
        "CAPACITY_REACHED",
        `${(end / 2 ** 30).toFixed(1)} GiB are needed, and the memory of the kernels ends at 4 GiB.`,
        "Take fewer samples at a time.",
      );
    }
    if (pages > 0) this.memory.grow(pages);
    this.#end = end;
    return pointer;
  }

  f32(pointer: number, count: number): Float32Array {
    return new Float32Array(this.memory.buffer, pointer, count);
  }
  f64(pointer: number, count: number): Float64Array {
    return new Float64Array(this.memory.buffer, pointer, count);
  }
  i32(pointer: number, count: number): Int32Array {
    return new Int32Array(this.memory.buffer, pointer, count);
  }
  u32(pointer: number, count: number): Uint32Array {
    return new Uint32Array(this.memory.buffer, pointer, count);
  }
}

// One instance of the solvers' own module: the kernels of assembly/solve without an engine around them. Holds one problem
// at a time. Views are made anew whenever memory may have grown.

import { WindtunnelError } from "../model/errors.js";
import * as abi from "./abi.js";
import { toolsModule } from "./load.js";
import { wasmFrames } from "./trap.js";

/** The exports, typed by hand; assembly/tools.ts is the other half. */
export interface ToolsExports {
  memory: WebAssembly.Memory;
  control(): number;
  directory(): number;
  transportLayout(rows: number, cols: number, costBytes: number): void;
  transportStride(): number;
  transportStart(warm: number, big: number, pivotsMax: number): void;
  transportRun(slice: number): number;
  transportPivots(): number;
  flowLayout(nodes: number, arcs: number): void;
  flowStart(warm: number, big: number, pivotsMax: number): void;
  flowRun(slice: number): number;
  flowPivots(): number;
  flowCycleArc(): number;
  flowCycleJoin(): number;
  switchingLayout(steps: number, states: number, tabled: number): void;
  switchingStart(linear: number, a: number, b: number, start: number, delay: number): void;
  switchingRun(from: number, to: number): void;
  switchingFinish(): number;
  rebalanceLayout(count: number): void;
  rebalanceRun(twoSided: number, price: number): number;
  assignmentLayout(rows: number, cols: number): void;
  assignmentRun(): number;
  packingLayout(items: number, kinds: number): void;
  packingRun(rule: number): number;
  knapsackLayout(items: number, capacity: number): void;
  knapsackRun(): number;
  smoothingLayout(count: number, season: number, horizon: number, origins: number, multiplicative: number): void;
  orderLayout(count: number): void;
  orderRun(): number;
  smoothingPass(phase: number, alpha: number, beta: number, gamma: number, phi: number, rho: number): number;
}

/** Bytes that one instance may lay out; 64 KiB pages up to 4 GiB, less what pointers and padding take. */
export const TOOLS_BYTES_MAX = 4_000_000_000;

export class Tools {
  readonly exports: ToolsExports;

  constructor() {
    const imports = { env: { abort: () => undefined } };
    this.exports = new WebAssembly.Instance(toolsModule(), imports).exports as unknown as ToolsExports;
  }

  #entry(id: number): Uint32Array {
    return new Uint32Array(this.exports.memory.buffer, (this.exports.directory() >>> 0) + id * 16, 4);
  }

  /** Views of a column's bytes; valid until the next layout. */
  f64(id: number): Float64Array {
    const [pointer, bytes, count] = this.#entry(id) as unknown as [number, number, number];
    return new Float64Array(this.exports.memory.buffer, pointer, (bytes * count) >>> 3);
  }
  i32(id: number): Int32Array {
    const [pointer, bytes, count] = this.#entry(id) as unknown as [number, number, number];
    return new Int32Array(this.exports.memory.buffer, pointer, (bytes * count) >>> 2);
  }
  u8(id: number): Uint8Array {
    const [pointer, bytes, count] = this.#entry(id) as unknown as [number, number, number];
    return new Uint8Array(this.exports.memory.buffer, pointer, bytes * count);
  }

  /** Calls a verb; a trap becomes an error that names what failed. `what` is what was being solved, for the message. */
  call<T>(what: string, verb: (exports: ToolsExports) => T): T {
    try {
      return verb(this.exports);
    } catch (error) {
      if (!(error instanceof WebAssembly.RuntimeError)) throw error;
      const at = this.exports.control() >>> 0;
      const code = new Int32Array(this.exports.memory.buffer, at + abi.FAIL_CODE * 8, 1)[0]!;
      const detail = new Float64Array(this.exports.memory.buffer, at + abi.FAIL_DETAIL * 8, 1)[0]!;
      if (code === abi.FAIL_MEMORY) throw tooLarge(what, detail);
      throw new WindtunnelError(
        "ENGINE_TRAP",
        `A solver stopped (${error.message}, code ${code}, detail ${detail}) on ${what}, in ${wasmFrames(error, "tools").join(" < ")}.`,
        "This is a bug in Windtunnel: please report it with the problem's file.",
        { cause: error },
      );
    }
  }
}

export function tooLarge(what: string, bytes: number): WindtunnelError {
  return new WindtunnelError(
    "CAPACITY_REACHED",
    `${what} needs ${(bytes / 2 ** 30).toFixed(1)} GiB of memory: a solver's instance holds at most 4 GiB.`,
    "Solve it in parts, or leave out pairs that will never be used (a flow with arcs in place of a full matrix).",
  );
}

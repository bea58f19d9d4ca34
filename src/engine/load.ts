// Finds, compiles and names the engine. Compiled once a process; worker threads receive the compiled module.

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

const WASM_URL = new URL("../../build/engine.wasm", import.meta.url);
const TOOLS_URL = new URL("../../build/tools.wasm", import.meta.url);
const BULK_URL = new URL("../../build/bulk.wasm", import.meta.url);
const RELAXED_URL = new URL("../../build/bulk-relaxed.wasm", import.meta.url);

let bytes: Buffer | undefined;
let compiled: WebAssembly.Module | undefined;
let tools: WebAssembly.Module | undefined;
let bulk: WebAssembly.Module | undefined;
let digest: string | undefined;

function engineBytes(): Buffer {
  bytes ??= readFileSync(WASM_URL);
  return bytes;
}

/** The compiled engine. */
export function engineModule(): WebAssembly.Module {
  compiled ??= new WebAssembly.Module(engineBytes());
  return compiled;
}

/** The compiled solvers. */
export function toolsModule(): WebAssembly.Module {
  tools ??= new WebAssembly.Module(readFileSync(TOOLS_URL));
  return tools;
}

const linked = new Map<string, WebAssembly.Module>();

/** An engine that was linked with users' policies. */
export function moduleAt(path: string): WebAssembly.Module {
  const known = linked.get(path);
  if (known) return known;
  const module = new WebAssembly.Module(readFileSync(path));
  linked.set(path, module);
  return module;
}

/** The compiled kernels over bulk data. */
export function bulkModule(): WebAssembly.Module {
  bulk ??= new WebAssembly.Module(readFileSync(BULK_URL));
  return bulk;
}

let relaxed: WebAssembly.Module | null | undefined;

/**
 * The same with relaxed SIMD, where a product and a sum may be rounded once: faster, with other last bits than elsewhere.
 * Null where this Node does not know it (20 only with --experimental-wasm-relaxed-simd).
 */
export function relaxedModule(): WebAssembly.Module | null {
  if (relaxed !== undefined) return relaxed;
  const code = readFileSync(RELAXED_URL);
  relaxed = WebAssembly.validate(code) ? new WebAssembly.Module(code) : null;
  return relaxed;
}

/** Uses a module compiled elsewhere (in a worker: the one its parent posted). */
export function adoptEngineModule(module: WebAssembly.Module): void {
  compiled = module;
}

/** SHA-256 of the engine's bytes, hex: part of every manifest. */
export function engineSha256(): string {
  digest ??= createHash("sha256").update(engineBytes()).digest("hex");
  return digest;
}

// Turns a trap into an error that says what failed and what to do: the engine writes a code and a detail into its
// control block before it stops, and its functions carry their names.

import { readFileSync } from "node:fs";
import { originalPositionFor, TraceMap } from "@jridgewell/trace-mapping";
import { WindtunnelError } from "../model/errors.js";
import * as abi from "./abi.js";

const CAPACITY: Record<number, { what: string; option: string }> = {
  [abi.FAIL_LIVE_JOBS]: { what: "jobs queued or running at once", option: "--capacity-live-jobs" },
  [abi.FAIL_PARTS]: { what: "placements (job x node) held at once", option: "--capacity-parts" },
  [abi.FAIL_ROWS]: { what: "jobs that may end at one instant", option: "--capacity-rows" },
  [abi.FAIL_SHAPES]: { what: "distinct job shapes", option: "--capacity-shapes" },
  [abi.FAIL_STATION]: { what: "customers waiting at the station", option: "the station's queue capacity" },
  [abi.FAIL_HISTORY]: { what: "tenants x shapes of run-time history", option: "fewer tenants or shapes" },
  [abi.FAIL_ENSEMBLE]: { what: "requests to ensembles at once", option: "a longer gap between requests" },
  [abi.FAIL_CALLS]: { what: "requests behind gateways at once", option: "--capacity-requests" },
  [abi.FAIL_REQUESTS]: { what: "requests in the system at once", option: "--capacity-requests" },
  [abi.FAIL_PREFIXES]: { what: "cells for prefixes of requests at once", option: "prefix.liveBlocks" },
  [abi.FAIL_MEMORY]: { what: "bytes of engine memory", option: "smaller capacities" },
};

const FRAMES_MAX = 4;

/**
 * Functions of the engine on the stack, innermost first, with file and line. Node ignores source maps of WASM, so the
 * byte offset of each frame is looked up here: in such a map everything is one line and the column is the offset.
 */
export function wasmFrames(trap: Error, module = "engine"): string[] {
  const frames = [...(trap.stack ?? "").matchAll(/at (\S+) \(wasm:.*?:0x([0-9a-f]+)\)/g)].slice(0, FRAMES_MAX);
  const map = readMap(module);
  return frames.map(([, name = "?", offset = "0"]) => {
    const at = map && originalPositionFor(map, { line: 1, column: Number.parseInt(offset, 16) });
    return at?.source ? `${name.split("/").pop()} (${at.source.replace(/^.*?(?=assembly\/)/, "")}:${at.line})` : name;
  });
}

function readMap(module: string): TraceMap | undefined {
  try {
    return new TraceMap(readFileSync(new URL(`../../build/${module}.wasm.map`, import.meta.url), "utf8"));
  } catch {
    return undefined; // names without lines are still names
  }
}

export function explainTrap(trap: Error, code: number, detail: number, nowMicros: number): WindtunnelError {
  const where = wasmFrames(trap).join(" < ");
  const at = `at simulated second ${(nowMicros / 1e6).toFixed(3)}`;
  const capacity = CAPACITY[code];
  if (capacity) {
    return new WindtunnelError(
      "CAPACITY_REACHED",
      `The engine's table of ${capacity.what} is full: it holds ${detail} (${at}).`,
      `Raise it with ${capacity.option}, or lower the load.`,
      { cause: trap },
    );
  }
  if (code === abi.FAIL_INPUT) {
    return new WindtunnelError(
      "TRACE_UNREADABLE",
      `The trace runs backwards: a submission at ${detail} µs came after ${nowMicros} µs.`,
      "Sort the trace by time of submission.",
      { cause: trap },
    );
  }
  return new WindtunnelError(
    "ENGINE_TRAP",
    `The engine stopped (${trap.message}, code ${code}, detail ${detail}) ${at}, in ${where || "an unnamed function"}.`,
    "This is a bug in Windtunnel: please report it with the scenario and the seed.",
    { cause: trap },
  );
}

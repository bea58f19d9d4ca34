// The event list against its alternatives, under the hold model. Needs the AssemblyScript compiler, which is there in a
// checkout and not in an installed package.

import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Case } from "../harness.js";

const LISTS = ["engine", "binary", "4-ary", "calendar", "ladder"] as const;
const SIZES = [100, 1_000, 10_000, 100_000, 1_000_000];
const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

let compiled: Promise<WebAssembly.Module | undefined> | undefined;

async function compile(): Promise<WebAssembly.Module | undefined> {
  if (!existsSync(`${ROOT}bench/event-lists/index.ts`)) return undefined;
  const { default: asc } = await import("assemblyscript/asc");
  let binary: Uint8Array | undefined;
  const flags = ["-O3", "--runtime", "stub", "--enable", "simd", "--initialMemory", "16", "--maximumMemory", "65536"];
  const { error, stderr } = await asc.main(
    ["bench/event-lists/index.ts", "--baseDir", ROOT, "--outFile", "lists.wasm", ...flags],
    {
      writeFile(name: string, contents: unknown) {
        if (name.endsWith(".wasm")) binary = contents as Uint8Array;
      },
    },
  );
  if (error || !binary) throw new Error(`${stderr.toString()}${error?.message ?? "nothing was written"}`);
  return new WebAssembly.Module(binary);
}

function holdCase(list: (typeof LISTS)[number], pending: number): Case {
  return {
    name: `events/hold-${list}-${pending}`,
    unit: "holds/s",
    better: "higher",
    runs: 3,
    baseline: null,
    async setup(tiny) {
      compiled ??= compile();
      const module = await compiled;
      if (!module) return { missing: "the AssemblyScript sources are not installed" };
      const instance = new WebAssembly.Instance(module, { env: { abort: () => undefined } });
      const hold = instance.exports.hold as (list: number, pending: number, steps: number) => number;
      const steps = tiny ? 1_000 : pending >= 100_000 ? 1_000_000 : 3_000_000;
      const size = tiny ? Math.min(pending, 100) : pending;
      return {
        run() {
          const filling = performance.now();
          hold(LISTS.indexOf(list), size, 0);
          const filled = performance.now();
          const reached = hold(LISTS.indexOf(list), size, steps);
          const millis = performance.now() - filled - (filled - filling);
          return { work: steps, millis: Math.max(millis, 1e-3), hash: String(reached) };
        },
      };
    },
  };
}

export const eventListCases: Case[] = SIZES.flatMap((n) => LISTS.map((list) => holdCase(list, n)));

// How fast two jobs run on one device, measured: Gavel's throughputs of pairs (Narayanan et al., OSDI 2020), as a share
// of each job's speed alone.

import { readFile } from "node:fs/promises";
import { WindtunnelError } from "../model/errors.js";
import { digestOfFile } from "./digest.js";
import { type Folders, locateFiles } from "./locate.js";
import { gavel } from "./registry/gavel.js";

/** A job of `jobClass` runs at `rate` (0..1) of its own speed beside one of `beside`. */
export interface PairRate {
  jobClass: string;
  beside: string;
  rate: number;
}

export interface MeasuredPairs {
  pairs: PairRate[];
  /** Pairs that could not run together (their memory did not fit): they are not among `pairs`. */
  impossible: number;
  sha256: string;
}

/** Workers that Gavel measured pairs on. */
export const PAIR_TABLES = ["gavel/k80", "gavel/p100", "gavel/v100"] as const;
export type PairTable = (typeof PAIR_TABLES)[number];

/** Throughputs by worker, job type and number of GPUs: alone under "null", else [own, the other's]. */
type Throughputs = Record<string, Record<string, Record<string, number | [number, number]>>>;

/** Pairs of jobs of one GPU each. @throws WindtunnelError TRACE_NOT_FOUND without the file, TRACE_UNREADABLE for another. */
export async function readPairRates(table: PairTable, folders: Folders): Promise<MeasuredPairs> {
  const { path, sha256 } = gavel.side!.throughputs![0]!;
  const [file] = (await locateFiles(path, folders)) ?? [];
  if (file === undefined) {
    throw new WindtunnelError(
      "TRACE_NOT_FOUND",
      `${table}: the table of pairs, ${path}, is not in ${folders.dataFolder}.`,
      "Fetch it with `windtunnel trace get gavel`, or write the pairs into the scenario (timeSlicing.pairs).",
    );
  }
  const digest = await digestOfFile(file);
  if (digest !== sha256) {
    throw new WindtunnelError(
      "TRACE_UNREADABLE",
      `${file} is not Gavel's table of throughputs: its SHA-256 begins ${digest.slice(0, 16)}, expected ${sha256.slice(0, 16)}.`,
      "Fetch it anew with `windtunnel trace get gavel`.",
    );
  }
  const throughputs = JSON.parse(await readFile(file, "utf8")) as Throughputs;
  const worker = throughputs[table.slice("gavel/".length)]!;
  const pairs: PairRate[] = [];
  let impossible = 0;
  for (const [key, beside] of Object.entries(worker)) {
    const own = oneGpu(key);
    const alone = beside.null as number;
    if (own === undefined || !(alone > 0)) continue;
    for (const [otherKey, speeds] of Object.entries(beside)) {
      const other = oneGpu(otherKey);
      if (other === undefined || typeof speeds === "number") continue;
      // measurement noise makes some pairs a little faster together than alone
      if (speeds[0] > 0) pairs.push({ jobClass: own, beside: other, rate: Math.min(1, speeds[0] / alone) });
      else impossible++;
    }
  }
  return { pairs, impossible, sha256: digest };
}

/** Job type of a key like "('ResNet-18 (batch size 16)', 1)", if it is of one GPU. */
function oneGpu(key: string): string | undefined {
  return /^\('(.*)', 1\)$/.exec(key)?.[1];
}

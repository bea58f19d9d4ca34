// What the JSON files of a result folder look like, and how they become results again. NaN is written as null, since
// JSON has none. Everything read is checked: a folder may come from anywhere.

import { createHash } from "node:crypto";
import { z } from "zod";
import { type Experiment, type Manifest, RESULT_FORMAT, type RunResult } from "../model/results.js";

const number = z
  .number()
  .nullable()
  .transform((value) => value ?? Number.NaN);
const columnOfNumbers = z.array(number).transform((values) => Float64Array.from(values));
const format = z.literal(RESULT_FORMAT);

const runFile = z.object({
  format,
  spec: z.object({
    id: z.string(),
    queue: z.string(),
    place: z.string(),
    load: z.number().nullable(),
    replication: z.number(),
    shake: z.number().nullable(),
    seed: z.number(),
  }),
  metrics: z.record(z.string(), number),
  digest: z.string(),
  gpusTotal: z.number(),
  nodesTotal: z.number(),
  events: z.number(),
  engineMillis: z.number(),
  /** The per-job rows beside this file. */
  rows: z.object({ count: z.number().int().nonnegative(), sha256: z.string() }),
  series: z.object({
    binMicros: z.number(),
    endMicros: z.number(),
    gpusAllocated: columnOfNumbers,
    gpusStranded: columnOfNumbers,
    jobsWaiting: columnOfNumbers,
  }),
  stays: z.array(
    z.object({ job: z.number(), node: z.number(), gpus: z.number(), startMicros: z.number(), endMicros: z.number() }),
  ),
  warmupJobs: z.number().nullable(),
  cutJobs: z.number(),
  within: z
    .object({
      jctSecondsBatches: columnOfNumbers,
      bands: z.record(z.string(), z.object({ low: number, high: number })),
      lagOne: number,
    })
    .nullable(),
  groups: z.array(
    z.object({
      dimension: z.enum(["size", "gpuModel", "tenant"]),
      group: z.string(),
      jobs: z.number(),
      metrics: z.record(z.string(), number),
    }),
  ),
  curves: z.object({
    jctSecondsQuantiles: columnOfNumbers,
    jctSecondsByStretch: columnOfNumbers,
    jobs: z.number(),
  }),
  waits: z
    .object({
      timeMicros: columnOfNumbers,
      capacity: columnOfNumbers,
      scattered: columnOfNumbers,
      order: columnOfNumbers,
    })
    .nullable(),
});
export type RunFile = z.output<typeof runFile>;

const interval = z.object({ mean: number, halfWidth: number, low: number, high: number, count: z.number() });
const boundsFile = z.object({
  format,
  bounds: z.array(z.object({ load: z.number().nullable(), jctSecondsMean: interval, makespanSeconds: interval })),
});

const manifestFile = z.object({
  format,
  title: z.string(),
  description: z.string(),
  windtunnelVersion: z.string(),
  node: z.string(),
  engineSha256: z.string(),
  scenarioSha256: z.string(),
  scenarioText: z.string(),
  command: z.string(),
  provenance: z.object({
    dataset: z.string(),
    part: z.string(),
    digest: z.string(),
    licence: z.string(),
    citation: z.string(),
    assumptions: z.array(z.string()),
  }),
  assumptions: z.array(z.string()),
  runs: z.array(z.object({ id: z.string(), digest: z.string() })),
  digest: z.string(),
  machine: z.string(),
  startedAt: z.string(),
  wallSeconds: z.number(),
  workers: z.number(),
}) satisfies z.ZodType<Manifest>;

/** JSON writes typed arrays as objects: columns become lists. */
function plain(content: object): object {
  return JSON.parse(
    JSON.stringify(content, (_key, value) => (ArrayBuffer.isView(value) ? Array.from(value as Float64Array) : value)),
  );
}

/** A file of another format version, or no result at all: refused for that, and by name. */
export class OtherFormat extends Error {
  constructor(found: unknown) {
    super(
      typeof found === "number"
        ? `it is of format ${found}, and this version reads ${RESULT_FORMAT}`
        : "it is not a result of Windtunnel (it names no format)",
    );
  }
}

/** The text of a file with a checksum of everything in it, so that a hand that slipped is noticed. */
function seal(content: object, indent?: number): string {
  const checksum = digestOf(JSON.stringify(content));
  return `${JSON.stringify({ ...content, checksum }, null, indent)}\n`;
}

/** @throws Error if the file is not as it was written. */
function unseal(text: string): unknown {
  const parsed = JSON.parse(text) as Record<string, unknown>;
  if (typeof parsed !== "object" || parsed === null) return parsed;
  const { checksum, ...content } = parsed;
  if (content.format !== RESULT_FORMAT) throw new OtherFormat(content.format);
  if (checksum !== digestOf(JSON.stringify(content))) {
    throw new Error("it was changed after it was written (its checksum does not agree)");
  }
  return content;
}

function digestOf(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

export function formatRun(result: RunResult, rows: RunFile["rows"]): string {
  return seal(plain({ format: RESULT_FORMAT, ...result, rows }));
}

export function formatBounds(bounds: Experiment["bounds"]): string {
  return seal({ format: RESULT_FORMAT, bounds }, 2);
}

export function formatManifest(manifest: Manifest): string {
  return seal(manifest, 2);
}

/** @throws ZodError, SyntaxError, or Error for a broken seal; the store says which file. */
export const parseRun = (text: string): RunFile => runFile.parse(unseal(text));
export const parseBounds = (text: string): Experiment["bounds"] => boundsFile.parse(unseal(text)).bounds;
export const parseManifest = (text: string): Manifest => manifestFile.parse(unseal(text));

// From a model and GPUs to how long iterations take and what fits into memory: a published sweep where there is one, a
// roofline (Williams, Waterman and Patterson, 2009) elsewhere. Each profile says what it rests on. docs/models/llm-engine.md
// has the formulas.

import type { ProfileSetup } from "../../engine/services.js";
import { WindtunnelError } from "../../model/errors.js";
import { GPUS, type GpuSpec, MEASURED, type MeasuredSweep, MODELS, type ModelSpec } from "../../model/llm.js";
import type { ShareSpec } from "../../model/serving/share.js";
import { OPERATORS, type OperatorTable, VIDUR_TOKENS } from "../../model/vidur.js";
import { interpolated } from "./interpolation.js";
import { partOfGpu } from "./share.js";

export type TimesSource = "splitwise" | "sarathi" | "vidur" | "roofline";

export interface ReplicaSpec {
  model: string;
  gpu: string;
  tensorParallel: number;
  /** Bytes a weight, and a number of keys and values. */
  bytesPerNumber: number;
  /** Share of GPU memory that weights, keys and values may use. */
  memoryShare: number;
  /** Tokens of an iteration at most. */
  tokenBudget: number;
  batchMax: number;
  blockTokens: number;
  /** Share of blocks that an admission leaves free. */
  watermarkShare: number;
  /** Where iteration times come from; absent = a published sweep where there is one, else a roofline. */
  times?: TimesSource | undefined;
  /** The part of a GPU that it has; absent = whole GPUs. Its times are a roofline of that part. */
  share?: ShareSpec | undefined;
}

export interface ReplicaProfile {
  setup: ProfileSetup;
  source: "measured" | "roofline" | "given";
  contextTokensMax: number;
  weightsGib: number;
  /** Bytes of a block of memory, over all GPUs of a replica. */
  blockBytes: number;
  notes: string[];
}

/** Shares of the data sheet's figures that large kernels reach, and what an iteration costs besides, µs. */
const COMPUTE_SHARE = 0.6;
const BANDWIDTH_SHARE = 0.7;
const OVERHEAD_MICROS = 2000;
const GIB = 2 ** 30;

function find<T>(kind: string, table: Readonly<Record<string, T>>, name: string): T {
  const found = table[name];
  if (found) return found;
  throw new WindtunnelError(
    "SCENARIO_INVALID",
    `There is no ${kind} "${name}".`,
    `Known: ${Object.keys(table).join(", ")}.`,
  );
}

/** µs for each token of context that a decode reads, and for each pair of tokens that a prompt attends. */
function attention(model: ModelSpec, gpu: GpuSpec, spec: ReplicaSpec): { context: number; pair: number } {
  const bytes = 2 * model.layers * model.keyWidth * spec.bytesPerNumber;
  const flops = 4 * model.layers * model.hidden;
  return {
    context: bytes / (gpu.gigabytesPerSecond * 1e3 * BANDWIDTH_SHARE * spec.tensorParallel),
    pair: flops / (gpu.teraflops * 1e6 * COMPUTE_SHARE * spec.tensorParallel),
  };
}

function rooflineMicros(model: ModelSpec, gpu: GpuSpec, spec: ReplicaSpec): (tokens: number) => number {
  const weights = model.parameters * spec.bytesPerNumber;
  const read = weights / (gpu.gigabytesPerSecond * 1e3 * BANDWIDTH_SHARE * spec.tensorParallel);
  const perToken = (2 * model.parameters) / (gpu.teraflops * 1e6 * COMPUTE_SHARE * spec.tensorParallel);
  return (tokens) => OVERHEAD_MICROS + Math.max(read, perToken * tokens);
}

/** Means of neighbours until none falls: time cannot shrink with work (pool adjacent violators). */
function rising(points: readonly (readonly [number, number])[]): [number, number][] {
  const blocks: { xs: number[]; mean: number }[] = [];
  for (const [x, y] of points) {
    let block = { xs: [x], mean: y };
    while (blocks.length > 0 && blocks.at(-1)!.mean > block.mean) {
      const last = blocks.pop()!;
      const size = last.xs.length + block.xs.length;
      const mean = (last.mean * last.xs.length + block.mean * block.xs.length) / size;
      block = { xs: [...last.xs, ...block.xs], mean };
    }
    blocks.push(block);
  }
  return blocks.flatMap(({ xs, mean }) => xs.map((x): [number, number] => [x, mean]));
}

/** A sweep without what it takes to read contexts and to attend prompts, by tokens; and the former, µs for each token read. */
function sweepMicros(sweep: MeasuredSweep, computed: number, pair: number) {
  const held = sweep.sweepPromptTokens + sweep.sweepOutputTokens / 2;
  const prompts = sweep.promptMillis.map(([n, ms]) => [n, ms * 1000 - (pair * n * (n + 1)) / 2] as const);
  const promptOf = (n: number) => prompts.find(([tokens]) => tokens === n)?.[1];
  // a batch of as many tokens as some prompt differs from it by the contexts that it reads
  const both = sweep.tokenMillis.find(([n]) => promptOf(n) !== undefined);
  const context = both ? (both[1] * 1000 - promptOf(both[0])!) / (both[0] * held) : computed;
  const decodes = sweep.tokenMillis
    .filter(([n]) => promptOf(n) === undefined)
    .map(([n, ms]) => [n, ms * 1000 - context * n * held] as const);
  return { context, micros: interpolated(rising([...decodes, ...prompts])), readsOf: both?.[0] };
}

interface Times {
  /** By tokens of an iteration, µs. */
  micros: (tokens: number) => number;
  /** For each token of context that a decode reads, µs, where that was measured too. */
  context?: number;
  isMeasured: boolean;
  /** Where they are from, and where they go beyond what was measured. */
  notes: string[];
}

const SWEEP_SOURCES = {
  splitwise: "medians measured for Splitwise",
  sarathi: "batch times measured for Sarathi-Serve",
};

function sweepTimes(
  sweep: MeasuredSweep,
  spec: ReplicaSpec,
  where: string,
  own: { context: number; pair: number },
): Times {
  const [batchMost, promptMost] = [sweep.tokenMillis.at(-1)![0], sweep.promptMillis.at(-1)![0]];
  const beyond = spec.batchMax > batchMost || spec.tokenBudget > promptMost;
  const { micros, context, readsOf } = sweepMicros(sweep, own.context, own.pair);
  const reading =
    readsOf === undefined
      ? "reading of contexts and attention of prompts are computed"
      : `reading of contexts is what ${readsOf} decodes take longer than a prompt of ${readsOf} tokens, attention of prompts is computed`;
  return {
    micros,
    context,
    isMeasured: true,
    notes: [
      `Iteration times of ${where} are ${SWEEP_SOURCES[sweep.source]} (1 to ${batchMost} decodes, prompts of ${sweep.promptMillis[0]![0]} to ${promptMost} tokens), straight lines between; ${reading}.`,
      ...(beyond
        ? [
            `Batches of more than ${batchMost} requests or ${promptMost} tokens of ${where} are beyond what was measured.`,
          ]
        : []),
    ],
  };
}

function vidurTimes({ millis }: OperatorTable, spec: ReplicaSpec, where: string): Times {
  const most = VIDUR_TOKENS.at(-1)!;
  const between = interpolated(VIDUR_TOKENS.map((n, i) => [n, millis[i]! * 1000] as const));
  return {
    micros: (tokens) => OVERHEAD_MICROS + between(tokens),
    isMeasured: true,
    notes: [
      `Iteration times of ${where} are sums of Vidur's measured operators (1 to ${most} tokens), straight lines between, and ${OVERHEAD_MICROS / 1000} ms besides for what is not in its tables; reading of contexts and attention of prompts are computed.`,
      ...(spec.tokenBudget > most
        ? [`Iterations of more than ${most} tokens of ${where} are beyond what was measured.`]
        : []),
    ],
  };
}

/** Where iteration times come from. Throws SCENARIO_INVALID if the source that is asked for has none. */
function timesOf(spec: ReplicaSpec, model: ModelSpec, gpu: GpuSpec, own: { context: number; pair: number }): Times {
  const where = `${spec.model} on ${spec.share ? "a part of a" : `${spec.tensorParallel} x`} ${spec.gpu}`;
  const isThis = (m: { model: string; gpu: string; tensorParallel: number }) =>
    m.model === spec.model &&
    m.gpu === spec.gpu &&
    m.tensorParallel === spec.tensorParallel &&
    !spec.share &&
    spec.bytesPerNumber === 2;
  const { times } = spec;
  const sweep = MEASURED.find(isThis);
  if (sweep && (times === undefined || times === sweep.source)) return sweepTimes(sweep, spec, where, own);
  const operators = OPERATORS.find(isThis);
  if (operators && times === "vidur") return vidurTimes(operators, spec, where);
  if (times !== undefined && times !== "roofline") {
    const known = (times === "vidur" ? OPERATORS : MEASURED.filter(({ source }) => source === times)).map(
      (m) => `${m.model} on ${m.tensorParallel} x ${m.gpu}`,
    );
    throw new WindtunnelError(
      "SCENARIO_INVALID",
      `times: ${times} has nothing of ${where} at ${spec.bytesPerNumber} bytes a number.`,
      `It has, at 2 bytes: ${known.join("; ")}.`,
    );
  }
  return {
    micros: rooflineMicros(model, gpu, spec),
    isMeasured: false,
    notes: [
      `Iteration times of ${where} are not measured: a roofline at ${COMPUTE_SHARE * 100} % of the GPU's throughput, ${BANDWIDTH_SHARE * 100} % of its bandwidth and ${OVERHEAD_MICROS / 1000} ms besides.`,
    ],
  };
}

/** Throws SCENARIO_INVALID if the model or GPU is not known, or the weights do not fit. */
export function buildProfile(spec: ReplicaSpec): ReplicaProfile {
  const model = find("model", MODELS, spec.model);
  const gpu = partOfGpu(find("GPU", GPUS, spec.gpu), spec.share);
  const computed = attention(model, gpu, spec);
  const { pair } = computed;
  const { micros, isMeasured, notes, context = computed.context } = timesOf(spec, model, gpu, computed);
  const weightsGib = (model.parameters * spec.bytesPerNumber) / GIB;
  const freeGib = gpu.memoryGib * spec.tensorParallel * spec.memoryShare - weightsGib;
  const blockBytes = 2 * model.layers * model.keyWidth * spec.bytesPerNumber * spec.blockTokens;
  const blocks = Math.floor((freeGib * GIB) / blockBytes);
  if (blocks < 1) {
    throw new WindtunnelError(
      "SCENARIO_INVALID",
      `${spec.model} does not fit on ${spec.share ? "this part of a" : `${spec.tensorParallel} x`} ${spec.gpu}: its weights take ${weightsGib.toFixed(1)} GiB of ${(weightsGib + freeGib).toFixed(1)} GiB.`,
      "Use more GPUs a replica (tensorParallel), larger ones, or fewer bytes a number.",
    );
  }
  return {
    setup: {
      microsByTokens: Float64Array.from({ length: spec.tokenBudget + 1 }, (_, n) => (n === 0 ? 0 : micros(n))),
      microsPerContextToken: context,
      microsPerPair: pair,
      batchMax: Math.min(spec.batchMax, spec.tokenBudget),
      blocks,
      watermarkBlocks: Math.ceil(blocks * spec.watermarkShare),
      blockTokens: spec.blockTokens,
    },
    source: isMeasured ? "measured" : "roofline",
    contextTokensMax: model.contextTokens,
    weightsGib,
    blockBytes,
    notes,
  };
}

// Language models and GPUs as a roofline needs them, and iteration times as published. Sources: NVIDIA's data sheets (dense
// 16-bit tensor throughput, memory and bandwidth), the models' own configuration files, and the sweeps of Splitwise and Sarathi-Serve.

export interface GpuSpec {
  memoryGib: number;
  teraflops: number;
  gigabytesPerSecond: number;
}

export const GPUS: Readonly<Record<string, GpuSpec>> = {
  "h100-80gb": { memoryGib: 80, teraflops: 989, gigabytesPerSecond: 3350 },
  "a100-80gb": { memoryGib: 80, teraflops: 312, gigabytesPerSecond: 2039 },
  "a100-80gb-pcie": { memoryGib: 80, teraflops: 312, gigabytesPerSecond: 1935 },
  a40: { memoryGib: 48, teraflops: 150, gigabytesPerSecond: 696 },
  a10: { memoryGib: 24, teraflops: 125, gigabytesPerSecond: 600 },
  l4: { memoryGib: 24, teraflops: 121, gigabytesPerSecond: 300 },
  t4: { memoryGib: 16, teraflops: 65, gigabytesPerSecond: 320 },
};

export interface ModelSpec {
  parameters: number;
  layers: number;
  hidden: number;
  /** Width of keys, and of values, of one token in one layer. */
  keyWidth: number;
  contextTokens: number;
}

export const MODELS: Readonly<Record<string, ModelSpec>> = {
  "llama3.2-1b": { parameters: 1.24e9, layers: 16, hidden: 2048, keyWidth: 512, contextTokens: 131072 },
  "llama3.2-3b": { parameters: 3.21e9, layers: 28, hidden: 3072, keyWidth: 1024, contextTokens: 131072 },
  "llama2-7b": { parameters: 6.74e9, layers: 32, hidden: 4096, keyWidth: 4096, contextTokens: 4096 },
  "llama3-8b": { parameters: 8.03e9, layers: 32, hidden: 4096, keyWidth: 1024, contextTokens: 131072 },
  "llama2-13b": { parameters: 13.0e9, layers: 40, hidden: 5120, keyWidth: 5120, contextTokens: 4096 },
  "yi-34b": { parameters: 34.39e9, layers: 60, hidden: 7168, keyWidth: 1024, contextTokens: 200000 },
  "llama2-70b": { parameters: 69.0e9, layers: 80, hidden: 8192, keyWidth: 1024, contextTokens: 4096 },
  "llama3-70b": { parameters: 70.6e9, layers: 80, hidden: 8192, keyWidth: 1024, contextTokens: 131072 },
  "bloom-176b": { parameters: 176e9, layers: 70, hidden: 14336, keyWidth: 14336, contextTokens: 2048 },
};

/** Medians of a measured sweep, ms: prompts of one request by tokens, and a token by requests in the batch. */
export interface MeasuredSweep {
  source: "splitwise" | "sarathi";
  model: string;
  gpu: string;
  tensorParallel: number;
  promptMillis: readonly (readonly [tokens: number, millis: number])[];
  tokenMillis: readonly (readonly [batch: number, millis: number])[];
  /** Of every request in the sweep over batches: its prompt, and the tokens that it was asked for. */
  sweepPromptTokens: number;
  sweepOutputTokens: number;
}

const PROMPTS = [128, 256, 512, 1024, 2048, 4096, 8192];
const BATCHES = [1, 2, 4, 8, 16, 32, 64];

function sweep(name: string, promptMillis: readonly number[], tokenMillis: readonly number[]): MeasuredSweep {
  const [model, gpu, tensorParallel] = name.split(" ") as [string, string, string];
  return {
    source: "splitwise",
    sweepPromptTokens: 512,
    sweepOutputTokens: 128,
    model,
    gpu,
    tensorParallel: Number(tensorParallel),
    promptMillis: PROMPTS.map((tokens, i) => [tokens, promptMillis[i]!] as const),
    tokenMillis: BATCHES.map((batch, i) => [batch, tokenMillis[i]!] as const),
  };
}

/**
 * Batch times published with Sarathi-Serve (Agrawal et al., OSDI 2024, figure 2; Apache-2.0), rounded to 10 µs: which model and GPUs
 * they are of is said in the description of that experiment in its repository, Yi-34B (200K) on two A100 80GB PCIe that NVLink
 * connects. The prompt of 256 tokens is left out: it was the first batch of the run, and took longer than twice as many.
 */
const SARATHI: MeasuredSweep = {
  source: "sarathi",
  model: "yi-34b",
  gpu: "a100-80gb-pcie",
  tensorParallel: 2,
  promptMillis: [
    [128, 48.09],
    [512, 105.58],
    [1024, 214.3],
    [2048, 366.03],
    [4096, 757.6],
    [8192, 1863.26],
    [16384, 4407.5],
  ],
  tokenMillis: [
    [1, 46.8],
    [2, 47.5],
    [4, 48.85],
    [8, 69.68],
    [16, 77.25],
    [32, 87.9],
    [64, 127.81],
    [128, 189.33],
  ],
  sweepPromptTokens: 1020,
  sweepOutputTokens: 4,
};

/**
 * Medians of the sweeps published with Splitwise (Patel et al., ISCA 2024; perf_model.csv, MIT licence), rounded to 10 µs, and
 * Sarathi-Serve's. Splitwise's with two GPUs are left out: their times fall between 32 and 64 requests, where memory ran out.
 */
export const MEASURED: readonly MeasuredSweep[] = [
  sweep(
    "llama2-70b h100-80gb 8",
    [58.19, 51.66, 53.39, 77.91, 136.8, 390.29, 844.89],
    [29.76, 30.26, 31.79, 32.5, 34.17, 38.62, 50.16],
  ),
  sweep(
    "llama2-70b h100-80gb 4",
    [49.09, 50.98, 59.62, 105.61, 200.68, 463.46, 953.58],
    [29.72, 29.98, 29.92, 31.44, 32.84, 36.88, 52.36],
  ),
  sweep(
    "llama2-70b a100-80gb 8",
    [65.35, 66.76, 94.31, 154.46, 274.22, 661.22, 1549.82],
    [44.85, 44.56, 45.79, 46.47, 50.44, 53.02, 71.61],
  ),
  sweep(
    "llama2-70b a100-80gb 4",
    [63.65, 78.57, 126.96, 227.08, 403.33, 965.15, 2278.45],
    [44.99, 45.0, 45.09, 45.8, 48.52, 52.35, 72.95],
  ),
  sweep(
    "bloom-176b h100-80gb 8",
    [48.28, 51.18, 75.49, 132.62, 253.11, 688.7, 1535.4],
    [36.11, 36.91, 38.06, 38.14, 40.64, 45.84, 63.82],
  ),
  sweep(
    "bloom-176b a100-80gb 8",
    [79.67, 99.16, 173.81, 289.19, 540.41, 1348.17, 3593.17],
    [48.76, 49.99, 51.0, 52.95, 57.34, 65.38, 96.58],
  ),
  SARATHI,
];

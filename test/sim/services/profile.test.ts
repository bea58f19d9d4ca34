import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { GPUS, MEASURED, MODELS } from "#src/model/llm.js";
import { OPERATORS, VIDUR_TOKENS } from "#src/model/vidur.js";
import { buildProfile } from "#src/sim/services/profile.js";
import { testOnRecords } from "../../replay/real-data.js";

const H100 = {
  model: "llama2-70b",
  gpu: "h100-80gb",
  tensorParallel: 8,
  bytesPerNumber: 2,
  memoryShare: 0.9,
  tokenBudget: 8192,
  batchMax: 64,
  blockTokens: 16,
  watermarkShare: 0.01,
};

const median = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1]!;

testOnRecords("measured iteration times are the medians of the record", async ({ dataFolder }) => {
  const text = await readFile(join(dataFolder, "splitwise-perf/perf_model.csv"), "utf8");
  const [head, ...lines] = text.trim().split("\n");
  const at = (name: string) => head!.trim().split(",").indexOf(name);
  const rows = lines.map((line) => line.trim().split(","));
  const value = (row: string[], name: string) => Number(row[at(name)]);
  for (const { model, gpu, tensorParallel, promptMillis, tokenMillis } of MEASURED.filter(
    (m) => m.source === "splitwise",
  )) {
    const own = rows.filter(
      (r) => r[at("model")] === model && r[at("hardware")] === gpu && value(r, "tensor_parallel") === tensorParallel,
    );
    const where = (prompt: number, batch: number) =>
      own.filter(
        (r) => value(r, "prompt_size") === prompt && value(r, "batch_size") === batch && value(r, "token_size") === 128,
      );
    for (const [tokens, ms] of promptMillis)
      expect(median(where(tokens, 1).map((r) => value(r, "prompt_time")))).toBeCloseTo(ms, 1);
    for (const [batch, ms] of tokenMillis)
      expect(median(where(512, batch).map((r) => value(r, "token_time")))).toBeCloseTo(ms, 1);
  }
});

testOnRecords(
  "batch times of Sarathi-Serve are those of its figure 2, less its first batch",
  async ({ dataFolder }) => {
    const sweep = MEASURED.find(({ source }) => source === "sarathi")!;
    for (const [file, points, key] of [
      ["decode", sweep.tokenMillis, "batch_num_decode_tokens"],
      ["prefill", sweep.promptMillis, "batch_num_prefill_tokens"],
    ] as const) {
      const text = await readFile(join(dataFolder, `sarathi-osdi24/figure-2/${file}.csv`), "utf8");
      const [head, ...rows] = text
        .trim()
        .split("\n")
        .map((line) => line.trim().split(","));
      const value = (row: string[], name: string) => Number(row[head!.indexOf(name)]);
      const published = rows
        .filter((row) => value(row, "Batch Id") > 0)
        .map((row) => [value(row, key), value(row, "batch_execution_time") * 1e3]);
      expect(published.map(([n]) => n)).toEqual(points.map(([n]) => n));
      points.forEach(([, millis], i) => {
        expect(Math.abs(millis - published[i]![1]!)).toBeLessThan(0.0051);
      });
    }
  },
);

it("takes reading of contexts from a sweep that has a prompt and a batch of as many tokens", () => {
  const sarathi = {
    ...H100,
    model: "yi-34b",
    gpu: "a100-80gb-pcie",
    tensorParallel: 2,
    batchMax: 128,
    tokenBudget: 16384,
  };
  const { setup, notes } = buildProfile(sarathi);
  // 128 decodes of 1,022 tokens take 189.33 ms, a prompt of 128 tokens 48.09 ms, of which 4 x 60 x 7168 FLOP a pair at 60 % of 2 x 312 TFLOPS
  const attended = (128 * 129 * 0.5 * 4 * 60 * 7168) / (312e6 * 0.6 * 2);
  expect(setup.microsPerContextToken).toBeCloseTo((189_330 - 48_090 + attended) / (128 * 1022), 6);
  expect(notes[0]).toMatch(/Sarathi-Serve .*what 128 decodes take longer/);
  expect(buildProfile({ ...sarathi, times: "roofline" }).setup.microsPerContextToken).toBeLessThan(0.1);
  expect(() => buildProfile({ ...sarathi, tensorParallel: 1, times: "sarathi" })).toThrow(/has nothing of yi-34b on 1/);
});

describe("a profile", () => {
  it("gives the measured times back where they rise, and never falls with more tokens", () => {
    const { setup, source } = buildProfile(H100);
    expect(source).toBe("measured");
    const sweep = MEASURED[0]!;
    const attended = (n: number) => (setup.microsPerPair * n * (n + 1)) / 2;
    for (const [tokens, ms] of sweep.promptMillis.filter(([n]) => n >= 1024))
      expect((setup.microsByTokens[tokens]! + attended(tokens)) / 1000).toBeCloseTo(ms, 6);
    for (const [batch, ms] of sweep.tokenMillis)
      expect(
        (setup.microsByTokens[batch]! +
          setup.microsPerContextToken * batch * (sweep.sweepPromptTokens + sweep.sweepOutputTokens / 2)) /
          1000,
      ).toBeCloseTo(ms, 6);
    for (let n = 2; n < setup.microsByTokens.length; n++)
      expect(setup.microsByTokens[n]!).toBeGreaterThanOrEqual(setup.microsByTokens[n - 1]! - 1e-6);
  });

  it("of a GPU that was not measured is a roofline, and says so", () => {
    const { setup, source, notes } = buildProfile({ ...H100, model: "llama3-8b", gpu: "l4", tensorParallel: 1 });
    expect(source).toBe("roofline");
    expect(notes[0]).toContain("not measured");
    // one token: all weights are read once at 70 % of 300 GB/s
    const weights = (MODELS["llama3-8b"]!.parameters * 2) / (GPUS.l4!.gigabytesPerSecond * 1e3 * 0.7);
    expect(setup.microsByTokens[1]).toBeCloseTo(2000 + weights, 6);
    // memory: 24 GiB x 0.9 less 16.06e9 bytes, in blocks of 16 tokens of 128 KiB
    expect(setup.blocks).toBe(Math.floor((24 * 0.9 * 2 ** 30 - 16.06e9) / (16 * 131072)));
  });

  it("that does not fit, or is not known, is refused with what to do", () => {
    const build = (further: Partial<typeof H100>) => () => buildProfile({ ...H100, ...further });
    expect(build({ tensorParallel: 1 })).toThrow(/does not fit on 1 x h100-80gb: its weights take 128\.5 GiB/);
    expect(build({ model: "llama9" })).toThrow(/no model "llama9"/);
    expect(build({ gpu: "h1000" })).toThrow(/no GPU "h1000"/);
  });
});

type Rows = Record<string, number>[];

/** Median time of an all-reduce within a node by bytes, ms: means of repeats, straight lines between. */
async function allReduces(read: (path: string) => Promise<Rows>, gpu: string, workers: number) {
  const own = (await read(`network/${gpu.split("-")[0]}_dgx/all_reduce.csv.gz`)).filter(
    (r) => r.num_workers === workers && r.devices_per_node === workers,
  );
  const bySize = new Map<number, number[]>();
  for (const r of own) bySize.set(r.size!, [...(bySize.get(r.size!) ?? []), r["time_stats.all_reduce.median"]!]);
  const points = [...bySize]
    .map(([size, all]) => [size, all.reduce((a, b) => a + b, 0) / all.length] as const)
    .sort((a, b) => a[0] - b[0]);
  return (bytes: number) => {
    const i = points.findIndex(([size]) => size >= bytes);
    const [to, after] = points[i]!;
    if (to === bytes) return after;
    const [from, before] = points[i - 1]!;
    return before + ((after - before) * (bytes - from)) / (to - from);
  };
}

testOnRecords(
  "Vidur's operators, as they are kept and as they are served, are those of its tables",
  async ({ dataFolder }) => {
    const folder = join(dataFolder, "vidur/profiling");
    const read = async (path: string) => {
      const [head, ...lines] = gunzipSync(await readFile(join(folder, path)))
        .toString("utf8")
        .trim()
        .split("\n");
      const names = head!.trim().split(",");
      return lines.map((line) =>
        Object.fromEntries(
          line
            .trim()
            .split(",")
            .map((text, i) => [names[i]!, Number(text)]),
        ),
      );
    };
    const models: Record<string, string> = {
      "llama2-7b": "meta-llama/Llama-2-7b-hf",
      "llama3-8b": "meta-llama/Meta-Llama-3-8B",
      "llama2-70b": "meta-llama/Llama-2-70b-hf",
      "llama3-70b": "meta-llama/Meta-Llama-3-70B",
    };
    const operators =
      "input_layernorm attn_pre_proj attn_rope attn_post_proj post_attention_layernorm mlp_up_proj mlp_act mlp_down_proj add add".split(
        " ",
      );
    for (const { model, gpu, tensorParallel, millis } of OPERATORS) {
      const link = tensorParallel > 1 ? await allReduces(read, gpu, tensorParallel) : () => 0;
      const rows = await read(`compute/${gpu.split("-")[0]}/${models[model]}/mlp.csv.gz`);
      const { layers, hidden } = MODELS[model]!;
      const served = buildProfile({ ...H100, model, gpu, tensorParallel, tokenBudget: 4096, times: "vidur" }).setup;
      VIDUR_TOKENS.forEach((n, i) => {
        const own = rows.filter((r) => r.num_tokens === n && r.num_tensor_parallel_workers === tensorParallel);
        const of = (r: Record<string, number>, what: string) =>
          operators.reduce((sum, o) => sum + r[`time_stats.${o}.${what}`]!, 0) * layers + r[`time_stats.emb.${what}`]!;
        // two all-reduces a layer, of two bytes for each number
        const link2 = 2 * layers * link(2 * hidden * n);
        const middle = own.map((r) => of(r, "median")).reduce((a, b) => a + b, 0) / own.length + link2;
        // steps of 10 µs
        expect(Math.abs(millis[i]! - middle)).toBeLessThan(0.0051);
        // what is served, less the 2 ms besides, lies between the least and the most that was measured
        const micros = served.microsByTokens[n]! - 2000 - link2 * 1000;
        expect(micros).toBeGreaterThanOrEqual(Math.min(...own.map((r) => of(r, "min"))) * 1000 - 5.1);
        expect(micros).toBeLessThanOrEqual(Math.max(...own.map((r) => of(r, "max"))) * 1000 + 5.1);
      });
    }
  },
);

it("times of a source that has none of a model are refused, with those that it has", () => {
  expect(() => buildProfile({ ...H100, model: "bloom-176b", times: "vidur" })).toThrow(/has nothing of bloom-176b/);
  const vidur = buildProfile({ ...H100, tokenBudget: 8192, times: "vidur" });
  expect(vidur.notes.join(" ")).toMatch(/beyond what was measured/);
  expect(vidur.setup.microsByTokens[1]).toBeCloseTo(2000 + 12_840, 0);
});

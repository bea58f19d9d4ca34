import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { MICROS_PER_SECOND } from "../../src/model/units.js";
import { DATASETS, traceName, traceNames } from "../../src/replay/datasets.js";
import { loadDemand, loadFleet, loadRates, loadRequests, loadTrace } from "../../src/replay/load.js";
import { countsOf, gpuHoursTotal } from "../../src/replay/totals.js";
import { HOUR, ITP_HEADER, packedDataset, packTarGz, temporaryFolder, traceAt } from "./fixtures.js";
import { testOnRecords } from "./real-data.js";

const CSV = `${ITP_HEADER}\na,5,600,2\nb,6,1200,1\nc,7,0,1\n`;

describe("a trace that is not there", () => {
  const nowhere = { dataFolder: temporaryFolder(), cacheFolder: temporaryFolder() };

  test.each([
    ["itp/cluster2", "itp/cluster02"],
    ["itp", "itp/cluster01"],
    ["Philly", "philly"],
  ])("of unknown name %s is answered with a known one", async (name, nearest) => {
    await expect(loadTrace(name, nowhere)).rejects.toMatchObject({
      code: "TRACE_UNKNOWN",
      message: `There is no data set "${name}"; the nearest name is "${nearest}".`,
      hint: expect.stringMatching(/itp\/cluster01, itp\/cluster02|itp, itp-deadlines/),
    });
  });

  test("is named with the path looked for and what to do", async () => {
    await expect(loadTrace("philly", nowhere)).rejects.toMatchObject({
      code: "TRACE_NOT_FOUND",
      message: expect.stringContaining(join(nowhere.dataFolder, "philly-sia/philly.csv")),
      hint: expect.stringMatching(/WINDTUNNEL_DATA.*generated stand-in/),
    });
  });

  test("inside its archive is named too", async () => {
    const options = await packedDataset(CSV, await packTarGz([{ name: "other.csv", text: CSV }]));
    await expect(loadTrace("made-up/part", options)).rejects.toMatchObject({
      code: "TRACE_NOT_FOUND",
      message: expect.stringMatching(/part\.csv\.$/),
    });
  });

  test("because its archive is cut short is reported as unreadable", async () => {
    const options = await packedDataset(CSV, (await packTarGz([{ name: "part.csv", text: CSV }])).subarray(0, 60));
    await expect(loadTrace("made-up/part", options)).rejects.toMatchObject({ code: "TRACE_UNREADABLE" });
  });
});

describe("a loaded trace", () => {
  test("lists what was rejected and says so, and that the file is not the registered one", async () => {
    const trace = await loadTrace("made-up/part", await packedDataset(CSV));
    expect(trace.jobs.count).toBe(2);
    expect(trace.rejected).toHaveLength(1);
    expect(trace.provenance.assumptions).toEqual([
      "Users are not recorded.",
      expect.stringMatching(
        /^The file made-up.raw.part\.csv is not the registered one: its SHA-256 is [0-9a-f]{64}, the registry has 0{64};/,
      ),
      "1 row of the record could not be used and is left out.",
    ]);
  });

  test("is refused under strict if a row is", async () => {
    const options = { ...(await packedDataset(CSV)), strict: true };
    await expect(loadTrace("made-up/part", options)).rejects.toMatchObject({ code: "TRACE_ROW_INVALID" });
  });

  test("holds at most so many jobs, from the start, and says so", async () => {
    const trace = await loadTrace("made-up/part", { ...(await packedDataset(CSV)), jobs: 1 });
    expect([...trace.jobs.runMicros]).toEqual([600 * MICROS_PER_SECOND]);
    expect(trace.provenance.assumptions).toContain("Only the first 1 of 2 jobs are used.");
  });
});

test("GPU-hours count every task and shares of a GPU", () => {
  const { jobs } = traceAt([0, 1, 2], [HOUR, HOUR / 2, 2 * HOUR]);
  jobs.tasks.set([4, 1, 1]);
  jobs.gpuMilli[2] = 250;
  expect(gpuHoursTotal(jobs)).toBe(4 + 0.5 + 0.5);
});

describe("the registry", () => {
  test("names every trace once", () => {
    expect(new Set(traceNames()).size).toBe(traceNames().length);
  });

  test("holds the parts and counts that the sources have", () => {
    const summary = Object.fromEntries(
      DATASETS.map((d) => [d.name, [d.parts.length, d.parts.reduce((sum, part) => sum + part.count, 0)]]),
    );
    expect(summary).toEqual({
      itp: [6, 32_211],
      "itp-deadlines": [7, 32_211 + 195],
      philly: [1, 82_247],
      openb: [23, 192_133],
      gavel: [75, 5 * 15_264],
      "gavel-physical": [8, 287],
      pollux: [40, 8 * (160 + 80 + 240 + 320 + 160)],
      sia: [78, 8 * 160 + 10 * 160 + 10 * 960 + 10 * (80 + 160 + 240 + 320 + 400)],
      gaia: [4, 99_998 + 99_988 + 100_000 + 1_000],
      tiresias: [1, 60],
      elasticflow: [4, 100 + 876 + 195 + 5],
      "alibaba-dlrm": [1, 23_871],
      "openb-nodes": [2, 1_523 + 1_213],
      "alibaba-spot-nodes": [1, 4_278],
      "tiresias-clusters": [4, 1 + 32 + 160 + 256],
      "elasticflow-cluster": [1, 16],
      "helios-nodes": [1, 135],
      "philly-nodes": [1, 352],
      "helios-venus": [2, 2 * 26_064],
      servegen: [5, 648_576],
      "alibaba-genai-qps": [1, 24_627],
      "azure-llm": [2, 8_819 + 19_366],
      mooncake: [2, 12_031 + 3_993],
      "alibaba-genai-requests": [1, 26_823],
    });
  });

  test("gives each data set an address, a licence, a citation and what it lacks", () => {
    for (const dataset of DATASETS) {
      expect(dataset.address).toMatch(/^https:\/\//);
      expect(dataset.licence).not.toBe("");
      expect(dataset.citation).toMatch(/20\d\d/);
      expect(dataset.missing.length * dataset.assumptions.length * dataset.quirks.length).toBeGreaterThan(0);
    }
  });
});

// Counts and sums of the registry were taken from the files by another program; here they are imported. Of the families
// of many equal lists every ninth is, to stay quick; `windtunnel trace check` does them all.
describe.each(
  DATASETS.flatMap((dataset) =>
    dataset.parts
      .filter((_, i) => !["gavel", "sia", "pollux"].includes(dataset.name) || i % 9 === 0)
      .map((part) => ({ name: traceName(dataset, part), part })),
  ),
)("the record $name", ({ name, part }) => {
  testOnRecords("has its rows, sum and digest, and no unusable row", async (options) => {
    const demand = await loadDemand(name, { ...options, strict: true });
    const { count, total } = countsOf(demand);
    expect(count).toBe(part.count);
    expect(Math.abs(total - part.total)).toBeLessThan(1e-6 * part.total + 1e-3);
    expect(demand.provenance.assumptions.join()).not.toContain("not the registered one");
    if (demand.kind !== "jobs") return;
    const { submitMicros } = demand.jobs;
    expect(submitMicros[0]).toBe(0);
    expect(submitMicros.every((micros, i) => i === 0 || micros >= submitMicros[i - 1]!)).toBe(true);
  });
});

// What the sources' own descriptions, or others who read them, say.
describe.each([
  { name: "itp/cluster01", gpuHours: 22_740.1, gpusMax: 64, tenants: 1 },
  { name: "itp/cluster04", gpuHours: 705_682.9, gpusMax: 64, tenants: 1 },
  { name: "itp/cluster05", gpuHours: 14_303.1, gpusMax: 8, tenants: 1 },
  { name: "philly", gpuHours: 978_078.47, gpusMax: 128, tenants: 15 },
  { name: "gaia/pai-100k", gpuHours: 1_011_245.85, gpusMax: 400, tenants: 1 },
  { name: "gaia/azure-100k", gpuHours: 1_407_948.0, gpusMax: 30, tenants: 1 },
  { name: "elasticflow/philly_103959", gpuHours: 42_816.08, gpusMax: 4, tenants: 1 },
])("the record $name", ({ name, gpuHours, gpusMax, tenants }) => {
  testOnRecords("has the published GPU-hours, sizes and tenants", async (options) => {
    const trace = await loadTrace(name, options);
    expect(Math.abs(gpuHoursTotal(trace.jobs) - gpuHours)).toBeLessThan(0.06);
    expect(trace.jobs.tasks.reduce((a, b) => Math.max(a, b))).toBe(gpusMax);
    expect(trace.names.tenants).toHaveLength(tenants);
  });
});

describe.each([
  ["default", 6_086_800],
  ["cpu250", 6_086_800],
  ["gpushare40", 5_641_250],
  ["gpushare60", 4_908_340],
  ["multigpu20", 7_086_800],
  ["gpuspec33", 6_086_800],
])("the record openb/%s", (list, gpuMilli) => {
  testOnRecords("asks for the published sum of GPU, and waited as recorded", async (options) => {
    const { jobs, names } = await loadTrace(`openb/${list}`, options);
    expect(jobs.gpuMilli.reduce((sum, milli, i) => sum + milli * jobs.tasks[i]!, 0)).toBe(gpuMilli);
    const waits = [...jobs.waitMicros].filter((wait) => !Number.isNaN(wait)).sort((a, b) => a - b);
    if (list === "default") {
      expect(waits).toHaveLength(8_152 - 897);
      expect(waits.reduce((sum, wait) => sum + wait, 0) / waits.length / 1e6).toBeCloseTo(61.3, 1);
      expect([waits[waits.length >> 1], waits.at(-1)]).toEqual([2e6, 14_330e6]);
      expect(jobs.endStatus.filter((status) => status === 2)).toHaveLength(897);
    }
    expect(names.gpuModels.length > 0).toBe(list === "gpuspec33");
  });
});

testOnRecords("pods keep their names where they are wanted, in the order of their creation", async (options) => {
  const { jobs, names } = await loadTrace("openb/cpu037", { ...options, jobNames: true });
  expect(names.jobs).toHaveLength(jobs.count);
  expect(new Set(names.jobs).size).toBe(jobs.count);
  const byName = [...names.jobs!].sort();
  expect(byName[0]).toBe("openb-pod-0000");
  // the file is in the order of names, the table in that of creation
  expect(names.jobs).not.toEqual(byName);
  const first = await loadTrace("openb/default", { ...options, jobNames: true, jobs: 3 });
  expect(first.names.jobs).toEqual(["openb-pod-0000", "openb-pod-0001", "openb-pod-0002"]);
  expect((await loadTrace("openb/default", options)).names.jobs).toBeUndefined();
});

testOnRecords("the record alibaba-dlrm has the instances and delays that others counted", async (options) => {
  const { jobs } = await loadTrace("alibaba-dlrm", options);
  const waits = [...jobs.waitMicros].filter((wait) => !Number.isNaN(wait));
  expect(waits).toHaveLength(16_591);
  expect(waits.filter((wait) => wait === 0)).toHaveLength(10_875);
  expect(waits.reduce((sum, wait) => sum + wait, 0) / waits.length / 1e6).toBeCloseTo(187.93, 2);
  expect(Math.max(...waits)).toBe(238_116e6);
  expect(jobs.gpuMilli.filter((milli) => milli === 1000)).toHaveLength(7_386);
});

testOnRecords("the fleets have the published models, CPU and GPUs", async (options) => {
  const { names, nodes } = await loadFleet("openb-nodes/all", options);
  const gpusOf = Object.fromEntries(names.gpuModels.map((model) => [model, 0]));
  nodes.model.forEach((model, i) => {
    if (model >= 0) gpusOf[names.gpuModels[model]!]! += nodes.gpus[i]!;
  });
  expect(gpusOf).toEqual({ G2: 4392, T4: 842, G3: 312, P100: 265, V100M32: 204, V100M16: 195, A10: 2 });
  expect(nodes.cpuMilli.reduce((a, b) => a + b)).toBe(125_514_000);
  const spot = await loadFleet("alibaba-spot-nodes", options);
  expect(spot.nodes.cpuMilli.reduce((a, b) => a + b)).toBe(632_636_000);
});

testOnRecords("the rates of m-large have the published mean and extremes", async (options) => {
  const { rates, names } = await loadRates("servegen/m-large", options);
  const totals = new Map<number, number>();
  rates.startMicros.forEach((start, i) => {
    totals.set(start, (totals.get(start) ?? 0) + rates.perSecond[i]!);
  });
  const all = [...totals.values()];
  expect([names.series.length, all.length]).toEqual([162, 2_016]);
  expect(all.reduce((a, b) => a + b) / all.length).toBeCloseTo(195.84, 2);
  expect([Math.min(...all), Math.max(...all)].map((x) => x.toFixed(2))).toEqual(["48.35", "582.99"]);
});

testOnRecords(
  "run times computed from Pollux' profiles are near those that Tiresias had at load 0.5",
  async (options) => {
    // the shortest completion of a kind of job in the published run is its run time and what a start costs
    const { jobs, names } = await loadTrace("pollux/workloads-0.5/workload-1", options);
    const shortest: Record<string, number> = {
      bert12: 1_624,
      cifar108: 815,
      deepspeech26: 4_174,
      deepspeech212: 2_514,
    };
    let seen = 0;
    for (let i = 0; i < jobs.count; i++) {
      const published = shortest[`${names.jobClasses[jobs.jobClass[i]!]}${jobs.tasks[i]}`];
      if (published === undefined) continue;
      seen++;
      expect(Math.abs(jobs.runMicros[i]! / 1e6 / published - 1)).toBeLessThan(0.08);
    }
    expect(seen).toBeGreaterThan(10);
  },
);

testOnRecords("the record philly has the mean run time of its October and November submissions", async (options) => {
  const { jobs } = await loadTrace("philly", options);
  const origin = Date.UTC(2017, 8, 4, 10, 30, 41) * 1000;
  const rows = [...jobs.submitMicros.keys()].filter((i) => {
    const micros = origin + jobs.submitMicros[i]!;
    return micros >= Date.UTC(2017, 9, 1) * 1000 && micros < Date.UTC(2017, 11, 1) * 1000;
  });
  const seconds = rows.reduce((sum, i) => sum + jobs.runMicros[i]! / MICROS_PER_SECOND, 0) / rows.length;
  expect(seconds).toBeCloseTo(11_480.4, 1);
});

testOnRecords("the record philly loads in less than two seconds of processor time", async (options) => {
  const begin = process.cpuUsage();
  await loadTrace("philly", options);
  const { user, system } = process.cpuUsage(begin);
  expect(user + system).toBeLessThan(2_000_000);
});

testOnRecords("requests carry tokens, and Mooncake's their blocks", async (options) => {
  const azure = await loadRequests("azure-llm/conversation", options);
  expect(azure.requests.count).toBe(19_366);
  // sum of the answers, and the longest prompt, by another program
  expect(azure.requests.outputTokens.reduce((a, b) => a + b, 0)).toBe(4_088_665);
  expect(azure.requests.promptTokens.reduce((a, b) => Math.max(a, b))).toBe(14_050);
  const mooncake = await loadRequests("mooncake/conversation", options);
  const { blocks, blockFirst, promptTokens, atMicros } = mooncake.requests;
  expect(blocks.length).toBe(288_500);
  expect(new Set(blocks).size).toBe(182_790);
  for (let i = 0; i < mooncake.requests.count; i++)
    expect(blockFirst[i + 1]! - blockFirst[i]!).toBe(Math.ceil(promptTokens[i]! / 512));
  // recorded on steps of 3 s, spread here
  expect(new Set(atMicros).size).toBeGreaterThan(11_000);
});

import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { MICROS_PER_SECOND } from "../../src/model/units.js";
import { DATASETS, traceNames } from "../../src/replay/datasets.js";
import { loadTrace } from "../../src/replay/load.js";
import { gpuHoursTotal } from "../../src/replay/totals.js";
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
      hint: expect.stringContaining("itp/cluster01, itp/cluster02"),
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
        /^The file is not the registered one: its SHA-256 is [0-9a-f]{64}, the registry has 0{64};/,
      ),
      "1 rows of the record could not be used and are left out.",
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
    expect(traceNames()).toHaveLength(7);
    expect(new Set(traceNames()).size).toBe(7);
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

// Counts of the sources themselves, taken from their files by other means.
describe.each([
  { name: "itp/cluster01", jobs: 1_595, gpuHours: 22_740.1, gpusMax: 64, tenants: 1 },
  { name: "itp/cluster02", jobs: 5_778, gpuHours: 123_748.4, gpusMax: 64, tenants: 1 },
  { name: "itp/cluster03", jobs: 3_011, gpuHours: 165_442.5, gpusMax: 64, tenants: 1 },
  { name: "itp/cluster04", jobs: 15_802, gpuHours: 705_682.9, gpusMax: 64, tenants: 1 },
  { name: "itp/cluster05", jobs: 3_629, gpuHours: 14_303.1, gpusMax: 8, tenants: 1 },
  { name: "itp/cluster06", jobs: 2_396, gpuHours: 123_878.7, gpusMax: 64, tenants: 1 },
  { name: "philly", jobs: 82_247, gpuHours: 978_078.47, gpusMax: 128, tenants: 15 },
])("the record $name", ({ name, jobs, gpuHours, gpusMax, tenants }) => {
  testOnRecords("has its jobs, GPU-hours, sizes and digest, and no unusable row", async (options) => {
    const trace = await loadTrace(name, { ...options, strict: true });
    expect(trace.jobs.count).toBe(jobs);
    expect(Math.abs(gpuHoursTotal(trace.jobs) - gpuHours)).toBeLessThan(0.06);
    expect(trace.jobs.tasks.reduce((a, b) => Math.max(a, b))).toBe(gpusMax);
    expect(trace.names.tenants).toHaveLength(tenants);
    expect(trace.jobs.submitMicros[0]).toBe(0);
    expect(trace.jobs.submitMicros.every((micros, i, all) => i === 0 || micros >= all[i - 1]!)).toBe(true);
    expect(trace.provenance.assumptions.join()).not.toContain("not the registered one");
  });
});

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

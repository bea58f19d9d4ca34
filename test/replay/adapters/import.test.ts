import { describe, expect, test } from "vitest";
import type { Adapter } from "../../../src/replay/adapters/adapter.js";
import { buildJobs } from "../../../src/replay/adapters/build-jobs.js";
import { importTable } from "../../../src/replay/adapters/import.js";
import { itpAdapter } from "../../../src/replay/adapters/itp.js";
import { phillyAdapter } from "../../../src/replay/adapters/philly.js";
import { ITP_HEADER, PHILLY_HEADER, writeTemporary } from "../fixtures.js";

const GOOD = "id,10,600,2";

async function importJobs(file: string, adapter: Adapter, strict: boolean) {
  const imported = await importTable({ raw: [file] }, adapter, strict);
  const { jobs, names } = buildJobs(imported);
  return { jobs, tenants: names.tenants, rejected: imported.rejected, backwards: imported.backwards };
}

function importItp(lines: readonly string[], strict = false) {
  return importJobs(writeTemporary("jobs.csv", `${[ITP_HEADER, ...lines].join("\n")}\n`), itpAdapter, strict);
}

describe("a row that cannot be used", () => {
  test.each([
    ["text for a duration", "id,20,soon,1", "duration", "soon"],
    ["an empty duration", "id,20,,1", "duration", ""],
    ["a duration that is not a number", "id,20,NaN,1", "duration", "NaN"],
    ["an infinite duration", "id,20,inf,1", "duration", "inf"],
    ["a negative duration", "id,20,-600,1", "duration", "-600"],
    ["a duration of zero", "id,20,0,1", "duration", "0"],
    ["a duration that rounds to no time", "id,20,1e-9,1", "duration", "1e-9"],
    ["a duration above ten years", "id,20,400000000,1", "duration", "400000000"],
    ["zero GPUs", "id,20,600,0", "num_gpu", "0"],
    ["a fraction of a GPU", "id,20,600,1.5", "num_gpu", "1.5"],
    ["negative GPUs", "id,20,600,-1", "num_gpu", "-1"],
    ["gigantically many GPUs", "id,20,600,1000001", "num_gpu", "1000001"],
    ["more GPUs than a double holds", "id,20,600,1e999", "num_gpu", "1e999"],
    ["a negative submission time", "id,-1,600,1", "submission_time", "-1"],
    ["a submission time of another epoch", "id,1614816000,600,1", "submission_time", "1614816000"],
  ])("is rejected with file, line, column and value: %s", async (_, line, column, value) => {
    const { jobs, rejected } = await importItp([GOOD, line, "id,30,600,1"]);
    expect(jobs.count).toBe(2);
    expect(rejected).toEqual([
      {
        file: expect.stringMatching(/jobs\.csv$/),
        line: 3,
        column,
        value,
        reason: expect.stringMatching(/^expected /),
      },
    ]);
  });

  test.each([
    ["too few columns", "id,20,600"],
    ["too many columns", "id,20,600,1,9"],
    ["a quote that is not closed", '"id,20,600,1'],
  ])("is rejected when it is no row of the file: %s", async (_, line) => {
    const { rejected } = await importItp([GOOD, line]);
    expect(rejected).toHaveLength(1);
    expect(rejected[0]).toMatchObject({ line: 3, reason: expect.stringMatching(/^not a row of this file: /) });
  });

  test("is rejected when it is not UTF-8", async () => {
    const bytes = Buffer.concat([
      Buffer.from(`${ITP_HEADER}\n${GOOD}\n`),
      Buffer.from([0xff, 0xfe]),
      Buffer.from(",20,600,1\n"),
    ]);
    const { jobs, rejected } = await importJobs(writeTemporary("jobs.csv", bytes), itpAdapter, false);
    expect([jobs.count, rejected[0]?.line, rejected[0]?.reason]).toEqual([
      1,
      3,
      "not a row of this file: invalid encoding",
    ]);
  });

  test("is counted in lines of the file, blank and malformed lines included", async () => {
    const { rejected } = await importItp([GOOD, "", "id,20,600", "id,30,600,0", "", "id,40,-1,1", "id,50"]);
    expect(rejected.map((row) => [row.line, row.column])).toEqual([
      [4, ""],
      [5, "num_gpu"],
      [7, "duration"],
      [8, ""],
    ]);
    expect(rejected[3]!.reason).toBe("not a row of this file: missing columns (duration, num_gpu)");
  });

  test("stops a strict import and says what to do", async () => {
    await expect(importItp([GOOD, "id,20,600,1", "id,30,-5,1"], true)).rejects.toMatchObject({
      code: "TRACE_ROW_INVALID",
      message: expect.stringMatching(/jobs\.csv:4: duration is "-5"; expected a duration above 0\.$/),
      hint: expect.stringContaining("--strict"),
    });
  });

  test("does not stop a strict import where there is none", async () => {
    expect((await importItp([GOOD], true)).jobs.count).toBe(1);
  });
});

describe("a file that is not a record", () => {
  const utf16 = Buffer.from(`\ufeff${ITP_HEADER}\n${GOOD}\n`, "utf16le");
  test.each([
    ["is empty", "", /is empty/],
    ["has a header only", `${ITP_HEADER}\n`, /none of its 0 rows/],
    ["has no header", `${GOOD}\n${GOOD}\n`, /:1: the header lacks submission_time, duration, num_gpu/],
    ["lacks one column", "job_id,submission_time,duration\nid,1,2\n", /the header lacks num_gpu:/],
    ["is UTF-16", utf16, /:1: the header is not UTF-8 text/],
    [
      "has no usable row",
      `${ITP_HEADER}\nid,1,2,0\n`,
      /none of its 1 rows can be used; the first, line 2, fails with: num_gpu expected a whole number/,
    ],
  ])("is refused: it %s", async (_, content, message) => {
    await expect(importJobs(writeTemporary("jobs.csv", content), itpAdapter, false)).rejects.toMatchObject({
      code: "TRACE_UNREADABLE",
      message: expect.stringMatching(message),
    });
  });
});

describe("a usable record", () => {
  test("keeps microseconds, GPUs and order, from the first submission", async () => {
    const { jobs } = await importItp(["a,10.5,600,2", "b,10.5,601.25,64", "c,12,602,1"]);
    expect([...jobs.submitMicros]).toEqual([0, 0, 1_500_000]);
    expect([...jobs.runMicros]).toEqual([600_000_000, 601_250_000, 602_000_000]);
    expect([...jobs.tasks]).toEqual([2, 64, 1]);
    expect([...jobs.gpuMilli]).toEqual([1000, 1000, 1000]);
    expect([...jobs.estimateMicros]).toEqual([Number.NaN, Number.NaN, Number.NaN]);
  });

  test("may have its columns in another order, a byte order mark, other line ends and further columns", async () => {
    const text = "\ufeffnum_gpu,extra,duration,submission_time\r\n4,x,600,7\r\n";
    const { jobs } = await importJobs(writeTemporary("jobs.csv", text), itpAdapter, true);
    expect([jobs.count, jobs.tasks[0], jobs.runMicros[0]]).toEqual([1, 4, 600_000_000]);
  });

  test("is found under a path with quotes and wildcards in it", async () => {
    const path = writeTemporary("it's [a] *.csv", `${ITP_HEADER}\n${GOOD}\n`);
    expect((await importJobs(path, itpAdapter, true)).jobs.count).toBe(1);
  });

  test("of Philly is sorted by time, ties in the order of the file, with virtual clusters as tenants", async () => {
    const rows = [
      "2017-10-02 00:00:00,30,1,30,vc2",
      "2017-10-01 00:00:00,10,1,10,vc2",
      "2017-10-02 00:00:00,20,1,20,vc1",
    ];
    const { jobs, tenants } = await importJobs(
      writeTemporary("philly.csv", `${[PHILLY_HEADER, ...rows].join("\n")}\n`),
      phillyAdapter,
      true,
    );
    expect(tenants).toEqual(["vc1", "vc2"]);
    expect([...jobs.runMicros]).toEqual([10e6, 30e6, 20e6]);
    expect([...jobs.submitMicros]).toEqual([0, 86_400e6, 86_400e6]);
    expect([...jobs.tenant]).toEqual([1, 1, 0]);
  });

  test("of Philly rejects times that are not of its year or not written as it writes them", async () => {
    const rows = [
      "2017-10-01 00:00:00,10,1,10,v",
      "2071-10-01 00:00:00,10,1,10,v",
      "01/10/2017,10,1,10,v",
      "infinity,10,1,10,v",
      "2017-10-02,10,1,10,v",
    ];
    const { rejected } = await importJobs(
      writeTemporary("philly.csv", `${[PHILLY_HEADER, ...rows].join("\n")}\n`),
      phillyAdapter,
      false,
    );
    expect(rejected.map((row) => [row.line, row.column])).toEqual([
      [3, "timestamp"],
      [4, "timestamp"],
      [5, "timestamp"],
      [6, "timestamp"],
    ]);
  });
});

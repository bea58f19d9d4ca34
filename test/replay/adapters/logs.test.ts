// Logs of HPC schedulers: made-up lines in the formats that everybody's tools write.

import { describe, expect, test } from "vitest";
import { buildJobs } from "../../../src/replay/adapters/build-jobs.js";
import { importTable } from "../../../src/replay/adapters/import.js";
import { sacctAdapter } from "../../../src/replay/adapters/sacct.js";
import { swfAdapter } from "../../../src/replay/adapters/swf.js";
import { writeTemporary } from "../fixtures.js";

async function importLog(adapter: typeof swfAdapter, lines: readonly string[]) {
  const imported = await importTable({ raw: [writeTemporary("log.txt", `${lines.join("\n")}\n`)] }, adapter, false);
  return { ...buildJobs(imported), rejected: imported.rejected };
}

describe("the Standard Workload Format", () => {
  const HEADER = ["; Version: 2.2", "; Computer: made up", ";", "; MaxProcs: 128"];
  //             id submit wait run used cpu mem req time mem st user grp exe queue part prec think
  const GOOD = "  1     10   5  100    4  -1  -1   8  600  -1  1    3   1  -1     2   -1   -1   -1";

  test("has estimates, waits, users, queues and states, and -1 where nothing is known", async () => {
    const { jobs, names, rejected } = await importLog(swfAdapter, [
      ...HEADER,
      GOOD,
      "2 20 -1 50 -1 -1 -1 2 -1 1024 0 -1 1 -1 -1 -1 -1 -1",
      "",
      "3\t30 0 70 1 -1 -1 1 70 -1 5 3 1 -1 2 -1 -1 -1",
      "4 40 0 10 1 -1 -1 1 70 -1 2 3 1 -1 2 -1 -1 -1",
    ]);
    expect(rejected).toEqual([]);
    expect(jobs.count).toBe(3);
    expect([...jobs.tasks]).toEqual([4, 2, 1]);
    expect([...jobs.waitMicros]).toEqual([5e6, Number.NaN, 0]);
    expect([...jobs.estimateMicros]).toEqual([600e6, Number.NaN, 70e6]);
    expect([...jobs.endStatus]).toEqual([0, 1, 2]);
    // 1,024 KiB for each of two processors, one a task
    expect([...jobs.memoryMib]).toEqual([0, 1, 0]);
    expect(names).toMatchObject({ tenants: ["", "user-3"], jobClasses: ["", "queue-2"] });
  });

  test("names the line of a row that cannot be used, comments and blank lines counted", async () => {
    const { rejected } = await importLog(swfAdapter, [
      ...HEADER,
      GOOD,
      "",
      "2 20 -1 -1 -1 -1 -1 2 -1 -1 5 -1 1 -1 -1 -1 -1 -1",
      "3 30 0 7",
      "4 x 0 70 1 -1 -1 1 70 -1 1 3 1 -1 2 -1 -1 -1",
    ]);
    expect(rejected.map((r) => [r.line, r.column, r.value, r.reason])).toEqual([
      [7, "run_time", "-1", "expected a duration above 0"],
      [8, "", "3 30 0 7", "not a row of this file: 4 fields, expected 18"],
      [9, "submit_time", "x", "expected a time in the declared unit"],
    ]);
  });
});

describe("sacct", () => {
  const FIELDS = "JobID|User|Partition|State|Submit|Start|End|Elapsed|Timelimit|ReqTRES|AllocTRES";
  const job = (fields: Readonly<Record<string, string>>) => {
    const row = {
      JobID: "1",
      User: "ann",
      Partition: "gpu",
      State: "COMPLETED",
      Submit: "2025-05-01T08:00:00",
      Start: "2025-05-01T08:10:00",
      End: "2025-05-01T09:10:00",
      Elapsed: "01:00:00",
      Timelimit: "02:00:00",
      ReqTRES: "billing=8,cpu=8,gres/gpu=4,mem=64G,node=1",
      AllocTRES: "billing=8,cpu=8,gres/gpu=4,mem=64G,node=1",
      ...fields,
    };
    return Object.values(row).join("|");
  };

  test("has GPUs, nodes, CPU, memory, limits, waits and states", async () => {
    const { jobs, names, rejected } = await importLog(sacctAdapter, [
      FIELDS,
      job({}),
      job({ JobID: "1.batch", User: "", Partition: "" }),
      job({ JobID: "1.0" }),
      job({ JobID: "2_7", User: "bob", State: "CANCELLED by 1234", Elapsed: "2-03:04:05", Timelimit: "UNLIMITED" }),
      job({
        JobID: "3",
        State: "TIMEOUT",
        Submit: "2025-05-01T08:00:01",
        ReqTRES: "billing=16,cpu=16,gres/gpu:a100=8,mem=512000M,node=2",
        AllocTRES: "billing=16,cpu=16,gres/gpu:a100=8,mem=512000M,node=2",
      }),
      job({
        JobID: "4",
        State: "OUT_OF_MEMORY",
        Submit: "2025-05-01T08:00:02",
        AllocTRES: "cpu=2,mem=1G,node=1",
        ReqTRES: "",
      }),
      job({
        JobID: "5",
        State: "RUNNING",
        Submit: "2025-05-01T08:00:03",
        End: "Unknown",
        AllocTRES: "cpu=8,gres/gpu:a100=2,gres/gpu=3,gres/gpu:h100=1,mem=64G,node=2",
      }),
    ]);
    expect(rejected).toEqual([]);
    expect(jobs.count).toBe(5);
    expect([...jobs.tasks]).toEqual([1, 1, 2, 1, 3]);
    expect([...jobs.gpuMilli]).toEqual([4000, 4000, 4000, 0, 1000]);
    expect([...jobs.cpuMilli]).toEqual([8000, 8000, 8000, 2000, 2667]);
    expect([...jobs.memoryMib.slice(0, 4)]).toEqual([65_536, 65_536, 256_000, 1_024]);
    expect([...jobs.runMicros.slice(0, 2)]).toEqual([3_600e6, 183_845e6]);
    expect([...jobs.estimateMicros.slice(0, 2)]).toEqual([7_200e6, Number.NaN]);
    expect([...jobs.waitMicros.slice(0, 3)]).toEqual([600e6, 600e6, 599e6]);
    expect([...jobs.endStatus]).toEqual([0, 2, 2, 1, 0]);
    // allocated models bind nobody; requested ones do
    expect([names.gpuModels, [...jobs.modelMask]]).toEqual([["a100"], [0, 0, 1, 0, 0]]);
    expect(names).toMatchObject({ tenants: ["ann", "bob"], jobClasses: ["gpu"] });
  });

  test("rejects jobs that never started, and times that go back", async () => {
    const { rejected } = await importLog(sacctAdapter, [
      FIELDS,
      job({}),
      job({ JobID: "2_[5-9]", State: "PENDING", Start: "Unknown", Elapsed: "00:00:00", AllocTRES: "" }),
      job({ JobID: "3", Start: "2025-05-01T07:00:00" }),
      job({ JobID: "4", Submit: "Unknown" }),
    ]);
    expect(rejected.map((r) => [r.line, r.column, r.reason])).toEqual([
      [3, "Elapsed", "expected a duration above 0"],
      [4, "Start", "expected a duration of 0 or more, and at most ten years"],
      [5, "Submit", "expected a time in the declared unit"],
    ]);
  });

  test("needs only some of its fields, in any order", async () => {
    const { jobs } = await importLog(sacctAdapter, [
      "State|AllocTRES|Elapsed|Start|Submit|JobID",
      "COMPLETED|cpu=1,gres/gpu=1,node=1|00:00:10|2025-05-01T08:00:01|2025-05-01T08:00:00|9",
    ]);
    expect([jobs.count, jobs.gpuMilli[0], jobs.runMicros[0]]).toEqual([1, 1000, 10e6]);
  });
});

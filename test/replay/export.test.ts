import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createJobTable, JOB_COLUMNS, type Trace } from "../../src/model/jobs.js";
import { anonymize } from "../../src/replay/anonymize.js";
import { exportDemand } from "../../src/replay/export.js";
import { type Demand, loadDemand } from "../../src/replay/load.js";
import { temporaryFolder, traceAt } from "./fixtures.js";

async function roundTrip(demand: Demand): Promise<Demand> {
  const folder = temporaryFolder();
  const { csv, yaml } = exportDemand(demand, "A title: with a colon");
  writeFileSync(join(folder, "a.csv"), csv);
  writeFileSync(join(folder, "a.yaml"), yaml("a.csv"));
  return loadDemand(join(folder, "a.yaml"), { dataFolder: "", cacheFolder: folder, strict: true });
}

const micros = fc.integer({ min: 0, max: 1e15 });
const job = fc.record({
  submit: micros,
  run: fc.integer({ min: 1, max: 3e14 }),
  shape: fc.oneof(
    fc.record({
      tasks: fc.integer({ min: 1, max: 64 }),
      gpuMilli: fc.integer({ min: 1, max: 8 }).map((n) => n * 1000),
    }),
    fc.record({ tasks: fc.constant(1), gpuMilli: fc.integer({ min: 0, max: 999 }) }),
  ),
  cpu: fc.integer({ min: 0, max: 128_000 }),
  memory: fc.integer({ min: 0, max: 1_000_000 }),
  mask: fc.integer({ min: 0, max: 3 }),
  tenant: fc.integer({ min: 0, max: 2 }),
  estimate: fc.option(fc.integer({ min: 1, max: 3e14 }), { nil: Number.NaN }),
  deadline: fc.option(micros, { nil: Number.NaN }),
  wait: fc.option(fc.integer({ min: 0, max: 3e14 }), { nil: Number.NaN }),
  status: fc.integer({ min: 0, max: 2 }),
  priority: fc.integer({ min: -5, max: 5 }),
});

const TENANTS = ['a "quoted", name', "b", "c\nd"];

describe("an exported trace", () => {
  test("of jobs reads back the same to the microsecond", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(job, { minLength: 1, maxLength: 12 }), async (rows) => {
        rows.sort((a, b) => a.submit - b.submit);
        const origin = rows[0]!.submit;
        const jobs = createJobTable(rows.length);
        rows.forEach((row, i) => {
          jobs.submitMicros[i] = row.submit - origin;
          jobs.runMicros[i] = row.run;
          jobs.tasks[i] = row.shape.tasks;
          jobs.gpuMilli[i] = row.shape.gpuMilli;
          jobs.cpuMilli[i] = row.cpu;
          jobs.memoryMib[i] = row.memory;
          jobs.modelMask[i] = row.mask;
          jobs.tenant[i] = row.tenant;
          jobs.estimateMicros[i] = row.estimate;
          jobs.deadlineMicros[i] = row.deadline;
          jobs.waitMicros[i] = row.wait;
          jobs.endStatus[i] = row.status;
          jobs.priority[i] = row.priority;
        });
        const trace: Trace = {
          ...traceAt([]),
          jobs,
          names: { tenants: TENANTS, gpuModels: ["A100", "T4"], jobClasses: ["default"] },
        };
        const back = await roundTrip({ kind: "jobs", ...trace });
        if (back.kind !== "jobs") throw new Error("expected jobs");
        for (const column of JOB_COLUMNS) {
          if (column === "tenant" || column === "modelMask") continue;
          expect([...back.jobs[column]], column).toEqual([...jobs[column]]);
        }
        const models = (t: Trace, i: number) => t.names.gpuModels.filter((_, bit) => t.jobs.modelMask[i]! & (1 << bit));
        rows.forEach((row, i) => {
          expect(back.names.tenants[back.jobs.tenant[i]!]).toBe(TENANTS[row.tenant]);
          expect(models(back, i)).toEqual(models(trace, i));
        });
      }),
      { numRuns: 25 },
    );
  });

  test("of nodes and of rates reads back the same", async () => {
    const { provenance } = traceAt([]);
    const nodes = {
      count: 2,
      gpus: Int32Array.of(8, 0),
      model: Int32Array.of(0, -1),
      cpuMilli: Float64Array.of(96_500, 0),
      memoryMib: Float64Array.of(1024, 7),
    };
    const fleet: Demand = {
      kind: "nodes",
      names: { gpuModels: ["T4"], nodes: ["n-0", "n,1"] },
      nodes,
      provenance,
      rejected: [],
    };
    expect(await roundTrip(fleet)).toMatchObject({ kind: "nodes", names: fleet.names, nodes });
    const rates = {
      count: 2,
      startMicros: Float64Array.of(0, 1_500_000),
      windowMicros: Float64Array.of(1_500_000, 600e6),
      series: Int32Array.of(1, 0),
      perSecond: Float64Array.of(0.1, 1e-9),
      cv: Float64Array.of(Number.NaN, 1.25),
    };
    const demand: Demand = { kind: "rates", names: { series: ["x", "y"] }, rates, provenance, rejected: [] };
    expect(await roundTrip(demand)).toMatchObject({ kind: "rates", names: demand.names, rates });
  });
});

describe("an anonymous trace", () => {
  const named = (): Trace => {
    const trace = traceAt([0, 90e6, 200e6], [30e6, 61e6, 1]);
    trace.names = { tenants: ["alice", "bob"], gpuModels: ["A100"], jobClasses: ["secret project", "default"] };
    trace.jobs.tenant.set([0, 1, 0]);
    trace.jobs.jobClass.set([0, 1, 0]);
    trace.jobs.waitMicros[1] = 5e6;
    trace.provenance = { ...trace.provenance, digest: "d".repeat(64), assumptions: ["Alice ran this."] };
    return trace;
  };

  test("has no name, and the same names for the same key only", () => {
    const hide = (key: string) => anonymize(named(), { key }).trace;
    const text = JSON.stringify(hide("k1"));
    for (const name of ["alice", "Alice", "bob", "secret"]) expect(text).not.toContain(name);
    expect(hide("k1").names).toEqual(hide("k1").names);
    expect(hide("k1").names.tenants).not.toEqual(hide("k2").names.tenants);
    expect(hide("k1").names.tenants[0]).toMatch(/^tenant-[0-9a-f]{12}$/);
    expect(hide("k1").names.jobClasses[1]).toBe("default");
    expect(hide("k1").names.gpuModels).toEqual(["A100"]);
    expect(anonymize(named(), { key: "k", keepModels: false }).trace.names.gpuModels[0]).toMatch(/^model-/);
  });

  test("keeps jobs, or rounds their times, and says which", () => {
    const plain = anonymize(named(), { key: "k" });
    expect([...plain.trace.jobs.submitMicros]).toEqual([0, 90e6, 200e6]);
    expect(plain.kept[0]).toContain("to the microsecond");
    const coarse = anonymize(named(), { key: "k", coarsenSeconds: 60 });
    expect([...coarse.trace.jobs.submitMicros]).toEqual([0, 60e6, 180e6]);
    expect([...coarse.trace.jobs.runMicros]).toEqual([60e6, 120e6, 60e6]);
    expect([...coarse.trace.jobs.waitMicros]).toEqual([Number.NaN, 60e6, Number.NaN]);
    expect(coarse.kept[0]).toContain("to 60 s");
    expect(coarse.trace.provenance.assumptions.join()).toContain("rounded down");
  });
});

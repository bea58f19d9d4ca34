// Every rule can fail: a sound log is damaged in one place, or read as the log of another policy, and the rule that is
// meant for it must say so.

import { beforeAll, describe, expect, test } from "vitest";
import { findQueuePolicy, type PlaceRule } from "../../../src/model/policies.js";
import { type CheckInput, checkRun } from "../../../src/sim/check/index.js";
import { KINDS } from "../../../src/sim/check/record.js";
import { expectClean, type Recorded, record, type SmallJob, scenarioOf, traceOf } from "../schedules/small.js";
import { busyScenario, busyTrace, pricedScenario } from "./busy.js";
import { type EditableRecord, readRecords, writeRecords } from "./edit-log.js";

type Trace = ReturnType<typeof busyTrace>;

function inputOf(run: Recorded, trace: Trace, log = run.log): CheckInput {
  const { setup, simulation, result } = run;
  return {
    pools: setup.world.pools,
    jobs: trace.jobs,
    policy: setup.world.policy,
    classes: setup.classes,
    prices: setup.prices,
    shapes: simulation.shapes,
    log: [log],
    rows: result.rows,
    totals: simulation.totals(),
  };
}

function expectBroken(input: CheckInput, rule: string): void {
  const report = checkRun(input);
  const found = report.filter((r) => r.rule.includes(rule));
  expect(found.map((r) => r.rule)).not.toEqual([]);
  expect(found.map((r) => ({ rule: r.rule, ok: r.ok }))).toContainEqual({ rule: found[0]!.rule, ok: false });
  for (const r of found) if (!r.ok) expect(r.firstViolation!.text).not.toBe("");
}

function set(record: EditableRecord, change: Partial<EditableRecord>): void {
  Object.assign(record, change);
}

/** Adds to a number, or bits to a mask. */
function add<K extends keyof EditableRecord>(record: EditableRecord, field: K, by: EditableRecord[K]): void {
  const old = record[field];
  const sum = typeof old === "bigint" ? old | (by as bigint) : (old as number) + (by as number);
  Object.assign(record, { [field]: sum });
}

/** The n-th record that satisfies a condition. */
function find(records: readonly EditableRecord[], is: (r: EditableRecord) => boolean, n = 0): number {
  let left = n;
  const i = records.findIndex((r) => is(r) && left-- === 0);
  if (i < 0) throw new Error("the log has no such record");
  return i;
}

const kind = (k: keyof typeof KINDS) => (r: EditableRecord) => r.kind === KINDS[k];

describe("a damaged log", () => {
  const trace = busyTrace(120, 4);
  let run: Recorded;
  beforeAll(() => {
    run = record(busyScenario(), trace, "fifo");
    expectClean(run.report);
    expectClean(checkRun(inputOf(run, trace, writeRecords(readRecords(run.log)))));
  });

  const cases: [what: string, rule: string, damage: (records: EditableRecord[]) => void][] = [
    ["time runs backwards", "in order of time", (r) => set(r.at(-1)!, { time: 0 })],
    ["a placement is missing", "stand where they belong", (r) => void r.splice(find(r, kind("part"), 5), 1)],
    ["a placement without a start", "stand where they belong", (r) => void r.splice(find(r, kind("start"), 5), 1)],
    ["an owner is missing", "stand where they belong", (r) => void r.splice(find(r, kind("owner"), 5), 1)],
    ["an unknown kind of record", "stand where they belong", (r) => set(r[40]!, { kind: 77 })],
    ["a start says another size", "stand where they belong", (r) => add(r[find(r, kind("start"), 5)]!, "c", 1000)],
    ["decisions outside of a pass", "stand where they belong", (r) => void r.splice(find(r, kind("start"), 5) - 1, 1)],
    ["a job is submitted late", "submitted once", (r) => add(r[find(r, kind("submitted"), 7)]!, "time", 1)],
    ["a job is submitted twice", "submitted once", (r) => add(r[find(r, kind("submitted"), 7)]!, "a", -1)],
    ["a submission is missing", "submitted once", (r) => void r.splice(find(r, kind("submitted"), 7), 2)],
    ["a job gets another shape", "submitted once", (r) => add(r[find(r, kind("submitted"), 7)]!, "b", 1)],
    ["a job gets another priority", "submitted once", (r) => add(r[find(r, kind("submitted"), 7)]!, "c", 1)],
    ["a job gets another owner", "submitted once", (r) => add(r[find(r, kind("owner"), 7)]!, "a", 1)],
    [
      "a start is confirmed twice",
      "alternate",
      (r) => void r.splice(find(r, kind("started"), 9), 0, r[find(r, kind("started"), 9)]!),
    ],
    ["a start is never confirmed", "alternate", (r) => void r.splice(find(r, kind("started"), 9), 1)],
    [
      "a job starts that already holds",
      "alternate",
      (r) => set(r[find(r, kind("start"), 9)]!, { slot: r[find(r, kind("start"), 8)]!.slot }),
    ],
    ["work begins for nobody", "alternate", (r) => add(r[find(r, kind("running"), 9)]!, "generation", 1)],
    [
      "a failure of one that does not work",
      "alternate",
      (r) =>
        void r.splice(
          find(r, (x) => x.kind === KINDS.stopped && x.a === 1),
          0,
          { ...r[find(r, (x) => x.kind === KINDS.stopped && x.a === 1)]! },
        ),
    ],
    ["a finish is missing", "finishes once", (r) => void r.splice(find(r, kind("finished"), 60), 1)],
    ["the last finish is missing", "finishes once", (r) => void r.splice(r.findLastIndex(kind("finished")), 1)],
    ["a finish says another end", "finishes once", (r) => set(r[find(r, kind("finished"), 60)]!, { a: 2 })],
    [
      "two jobs get one device",
      "no device",
      (r) => {
        // two of one pass, so that the first cannot have ended
        const whole = r.filter((x) => x.kind === KINDS.part && x.c === 1000);
        const i = whole.findIndex((x, n) => whole[n + 1]?.time === x.time);
        Object.assign(whole[i + 1]!, { a: whole[i]!.a, x: whole[i]!.x });
      },
    ],
    [
      "a CPU-only job takes more than a node has",
      "CPU or memory",
      (r) => set(r[find(r, (x) => x.kind === KINDS.part && x.c === 0)]!, { b: 5 }),
    ],
    ["a job is told of otherwise", "submitted once", (r) => set(r[find(r, kind("submitted"), 7)]!, { x: 0n })],
    ["a gang lacks a task", "whole gang", (r) => add(r[find(r, (x) => x.kind === KINDS.part && x.b > 1)]!, "b", -1)],
    ["a gang holds a device too many", "whole gang", (r) => add(r[find(r, kind("part"), 3)]!, "x", 15n)],
    ["a node that does not exist", "devices that are there", (r) => set(r[find(r, kind("part"), 3)]!, { a: 4 })],
    [
      "a device that does not exist",
      "devices that are there",
      (r) => set(r[find(r, kind("part"), 3)]!, { x: 1n << 40n }),
    ],
    ["a pool that does not exist", "devices that are there", (r) => set(r[find(r, kind("start"), 3)]!, { a: 1 })],
    [
      "a share on two devices",
      "devices that are there",
      (r) => set(r[find(r, (x) => x.kind === KINDS.part && x.c > 0 && x.c < 1000)]!, { x: 3n }),
    ],
    [
      "a finish comes a microsecond late",
      "start-ups, its work",
      (r) => add(r[find(r, kind("finished"), 30)]!, "time", 1),
    ],
    ["work begins a microsecond late", "start-ups, its work", (r) => add(r[find(r, kind("running"), 30)]!, "time", 1)],
    ["a start is a microsecond early", "in order of time", (r) => add(r[find(r, kind("start"), 30)]!, "time", -1)],
    ["a failure becomes a preemption", "alternate", (r) => set(r[find(r, (x) => x.kind === KINDS.stopped)]!, { a: 0 })],
    [
      "one job starts in the place of another",
      "whoever starts is the first",
      (r) => {
        // two one-part starts of one pass change places
        const i = find(r, (x) => {
          const at = r.indexOf(x);
          return x.kind === KINDS.start && x.b === 1 && r[at + 2]?.kind === KINDS.start && r[at + 2]!.b === 1;
        });
        const [a, b, c, d] = r.slice(i, i + 4) as [EditableRecord, EditableRecord, EditableRecord, EditableRecord];
        r.splice(i, 4, c, d, a, b);
      },
    ],
    [
      "a start is a pass late",
      "after a pass the first in order cannot start",
      (r) => {
        const i = find(r, (x) => x.kind === KINDS.start && x.b === 1, 10);
        r.splice(i, 2);
      },
    ],
  ];
  test.each(cases)("%s: %s", (_what, rule, damage) => {
    const records = readRecords(run.log);
    damage(records);
    expectBroken(inputOf(run, trace, writeRecords(records)), rule);
  });

  test("half a record at the end", () => {
    expectBroken(inputOf(run, trace, run.log.subarray(0, run.log.byteLength - 1)), "records are whole");
  });

  test("rows and totals that are not those of the log", () => {
    const input = inputOf(run, trace);
    const rows = { ...input.rows!, heldMicros: input.rows!.heldMicros.map((held, i) => (i === 3 ? held + 1 : held)) };
    expectBroken({ ...input, rows }, "result are those of the log");
    expectBroken({ ...input, rows: { ...input.rows!, count: input.rows!.count - 1 } }, "result are those of the log");
    for (const name of ["heldGpuMicros", "lostGpuMicros", "failures", "finished"] as const) {
      const totals = { ...input.totals!, [name]: input.totals![name] * 1.0001 };
      expectBroken({ ...input, totals }, "result are those of the log");
    }
  });
});

test("a job in a pool of a model that it does not allow, or in two pools' nodes", () => {
  const trace = busyTrace(120, 6, ["A", "B"]);
  const run = record(pricedScenario(), trace, "fifo");
  const wrong = (r: EditableRecord) => r.kind === KINDS.start && r.b === 1 && r.a === 0;
  const records = readRecords(run.log);
  records[find(records, wrong)]!.a = 1;
  expectBroken(inputOf(run, trace, writeRecords(records)), "of a model that it allows");
});

test("a counted pool gives more than it has", () => {
  const scenario = scenarioOf([{ topology: "counted", gpusPerNode: 1, size: { nodes: 2 } }]);
  const trace = traceOf([
    { at: 0, run: 10, gpus: 2 },
    { at: 1, run: 10, gpus: 1 },
  ]);
  const run = record(scenario, trace, "fifo");
  const records = readRecords(run.log);
  // job 1 starts in the pass of its submission, beside job 0
  const start = find(records, kind("start"), 1);
  const [decision, part] = records.splice(start, 2) as [EditableRecord, EditableRecord];
  const pass = find(records, kind("pass"), 1);
  records.splice(pass + 1, 0, { ...decision, time: 1e6 }, { ...part, time: 1e6 });
  expectBroken(inputOf(run, trace, writeRecords(records)), "no pool gives more");
});

test("prices and dollars that are not those of the log", () => {
  const trace = busyTrace(120, 6, ["A", "B"]);
  const run = record(pricedScenario(), trace, "fifo");
  const input = inputOf(run, trace);
  expectBroken(
    { ...input, totals: { ...input.totals!, capacityUsd: input.totals!.capacityUsd + 0.01 } },
    "every dollar",
  );
  expectBroken(
    { ...input, totals: { ...input.totals!, allocatedUsd: input.totals!.allocatedUsd * 1.001 } },
    "every dollar",
  );
  const records = readRecords(run.log);
  const price = find(records, kind("price"), 2);
  const dropped = records.filter((_, i) => i !== price);
  expectBroken(inputOf(run, trace, writeRecords(dropped)), "prices change");
  expectBroken(inputOf(run, trace, writeRecords(dropped)), "every dollar");
});

/** The log of one policy, read as that of another. */
function readAs(
  queue: string,
  as: string,
  jobs: readonly SmallJob[],
  thresholds: [number[], number[]] = [[1e9], [1e9]],
  place = "first-fit",
  asPlace = place,
) {
  const scenario = scenarioOf([{ gpusPerNode: 2, size: { nodes: 2 } }], {}, { lasThresholdsGpuSeconds: thresholds[0] });
  const trace = traceOf(jobs);
  const run = record(scenario, trace, queue, place);
  expectClean(run.report);
  const input = inputOf(run, trace);
  const policy = {
    ...input.policy,
    queue: findQueuePolicy(as)!,
    place: asPlace as PlaceRule,
    lasThresholdsGpuSeconds: thresholds[1],
  };
  return { ...input, policy };
}

describe("a log of another policy", () => {
  // on 4 GPUs: 0 holds 2, 1 wants 4 and waits, 2 and 3 would fit beside 0
  const overtaken: SmallJob[] = [
    { at: 0, run: 100, gpus: 2, priority: 0 },
    { at: 1, run: 50, gpus: 4, priority: 1 },
    { at: 2, run: 500, gpus: 1, priority: 1 },
    { at: 3, run: 20, gpus: 1, priority: 2 },
  ];
  test.each<[queue: string, as: string, rule: string]>([
    ["easy", "fifo", "fifo: whoever starts is the first"],
    ["fifo", "sjf-oracle", "sjf: whoever starts is the first"],
    ["fifo", "srtf-oracle", "srtf: after a pass the first in order cannot start"],
    ["fifo", "priority", "priority: after a pass the first in order cannot start"],
    ["fifo", "priority", "priority: whoever starts is the first"],
    ["fifo", "las", "las: after a pass nobody waits who fits"],
    ["las", "easy-oracle", "makes its reservation later"],
    ["las", "conservative-oracle", "makes its reservation later"],
    ["las", "easy-oracle", "no later than it was first promised"],
    ["sjf-oracle", "easy-oracle", "after a pass the head of the line does not fit"],
    ["srtf-oracle", "sjf-oracle", "nobody is stopped but for"],
    ["srtf-oracle", "priority", "nobody is stopped but for"],
    ["priority", "las", "nobody is stopped but for"],
  ])("%s read as %s: %s", (queue, as, rule) => {
    const jobs =
      queue === "sjf-oracle"
        ? [
            { at: 0, run: 100, gpus: 3 },
            { at: 1, run: 200, gpus: 1 },
            { at: 1, run: 50, gpus: 4 },
          ]
        : overtaken;
    expectBroken(readAs(queue, as, jobs), rule);
  });

  test("las without its queues read as las with them", () => {
    // job 0 holds everything and has had more than 100 GPU-seconds when job 1 comes
    const jobs = [
      { at: 0, run: 100, gpus: 4 },
      { at: 50, run: 10, gpus: 4 },
    ];
    expectBroken(readAs("las", "las", jobs, [[1e9], [100]]), "while jobs of later queues hold");
  });

  test("first-fit read as same-node", () => {
    const jobs = [
      { at: 0, run: 10, gpus: 1 },
      { at: 1, run: 10, gpus: 2 },
    ];
    expectBroken(readAs("fifo", "fifo", jobs, undefined, "first-fit", "same-node"), "same-node");
  });
});

test("somebody is stopped without need, or for nobody", () => {
  const scenario = scenarioOf([{ gpusPerNode: 3, size: { nodes: 1 } }]);
  const trace = traceOf([
    { at: 0, run: 100 },
    { at: 0, run: 100 },
    { at: 10, run: 10, gpus: 2, priority: 1 },
  ]);
  const run = record(scenario, trace, "priority");
  expectClean(run.report);
  const records = readRecords(run.log);
  const preempt = find(records, kind("preempt"));
  const other = records.find((r) => r.kind === KINDS.start && r.slot !== records[preempt]!.slot)!;
  const needless = records.toSpliced(preempt, 0, { ...records[preempt]!, slot: other.slot });
  expectBroken(inputOf(run, trace, writeRecords(needless)), "without need");
  const forNobody = records.filter((r, i) => i < preempt || r.kind !== KINDS.start);
  expectBroken(inputOf(run, trace, writeRecords(forNobody)), "nobody is stopped but for");
});

// Ensemble services as a study: who is waited for, cut clouds, broken members, weights that learn, files.

import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { formatNpy } from "#src/ensemble/index.js";
import { type AnswerStudy, answerStudySchema } from "#src/model/answer-study.js";
import { predictionsOf } from "#src/sim/ensembles/predictions.js";
import { runAnswerStudy } from "#src/sim/ensembles/study.js";
import { answersFileOf, runAnswers } from "../../../src/cli/run-answers.js";
import { ROOT } from "../../tidy/sources.js";

const SAMPLES = 300;
const CLASSES = 2;
const folder = mkdtempSync(join(tmpdir(), "windtunnel-answers-"));

/** Member `m` is right about samples that are not 0 modulo m + 2, with probability 0.9 or 0.1 for class 1. */
function writeMembers(count: number): void {
  const labels = Float64Array.from({ length: SAMPLES }, (_, n) => n % 2);
  writeFileSync(join(folder, "labels.npy"), formatNpy({ rows: SAMPLES, columns: 1, values: labels }));
  for (let m = 0; m < count; m++) {
    const values = Float32Array.from({ length: SAMPLES * CLASSES }, (_, k) => {
      const n = Math.floor(k / CLASSES);
      const right = n % (m + 2) !== 0;
      return (k % CLASSES === labels[n]) === right ? 0.9 : 0.1;
    });
    writeFileSync(join(folder, `m${m}.npy`), formatNpy({ rows: SAMPLES, columns: CLASSES, values }));
  }
}

function study(change: object = {}): AnswerStudy {
  return answerStudySchema.parse({
    windtunnelAnswers: 1,
    title: "test",
    requestsPerSecond: 50,
    minutes: 4,
    gateway: { cloud: "a", usdPerGb: 1 },
    requestBytes: 1000,
    answerBytes: 500,
    labels: "labels.npy",
    members: [10, 20, 40].map((latencyMillis, m) => ({
      name: `m${m}`,
      cloud: "abc"[m],
      millisBase: 2,
      batchMax: 4,
      latencyMillis,
      usdPerGpuHour: 1 + m,
      usdPerGb: 2,
      predictions: `m${m}.npy`,
    })),
    policies: [{ name: "all", deadlineMillis: 200 }],
    replications: 2,
    ...change,
  });
}

async function run(change: object = {}) {
  writeMembers(3);
  const spec = study(change);
  return runAnswerStudy(spec, spec.replications, spec.seed, await predictionsOf(spec, join(folder, "answers.yaml")));
}

describe("a study of ensemble services", () => {
  it("has the latency, members and accuracy that one would work out by hand where nobody queues", async () => {
    const { rows, alone } = await run({
      requestsPerSecond: 0.5,
      policies: [
        { name: "all", deadlineMillis: 200 },
        { name: "first 1", wait: 1, deadlineMillis: 200 },
        { name: "deadline", deadlineMillis: [50, 10] },
      ],
    });
    const of = (point: string) => rows.find((row) => row.point === point)!;
    // there, 2 ms of work, and back
    expect(of("all").latencyP50.mean).toBeCloseTo(0.082, 3);
    expect(of("first 1").latencyP50.mean).toBeCloseTo(0.022, 3);
    expect(of("deadline, 50 ms").membersMean.mean).toBe(2);
    expect(of("deadline, 10 ms").answered.mean).toBe(0);
    expect(of("deadline, 10 ms").accuracy.mean).toBe(0);
    expect(alone.map((one) => one.accuracy)).toEqual([1 / 2, 2 / 3, 3 / 4]);
    expect(of("first 1").accuracy.mean).toBeGreaterThan(0.3);
    expect(of("first 1").accuracy.mean).toBeLessThan(0.7);
  });

  it("pays for servers and for what leaves clouds", async () => {
    const { rows } = await run({ requestsPerSecond: 20 });
    const asked = 20 * 240;
    const egress = asked * (2 * 1000e-9 * 1 + 2 * 500e-9 * 2);
    const held = ((1 + 2 + 3) * 4) / 60;
    // requests come by chance: per thousand, their number matters little
    expect(rows[0]!.usdHeld.mean).toBeCloseTo(((held + egress) / asked) * 1000, 1);
    expect(rows[0]!.usdWorked.mean).toBeLessThan(rows[0]!.usdHeld.mean);
  });

  it("shows an outage: latency to the deadline until it is noticed, a member fewer as long as it lasts", async () => {
    const { dips, trails } = await run({
      policies: [{ name: "all", deadlineMillis: 300 }],
      events: [{ member: "m1", atMinutes: 1, minutes: 2, detectSeconds: 30 }],
    });
    const [dip] = dips;
    expect(dip!.before.latencySeconds).toBeLessThan(0.1);
    expect(dip!.unnoticed.latencySeconds).toBeCloseTo(0.3, 2);
    expect(dip!.noticed.latencySeconds).toBeLessThan(0.1);
    const [trail] = trails;
    const at = (minute: number) => trail!.members[trail!.minutes.findIndex((m) => m >= minute)]!;
    expect([at(0.5), at(1.2), at(2), at(3.5)]).toEqual([3, 2, 2, 3]);
  });

  it("weights that learn turn away from a member that breaks, and come back", async () => {
    const event = { member: "m2", what: "broken", atMinutes: 1, minutes: 1.5 };
    const members = study().members.map((m, i) => ({ ...m, weight: i === 2 ? 8 : 1 }));
    const { rows } = await run({
      members,
      events: [event],
      policies: [
        { name: "fixed", deadlineMillis: 300 },
        { name: "learning", deadlineMillis: 300, adapt: { rate: 0.1, forget: 0.01 } },
      ],
    });
    expect(rows[1]!.accuracy.mean).toBeGreaterThan(rows[0]!.accuracy.mean + 0.02);
  });

  it("a cascade asks the others only where the first is not sure", async () => {
    const stages = [["m2"], ["m0", "m1"]];
    const { rows } = await run({
      policies: [
        { name: "sure", stages, sure: 0.8, deadlineMillis: 300 },
        { name: "never sure", stages, sure: 1, deadlineMillis: 300 },
      ],
    });
    expect(rows.map((row) => row.stages.mean)).toEqual([1, 2]);
    expect(rows.map((row) => row.membersMean.mean)).toEqual([1, 3]);
    expect(rows[0]!.usdWorked.mean).toBeLessThan(rows[1]!.usdWorked.mean);
  });

  it("is the same again, and names what does not go together", async () => {
    expect((await run()).digest).toBe((await run()).digest);
    await expect(run({ policies: [{ name: "x", deadlineMillis: 9, stages: [["nobody"]] }] })).rejects.toThrow(
      'Policy "x" asks "nobody", which is no member',
    );
    await expect(run({ events: [{ member: "m9", atMinutes: 1, minutes: 1 }] })).rejects.toThrow('"m9" is no member');
    await expect(run({ labels: undefined })).rejects.toThrow("labels: is missing");
    writeFileSync(join(folder, "bad.csv"), "a,b\n0.5,1.5\n");
    const members = study().members.map((m, i) => (i === 1 ? { ...m, predictions: "bad.csv" } : m));
    await expect(run({ members })).rejects.toThrow("bad.csv is 1 x 2: expected 300 x 2");
  });
});

describe("run of a folder with answers.yaml", () => {
  it("trains, serves, cuts a cloud off, chooses members, and leaves numbers and a page", async () => {
    const shipped = readFileSync(join(ROOT, "scenarios/answers-in-time/answers.yaml"), "utf8");
    const small = shipped
      .replace("minutes: 12", "minutes: 12\ntestSamples: 200")
      .replace("requestsPerSecond: 120", "requestsPerSecond: 5")
      .replace("replications: 5", "replications: 2")
      .replace("targets: [0.75", "targets: [0.2")
      .replaceAll("samples: 1000", "samples: 60");
    writeFileSync(join(folder, "answers.yaml"), small);
    const lines: string[] = [];
    const context = { out: (line: string) => void lines.push(line), say: () => undefined };
    const out = join(folder, "results");
    await runAnswers(context as unknown as Parameters<typeof runAnswers>[0], answersFileOf(folder)!, { out });
    for (const word of ["first 2", "cascade, sure 0.9", "azure-large cut off at 4 min", "exact", "Digest:"])
      expect(lines.join("\n")).toContain(word);
    expect(JSON.parse(readFileSync(join(out, "answers.json"), "utf8")).rows.length).toBe(14);
    expect(readFileSync(join(out, "report.html"), "utf8").match(/<svg/g)!.length).toBe(5);
    expect(answersFileOf(join(ROOT, "scenarios/first-study"))).toBeUndefined();
  });
});

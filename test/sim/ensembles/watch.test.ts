// Alerts on what is answered: by hand, and on requests that surge.

import { describe, expect, it } from "vitest";
import type { EndedRequest } from "#src/engine/ensembles.js";
import { answerStudySchema } from "#src/model/answer-study.js";
import { predictionsOf } from "#src/sim/ensembles/predictions.js";
import { drawAsks } from "#src/sim/ensembles/serve.js";
import { runAnswerStudy } from "#src/sim/ensembles/study.js";
import { watchAnswers } from "#src/sim/ensembles/watch.js";

const member = (skill: number, name: string) => ({
  name,
  cloud: "a",
  millisBase: 1,
  usdPerGpuHour: 1,
  draw: { skill, common: 0 },
});

function study(further: object = {}) {
  return answerStudySchema.parse({
    windtunnelAnswers: 1,
    title: "watch",
    requestsPerSecond: 50,
    minutes: 6,
    gateway: { cloud: "a" },
    members: [member(6, "sure"), member(0, "guesses")],
    policies: [{ name: "sure alone", stages: [["sure"]], sure: 0, deadlineMillis: 100 }],
    classes: [
      { name: "bad", share: 0.2 },
      { name: "good", share: 0.8 },
    ],
    events: [{ what: "surge", atMinutes: 2, minutes: 1, classes: [0], share: 0.5 }],
    watch: {
      classes: [0],
      windowSeconds: 20,
      everySeconds: 2,
      alerts: [{ name: "surge", above: 0.4, forSeconds: 4, clearAt: 0.3, clearSeconds: 10 }],
    },
    testSamples: 2000,
    replications: 2,
    ...further,
  });
}

describe("answers that are watched", () => {
  it("fire a rule when the window holds enough of them, and not for an old one", () => {
    const spec = study();
    const row = (atSeconds: number, answer: number): EndedRequest => ({
      id: 0,
      atMicros: atSeconds * 1e6,
      finishMicros: atSeconds * 1e6,
      sample: 0,
      members: 1,
      answer,
      ensemble: 0,
      stage: 0,
    });
    // one a second; from 120 s to 180 s every other one is of class 0, and at 40 s a burst of three
    const ended = Array.from({ length: 360 }, (_, i) => row(i + 0.5, i >= 120 && i < 180 && i % 2 === 0 ? 0 : 1));
    for (const i of [40, 41, 42]) ended[i] = row(i + 0.5, 0);
    const { changes, delays, falseAlarms, trail } = watchAnswers(spec, spec.watch!, ended, Int32Array.of(1));
    // 9 of 20 at 138 s: above 0.4 then, for 4 s at 142 s; 6 of 20 at 188 s, for 10 s at 198 s
    expect(changes.map(({ state, atSeconds }) => [state, atSeconds])).toEqual([
      ["firing", 142],
      ["ok", 198],
    ]);
    expect(delays).toEqual([{ surge: 0, rule: "surge", seconds: 22 }]);
    expect(falseAlarms).toBe(0);
    expect(trail.find(({ atSeconds }) => atSeconds === 44)!.share).toBeCloseTo(3 / 20, 9);
  });

  it("tell a surge in every replication where members are sure, and none where there is none", async () => {
    const spec = study();
    const of = await predictionsOf(spec, "answers.yaml");
    const [row] = runAnswerStudy(spec, 3, 1, of).watch;
    expect(row!.delays[0]!.found).toBe(1);
    expect(row!.delays[0]!.seconds.mean).toBeGreaterThan(4);
    expect(row!.delays[0]!.seconds.mean).toBeLessThan(30);
    expect(row!.falseAlarms.mean).toBe(0);
    const [calm] = runAnswerStudy(study({ events: [] }), 3, 1, of).watch;
    expect(calm!.first.changes).toEqual([]);
  });
});

describe("a surge", () => {
  it("makes as many requests about its classes as it says, and leaves the others alone", () => {
    const labels = Int32Array.from({ length: 1000 }, (_, i) => (i % 5 === 0 ? 0 : 1));
    const plain = drawAsks(study({ events: [] }), labels, 3);
    const surged = drawAsks(study(), labels, 3);
    expect(surged.at).toEqual(plain.at);
    const within = Array.from(surged.at.keys()).filter((i) => surged.at[i]! >= 120e6 && surged.at[i]! < 180e6);
    const bad = within.filter((i) => labels[surged.sample[i]!] === 0).length;
    expect(bad / within.length).toBeCloseTo(0.5 + 0.5 * 0.2, 1);
    for (let i = 0; i < plain.at.length; i++)
      if (plain.at[i]! < 120e6 || plain.at[i]! >= 180e6) expect(surged.sample[i]).toBe(plain.sample[i]);
  });

  it("of a class that no sample has is refused", () => {
    const spec = study({ events: [{ what: "surge", atMinutes: 1, minutes: 1, classes: [7] }] });
    expect(() => drawAsks(spec, Int32Array.of(0, 1), 1)).toThrow("a surge of classes 7: no sample is of them");
  });
});

describe("answers that are drawn", () => {
  it("are right by skill: by chance without any, nearly always with much, and need all that they need", async () => {
    const { matrices, labels, classes } = (await predictionsOf(study(), "answers.yaml"))(0);
    const accuracy = matrices.map((rows) => {
      let right = 0;
      labels.forEach((label, i) => {
        if (rows[i * classes + label]! > 0.5) right++;
      });
      return right / labels.length;
    });
    expect(accuracy[0]).toBeGreaterThan(0.99);
    expect(accuracy[1]).toBeCloseTo(0.5, 1);
    await expect(predictionsOf(study({ classes: [] }), "answers.yaml")).rejects.toThrow("expected at least 2");
  });
});

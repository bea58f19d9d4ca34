// Ensembles of services against a slow twin on random small cases: every answer's moment, members and class.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createDraws } from "#src/engine/draws.js";
import {
  type EnsemblesSetup,
  readEnded,
  readEnsemble,
  SERVED_FUSIONS,
  type ServedFusion,
} from "#src/engine/ensembles.js";
import { createRequestChunk, type ProfileSetup, type RequestChunk } from "#src/engine/services.js";
import { ServingSimulation } from "#src/sim/services/serving.js";
import { serveEnsembleSlowly, type TwinAnswer, type TwinChange, type TwinMember } from "../../twins/ensemble.js";
import { averageRow, logPoolRow, voteRow } from "../../twins/fusion.js";

const CLASSES = 3;
const SAMPLES = 20;

interface Case {
  members: TwinMember[];
  fusion: ServedFusion;
  quorum: number;
  grace: number;
  deadline: number;
  sure: number;
  matrices: Float32Array[];
  labels: Int32Array;
  requests: { at: number; sample: number }[];
  changes: TwinChange[];
}

function drawCase(seed: number): Case {
  const draws = createDraws(seed, "ensemble-twin");
  const pick = (low: number, high: number) => low + draws.integer(high - low + 1);
  const k = pick(1, 4);
  const members = Array.from({ length: k }, (): TwinMember => {
    const [base, each] = [pick(20, 200), pick(0, 40)];
    return {
      stage: 0,
      go: pick(0, 60),
      back: pick(0, 60),
      replicas: pick(1, 2),
      batchMax: pick(1, 4),
      micros: (batch) => base + each * batch,
    };
  });
  if (pick(0, 1) === 1) for (const member of members) member.stage = pick(0, 1);
  if (!members.some((m) => m.stage === 0)) members[0]!.stage = 0;
  // coarse numbers, so that answers tie
  const matrices = members.map(() => {
    const rows = Array.from({ length: SAMPLES }, () => {
      const row = Array.from({ length: CLASSES }, () => 1 + draws.integer(4));
      const sum = row.reduce((a, b) => a + b);
      return row.map((x) => x / sum);
    });
    return Float32Array.from(rows.flat());
  });
  let at = 0;
  const gap = pick(1, 3) ** 3 * 10;
  const requests = Array.from({ length: pick(1, 50) }, () => {
    at += 1 + Math.floor(gap * draws.exponential());
    return { at, sample: draws.integer(SAMPLES) };
  });
  const changes: TwinChange[] = [];
  for (let n = pick(0, 2), t = 0; n > 0; n--) {
    const member = draws.integer(k);
    t += pick(1, 800);
    changes.push({ at: t, member, reached: false, trusted: true });
    t += pick(1, 300);
    changes.push({ at: t, member, reached: false, trusted: false });
    t += pick(1, 600);
    changes.push({ at: t, member, reached: true, trusted: true });
  }
  return {
    members,
    fusion: (Object.keys(SERVED_FUSIONS) as ServedFusion[])[pick(0, 2)]!,
    quorum: pick(0, k),
    grace: pick(0, 1) * pick(1, 80),
    deadline: pick(60, 900),
    sure: 0.4 + 0.3 * draws.uniform(),
    matrices,
    labels: Int32Array.from({ length: SAMPLES }, () => draws.integer(CLASSES)),
    requests,
    changes,
  };
}

/** A seed whose case has members enough. */
const SEVERAL = Array.from({ length: 50 }, (_, seed) => seed + 1).find((seed) => drawCase(seed).members.length === 4)!;
const STILL = { rate: 0, forget: 0, feedback: 0 };

function setupOf(c: Case, adapt = STILL): EnsemblesSetup {
  return {
    ensembles: [
      {
        members: c.members.map(({ stage, go, back }, i) => {
          return { service: i, stage, goMicros: go, backMicros: back, weight: 1, matrix: i };
        }),
        fusion: c.fusion,
        quorum: c.quorum,
        graceMicros: c.grace,
        deadlineMicros: c.deadline,
        sure: c.sure,
        classes: CLASSES,
        labels: c.labels,
        adapt,
      },
    ],
    matrices: c.matrices,
    live: 200,
    rows: c.requests.length,
    bins: 4,
    binMicros: 1000,
  };
}

function chunkOf(c: Case): RequestChunk {
  const chunk = createRequestChunk(c.requests.length);
  chunk.promptTokens.fill(1);
  chunk.outputTokens.fill(1);
  chunk.service.fill(c.members.length);
  c.requests.forEach(({ at, sample }, i) => {
    chunk.atMicros[i] = at;
    chunk.session[i] = sample;
  });
  return chunk;
}

function profileOf({ micros, batchMax }: TwinMember): ProfileSetup {
  return {
    microsByTokens: Float64Array.from({ length: batchMax + 1 }, (_, n) => micros(n)),
    microsPerContextToken: 0,
    microsPerPair: 0,
    batchMax,
    blocks: 2 * batchMax,
    watermarkBlocks: 0,
    blockTokens: 1,
  };
}

function build(c: Case, ready = c.members.map((m) => m.replicas), adapt = STILL): ServingSimulation {
  return new ServingSimulation({
    serving: {
      profiles: c.members.map(profileOf),
      services: c.members.map(({ replicas }, i) => ({ places: replicas, profile: i, route: "round-robin" as const })),
      classes: c.members.map(() => ({ ttftMicros: 1e9, tpotMicros: 1e9, e2eMicros: 1e9, priority: 0 })),
      requests: 400,
      input: c.requests.length,
      rows: 0,
      binMicros: 1e6,
      ensembles: setupOf(c, adapt),
    },
    ready,
    seed: 1,
  });
}

function serve(c: Case): { answers: TwinAnswer[]; simulation: ServingSimulation; setup: EnsemblesSetup } {
  const ensembles = setupOf(c);
  const simulation = build(c);
  simulation.load(chunkOf(c));
  for (const { at, member, reached, trusted } of c.changes) {
    simulation.runTo(at);
    simulation.engine.call((e) => e.setMember(0, member, reached ? 1 : 0, trusted ? 1 : 0, at));
  }
  simulation.runTo(1e12);
  const answers = readEnded(simulation.engine)
    .map(({ id: _, ensemble: __, ...row }) => row)
    .sort((a, b) => a.atMicros - b.atMicros || a.sample - b.sample);
  return { answers, simulation, setup: ensembles };
}

function fuseOf(c: Case) {
  const row = (m: number, sample: number) =>
    Array.from(c.matrices[m]!.subarray(sample * CLASSES, (sample + 1) * CLASSES));
  const greatest = (numbers: number[]) => numbers.indexOf(Math.max(...numbers));
  return (sample: number, answered: number[]) => {
    // the kernel adds up in the order of members
    const members = [...answered].sort((a, b) => a - b);
    const rows = members.map((m) => row(m, sample));
    const share = Math.fround(1 / c.members.length);
    const total = members.reduce((sum) => Math.fround(sum + share), 0);
    const averaged = averageRow(
      rows,
      members.map(() => share),
      Math.fround,
    ).map((x) => Math.fround(x / total));
    if (c.fusion === "vote") return { answer: voteRow(rows, Math.fround), top: Math.max(...averaged) };
    const fused =
      c.fusion === "average"
        ? averaged
        : logPoolRow(
            rows,
            members.map(() => 1),
          ).map((x) => Math.fround(x));
    return { answer: greatest(fused), top: Math.max(...fused) };
  };
}

describe("ensembles of services", () => {
  it("agree with their slow twin in every answer: when, by whom, and what", () => {
    const seen = { deadline: 0, stages: 0, partial: 0, none: 0 };
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 30 }), (seed) => {
        const c = drawCase(seed);
        const { answers } = serve(c);
        const { quorum, grace, deadline, sure, members } = c;
        const slow = serveEnsembleSlowly(
          { members, quorum, grace, deadline, sure, fuse: fuseOf(c) },
          c.requests,
          c.changes,
        );
        expect(answers).toEqual(slow);
        for (const { members: bits, stage, atMicros, finishMicros } of answers) {
          seen.none += bits === 0 ? 1 : 0;
          seen.partial += bits > 0 && bits < 2 ** members.length - 1 ? 1 : 0;
          seen.stages += stage;
          seen.deadline += finishMicros - atMicros === deadline ? 1 : 0;
        }
      }),
      { numRuns: 300 },
    );
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(50);
  });

  it("are told at once by a member that turns requests away, and wait no longer for it", () => {
    const c = { ...drawCase(3), changes: [], quorum: 0, deadline: 100_000 };
    const members = [0, 1].map((): TwinMember => {
      return { stage: 0, go: 10, back: 20, replicas: 1, batchMax: 4, micros: () => 100 };
    });
    const two = {
      ...c,
      members,
      matrices: c.matrices.concat(c.matrices).slice(0, 2),
      requests: [{ at: 5, sample: 1 }],
    };
    const simulation = build(two, [1, 0]);
    simulation.load(chunkOf(two));
    simulation.runTo(1e12);
    const [answer] = readEnded(simulation.engine);
    expect(answer).toMatchObject({ members: 1, finishMicros: 5 + 10 + 100 + 20 });
    expect(readEnsemble(simulation.engine, setupOf(two), 0).members[1]).toMatchObject({
      refused: 1,
      inTime: 0,
      lost: 0,
    });
  });

  it("learn weights as the definition has it, member by member, from those that answered", () => {
    const c = { ...drawCase(SEVERAL), changes: [] as TwinChange[], quorum: 0, grace: 0, deadline: 100_000, sure: 0 };
    for (const member of c.members) member.stage = 0;
    const adapt = { rate: 0.3, forget: 0.05, feedback: 1 };
    const simulation = build(c, undefined, adapt);
    simulation.load(chunkOf(c));
    simulation.runTo(1e12);
    const k = c.members.length;
    let weights = c.members.map(() => 1 / k);
    for (const { sample, members } of readEnded(simulation.engine)) {
      const there = weights.map((_, m) => ((members >> m) & 1) === 1);
      const moved = weights.map((w, m) => {
        const loss = 1 - c.matrices[m]![sample * CLASSES + c.labels[sample]!]!;
        return there[m] ? w * Math.exp(-adapt.rate * loss) : w;
      });
      const sum = (list: number[]) => list.reduce((total, w, m) => total + (there[m] ? w : 0), 0);
      const scale = sum(weights) / sum(moved);
      weights = moved.map((w, m) => (1 - adapt.forget) * (there[m] ? w * scale : w) + adapt.forget / k);
    }
    const told = readEnsemble(simulation.engine, setupOf(c), 0).members.map((m) => m.weight);
    expect(k).toBeGreaterThan(1);
    told.forEach((w, m) => {
      expect(w).toBeCloseTo(weights[m]!, 10);
    });
    expect(told.reduce((a, b) => a + b)).toBeCloseTo(1, 10);
  });

  it("go on from a snapshot, in another engine, to the same answers", () => {
    for (const seed of [7, 8, 9]) {
      const c = { ...drawCase(seed), changes: [] };
      const whole = serve(c);
      const half = build(c);
      half.load(chunkOf(c));
      half.runTo(c.requests[c.requests.length >> 1]!.at + 30);
      const other = build(c);
      other.engine.restore(half.engine.snapshot());
      other.runTo(1e12);
      expect(other.engine.digest()).toBe(whole.simulation.engine.digest());
      expect(readEnded(other.engine)).toEqual(readEnded(whole.simulation.engine));
    }
  });

  it("count what they did: members, answers, series over time", () => {
    const c = drawCase(12345);
    const { answers, simulation, setup } = serve(c);
    const tally = readEnsemble(simulation.engine, setup, 0);
    expect(tally.asked).toBe(answers.length);
    expect(tally.right).toBe(answers.filter((a) => a.answer === c.labels[a.sample]).length);
    const total = (list: ArrayLike<number>) => Array.from(list).reduce((a, b) => a + b, 0);
    expect(total(tally.spans.asked)).toBe(tally.asked);
    expect(total(tally.spans.right)).toBe(tally.right);
    expect(total(tally.sketch)).toBe(tally.asked);
    expect(total(tally.byMembers.map((row) => row.asked))).toBe(tally.asked);
    for (const m of tally.members) expect(m.inTime + m.late + m.lost + m.refused).toBe(m.asked);
    expect(serve(c).simulation.engine.digest()).toBe(simulation.engine.digest());
  });
});

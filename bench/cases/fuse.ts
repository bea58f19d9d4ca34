// Fusions of 8 members x 1,000,000 samples x 10 classes, in gigabytes of input and output a second. Each is measured against
// a plain loop over typed arrays, and the average against a copy of as many bytes too.

import { Crew, FusionArea, type FusionMethod } from "#src/ensemble/index.js";
import type { Case, Sample } from "../harness.js";
import { averageInJavaScript, logPoolInJavaScript, voteInJavaScript } from "../twins/fusion.js";

const CLASSES = 10;

function fill(area: FusionArea, classes = CLASSES): Float32Array[] {
  const { samples, members } = area.shape;
  let state = 7;
  const list = Array.from({ length: members }, (_, i) => area.member(i) as Float32Array);
  for (const matrix of list) {
    for (let n = 0; n < samples; n++) {
      let sum = 0;
      for (let c = 0; c < classes; c++) {
        state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
        matrix[n * classes + c] = 1 + (state >>> 12);
        sum += 1 + (state >>> 12);
      }
      for (let c = 0; c < classes; c++) matrix[n * classes + c]! /= sum;
    }
  }
  return list;
}

function hashOf(values: ArrayLike<number>): string {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! * ((i % 97) + 1);
  return sum.toPrecision(6);
}

const WEIGHTS = [3, 1, 2, 1, 4, 1, 1, 2];

function fusionCase(
  name: string,
  method: FusionMethod,
  baseline: string,
  slowly: (members: Float32Array[], weights: number[], out: Float32Array | Int32Array) => void,
): Case {
  let area: FusionArea;
  let members: Float32Array[] = [];
  let out: Float32Array | Int32Array = new Float32Array();
  const shares = WEIGHTS.map((w) => w / 15);
  const bytes = () => {
    const { samples } = area.shape;
    return (members.length * CLASSES + (method === "vote" ? 1 : CLASSES)) * samples * 4;
  };
  const sample = (millis: number, values: ArrayLike<number>): Sample => ({
    work: bytes() / 1e9,
    millis,
    hash: hashOf(values),
  });
  return {
    name,
    unit: "GB/s",
    better: "higher",
    runs: 9,
    baseline: {
      name: baseline,
      runs: 3,
      run() {
        const begun = performance.now();
        slowly(members, shares, out);
        return sample(performance.now() - begun, out);
      },
    },
    async setup(tiny) {
      const samples = tiny ? 100 : 1_000_000;
      area = new FusionArea({ samples, classes: CLASSES, members: WEIGHTS.length });
      members = fill(area);
      out = method === "vote" ? new Int32Array(samples) : new Float32Array(samples * CLASSES);
      return {
        run() {
          const begun = performance.now();
          const fused = area.fuse(method, { weights: WEIGHTS });
          return sample(performance.now() - begun, fused);
        },
      };
    },
  };
}

const FACTOR = 8;
const TURNS = 9;

/** Eight times as many members, samples or classes: the time of it by eight times the time of one; 1 is linear. */
function linearCase(what: "members" | "samples" | "classes", method: FusionMethod): Case {
  let small: FusionArea;
  let large: FusionArea;
  const timed = (area: FusionArea): Sample => {
    const begun = performance.now();
    const fused = area.fuse(method);
    return { work: 1, millis: performance.now() - begun, hash: hashOf(fused) };
  };
  return {
    name: `fuse/linear-${what}-${method}`,
    unit: "x",
    better: "lower",
    runs: 1,
    baseline: null,
    value: ({ work }) => work,
    async setup(tiny) {
      const shape = { samples: tiny ? 16 : 400_000, classes: 8, members: 4 };
      const build = (by: number) => {
        const area = new FusionArea({ ...shape, [what]: shape[what] * by });
        fill(area, area.shape.classes);
        return area;
      };
      small = build(1);
      large = build(FACTOR);
      return {
        run() {
          // in turn, so that what else the machine does falls on both; the least of each
          let [one, many] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
          let hash = "";
          for (let r = 0; r < TURNS; r++) {
            for (let k = 0; k < 3; k++) one = Math.min(one, timed(small).millis);
            const sample = timed(large);
            many = Math.min(many, sample.millis);
            hash = sample.hash;
          }
          return { work: many / (FACTOR * one), millis: 1, hash };
        },
      };
    },
  };
}

/** By two threads, each its half of the samples, against one. */
function threadsCase(method: FusionMethod): Case {
  let area: FusionArea;
  let crew: Crew;
  const done = (begun: number): Sample => ({
    work: ((area.shape.members + 1) * area.shape.samples * CLASSES * 4) / 1e9,
    millis: performance.now() - begun,
    hash: hashOf(area.fused(method)),
  });
  return {
    name: `fuse/${method}-2-threads`,
    unit: "GB/s",
    better: "higher",
    runs: 9,
    baseline: {
      name: "one thread",
      run() {
        const begun = performance.now();
        area.fuse(method, { weights: WEIGHTS });
        return done(begun);
      },
    },
    async setup(tiny) {
      area = new FusionArea({ samples: tiny ? 100 : 1_000_000, classes: CLASSES, members: WEIGHTS.length });
      fill(area);
      crew = new Crew(area.bulk, 2);
      return {
        async run() {
          const begun = performance.now();
          await crew.fuse(area, method, { weights: WEIGHTS });
          return done(begun);
        },
        close: () => crew.close(),
      };
    },
  };
}

let spare = new Float32Array();

/** As many bytes, half of them read and half written: what memory allows. */
function copyBytes(members: Float32Array[]): void {
  const [one, half] = [members[0]!.length, (members.length + 1) >> 1];
  if (spare.length !== one * half) spare = new Float32Array(one * half);
  for (let i = 0; i < half; i++) spare.set(members[i]!, i * one);
}

export const fusionCases: { standard: Case[]; onRequest: Case[] } = {
  standard: [
    fusionCase("fuse/weighted-average-f32", "average", "plain JavaScript", averageInJavaScript),
    fusionCase("fuse/vote-f32", "vote", "plain JavaScript", voteInJavaScript),
    fusionCase("fuse/log-pool-f32", "log-pool", "plain JavaScript", logPoolInJavaScript),
  ],
  onRequest: [
    fusionCase("fuse/weighted-average-f32-vs-copy", "average", "copy", (members) => copyBytes(members)),
    fusionCase("fuse/vote-f32-vs-copy", "vote", "copy", (members) => copyBytes(members)),
    fusionCase("fuse/log-pool-f32-vs-copy", "log-pool", "copy", (members) => copyBytes(members)),
    fusionCase("fuse/log-pool-exact-f32", "log-pool-exact", "plain JavaScript", logPoolInJavaScript),
    ...(["members", "samples", "classes"] as const).flatMap((what) =>
      (["average", "vote", "log-pool"] as const).map((method) => linearCase(what, method)),
    ),
    threadsCase("average"),
    threadsCase("log-pool"),
  ],
};

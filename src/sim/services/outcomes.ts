// What became of the requests of a run, by class: counts, means, and percentiles from the engine's sketches.

import * as abi from "../../engine/abi.js";
import type { Engine } from "../../engine/engine.js";
import type { ServingSetup } from "../../engine/services.js";

/** Counts by magnitude, 128 buckets an octave from 1 µs; a percentile is right to within 1/256 of itself. */
export class Sketch {
  readonly #counts: Float64Array;
  readonly total: number;

  constructor(counts: Float64Array) {
    this.#counts = counts;
    this.total = counts.reduce((sum, n) => sum + n, 0);
  }

  /** Seconds; the smallest value that is at least as large as `share` of all (nearest rank). NaN if there are none. */
  percentile(share: number): number {
    let left = Math.max(1, Math.ceil(share * this.total));
    for (let i = 0; i < this.#counts.length; i++) {
      left -= this.#counts[i]!;
      if (left <= 0) return middleOf(i) / 1e6;
    }
    return Number.NaN;
  }

  /** Both together. */
  plus(other: Sketch): Sketch {
    return new Sketch(this.#counts.map((n, i) => n + other.#counts[i]!));
  }
}

/** Middle of a bucket, µs. */
function middleOf(bucket: number): number {
  const octave = Math.floor(bucket / 128);
  return 2 ** octave * (1 + ((bucket % 128) + 0.5) / 128);
}

export interface ClassOutcome {
  arrived: number;
  answered: number;
  /** Within every bound of the class. */
  met: number;
  tooLong: number;
  refused: number;
  /** Times that a request lost its memory and began anew. */
  preemptions: number;
  promptTokens: number;
  outputTokens: number;
  ttftSecondsMean: number;
  tpotSecondsMean: number;
  e2eSecondsMean: number;
  waitSecondsMean: number;
  metTtft: number;
  metTpot: number;
  metE2e: number;
  ttft: Sketch;
  tpot: Sketch;
  e2e: Sketch;
  wait: Sketch;
}

/** Classes of one service together; at least one. */
export function sumOutcomes(all: readonly ClassOutcome[]): ClassOutcome {
  const [first, ...others] = all;
  return others.reduce<ClassOutcome>((a, b) => {
    const count = (key: (typeof COUNTS)[number]) => a[key] + b[key];
    const counts = Object.fromEntries(COUNTS.map((key) => [key, count(key)])) as Pick<
      ClassOutcome,
      (typeof COUNTS)[number]
    >;
    const mean = (of: (o: ClassOutcome) => number, weight: (o: ClassOutcome) => number) => {
      const sum = [a, b].reduce((total, o) => total + (weight(o) > 0 ? of(o) * weight(o) : 0), 0);
      return sum / (weight(a) + weight(b));
    };
    const byAnswer = (of: (o: ClassOutcome) => number) => mean(of, (o) => o.answered);
    return {
      ...counts,
      ttftSecondsMean: byAnswer((o) => o.ttftSecondsMean),
      tpotSecondsMean: mean(
        (o) => o.tpotSecondsMean,
        (o) => o.tpot.total,
      ),
      e2eSecondsMean: byAnswer((o) => o.e2eSecondsMean),
      waitSecondsMean: byAnswer((o) => o.waitSecondsMean),
      ttft: a.ttft.plus(b.ttft),
      tpot: a.tpot.plus(b.tpot),
      e2e: a.e2e.plus(b.e2e),
      wait: a.wait.plus(b.wait),
    };
  }, first!);
}

const COUNTS = [
  "arrived",
  "answered",
  "met",
  "tooLong",
  "refused",
  "preemptions",
  "promptTokens",
  "outputTokens",
  "metTtft",
  "metTpot",
  "metE2e",
] as const satisfies readonly (keyof ClassOutcome)[];

/** By class of requests, in the setup's order. */
export function readOutcomes(engine: Engine, setup: ServingSetup): ClassOutcome[] {
  const counts = engine.column(abi.COL_OUTCOMES, "f64");
  const sketches = engine.column(abi.COL_SKETCHES, "f64");
  return setup.classes.map((_, c) => {
    const of = (outcome: number) => counts[c * abi.OUTCOME_COUNT + outcome]!;
    const sketch = (measure: number) => {
      const first = (c * abi.SKETCHES_A_CLASS + measure) * abi.SKETCH_BUCKETS;
      return new Sketch(sketches.slice(first, first + abi.SKETCH_BUCKETS));
    };
    const answered = of(abi.OUTCOME_DONE);
    const tpot = sketch(abi.SKETCH_TPOT);
    const mean = (micros: number, n = answered) => micros / n / 1e6;
    return {
      arrived: of(abi.OUTCOME_ARRIVED),
      answered,
      met: of(abi.OUTCOME_MET),
      tooLong: of(abi.OUTCOME_TOO_LONG),
      refused: of(abi.OUTCOME_REFUSED),
      preemptions: of(abi.OUTCOME_PREEMPTED),
      promptTokens: of(abi.OUTCOME_PROMPT_TOKENS),
      outputTokens: of(abi.OUTCOME_OUTPUT_TOKENS),
      ttftSecondsMean: mean(of(abi.OUTCOME_SUM_TTFT)),
      tpotSecondsMean: mean(of(abi.OUTCOME_SUM_TPOT), tpot.total),
      e2eSecondsMean: mean(of(abi.OUTCOME_SUM_E2E)),
      waitSecondsMean: mean(of(abi.OUTCOME_SUM_WAIT)),
      metTtft: of(abi.OUTCOME_MET_TTFT),
      metTpot: of(abi.OUTCOME_MET_TPOT),
      metE2e: of(abi.OUTCOME_MET_E2E),
      ttft: sketch(abi.SKETCH_TTFT),
      tpot,
      e2e: sketch(abi.SKETCH_E2E),
      wait: sketch(abi.SKETCH_WAIT),
    };
  });
}

// Ensemble services compared: every policy, at each of its deadlines and thresholds, on the same requests.

import { createHash } from "node:crypto";
import { chooseMembers, type SubsetChoice } from "../../ensemble/index.js";
import type { ServeSpec } from "../../model/answer-study.js";
import type { Interval } from "../../model/results.js";
import { interval } from "../statistics.js";
import { replicationSeed } from "../workload.js";
import { BINS, drawAsks, type PolicyPoint, type Predictions, runServed, type ServedRun } from "./serve.js";
import type { WatchedRun } from "./watch.js";

export interface AnswerRow {
  policy: string;
  /** Policy, and deadline or threshold where it has several. */
  point: string;
  deadlineMillis: number;
  sure: number;
  accuracy: Interval;
  answered: Interval;
  latencyP50: Interval;
  latencyP99: Interval;
  membersMean: Interval;
  byDeadline: Interval;
  stages: Interval;
  /** A thousand requests, servers held all the time. */
  usdHeld: Interval;
  /** A thousand requests, servers paid for while they work. */
  usdWorked: Interval;
}

/** Means by part of the run, over replications. */
export interface AnswerTrail {
  point: string;
  minutes: number[];
  accuracy: number[];
  members: number[];
  latencySeconds: number[];
}

/** What an outage did to a policy. */
export interface Dip {
  point: string;
  event: string;
  before: { accuracy: number; latencySeconds: number };
  /** Until it was noticed; NaN where that took no time that can be seen. */
  unnoticed: { accuracy: number; latencySeconds: number };
  noticed: { accuracy: number; latencySeconds: number };
}

export interface AnswerResult {
  rows: AnswerRow[];
  trails: AnswerTrail[];
  dips: Dip[];
  /** Each member's own accuracy, first replication. */
  alone: { member: string; accuracy: number }[];
  choices: { target: number; choice: SubsetChoice | undefined }[];
  /** Of a study that watches its answers, by point. */
  watch: WatchRow[];
  digest: string;
}

/** What alert rules made of a point's answers. */
export interface WatchRow {
  point: string;
  /** By surge and rule: share of replications in which it fired for it, and seconds until then. */
  delays: { surge: number; rule: string; found: number; seconds: Interval }[];
  falseAlarms: Interval;
  /** Of the first replication. */
  first: WatchedRun;
}

function watchOf(point: string, runs: readonly ServedRun[]): WatchRow[] {
  const all = runs.flatMap(({ watched }) => (watched ? [watched] : []));
  const [first] = all;
  if (!first) return [];
  return [
    {
      point,
      first,
      falseAlarms: interval(all.map((run) => run.falseAlarms)),
      delays: first.delays.map(({ surge, rule }, i) => {
        const known = all.flatMap((run) => run.delays[i]!.seconds ?? []);
        return { surge, rule, found: known.length / all.length, seconds: interval(known) };
      }),
    },
  ];
}

export function pointsOf(spec: ServeSpec): (PolicyPoint & { label: string })[] {
  return spec.policies.flatMap((policy) => {
    const deadlines = [policy.deadlineMillis].flat();
    const thresholds = policy.stages ? [policy.sure].flat() : [[policy.sure].flat()[0]!];
    return deadlines.flatMap((deadlineMillis) =>
      thresholds.map((sure) => {
        const marks = [
          ...(deadlines.length > 1 ? [`${deadlineMillis} ms`] : []),
          ...(thresholds.length > 1 ? [`sure ${sure}`] : []),
        ];
        return { policy, deadlineMillis, sure, label: [policy.name, ...marks].join(", ") };
      }),
    );
  });
}

/** Runs a study. `predictionsOf` is asked once a replication; `onRun` is told after each run. */
export function runAnswerStudy(
  spec: ServeSpec,
  replications: number,
  seed: number,
  predictionsOf: (replication: number) => Predictions,
  onRun: (done: number, of: number) => void = () => undefined,
): AnswerResult {
  const points = pointsOf(spec);
  const runs: ServedRun[][] = points.map(() => []);
  let first: Predictions | undefined;
  for (let r = 0; r < replications; r++) {
    const predictions = predictionsOf(r);
    first ??= predictions;
    const own = replicationSeed(seed, r);
    const asks = drawAsks(spec, predictions.labels, own);
    points.forEach((point, p) => {
      runs[p]!.push(runServed(spec, point, predictions, asks, own));
      onRun(r * points.length + p + 1, replications * points.length);
    });
  }
  const hash = createHash("sha256");
  points.forEach(({ label }, p) => {
    for (const run of runs[p]!) hash.update(`${label} ${run.digest}\n`);
  });
  const trails = points.map(({ label }, p) => trailOf(spec, label, runs[p]!));
  return {
    rows: points.map((point, p) => rowOf(point, runs[p]!)),
    trails,
    // of each policy the first deadline or threshold
    dips: spec.events
      .filter((event) => event.what === "cut")
      .flatMap((event) => {
        const firsts = spec.policies.map((policy) => points.findIndex((point) => point.policy === policy));
        return firsts.map((p) => dipOf(spec, event, trails[p]!));
      }),
    alone: spec.members.map(({ name }, m) => ({ member: name, accuracy: accuracyAlone(first!, m) })),
    choices: choose(spec, first!),
    watch: points.flatMap(({ label }, p) => watchOf(label, runs[p]!)),
    digest: hash.digest("hex").slice(0, 16),
  };
}

function rowOf(
  { policy, label, deadlineMillis, sure }: PolicyPoint & { label: string },
  runs: readonly ServedRun[],
): AnswerRow {
  const over = (of: (run: ServedRun) => number) => interval(runs.map(of));
  const perThousand = (usd: (run: ServedRun) => number) => over((run) => (usd(run) / run.tally.asked) * 1000);
  return {
    policy: policy.name,
    point: label,
    deadlineMillis,
    sure,
    accuracy: over((run) => run.accuracy),
    answered: over((run) => run.answeredShare),
    latencyP50: over((run) => run.latencySecondsP50),
    latencyP99: over((run) => run.latencySecondsP99),
    membersMean: over((run) => run.tally.membersMean),
    byDeadline: over((run) => run.tally.byDeadline / run.tally.asked),
    stages: over((run) => run.tally.stagesMean),
    usdHeld: perThousand((run) => run.usdHeld),
    usdWorked: perThousand((run) => run.usdWorked),
  };
}

function trailOf(spec: ServeSpec, point: string, runs: readonly ServedRun[]): AnswerTrail {
  const total = (key: keyof ServedRun["tally"]["spans"], bin: number) =>
    runs.reduce((sum, run) => sum + run.tally.spans[key][bin]!, 0);
  const bins = Array.from({ length: BINS }, (_, bin) => bin);
  return {
    point,
    minutes: bins.map((bin) => (bin * spec.minutes) / BINS),
    accuracy: bins.map((bin) => total("right", bin) / total("asked", bin)),
    members: bins.map((bin) => total("members", bin) / total("asked", bin)),
    latencySeconds: bins.map((bin) => total("latency", bin) / total("asked", bin) / 1e6),
  };
}

/** Means over the parts of the run that lie wholly in each phase. */
function dipOf(spec: ServeSpec, event: ServeSpec["events"][number], trail: AnswerTrail): Dip {
  const width = spec.minutes / BINS;
  const mean = (from: number, to: number) => {
    const bins = trail.minutes.flatMap((at, bin) => (at >= from - 1e-9 && at + width <= to + 1e-9 ? [bin] : []));
    const of = (values: readonly number[]) => {
      const known = bins.map((bin) => values[bin]!).filter((value) => !Number.isNaN(value));
      return known.reduce((sum, value) => sum + value, 0) / known.length;
    };
    return { accuracy: of(trail.accuracy), latencySeconds: of(trail.latencySeconds) };
  };
  const seen = event.atMinutes + event.detectSeconds / 60;
  const end = event.atMinutes + event.minutes;
  return {
    point: trail.point,
    event: `${event.member} cut off at ${event.atMinutes} min`,
    before: mean(0, event.atMinutes),
    unnoticed: mean(event.atMinutes, Math.min(seen, end)),
    noticed: mean(Math.min(seen, end), end),
  };
}

function accuracyAlone({ matrices, classes, labels }: Predictions, m: number): number {
  const rows = matrices[m]!;
  let right = 0;
  for (let n = 0; n < labels.length; n++) {
    let best = 0;
    for (let c = 1; c < classes; c++) if (rows[n * classes + c]! > rows[n * classes + best]!) best = c;
    right += best === labels[n] ? 1 : 0;
  }
  return right / labels.length;
}

/** Clouds that members run in, or could. */
export function cloudsOf(spec: ServeSpec): string[] {
  return [...new Set(spec.members.flatMap((m) => [m.cloud ?? m.name, ...Object.keys(m.elsewhere)]))];
}

/** By target: members and their clouds for the least cost an hour of their servers. */
function choose(spec: ServeSpec, { matrices, classes, labels }: Predictions): AnswerResult["choices"] {
  if (!spec.choose) return [];
  const { targets, room } = spec.choose;
  const clouds = cloudsOf(spec);
  const usd = spec.members.map((m) =>
    clouds.map((cloud) => {
      const price = (m.cloud ?? m.name) === cloud ? m.usdPerGpuHour : m.elsewhere[cloud];
      return price === undefined ? Number.POSITIVE_INFINITY : m.replicas * price;
    }),
  );
  return targets.map((target) => ({
    target,
    choice: chooseMembers({
      members: matrices,
      classes,
      labels,
      weights: spec.members.map((m) => m.weight),
      usd,
      target,
      ...(room ? { room: clouds.map((cloud) => room[cloud] ?? matrices.length) } : {}),
    }),
  }));
}

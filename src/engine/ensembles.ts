// Writes ensembles of services into an engine and reads out what became of the requests to them.

import { WindtunnelError } from "../model/errors.js";
import * as abi from "./abi.js";
import type { Engine } from "./engine.js";

export const SERVED_FUSIONS = {
  average: abi.FUSE_AVERAGE,
  vote: abi.FUSE_VOTE,
  "log-pool": abi.FUSE_LOG_POOL,
} as const;
export type ServedFusion = keyof typeof SERVED_FUSIONS;

export interface MemberSetup {
  /** Index of the service that answers for it. */
  service: number;
  /** It is asked in this stage, from 0 on. */
  stage: number;
  /** Of a message there, and of the answer back, µs. */
  goMicros: number;
  backMicros: number;
  weight: number;
  /** Index of the prediction matrix that it answers by. */
  matrix: number;
}

export interface EnsembleSetup {
  /** At most 16. */
  members: readonly MemberSetup[];
  fusion: ServedFusion;
  /** Answers of a stage that are enough; 0 = all that are awaited. */
  quorum: number;
  /** How long it waits for more than the quorum. */
  graceMicros: number;
  deadlineMicros: number;
  /** Greatest fused number at which a cascade asks no further stage. */
  sure: number;
  classes: number;
  /** Class of each sample. */
  labels: Int32Array;
  /** Learning of the weights; rate 0 = they stay. */
  adapt: { rate: number; forget: number; feedback: number };
}

export interface EnsemblesSetup {
  ensembles: readonly EnsembleSetup[];
  /** samples x classes each. */
  matrices: readonly Float32Array[];
  /** Requests to ensembles in the system at once. */
  live: number;
  /** Rows of ended ones to keep: as many as will end, or 0. */
  rows: number;
  bins: number;
  binMicros: number;
}

/** Capacities before `configure`; without a setup there are none. */
export function writeEnsembleCapacities(engine: Engine, setup?: EnsemblesSetup): void {
  const sum = (of: (e: EnsembleSetup) => number) => setup?.ensembles.reduce((n, e) => n + of(e), 0) ?? 0;
  for (const [slot, value] of [
    [abi.CAP_ENSEMBLES, setup?.ensembles.length ?? 0],
    [abi.CAP_MEMBERS, sum((e) => e.members.length)],
    [abi.CAP_ENSEMBLE_LIVE, setup?.live ?? 0],
    [abi.CAP_ENSEMBLE_ROWS, setup?.rows ?? 0],
    [abi.CAP_PREDICTIONS, setup?.matrices.reduce((n, matrix) => n + matrix.length, 0) ?? 0],
    [abi.CAP_LABELS, sum((e) => e.labels.length)],
    [abi.CAP_ENSEMBLE_BINS, setup?.bins ?? 0],
  ] as const)
    engine.setI(slot, value);
  engine.setF(abi.ENSEMBLE_BIN_MICROS, setup?.binMicros ?? 1);
}

function refuse(what: string, value: unknown, expected: string): never {
  throw new WindtunnelError(
    "FUSION_INVALID",
    `${what} is ${value}: expected ${expected}.`,
    "See docs/models/ensemble-services.md.",
  );
}

function check({ ensembles, matrices }: EnsemblesSetup, services: number): void {
  for (const { members, classes, labels, deadlineMicros, adapt, quorum } of ensembles) {
    if (members.length < 1 || members.length > abi.MEMBERS_MAX)
      refuse("The number of members", members.length, `1 to ${abi.MEMBERS_MAX}`);
    if (!(deadlineMicros > 0 && Number.isFinite(deadlineMicros)))
      refuse("The deadline, µs,", deadlineMicros, "a time above 0");
    if (!(quorum >= 0 && quorum <= members.length)) refuse("The quorum", quorum, `0 to ${members.length}`);
    if (!(classes >= 1 && classes <= 255)) refuse("The number of classes", classes, "1 to 255");
    if (!(adapt.rate >= 0 && adapt.forget >= 0 && adapt.forget <= 1 && adapt.feedback >= 0))
      refuse("A rate of adapting weights", JSON.stringify(adapt), "numbers of at least 0, forget at most 1");
    if (!members.some((m) => m.weight > 0)) refuse("The sum of weights", 0, "more than 0");
    const bad = labels.findIndex((label) => !(label >= 0 && label < classes));
    if (bad >= 0) refuse(`The class of sample ${bad}`, labels[bad], `0 to ${classes - 1}`);
    for (const { service, goMicros, backMicros, weight, matrix } of members) {
      if (!(service >= 0 && service < services)) refuse("A member's service", service, `0 to ${services - 1}`);
      if (!(goMicros >= 0 && backMicros >= 0 && weight >= 0)) refuse("A member's way or weight", weight, "at least 0");
      const have = matrices[matrix]?.length ?? 0;
      if (have !== labels.length * classes)
        refuse(`The size of matrix ${matrix}`, have, `${labels.length} samples of ${classes} classes`);
    }
  }
}

/** Writes the tables of ensembles after `configure`, before `start`. Throws FUSION_INVALID for what cannot be. */
export function configureEnsembles(engine: Engine, setup: EnsemblesSetup, services: number): void {
  check(setup, services);
  const starts: number[] = [];
  const predictions = engine.column(abi.COL_PREDICTIONS, "f32");
  let at = 0;
  for (const matrix of setup.matrices) {
    starts.push(at);
    predictions.set(matrix, at);
    at += matrix.length;
  }
  const fields = engine.column(abi.COL_ENSEMBLE, "f64");
  const members = engine.column(abi.COL_MEMBER, "f64");
  const labels = engine.column(abi.COL_LABELS, "i32");
  let [first, label] = [0, 0];
  setup.ensembles.forEach((e, i) => {
    const put = (field: number, value: number) => {
      fields[i * abi.ENSEMBLE_FIELDS + field] = value;
    };
    put(abi.ENSEMBLE_FIRST, first);
    put(abi.ENSEMBLE_MEMBERS, e.members.length);
    put(abi.ENSEMBLE_METHOD, SERVED_FUSIONS[e.fusion]);
    put(abi.ENSEMBLE_QUORUM, e.quorum);
    put(abi.ENSEMBLE_GRACE, e.graceMicros);
    put(abi.ENSEMBLE_DEADLINE, e.deadlineMicros);
    put(abi.ENSEMBLE_STAGES, 1 + Math.max(...e.members.map((m) => m.stage)));
    put(abi.ENSEMBLE_SURE, e.sure);
    put(abi.ENSEMBLE_CLASSES, e.classes);
    put(abi.ENSEMBLE_LABELS, label);
    put(abi.ENSEMBLE_ADAPT, e.adapt.rate);
    put(abi.ENSEMBLE_FORGET, e.adapt.forget);
    put(abi.ENSEMBLE_FEEDBACK, e.adapt.feedback);
    labels.set(e.labels, label);
    label += e.labels.length;
    const total = e.members.reduce((sum, m) => sum + m.weight, 0);
    e.members.forEach((m, k) => {
      const row = (first + k) * abi.MEMBER_FIELDS;
      members[row + abi.MEMBER_SERVICE] = m.service;
      members[row + abi.MEMBER_STAGE] = m.stage;
      members[row + abi.MEMBER_GO] = m.goMicros;
      members[row + abi.MEMBER_BACK] = m.backMicros;
      members[row + abi.MEMBER_MATRIX] = starts[m.matrix]!;
      members[row + abi.MEMBER_REACHED] = 1;
      members[row + abi.MEMBER_TRUSTED] = 1;
      members[row + abi.MEMBER_WEIGHT] = m.weight / total;
    });
    first += e.members.length;
  });
  engine.setI(abi.ENSEMBLE_COUNT, setup.ensembles.length);
}

/** Member `g` of all answers by another matrix from now on. */
export function swapMatrix(engine: Engine, setup: EnsemblesSetup, g: number, matrix: number): void {
  const at = setup.matrices.slice(0, matrix).reduce((sum, one) => sum + one.length, 0);
  engine.column(abi.COL_MEMBER, "f64")[g * abi.MEMBER_FIELDS + abi.MEMBER_MATRIX] = at;
}

export interface MemberTally {
  asked: number;
  inTime: number;
  late: number;
  lost: number;
  refused: number;
  weight: number;
}

export interface EnsembleTally {
  asked: number;
  answered: number;
  right: number;
  membersMean: number;
  latencySecondsMean: number;
  byDeadline: number;
  stagesMean: number;
  /** By number of members that were fused: requests, and of these right. */
  byMembers: { members: number; asked: number; right: number }[];
  members: MemberTally[];
  sketch: Float64Array;
  /** By bin, requests of that moment: asked, answered, right, sum of members, sum of latencies, µs. */
  spans: Record<"asked" | "answered" | "right" | "members" | "latency", Float64Array>;
}

/** What became of the requests to ensemble `e`; copies. */
export function readEnsemble(engine: Engine, setup: EnsemblesSetup, e: number): EnsembleTally {
  const counts = engine.column(abi.COL_ENSEMBLE_COUNTS, "f64");
  const of = (tally: number) => counts[e * abi.TALLY_COUNT + tally]!;
  const first = setup.ensembles.slice(0, e).reduce((sum, one) => sum + one.members.length, 0);
  const rows = engine.column(abi.COL_MEMBER, "f64");
  const bins = engine.column(abi.COL_ENSEMBLE_BINS, "f64");
  const span = (series: number) => {
    const at = (e * abi.SPAN_COUNT + series) * setup.bins;
    return bins.slice(at, at + setup.bins);
  };
  const asked = of(abi.TALLY_ASKED);
  return {
    asked,
    answered: of(abi.TALLY_ANSWERED),
    right: of(abi.TALLY_RIGHT),
    membersMean: of(abi.TALLY_MEMBERS) / asked,
    latencySecondsMean: of(abi.TALLY_LATENCY) / asked / 1e6,
    byDeadline: of(abi.TALLY_DEADLINE),
    stagesMean: of(abi.TALLY_STAGES) / asked,
    byMembers: Array.from({ length: setup.ensembles[e]!.members.length + 1 }, (_, members) => ({
      members,
      asked: of(abi.TALLY_BY_MEMBERS + members),
      right: of(abi.TALLY_RIGHT_BY_MEMBERS + members),
    })),
    members: setup.ensembles[e]!.members.map((_, m) => {
      const at = (first + m) * abi.MEMBER_FIELDS;
      const field = (name: number) => rows[at + name]!;
      return {
        asked: field(abi.MEMBER_ASKED),
        inTime: field(abi.MEMBER_IN_TIME),
        late: field(abi.MEMBER_LATE),
        lost: field(abi.MEMBER_LOST),
        refused: field(abi.MEMBER_REFUSED),
        weight: field(abi.MEMBER_WEIGHT),
      };
    }),
    sketch: engine.column(abi.COL_ENSEMBLE_SKETCH, "f64").slice(e * abi.SKETCH_BUCKETS, (e + 1) * abi.SKETCH_BUCKETS),
    spans: {
      asked: span(abi.SPAN_ASKED),
      answered: span(abi.SPAN_ANSWERED),
      right: span(abi.SPAN_RIGHT),
      members: span(abi.SPAN_MEMBERS),
      latency: span(abi.SPAN_LATENCY),
    },
  };
}

export interface EndedRequest {
  id: number;
  atMicros: number;
  finishMicros: number;
  sample: number;
  /** Bit by member that was fused. */
  members: number;
  /** -1: nobody answered. */
  answer: number;
  ensemble: number;
  stage: number;
}

/** Rows of requests that ended, in order of their end; only where rows were asked for. */
export function readEnded(engine: Engine): EndedRequest[] {
  const rows = engine.column(abi.COL_ENSEMBLE_ROWS, "f64");
  return Array.from({ length: engine.getI(abi.ENSEMBLE_DONE) }, (_, r) => {
    const of = (field: number) => rows[r * abi.ENDED_FIELDS + field]!;
    return {
      id: of(abi.ENDED_ID),
      atMicros: of(abi.ENDED_AT),
      finishMicros: of(abi.ENDED_FINISH),
      sample: of(abi.ENDED_SAMPLE),
      members: of(abi.ENDED_MEMBERS),
      answer: of(abi.ENDED_CLASS),
      ensemble: of(abi.ENDED_ENSEMBLE),
      stage: of(abi.ENDED_STAGE),
    };
  });
}

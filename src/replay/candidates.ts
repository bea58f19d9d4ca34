// Why this node? The log is replayed up to the pass that started a job, and the engine is asked there about every node: was
// there room, what did the placement see, what did it score, and what would the other placements have taken.

import * as abi from "../engine/abi.js";
import { Engine } from "../engine/engine.js";
import { LogReader } from "../engine/log.js";
import { FEATURES } from "../model/features.js";
import { isScored, PLACE_RULES, type PlaceRule } from "../model/policies.js";
import { type Onlooker, type Recording, replayLog } from "./driver.js";
import { type FeatureReader, type ScorePart, scoreParts } from "./score-parts.js";

export interface Candidate {
  node: number;
  /** What the run's placement gives the node; null where it gives no scores. */
  score: number | null;
  /** Features of the node by name, as a policy would read them. */
  features: Record<string, number>;
  /** Terms that add up to the score, before it is truncated; empty where the placement has no formula of terms. */
  parts: ScorePart[];
}

export interface Choice {
  timeMicros: number;
  /** Starts that the same pass had decided before; the candidates are as the pass found them. */
  startedBefore: number;
  /** Jobs that it had stopped before, perhaps to make room. */
  stoppedBefore: number;
  /** Nodes of the gang, in order of the plan. */
  chosen: number[];
  /** Nodes with room for a task, best first; at most `listMax`. */
  candidates: Candidate[];
  /** How many nodes had room for a task. */
  withRoom: number;
  /** First node that each other placement would have taken; null: none had room by its rule. */
  others: { place: PlaceRule; node: number | null }[];
}

interface Start {
  pass: number;
  startedBefore: number;
  stoppedBefore: number;
  chosen: number[];
  timeMicros: number;
}

/** The first start of the job; null if the log has none on nodes. */
function findStart(log: Uint8Array, job: number): Start | null {
  const reader = new LogReader(log);
  const jobs = new Map<number, number>();
  let pass = -1;
  let startedBefore = 0;
  let stoppedBefore = 0;
  let found: Start | null = null;
  for (let i = 0; i < reader.count; i++) {
    const kind = reader.kind(i);
    if (found && kind !== abi.DECIDE_PART) break;
    if (kind === abi.PASS) {
      pass++;
      startedBefore = 0;
      stoppedBefore = 0;
    }
    const record = reader.record(i);
    if (kind === abi.FACT_SUBMITTED) jobs.set(record.slot, record.a);
    if (found) found.chosen.push(record.a);
    else if (kind === abi.DECIDE_START && jobs.get(record.slot) === job) {
      found = { pass, startedBefore, stoppedBefore, chosen: [], timeMicros: record.timeMicros };
    } else if (kind === abi.DECIDE_START) startedBefore++;
    else if (kind === abi.DECIDE_PREEMPT) stoppedBefore++;
  }
  return found && found.chosen.length > 0 && found.chosen[0]! >= 0
    ? { ...found, chosen: [...new Set(found.chosen)] }
    : null;
}

/**
 * The choice of node at the first start of a job; null if it never started, or in a pool without nodes.
 * @param recording its world must have what scored placements need (`scored`).
 * @param shape id of the job's shape.
 * @param engine one that holds the run's policies.
 */
export function explainChoice(
  recording: Recording,
  { job, shape, listMax = 8 }: { job: number; shape: number; listMax?: number },
  engine = new Engine(),
): Choice | null {
  const start = findStart(recording.log, job);
  if (!start) return null;
  const { pass: wanted, ...rest } = start;
  let pass = 0;
  let choice: Choice | null = null;
  const onlooker: Onlooker = {
    beforePass(e) {
      if (pass++ === wanted) choice = { ...rest, ...look(e, shape, recording.world.policy.place, listMax) };
    },
  };
  replayLog(recording, onlooker, engine);
  return choice;
}

function look(engine: Engine, shape: number, place: PlaceRule | "plug", listMax: number) {
  const scored = place === "plug" || isScored(place);
  const nodes = engine.getI(abi.NODE_COUNT);
  const all: Candidate[] = [];
  for (let node = 0; node < nodes; node++) {
    const score = engine.call((e) => e.consider(node, shape));
    if (score === Number.NEGATIVE_INFINITY) continue;
    const parts = scored ? (scoreParts(place, readerOf(engine)) ?? []) : [];
    all.push({ node, score: scored ? score : null, features: featuresOf(engine), parts });
  }
  const candidates = [...all].sort((a, b) => (b.score ?? 0) - (a.score ?? 0) || a.node - b.node).slice(0, listMax);
  return { candidates, withRoom: all.length, others: othersAt(engine, shape, place) };
}

const FEATURE_NUMBERS = new Map(FEATURES.map(({ name }, i) => [name, i]));

/** Features of the node that the engine considers now. */
function readerOf(engine: Engine): FeatureReader {
  return (name, device = 0) => engine.exports.feature(FEATURE_NUMBERS.get(name)!, device);
}

function featuresOf(engine: Engine): Record<string, number> {
  const own = FEATURES.flatMap(({ name, kind }, i) =>
    kind === "node" ? [[name, engine.exports.feature(i, 0)] as const] : [],
  );
  return Object.fromEntries(own);
}

/** Asks under every other rule; the run's own is put back. */
function othersAt(engine: Engine, shape: number, place: PlaceRule | "plug"): Choice["others"] {
  const rule = engine.getI(abi.PLACE_RULE);
  const names = (Object.keys(PLACE_RULES) as PlaceRule[]).filter((name) => name !== place && name !== "random");
  const others = names.map((name) => {
    engine.setI(abi.PLACE_RULE, PLACE_RULES[name]);
    return { place: name, node: isScored(name) ? bestScored(engine, shape) : firstPlanned(engine, shape) };
  });
  engine.setI(abi.PLACE_RULE, rule);
  return others;
}

// not from the kept rows of scores: they are of the run's own rule
function bestScored(engine: Engine, shape: number): number | null {
  let best: number | null = null;
  let most = Number.NEGATIVE_INFINITY;
  for (let node = 0, nodes = engine.getI(abi.NODE_COUNT); node < nodes; node++) {
    const score = engine.call((e) => e.consider(node, shape));
    if (score > most) {
      most = score;
      best = node;
    }
  }
  return best;
}

function firstPlanned(engine: Engine, shape: number): number | null {
  if (!engine.call((e) => e.fits(shape))) return null;
  const node = engine.exports.plannedNode();
  return node < 0 ? null : node;
}

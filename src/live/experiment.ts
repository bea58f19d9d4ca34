// Two policies side by side in one cluster: some namespaces are decided on by a new one, the others by the policy that there was.
// How long claims wait is compared with bounds that hold whenever one looks, so that it may stop as soon as they tell: worse, and
// the new policy is taken back; better; or not told in as many claims as were allowed. What has been seen goes with the lease.

import { createHash } from "node:crypto";
import { differenceOf, newSequence, observed, type Sequence } from "../plan/confidence-sequence.js";
import { type Claim, compare } from "./claims.js";
import type { LiveConfig } from "./config.js";
import { canonical, isObject, numberAt, textAt } from "./json.js";
import type { Leader } from "./lease.js";
import { claimKey } from "./shadow.js";

export type Verdict = "running" | "worse" | "better" | "undecided";
export type ArmName = "control" | "treatment";
export type Experiment = NonNullable<LiveConfig["experiment"]>;

export interface ExperimentState {
  id: string;
  startedMillis: number;
  /** Outcomes up to here are counted. */
  countedMillis: number;
  verdict: Verdict;
  control: Sequence;
  treatment: Sequence;
}

/** Under which name the state goes with the lease. */
const HANDED = "experiment";
/** Outcomes are counted this long after they were: whoever takes over has seen the same ones by then. */
const SETTLE_MILLIS = 30_000;

export function experimentId(experiment: Experiment): string {
  return createHash("sha256").update(canonical(experiment)).digest("hex").slice(0, 12);
}

export function armOf(experiment: Experiment, { cluster, namespace }: Pick<Claim, "cluster" | "namespace">): ArmName {
  return cluster === experiment.cluster && experiment.namespaces.includes(namespace) ? "treatment" : "control";
}

/** The metric of a claim that waited so long, in [0, 1]: lower is better. */
export function metricOf({ metric, waitSecondsMax }: Experiment, waitedSeconds: number): number {
  const share = Math.min(1, Math.max(0, waitedSeconds / waitSecondsMax));
  return metric === "late" ? (share >= 1 ? 1 : 0) : share;
}

/** In what the operator's bounds are written: seconds, or a share. */
export function unitOf({ metric, waitSecondsMax }: Experiment): { scale: number; unit: string } {
  return metric === "late" ? { scale: 1, unit: "of claims late" } : { scale: waitSecondsMax, unit: "s" };
}

/** What the bounds say so far. */
export function verdictOf(experiment: Experiment, { control, treatment }: Pick<ExperimentState, ArmName>): Verdict {
  const { low, high } = differenceOf(treatment, control);
  if (low > experiment.harmMost / unitOf(experiment).scale) return "worse";
  if (high < 0) return "better";
  const most = experiment.claimsMost;
  return control.count >= most && treatment.count >= most ? "undecided" : "running";
}

/** Adds one outcome; once there is a verdict nothing is added. */
export function withOutcome(
  experiment: Experiment,
  state: ExperimentState,
  arm: ArmName,
  value: number,
): ExperimentState {
  if (state.verdict !== "running") return state;
  const next = { ...state, [arm]: observed(state[arm], value, experiment.falseAlarms / 2) };
  return { ...next, verdict: verdictOf(experiment, next) };
}

export interface ExperimentReport {
  id: string;
  verdict: Verdict;
  unit: string;
  /** Means so far with bounds that hold at every moment, in the metric's unit. */
  arms: { name: ArmName; policy: string; claims: number; mean: number; low: number; high: number }[];
  /** Bounds of the new policy's mean less the old one's. */
  low: number;
  high: number;
}

export function reportOf(
  experiment: Experiment,
  state: ExperimentState,
  control: LiveConfig["policy"],
): ExperimentReport {
  const { scale, unit } = unitOf(experiment);
  const arms = (["control", "treatment"] as const).map((name) => {
    const { count, sum, low, high } = state[name];
    const policy = name === "control" ? control : experiment.policy;
    return {
      name,
      policy: `${policy.queue} + ${policy.place}`,
      claims: count,
      mean: count === 0 ? 0 : (sum / count) * scale,
      low: low * scale,
      high: high * scale,
    };
  });
  const { low, high } = differenceOf(state.treatment, state.control);
  return { id: state.id, verdict: state.verdict, unit, arms, low: low * scale, high: high * scale };
}

interface Outcome {
  atMillis: number;
  key: string;
  arm: ArmName;
  value: number;
}

export class ExperimentBook {
  readonly #experiment: Experiment;
  readonly #leader: Pick<Leader, "leads" | "recall" | "keep"> | undefined;
  readonly #id: string;
  /** Seen and not counted yet, by claim: some are over before they are. */
  readonly #seen = new Map<string, Outcome>();
  #state: ExperimentState | undefined;
  #led = false;

  constructor(experiment: Experiment, leader: Pick<Leader, "leads" | "recall" | "keep"> | undefined) {
    this.#experiment = experiment;
    this.#leader = leader;
    this.#id = experimentId(experiment);
  }

  /** As we keep it while we hold the lease, else as its holder has written it there. */
  get state(): ExperimentState | undefined {
    return this.#led ? this.#state : parseState(this.#leader?.recall(HANDED), this.#id);
  }

  /** Does the new policy decide on its namespaces? Not once it was found worse, or was not found better. */
  get isActive(): boolean {
    const { verdict } = this.state ?? { verdict: "running" };
    return verdict === "running" || verdict === "better";
  }

  /** Takes a fresh look; the new state if there is a verdict now that was not there before, or it has begun. */
  look(claims: readonly Claim[], nowMillis: number): ExperimentState | undefined {
    if (!this.#leader?.leads) {
      this.#led = false;
      return undefined;
    }
    if (!this.#led) {
      this.#state = parseState(this.#leader.recall(HANDED), this.#id);
      this.#led = true;
    }
    const before = this.#state;
    const state = before ?? {
      id: this.#id,
      startedMillis: nowMillis,
      countedMillis: nowMillis,
      verdict: "running",
      control: newSequence(),
      treatment: newSequence(),
    };
    this.#note(state, claims, nowMillis);
    this.#state = this.#count(state, nowMillis - SETTLE_MILLIS);
    this.#leader.keep(HANDED, JSON.stringify(this.#state));
    return before?.verdict === this.#state.verdict ? undefined : this.#state;
  }

  /** Outcomes that are known by now: a claim has started, or has waited for as long as counts. */
  #note(state: ExperimentState, claims: readonly Claim[], nowMillis: number): void {
    const experiment = this.#experiment;
    const longest = experiment.waitSecondsMax * 1000;
    for (const claim of claims) {
      if (claim.cluster !== experiment.cluster || claim.kind === "workload") continue;
      if (claim.createdMillis < state.startedMillis) continue;
      const holds = claim.holding.length >= claim.tasks;
      const started = holds ? Math.max(...claim.holding.map((pod) => pod.startedMillis)) : Number.POSITIVE_INFINITY;
      const atMillis = Math.min(started, claim.createdMillis + longest);
      if (atMillis > nowMillis || atMillis <= state.countedMillis) continue;
      const key = `${claimKey(claim)}/${claim.uid}`;
      if (this.#seen.has(key)) continue;
      const value = metricOf(experiment, (atMillis - claim.createdMillis) / 1000);
      this.#seen.set(key, { atMillis, key, arm: armOf(experiment, claim), value });
    }
  }

  /** Counts what was known at a moment, in an order that no list's order changes. */
  #count(state: ExperimentState, untilMillis: number): ExperimentState {
    if (untilMillis <= state.countedMillis) return state;
    const due = [...this.#seen.values()]
      .filter((o) => o.atMillis <= untilMillis)
      .sort((a, b) => a.atMillis - b.atMillis || compare(a.key, b.key));
    let next = { ...state, countedMillis: untilMillis };
    for (const { key, arm, value, atMillis } of due) {
      this.#seen.delete(key);
      if (atMillis > state.countedMillis) next = withOutcome(this.#experiment, next, arm, value);
    }
    return next;
  }
}

const NUMBERS = ["count", "sum", "squares", "weights", "weighted", "penalty", "low", "high"] as const;
const VERDICTS: readonly string[] = ["running", "worse", "better", "undecided"] satisfies Verdict[];

/** A state as it was handed on; undefined: there is none, or it is of another experiment. */
export function parseState(text: string | undefined, id: string): ExperimentState | undefined {
  if (text === undefined) return undefined;
  let state: unknown;
  try {
    state = JSON.parse(text);
  } catch {
    return undefined;
  }
  const isSequence = (arm: ArmName) => NUMBERS.every((key) => numberAt(state, arm, key) !== undefined);
  const isWhole =
    isObject(state) &&
    textAt(state, "id") === id &&
    numberAt(state, "startedMillis") !== undefined &&
    numberAt(state, "countedMillis") !== undefined &&
    VERDICTS.includes(textAt(state, "verdict") ?? "") &&
    isSequence("control") &&
    isSequence("treatment");
  return isWhole ? (state as unknown as ExperimentState) : undefined;
}

// What the checkers keep of a job in the system, and what a rule may listen to.

import type { Tally } from "./tally.js";

/** Some tasks of a gang on one node (-1: of a counted pool). */
export interface Part {
  node: number;
  tasks: number;
  /** Of each device in the mask; in a counted pool of the whole part. */
  milli: number;
  maskLow: number;
  maskHigh: number;
  /** First slice of a share of a partitioned device. */
  start: number;
}

export interface Claim {
  slot: number;
  generation: number;
  /** Row of the trace. */
  job: number;
  /** Number of its submission, the first is 0. */
  sequence: number;
  /** Number of its latest entry into the queue. */
  queued: number;
  /** Believed run time, µs; NaN unknown. */
  estimateMicros: number;
  priority: number;
  gangMilli: number;
  state: "waiting" | "assumed" | "starting" | "running" | "draining";
  pool: number;
  parts: Part[];
  startMicros: number;
  /** When work began in this start, µs; NaN: not yet. */
  workMicros: number;
  /** Held in earlier starts, µs. */
  heldMicros: number;
  starts: number;
  /** It is where it is by a move, not by a start. */
  moved: boolean;
}

/** A rule over a run: told what the log says, in its order. All times in µs. */
export interface Rule {
  readonly tallies: readonly Tally[];
  /** The claim waits: submitted, or stopped. */
  queued?(claim: Claim, now: number): void;
  /** A start was decided and all its parts were named. */
  started?(claim: Claim, now: number): void;
  running?(claim: Claim, now: number): void;
  /** Its devices are free again; the claim still names them and its start. */
  released?(claim: Claim, now: number, why: "preempted" | "failed" | "finished"): void;
  /** It is moved: it still names what it gives back. */
  leaves?(claim: Claim, now: number): void;
  /** It was moved, and names what it holds now. */
  arrives?(claim: Claim, now: number): void;
  price?(pool: number, usdPerGpuHour: number, now: number): void;
  passBegins?(now: number): void;
  /** All decisions of the pass have been read; `moved`: it made room, and is asked again in the same instant. */
  passEnds?(now: number, moved: boolean): void;
  /** The log is over. */
  ends?(now: number): void;
}

/** "job 17 at slot 3": a claim in messages. */
export function nameOf(claim: Claim): string {
  return `job ${claim.job} (slot ${claim.slot}.${claim.generation})`;
}

/** Time that it is believed to run after its latest start or stop, µs; 10^18 where nobody knows. */
export function believedLeft(claim: Claim): number {
  const estimate = Number.isNaN(claim.estimateMicros) ? 1e18 : claim.estimateMicros;
  return Math.max(1, estimate - claim.heldMicros);
}

/** When a claim that holds devices is believed to end, µs. */
export function believedEnd(claim: Claim): number {
  return claim.startMicros + believedLeft(claim);
}

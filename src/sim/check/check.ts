// Independent checkers of a run: they read its decision log beside the trace and the pools, keep their own books, and
// share no code with the engine. Memory is bounded by jobs and devices, not by the length of the log.

import type { JobClassSetup, PriceSetup } from "../../engine/plant.js";
import type { PolicySetup, PoolSetup, ShapeSetup } from "../../engine/world.js";
import type { JobTable } from "../../model/jobs.js";
import type { JobRows } from "../../model/results.js";
import type { Rule } from "./claim.js";
import { Gangs } from "./gangs.js";
import { GpuTime, NO_COSTS, type ReportedTotals } from "./gpu-time.js";
import { Idle } from "./idle.js";
import { Ledger } from "./ledger.js";
import { Money, type ReportedCosts } from "./money.js";
import { Moves } from "./moves.js";
import { StrictOrder } from "./order.js";
import { levelsBy, Preemption } from "./preemption.js";
import { Reservation } from "./reservation.js";
import { Room } from "./room.js";
import type { RuleReport } from "./tally.js";

/** What a run started from. */
export interface CheckSetup {
  pools: readonly PoolSetup[];
  jobs: JobTable;
  policy: PolicySetup;
  /** By the trace's jobClass; absent: starts and stops cost nothing. */
  classes?: readonly JobClassSetup[];
  /** Changes of price, sorted by time; absent: nothing has a price. */
  prices?: readonly PriceSetup[];
  /** Speed of a class beside another on one device, row by own class; absent: sharing costs no speed. */
  pairRates?: Float64Array | undefined;
  /** Shapes by the engine's numbers; may still grow while the log is fed. Absent: not compared with the trace. */
  shapes?: readonly ShapeSetup[];
}

/** What the run reported of itself; whatever is absent is not compared. */
export interface Reported {
  rows?: JobRows;
  totals?: ReportedTotals & ReportedCosts;
}

export interface CheckInput extends CheckSetup, Reported {
  /** The decision log in chunks of whole records. */
  log: Iterable<Uint8Array>;
}

/** One verdict a rule; `checked` 0 where a rule says nothing about the run. */
export type CheckReport = readonly RuleReport[];

/** Reads a log in chunks as it is written; then `finish` compares it with what the run reported. */
export class RunChecker {
  readonly #rules: Rule[] = [];
  readonly #ledger: Ledger;
  readonly #reported: Reported = {};

  constructor(setup: CheckSetup) {
    const { jobs, policy } = setup;
    const sameNode = policy.place === "same-node";
    const classes = setup.classes ?? [NO_COSTS];
    const room = new Room(setup.pools, jobs, sameNode);
    const reported = this.#reported;
    // rules are told in this order: the room's books come first, the others read them
    this.#rules.push(room, new Gangs(jobs, room, sameNode));
    this.#rules.push(new GpuTime(jobs, classes, room, reported, setup.pairRates));
    this.#rules.push(new Money(room, setup.prices ?? [], reported));
    if (policy.moving) this.#rules.push(new Moves(policy.moving));
    const ledgerOf = () => this.#ledger;
    const { queue } = policy;
    const levelOf = levelsBy(policy.lasThresholdsGpuSeconds);
    this.#rules.push(new Preemption(queue, room, levelOf));
    // predictions are not in the log, nor is what a user's placement refuses
    const knows = queue.information !== "history" && setup.policy.place !== "plug";
    if (queue.rule === "las") this.#rules.push(new Idle(jobs, room, levelOf, ledgerOf));
    else if (queue.rule === "easy" || queue.rule === "conservative") {
      const keeps = setup.pairRates === undefined && keepsEstimates(setup, classes);
      // a move pauses a job beyond its estimate, and changes what is free where
      if (knows && !policy.moving) this.#rules.push(new Reservation(room, queue.rule === "easy", keeps, ledgerOf));
    } else if (knows && queue.rule !== "plug") this.#rules.push(new StrictOrder(queue, room, ledgerOf));
    this.#ledger = new Ledger(jobs, queue.information, setup.shapes, this.#rules);
  }

  /** The next chunk of whole records; it is not kept. */
  feed(bytes: Uint8Array): void {
    this.#ledger.feed(bytes);
  }

  /** Ends the log. */
  finish(reported: Reported = {}): CheckReport {
    Object.assign(this.#reported, reported);
    this.#ledger.end();
    return [...this.#ledger.tallies, ...this.#rules.flatMap((rule) => rule.tallies)].map((tally) => tally.report());
  }
}

/** True if no job holds its GPUs for longer than it is believed to. */
function keepsEstimates(setup: CheckSetup, classes: readonly JobClassSetup[]): boolean {
  const { jobs } = setup;
  const free = classes.every(
    (c) =>
      c.startupMicros === 0 &&
      c.failuresPerGpuHour === 0 &&
      c.inputGib === 0 &&
      c.slowdownSameRack === 1 &&
      c.slowdownAcrossRacks === 1,
  );
  if (!free) return false;
  if (setup.policy.queue.information === "oracle") return true;
  for (let i = 0; i < jobs.count; i++) if (!(jobs.estimateMicros[i]! >= jobs.runMicros[i]!)) return false;
  return true;
}

/** Checks a whole run; see RunChecker for one that is still being written. */
export function checkRun(input: CheckInput): CheckReport {
  const checker = new RunChecker(input);
  for (const chunk of input.log) checker.feed(chunk);
  return checker.finish({
    ...(input.rows ? { rows: input.rows } : {}),
    ...(input.totals ? { totals: input.totals } : {}),
  });
}

// Discipline of policies whose head blocks the rest (fifo, sjf, srtf, priority): only the first in order may start, and
// after a pass it is true that the first does not fit, not even by preempting whom it may.

import type { QueuePolicy } from "../../model/policies.js";
import { believedEnd, believedLeft, type Claim, nameOf, type Rule } from "./claim.js";
import type { Ledger } from "./ledger.js";
import type { Room } from "./room.js";
import { Tally } from "./tally.js";
import { KEYS, WaitingLine } from "./waiting.js";

/** True if a claim that holds devices may be stopped for the one that waits (or has just started). */
export function mayPreempt(rule: QueuePolicy["rule"], holder: Claim, claim: Claim, now: number): boolean {
  if (rule === "srtf") return believedEnd(holder) > now + believedLeft(claim);
  return rule === "priority" && holder.priority < claim.priority;
}

export class StrictOrder implements Rule {
  readonly tallies: readonly Tally[];
  readonly #rule: QueuePolicy["rule"];
  readonly #room: Room;
  readonly #ledger: () => Ledger;
  readonly #line: WaitingLine;
  readonly #first: Tally;
  readonly #blocked: Tally;

  constructor(policy: QueuePolicy, room: Room, ledger: () => Ledger) {
    this.#rule = policy.rule;
    this.#room = room;
    this.#ledger = ledger;
    this.#line = new WaitingLine(KEYS[policy.rule]!);
    this.#first = new Tally(`${policy.rule}: whoever starts is the first in order`);
    this.#blocked = new Tally(`${policy.rule}: after a pass the first in order cannot start`);
    this.tallies = [this.#first, this.#blocked];
  }

  queued(claim: Claim): void {
    this.#line.add(claim);
  }

  started(claim: Claim, now: number): void {
    const head = this.#line.head(claim);
    const said = () => `${nameOf(claim)} starts before ${head ? nameOf(head) : "anybody is waiting"}`;
    this.#first.check(head === claim, now, said);
  }

  passEnds(now: number, moved: boolean): void {
    const head = this.#line.head();
    if (!head || moved) return;
    const fits = this.#room.fits(head.job);
    if (!this.#blocked.check(!fits, now, () => `${nameOf(head)} fits and is left waiting`)) return;
    const free = this.#preemptable(head, now);
    if (Number.isNaN(free)) return;
    const said = () => `${nameOf(head)} waits, though ${free} milli-GPU are free or held by less important jobs`;
    this.#blocked.check(free < head.gangMilli, now, said);
  }

  /** GPU that is free or may be taken, milli; NaN where that does not say whether the head fits. */
  #preemptable(head: Claim, now: number): number {
    const preempts = this.#rule === "srtf" || this.#rule === "priority";
    if (!preempts || this.#room.pools.length > 1 || !this.#room.isFluid(0, head.job)) return Number.NaN;
    let free = this.#room.poolFree[0]!;
    for (const holder of this.#ledger().holding) {
      if (mayPreempt(this.#rule, holder, head, now)) free += holder.gangMilli;
    }
    return free;
  }
}

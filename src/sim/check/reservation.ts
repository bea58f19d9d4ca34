// Discipline of backfilling: nobody who overtakes the head of the line makes its
// reservation later, and where no job outlives its estimate the head starts when it was first promised to.

import { believedEnd, type Claim, nameOf, type Rule } from "./claim.js";
import type { Ledger } from "./ledger.js";
import type { Room } from "./room.js";
import { Tally } from "./tally.js";
import { KEYS, WaitingLine } from "./waiting.js";

export class Reservation implements Rule {
  readonly tallies: readonly Tally[];
  readonly #room: Room;
  readonly #ledger: () => Ledger;
  readonly #line = new WaitingLine(KEYS.fifo!);
  readonly #keeps: boolean;
  readonly #exact: boolean;
  readonly #blocked = new Tally("backfilling: after a pass the head of the line does not fit");
  readonly #delays = new Tally("backfilling: nobody who overtakes the head makes its reservation later");
  readonly #promise = new Tally("backfilling: the head starts no later than it was first promised");
  #head: Claim | undefined;
  #promised = Number.POSITIVE_INFINITY; // µs
  /** Reservation of the head before the first of this pass who overtook it, µs; undefined: nobody did. */
  #before: { head: Claim; at: number } | undefined;

  /**
   * @param exact true if reservations look at nodes; false if they count free GPUs, so that they are only checked where
   * these add up.
   * @param keeps true if no job outlives its estimate, so that promises must be kept.
   */
  constructor(room: Room, exact: boolean, keeps: boolean, ledger: () => Ledger) {
    this.#room = room;
    this.#exact = exact;
    this.#keeps = keeps;
    this.#ledger = ledger;
    this.tallies = [this.#blocked, this.#delays, this.#promise];
  }

  queued(claim: Claim): void {
    this.#line.add(claim);
  }

  started(claim: Claim, now: number): void {
    const head = this.#line.head(claim);
    if (!head) return;
    if (head !== claim) {
      if (!this.#before) this.#before = { head, at: this.#earliest(head, now, claim) };
      return;
    }
    if (head === this.#head && this.#keeps && Number.isFinite(this.#promised)) {
      const late = () => `${nameOf(head)} was promised to start at ${this.#promised / 1e6} s`;
      this.#promise.check(now <= this.#promised, now, late);
    }
  }

  passEnds(now: number): void {
    const before = this.#before;
    this.#before = undefined;
    const head = this.#line.head();
    if (!head) return;
    this.#blocked.check(!this.#room.fits(head.job), now, () => `${nameOf(head)} fits and waits`);
    const isNew = head !== this.#head;
    if (!isNew && !before) return;
    const at = this.#earliest(head, now);
    if (before?.head === head && Number.isFinite(before.at)) {
      const said = () => `the reservation of ${nameOf(head)} moves from ${before.at / 1e6} s to ${at / 1e6} s`;
      this.#delays.check(at <= before.at, now, said);
    }
    if (isNew) {
      this.#head = head;
      this.#promised = at;
    }
  }

  /** When the head fits if all end as believed, µs; NaN where the rule does not say. `without` is not yet there. */
  #earliest(head: Claim, now: number, without?: Claim): number {
    const { pools } = this.#room;
    if (!this.#exact && !pools.every((_, p) => this.#room.isFluid(p, head.job))) return Number.NaN;
    const ends = [...this.#ledger().holding]
      .filter((claim) => claim !== without)
      .map((claim) => [claim, Math.max(believedEnd(claim), now + 1)] as const)
      .sort((a, b) => a[1] - b[1]);
    return this.#room.earliestFit(head.job, ends, now, without);
  }
}

// Discipline of moves: nobody moves twice within its rest, no more at once than allowed, and only for somebody who starts in
// the same instant and is at least as large as all that moved.

import type { PolicySetup } from "../../engine/world.js";
import { type Claim, nameOf, type Rule } from "./claim.js";
import { Tally } from "./tally.js";

export class Moves implements Rule {
  readonly tallies: readonly Tally[];
  readonly #limits: NonNullable<PolicySetup["moving"]>;
  readonly #rest = new Tally("moves: nobody moves sooner than its rest allows");
  readonly #purpose = new Tally("moves: room is made for one who starts at once and is as large as all that move");
  #moved = 0;
  #milli = 0;
  #due = false; // moves of the pass before wait for their start

  constructor(limits: NonNullable<PolicySetup["moving"]>) {
    this.#limits = limits;
    this.tallies = [this.#rest, this.#purpose];
  }

  leaves(claim: Claim, now: number): void {
    const rested = now - claim.startMicros;
    const said = () => `${nameOf(claim)} moves after ${rested} µs, ${this.#limits.restMicros} are its rest`;
    this.#rest.check(rested >= this.#limits.restMicros, now, said);
    this.#moved++;
    this.#milli += claim.gangMilli;
  }

  started(claim: Claim, now: number): void {
    if (!this.#due) return;
    this.#due = false;
    const said = () => `${this.#moved} jobs with ${this.#milli} milli-GPU moved for ${nameOf(claim)}`;
    const ok = this.#moved <= this.#limits.movesMax && this.#milli <= claim.gangMilli;
    this.#purpose.check(ok, now, said);
    this.#moved = 0;
    this.#milli = 0;
  }

  passEnds(now: number): void {
    this.#purpose.check(!this.#due, now, () => `${this.#moved} jobs moved, and nobody started`);
    this.#due = this.#moved > 0;
  }
}

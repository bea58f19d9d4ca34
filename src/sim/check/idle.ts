// Work conservation (las): after a pass nobody waits who fits, nor anybody for whom jobs of later queues could make room.

import type { JobTable } from "../../model/jobs.js";
import { type Claim, nameOf, type Rule } from "./claim.js";
import type { Ledger } from "./ledger.js";
import type { LevelOf } from "./preemption.js";
import type { Room } from "./room.js";
import { Tally } from "./tally.js";

export class Idle implements Rule {
  readonly tallies: readonly Tally[];
  readonly #jobs: JobTable;
  readonly #room: Room;
  readonly #ledger: () => Ledger;
  readonly #levelOf: LevelOf;
  readonly #fits = new Tally("las: after a pass nobody waits who fits");
  readonly #makesRoom = new Tally("las: nobody waits while jobs of later queues hold what it needs");
  /** Waiting claims by what they ask for and their level: alike claims fit alike. */
  readonly #alike = new Map<string, Set<Claim>>();
  readonly #keyOf = new Map<Claim, string>();

  constructor(jobs: JobTable, room: Room, levelOf: LevelOf, ledger: () => Ledger) {
    this.#jobs = jobs;
    this.#room = room;
    this.#levelOf = levelOf;
    this.#ledger = ledger;
    this.tallies = [this.#fits, this.#makesRoom];
  }

  queued(claim: Claim, now: number): void {
    const { tasks, gpuMilli, cpuMilli, memoryMib, modelMask } = this.#jobs;
    const j = claim.job;
    const level = this.#levelOf(claim, now, false);
    const key = [level, tasks[j], gpuMilli[j], cpuMilli[j], memoryMib[j], modelMask[j]].join();
    const alike = this.#alike.get(key) ?? new Set();
    alike.add(claim);
    this.#alike.set(key, alike);
    this.#keyOf.set(claim, key);
  }

  started(claim: Claim): void {
    const key = this.#keyOf.get(claim);
    if (key === undefined) return;
    const alike = this.#alike.get(key)!;
    alike.delete(claim);
    if (alike.size === 0) this.#alike.delete(key);
    this.#keyOf.delete(claim);
  }

  passEnds(now: number, moved: boolean): void {
    if (moved) return;
    let above: number[] | undefined; // GPU held by level, milli
    for (const alike of this.#alike.values()) {
      const [claim] = alike;
      if (!claim || !this.#fits.check(!this.#room.fits(claim.job), now, () => `${nameOf(claim)} fits and waits`))
        return;
      if (this.#room.pools.length > 1 || !this.#room.isFluid(0, claim.job)) continue;
      above ??= this.#heldByLevel(now);
      const level = this.#levelOf(claim, now, false);
      const free = this.#room.poolFree[0]! + above.slice(level + 1).reduce((sum, milli) => sum + milli, 0);
      const said = () => `${nameOf(claim)} waits in queue ${level}, ${free} milli-GPU are free or held by later queues`;
      this.#makesRoom.check(free < claim.gangMilli, now, said);
    }
  }

  #heldByLevel(now: number): number[] {
    const held: number[] = [];
    for (const holder of this.#ledger().holding) {
      const level = this.#levelOf(holder, now, true);
      while (held.length <= level) held.push(0);
      held[level]! += holder.gangMilli;
    }
    return held;
  }
}

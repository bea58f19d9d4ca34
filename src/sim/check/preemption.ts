// Nobody is stopped for nothing: never under a policy that does not preempt, only for somebody who may, and no one too
// many.

import type { QueuePolicy } from "../../model/policies.js";
import { type Claim, nameOf, type Rule } from "./claim.js";
import { mayPreempt } from "./order.js";
import type { Room } from "./room.js";
import { Tally } from "./tally.js";

/** Level of a claim under las: how many bounds its attained service has reached (`strictly`: has passed). */
export type LevelOf = (claim: Claim, now: number, strictly: boolean) => number;

/** Levels by bounds of attained GPU-time; heldMicros and startMicros as the claim has them. */
export function levelsBy(thresholdsGpuSeconds: readonly number[]): LevelOf {
  return (claim, now, strictly) => {
    const sinceStart = claim.state === "waiting" ? 0 : now - claim.startMicros;
    const attained = Math.max(1, claim.gangMilli) * (claim.heldMicros + sinceStart);
    return thresholdsGpuSeconds.filter((t) => (strictly ? attained > t * 1e9 : attained >= t * 1e9)).length;
  };
}

interface Victim {
  claim: Claim;
  gangMilli: number;
  pool: number;
  mayBeStoppedFor(starter: Claim, now: number): boolean;
}

export class Preemption implements Rule {
  readonly tallies: readonly Tally[];
  readonly #policy: QueuePolicy;
  readonly #room: Room;
  readonly #levelOf: LevelOf;
  readonly #just = new Tally("nobody is stopped but for somebody who goes first");
  readonly #needed = new Tally("nobody is stopped without need");
  #victims: Victim[] = [];

  constructor(policy: QueuePolicy, room: Room, levelOf: LevelOf) {
    this.#policy = policy;
    this.#room = room;
    this.#levelOf = levelOf;
    this.tallies = [this.#just, this.#needed];
  }

  released(claim: Claim, now: number, why: "preempted" | "failed" | "finished"): void {
    if (why !== "preempted") return;
    const { rule, preempts, information } = this.#policy;
    this.#just.check(preempts, now, () => `${nameOf(claim)} is stopped under ${rule}`);
    const level = this.#levelOf(claim, now, false);
    const kept = { ...claim };
    this.#victims.push({
      claim,
      gangMilli: claim.gangMilli,
      pool: claim.pool,
      mayBeStoppedFor: (starter, at) => {
        if (rule === "las") return level > this.#levelOf(starter, at, true);
        // predictions are not in the log
        return information === "history" || mayPreempt(rule, kept, starter, at);
      },
    });
  }

  started(claim: Claim, now: number): void {
    for (const victim of this.#victims) {
      const ok = victim.mayBeStoppedFor(claim, now);
      this.#just.check(
        ok,
        now,
        () => `${nameOf(victim.claim)} is stopped for ${nameOf(claim)}, which does not go first`,
      );
      if (!this.#room.isFluid(claim.pool, claim.job) || victim.pool !== claim.pool) continue;
      const free = this.#room.poolFree[claim.pool]!;
      const said = () => `${nameOf(victim.claim)} is stopped, and ${free} milli-GPU are left over without it`;
      this.#needed.check(free < victim.gangMilli, now, said);
    }
    this.#victims = [];
  }

  passEnds(now: number): void {
    const [victim] = this.#victims;
    if (victim) this.#just.check(false, now, () => `${nameOf(victim.claim)} is stopped for nobody`);
    this.#victims = [];
  }
}

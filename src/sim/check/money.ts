// Every dollar is accounted for: capacity and allocation, at the prices of the log, add up to what was reported.

import type { PriceSetup } from "../../engine/plant.js";
import type { Claim, Rule } from "./claim.js";
import { isClose } from "./gpu-time.js";
import type { Room } from "./room.js";
import { Tally } from "./tally.js";

const MICROS_PER_HOUR = 3_600_000_000;

/** Dollars that the engine reports. */
export interface ReportedCosts {
  capacityUsd: number;
  allocatedUsd: number;
}

export class Money implements Rule {
  readonly tallies: readonly Tally[];
  readonly #room: Room;
  readonly #due: readonly PriceSetup[];
  readonly #reported: { totals?: ReportedCosts };
  readonly #prices = new Tally("prices change when the scenario says");
  readonly #dollars = new Tally("every dollar is accounted for");
  readonly #price: Float64Array;
  readonly #held: Float64Array; // GPU-milli by pool, after the room's own books
  readonly #since: Float64Array; // µs
  readonly #sums = { capacityUsd: 0, allocatedUsd: 0 };
  #seen = 0;

  /** @param reported what the run says of itself; read when the log is over. */
  constructor(room: Room, prices: readonly PriceSetup[], reported: { totals?: ReportedCosts }) {
    this.#room = room;
    this.#due = prices;
    this.#reported = reported;
    this.tallies = [this.#prices, this.#dollars];
    this.#price = new Float64Array(room.pools.length);
    this.#held = new Float64Array(room.pools.length);
    this.#since = new Float64Array(room.pools.length);
  }

  #settle(p: number, now: number): void {
    const pool = this.#room.pools[p];
    if (!pool) return;
    const perGpu = ((now - this.#since[p]!) / MICROS_PER_HOUR) * this.#price[p]!;
    this.#sums.capacityUsd += perGpu * pool.nodes * pool.gpusPerNode;
    this.#sums.allocatedUsd += (perGpu * this.#held[p]!) / 1000;
    this.#since[p] = now;
  }

  price(pool: number, usdPerGpuHour: number, now: number): void {
    const due = this.#due[this.#seen++];
    const ok = due?.pool === pool && due.usdPerGpuHour === usdPerGpuHour && due.atMicros === now;
    this.#prices.check(ok, now, () => `pool ${pool} costs ${usdPerGpuHour} USD a GPU-hour from now on`);
    this.#settle(pool, now);
    this.#price[pool] = usdPerGpuHour;
  }

  started(claim: Claim, now: number): void {
    this.#settle(claim.pool, now);
    this.#held[claim.pool]! += claim.gangMilli;
  }

  released(claim: Claim, now: number): void {
    this.#settle(claim.pool, now);
    this.#held[claim.pool]! -= claim.gangMilli;
  }

  ends(now: number): void {
    for (let p = 0; p < this.#room.pools.length; p++) this.#settle(p, now);
    const missed = this.#due[this.#seen];
    if (missed)
      this.#prices.check(missed.atMicros >= now, now, () => `the price due at ${missed.atMicros / 1e6} s never came`);
    const { totals } = this.#reported;
    if (!totals || this.#due.length === 0) return;
    for (const name of ["capacityUsd", "allocatedUsd"] as const) {
      const [said, is] = [totals[name], this.#sums[name]];
      this.#dollars.check(isClose(said, is), now, () => `${name} is reported as ${said}, the log says ${is}`);
    }
  }
}

// How fast a cluster is asked: a token bucket for reads and one for writes, so that reading much never delays a write.

export interface Pacing {
  now(): number;
  /** Resolves after so many milliseconds, or when the signal is given. */
  sleep(millis: number, signal?: AbortSignal): Promise<void>;
  /** Uniform in [0, 1), for jitter. */
  random(): number;
}

export class TokenBucket {
  readonly #perSecond: number;
  readonly #burst: number;
  readonly #pacing: Pacing;
  #tokens: number;
  #at: number;
  #queue: Promise<void> = Promise.resolve();
  /** Milliseconds that callers have waited, all together. */
  waitedMillis = 0;

  constructor(perSecond: number, burst: number, pacing: Pacing) {
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#pacing = pacing;
    this.#tokens = burst;
    this.#at = pacing.now();
  }

  /** Resolves when the caller may go on; first come, first served. */
  take(): Promise<void> {
    const turn = this.#queue.then(() => this.#wait());
    this.#queue = turn.catch(() => undefined);
    return turn;
  }

  async #wait(): Promise<void> {
    const now = this.#pacing.now();
    // a clock that went back gives nothing and takes nothing
    const passed = Math.max(0, now - this.#at);
    this.#at = now;
    this.#tokens = Math.min(this.#burst, this.#tokens + (passed / 1000) * this.#perSecond);
    if (this.#tokens < 1) {
      const millis = Math.ceil(((1 - this.#tokens) / this.#perSecond) * 1000);
      this.waitedMillis += millis;
      await this.#pacing.sleep(millis);
      this.#at = this.#pacing.now();
      this.#tokens = 1;
    }
    this.#tokens -= 1;
  }
}

/** Wait before try number `attempt` (0 = the first repetition): doubling, with jitter, bounded. */
export function backoffMillis(attempt: number, random: number, firstMillis = 500, mostMillis = 30_000): number {
  const whole = Math.min(mostMillis, firstMillis * 2 ** Math.min(attempt, 30));
  return Math.round(whole * (0.5 + random / 2));
}

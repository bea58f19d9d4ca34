// What a controller's wishes come to: orders and removals within the bounds of a service, and how many there were.

export class Scaling {
  /** Ticks at which anything was ordered or taken away. */
  scalings = 0;
  coldStarts = 0;
  readonly #min: number;
  readonly #max: number;

  constructor(replicasMin: number, replicasMax: number) {
    this.#min = replicasMin;
    this.#max = replicasMax;
  }

  /** Replicas to add, or negative to take away, where so many are there or start. */
  decide(wanted: number, there: number): number {
    const more = Math.min(this.#max, Math.max(this.#min, wanted)) - there;
    if (more !== 0) this.scalings++;
    return more;
  }
}

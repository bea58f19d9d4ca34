// Alert rules: a threshold that a metric must pass for a while, another that it must come back over to clear (hysteresis).
// The same code watches a simulated run and a live cluster; it keeps state and decides nothing. See docs/models/alerts.md.

export interface AlertRule {
  name: string;
  /** Fires above, or below, this value; one of the two. */
  above?: number | undefined;
  below?: number | undefined;
  /** For so long without a break before it fires, seconds. */
  forSeconds: number;
  /** Clears when the metric has been on the other side of this for `clearSeconds`; absent: the threshold itself. */
  clearAt?: number | undefined;
  clearSeconds: number;
}

export type AlertState = "ok" | "pending" | "firing" | "clearing";

export interface AlertChange {
  rule: string;
  atSeconds: number;
  /** What it has become: `firing`, or `ok` again. */
  state: "firing" | "ok";
  value: number;
  /** When the metric had passed the threshold, before it fired; when it had come back, before it cleared. */
  sinceSeconds: number;
}

/** One rule over one metric. */
export class Alert {
  readonly rule: AlertRule;
  #state: AlertState = "ok";
  /** Since when it is pending or clearing. */
  #since = 0;

  /** @throws RangeError for a rule without a threshold, with two, or whose clearAt lies beyond it. */
  constructor(rule: AlertRule) {
    if ((rule.above === undefined) === (rule.below === undefined))
      throw new RangeError(`${rule.name}: give either above or below.`);
    const clearAt = rule.clearAt ?? rule.above ?? rule.below!;
    if (rule.above !== undefined ? clearAt > rule.above : clearAt < rule.below!)
      throw new RangeError(`${rule.name}: clearAt, ${clearAt}, lies on the side on which the rule fires.`);
    this.rule = rule;
  }

  get state(): AlertState {
    return this.#state;
  }

  get isFiring(): boolean {
    return this.#state === "firing" || this.#state === "clearing";
  }

  /** The metric has this value at a moment, in order of time; NaN, not known, changes nothing. The change, if the alert changes. */
  see(atSeconds: number, value: number): AlertChange | undefined {
    if (Number.isNaN(value)) return undefined;
    const { rule } = this;
    const bad = rule.above !== undefined ? value > rule.above : value < rule.below!;
    const clearAt = rule.clearAt ?? rule.above ?? rule.below!;
    const good = rule.above !== undefined ? value <= clearAt : value >= clearAt;
    if (this.#state === "ok" && bad) this.#turn("pending", atSeconds);
    else if (this.#state === "pending" && !bad) this.#state = "ok";
    else if (this.#state === "firing" && good) this.#turn("clearing", atSeconds);
    else if (this.#state === "clearing" && !good) this.#state = "firing";
    const since = this.#since;
    if (this.#state === "pending" && atSeconds - since >= rule.forSeconds) {
      this.#state = "firing";
      return { rule: rule.name, atSeconds, state: "firing", value, sinceSeconds: since };
    }
    if (this.#state === "clearing" && atSeconds - since >= rule.clearSeconds) {
      this.#state = "ok";
      return { rule: rule.name, atSeconds, state: "ok", value, sinceSeconds: since };
    }
    return undefined;
  }

  #turn(state: AlertState, at: number): void {
    this.#state = state;
    this.#since = at;
  }
}

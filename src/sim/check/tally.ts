// How often a rule was applied, and the first time that it did not hold.

export interface Violation {
  timeSeconds: number;
  text: string;
}

/** Verdict on one rule. `checked` 0: the rule says nothing about this run. */
export interface RuleReport {
  rule: string;
  ok: boolean;
  checked: number;
  firstViolation?: Violation;
}

export class Tally {
  readonly rule: string;
  #checked = 0;
  #first: Violation | undefined;

  constructor(rule: string) {
    this.rule = rule;
  }

  /** Counts one application; `text` is asked for only at the first violation. */
  check(ok: boolean, timeMicros: number, text: () => string): boolean {
    this.#checked++;
    if (!ok && !this.#first) this.#first = { timeSeconds: timeMicros / 1e6, text: text() };
    return ok;
  }

  report(): RuleReport {
    const base = { rule: this.rule, ok: this.#first === undefined, checked: this.#checked };
    return this.#first ? { ...base, firstViolation: this.#first } : base;
  }
}

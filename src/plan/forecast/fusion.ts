// Several forecasters as one: their weighted mean, with weights from the errors that each has made so far.

import { checkHistory, type Forecaster, type ForecastMethod, type ForecastTask, rollForward } from "./forecaster.js";
import { Hedge } from "./hedge.js";

export type FusionRule = "inverse-error" | "hedge";

/** Rounds before the end of a history in which weights are learned; half a horizon apart. */
const ROUNDS_MAX = 24;
/** A member with half the error weighs so many times as much: 2 to this power. */
const SHARPNESS = 3;
/** What an error counts a round later. */
const MEMORY = 0.95;

/** A fusion says what each member weighs now. */
export interface FusedForecaster extends Forecaster {
  memberWeights(): number[];
}

export interface FusedMethod extends ForecastMethod {
  fit(history: Float64Array, task: ForecastTask): FusedForecaster;
}

interface Weights {
  /** Absolute error of every member over one round, in the unit of the series. */
  update(errors: readonly number[]): void;
  weights(): ArrayLike<number>;
}

function inverseError(members: number): Weights {
  const errors = new Float64Array(members);
  return {
    update(now) {
      for (let i = 0; i < members; i++) errors[i] = MEMORY * errors[i]! + now[i]!;
    },
    weights() {
      const least = errors.reduce((a, b) => Math.min(a, b));
      const raw = errors.map((error) => {
        const ratio = least > 0 ? least / error : error === 0 ? 1 : 0;
        let weight = 1;
        for (let k = 0; k < SHARPNESS; k++) weight *= ratio;
        return weight;
      });
      const sum = raw.reduce((a, b) => a + b);
      return raw.map((weight) => weight / sum);
    },
  };
}

/** Errors of a round become losses by the worst of the round: Hedge's bound holds in that unit. */
function hedge(members: number): Weights {
  const own = new Hedge(members);
  return {
    update(errors) {
      const worst = Math.max(...errors);
      own.update(errors.map((error) => (worst > 0 ? error / worst : 0)));
    },
    weights: () => own.weights(),
  };
}

/** Sums of absolute errors of every member's last forecast, as values come in; a round ends after `steps` values. */
class Scoring {
  readonly #weights: Weights;
  readonly #steps: number;
  #forecasts: Float64Array[] = [];
  #errors: number[] = [];
  #at = 0;

  constructor(weights: Weights, steps: number) {
    this.#weights = weights;
    this.#steps = steps;
  }

  observe(value: number, members: readonly Forecaster[]): void {
    if (this.#at === 0) {
      this.#forecasts = members.map((member) => member.predict(this.#steps));
      this.#errors = members.map(() => 0);
    }
    if (!Number.isNaN(value)) {
      this.#forecasts.forEach((forecast, i) => {
        this.#errors[i]! += Math.abs(value - forecast[this.#at]!);
      });
    }
    this.#at++;
    if (this.#at < this.#steps) return;
    this.#weights.update(this.#errors);
    this.#at = 0;
  }
}

function weigh(members: readonly ForecastMethod[], history: Float64Array, task: ForecastTask, weights: Weights): void {
  const stride = Math.max(1, Math.ceil(task.horizonSteps / 2));
  const need = Math.max(...members.map((member) => member.stepsMin(task)));
  const spare = Math.min(Math.floor(history.length / 3), history.length - need);
  const rounds = Math.min(ROUNDS_MAX, Math.floor((spare - task.horizonSteps) / stride) + 1);
  if (rounds < 1) return;
  const begin = history.length - task.horizonSteps - (rounds - 1) * stride;
  const head = history.subarray(0, begin);
  if (head.every(Number.isNaN)) return;
  const tail = history.subarray(begin);
  const errors = Array.from({ length: rounds }, () => members.map(() => 0));
  members.forEach((member, m) => {
    rollForward(member.fit(head, task), tail, stride, task.horizonSteps, (origin, forecast) => {
      const round = origin / stride;
      if (round >= rounds) return;
      for (let h = 0; h < forecast.length; h++) {
        const miss = Math.abs(tail[origin + h]! - forecast[h]!);
        if (!Number.isNaN(miss)) errors[round]![m]! += miss;
      }
    });
  });
  for (const round of errors) weights.update(round);
}

/** Members are weighed by rolling over the end of the history, fitted again to all of it, and weighed on as values come. */
export function fuseForecasts(members: readonly ForecastMethod[], rule: FusionRule): FusedMethod {
  const own: FusedMethod = {
    name: `fused-${rule}`,
    summary: `weighted mean of ${members.map((m) => m.name).join(", ")}; weights by ${rule}`,
    stepsMin: (task) => Math.max(...members.map((member) => member.stepsMin(task))),
    fit(history, task) {
      checkHistory(own, history, task);
      const weights = rule === "hedge" ? hedge(members.length) : inverseError(members.length);
      weigh(members, history, task, weights);
      const fitted = members.map((member) => member.fit(history, task));
      const scoring = new Scoring(weights, task.horizonSteps);
      return {
        observe(value: number) {
          scoring.observe(value, fitted);
          for (const member of fitted) member.observe(value);
        },
        predict(steps: number) {
          const sum = new Float64Array(steps);
          const shares = weights.weights();
          fitted.forEach((member, m) => {
            const forecast = member.predict(steps);
            for (let h = 0; h < steps; h++) sum[h]! += shares[m]! * forecast[h]!;
          });
          return sum;
        },
        memberWeights: () => Array.from(weights.weights()),
      };
    },
  };
  return own;
}

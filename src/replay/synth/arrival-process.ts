// The times at which batches begin: a Poisson process by the hour of the week and a hidden state, by integrating its
// rate until a unit exponential is used up, which is exact for rates that are constant between steps.

import { createDraws } from "../../engine/draws.js";
import { MICROS_PER_HOUR } from "../../model/units.js";
import { HOURS_PER_WEEK, type SynthParams } from "./schema.js";

/** Steps before a generator is taken to be stuck: a thousand years of hours. */
const STEPS_MAX = 8_766_000;

export interface ArrivalProcess {
  /** Begin of the next batch at or after `fromMicros`, µs; calls must not go back in time. */
  next(fromMicros: number): number;
}

export function createArrivalProcess(arrivals: SynthParams["arrivals"], seed: number): ArrivalProcess {
  const heads = createDraws(seed, "synth/arrivals");
  const states = createDraws(seed, "synth/states");
  const { calmHours, busyHours, calmFactor, busyFactor, batchesPerHour } = arrivals;
  let busy = states.uniform() < busyHours / (busyHours + calmHours);
  const stay = (): number => states.exponential() * (busy ? busyHours : calmHours) * MICROS_PER_HOUR;
  let switchMicros = stay();
  return {
    next(fromMicros) {
      let at = fromMicros;
      let left = heads.exponential();
      for (let step = 0; step < STEPS_MAX; step++) {
        while (switchMicros <= at) {
          busy = !busy;
          switchMicros += stay();
        }
        const hour = Math.floor(at / MICROS_PER_HOUR);
        const until = Math.min((hour + 1) * MICROS_PER_HOUR, switchMicros);
        const rate = (batchesPerHour[hour % HOURS_PER_WEEK]! * (busy ? busyFactor : calmFactor)) / MICROS_PER_HOUR;
        const mass = rate * (until - at);
        if (left < mass) return at + left / rate;
        left -= mass;
        at = until;
      }
      throw new Error(`no arrival within ${STEPS_MAX} steps from ${fromMicros} µs: the rates are too small`);
    },
  };
}

// Units of the whole product. Time inside the engine is an integer number of microseconds held in a double
// (exact to 285 years); a GPU is 1,000 milli. Names carry the unit after the quantity.

export const MICROS_PER_SECOND = 1_000_000;
export const MICROS_PER_HOUR = 3_600 * MICROS_PER_SECOND;
export const MILLI_PER_GPU = 1_000;

/** Seconds to whole microseconds, halves away from zero. Rejects nothing: callers check ranges at the edge. */
export function microsFromSeconds(seconds: number): number {
  return Math.round(seconds * MICROS_PER_SECOND);
}

export function secondsFromMicros(micros: number): number {
  return micros / MICROS_PER_SECOND;
}

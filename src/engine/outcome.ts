// What crosses from a worker: a value, or an operating error with its code (a structured clone would drop the class).

import { type ErrorCode, WindtunnelError } from "../model/errors.js";

export type Outcome<T> = { value: T } | { error: { code: ErrorCode; message: string; hint: string } };

/** Runs `work`; operating errors become values, bugs are thrown on. */
export async function outcomeOf<T>(work: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return { value: await work() };
  } catch (error) {
    if (!(error instanceof WindtunnelError)) throw error;
    return { error: { code: error.code, message: error.message, hint: error.hint } };
  }
}

/** The value, or the error thrown anew. */
export function unwrap<T>(outcome: Outcome<T>): T {
  if ("value" in outcome) return outcome.value;
  throw new WindtunnelError(outcome.error.code, outcome.error.message, outcome.error.hint);
}

// The clock, the sleep and the chance of the real world, for the roots of live mode; tests give their own.

import type { Pacing } from "./limiter.js";

export const realPacing: Pacing = {
  now: () => Date.now(),
  random: () => Math.random(),
  sleep: (millis, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) {
        resolve();
        return;
      }
      const done = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", done);
        resolve();
      };
      const timer = setTimeout(done, Math.min(millis, 2 ** 31 - 1));
      signal?.addEventListener("abort", done, { once: true });
    }),
};

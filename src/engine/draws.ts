// Random draws for the host (generators, resampling): the same numbers on every machine. sfc32 (Chris Doty-Humphrey,
// PractRand) seeded from (seed, stream name), so that streams do not disturb each other. The engine has streams of its own.

import { log } from "./math.js";

export interface Draws {
  /** Uniform in [0, 1), 53 bits. */
  uniform(): number;
  /** Exponential with mean 1. */
  exponential(): number;
  /** Normal with mean 0 and standard deviation 1 (polar method). */
  normal(): number;
  /** Uniform in 0 .. n - 1. */
  integer(n: number): number;
}

function hashText(text: string, start: number): number {
  let h = start;
  for (let i = 0; i < text.length; i++) {
    h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
    h ^= h >>> 15;
  }
  return h | 0;
}

/** A stream named `stream` under `seed` (an integer below 2^53). */
export function createDraws(seed: number, stream: string): Draws {
  let a = hashText(stream, 0x811c9dc5 ^ (seed >>> 0));
  let b = hashText(stream, 0x9e3779b9 ^ Math.floor(seed / 4294967296));
  let c = (seed >>> 0) ^ 0x5bd1e995;
  let counter = 1;

  function word(): number {
    const t = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + t) | 0;
    return t >>> 0;
  }
  for (let i = 0; i < 20; i++) word();

  function uniform(): number {
    const high = word() >>> 5;
    const low = word() >>> 6;
    return (high * 67108864 + low) / 9007199254740992;
  }

  let spare = Number.NaN;
  function normal(): number {
    if (!Number.isNaN(spare)) {
      const value = spare;
      spare = Number.NaN;
      return value;
    }
    for (;;) {
      const x = 2 * uniform() - 1;
      const y = 2 * uniform() - 1;
      const r = x * x + y * y;
      if (r >= 1 || r === 0) continue;
      const scale = Math.sqrt((-2 * log(r)) / r);
      spare = y * scale;
      return x * scale;
    }
  }

  return { uniform, normal, exponential: () => -log(1 - uniform()), integer: (n) => Math.floor(uniform() * n) };
}

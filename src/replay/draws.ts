// TEMPORARY stand-in until the engine's own draws are there.
export interface Draws {
  uniform(): number;
  exponential(): number;
  normal(): number;
  integer(n: number): number;
}
export function createDraws(seed: number, stream: string): Draws {
  let h = 2166136261 ^ seed;
  for (const ch of stream) h = Math.imul(h ^ ch.charCodeAt(0), 16777619);
  const next = () => {
    h = (h + 0x6d2b79f5) | 0;
    let t = Math.imul(h ^ (h >>> 15), 1 | h);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  return {
    uniform: next,
    exponential: () => -Math.log(1 - next()),
    normal: () => {
      let s = -6;
      for (let i = 0; i < 12; i++) s += next();
      return s;
    },
    integer: (n) => Math.floor(next() * n),
  };
}
export const exp = Math.exp;

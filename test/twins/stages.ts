// Stations of servers, slowly and obviously: whoever comes first is served first by whichever server is free first.

import { log } from "#src/engine/math.js";
import type { StageSetup } from "#src/engine/stages.js";
import { uniformOf } from "./hashes.js";

const STAGE_STREAM = 6n;

export interface Passing {
  id: number;
  at: number;
}

function micros({ kind, micros: mean }: StageSetup, stage: number, id: number, seed: number): number {
  if (kind === "fixed") return Math.floor(mean + 0.5);
  const u = uniformOf(seed, STAGE_STREAM, id, stage) + 2 ** -54;
  return Math.floor(mean * -log(u) + 0.5);
}

/** When each has passed all stages, of which the first is number `first` of the run. */
export function passSlowly(
  all: readonly Passing[],
  stages: readonly StageSetup[],
  first: number,
  seed: number,
): Passing[] {
  let line = [...all];
  stages.forEach((stage, i) => {
    line.sort((a, b) => a.at - b.at || a.id - b.id);
    const free = new Array<number>(stage.servers).fill(0);
    line = line.map(({ id, at }) => {
      const server = free.indexOf(Math.min(...free));
      free[server] = Math.max(at, free[server]!) + micros(stage, first + i, id, seed);
      return { id, at: free[server]! };
    });
  });
  return line.sort((a, b) => a.at - b.at || a.id - b.id);
}

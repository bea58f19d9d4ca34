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

/**
 * When each has passed all stages, of which the first is number `first` of the run; in the order in which they do. One event
 * at a time: of those at one moment that of the lowest id, and what it sets off at that moment is one of them.
 */
export function passSlowly(
  all: readonly Passing[],
  stages: readonly StageSetup[],
  first: number,
  seed: number,
): Passing[] {
  const passed: Passing[] = [];
  const lines = stages.map((): number[] => []);
  const busy = stages.map(() => 0);
  let events = all.map(({ id, at }) => ({ id, at, stage: 0, served: false }));
  const begin = (id: number, stage: number, now: number) => {
    events.push({ id, at: now + micros(stages[stage]!, first + stage, id, seed), stage, served: true });
  };
  while (events.length > 0) {
    const event = events.reduce((a, b) => (b.at < a.at || (b.at === a.at && b.id < a.id) ? b : a));
    events = events.filter((other) => other !== event);
    const { id, at, served } = event;
    if (served) {
      const next = lines[event.stage]!.shift();
      if (next === undefined) busy[event.stage]!--;
      else begin(next, event.stage, at);
    }
    const stage = served ? event.stage + 1 : event.stage;
    if (stage === stages.length) {
      passed.push({ id, at });
    } else if (busy[stage]! < stages[stage]!.servers) {
      busy[stage]!++;
      begin(id, stage, at);
    } else {
      lines[stage]!.push(id);
    }
  }
  return passed;
}

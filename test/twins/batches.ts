// One server of whole batches as one would write it down: one instant after the other, whole µs only.

import type { ProfileSetup, RequestChunk } from "#src/engine/services.js";
import type { WeightsSetup } from "#src/engine/weights.js";

export interface EndedBatch {
  scheduled: number;
  finish: number;
}

/** @param weights models of which it holds some, as its profile says; requests name theirs from 1 on. Empty: it has but one. */
export function serveBatchesSlowly(
  profile: ProfileSetup,
  chunk: RequestChunk,
  weights: readonly WeightsSetup[] = [],
): EndedBatch[] {
  const ended: EndedBatch[] = [];
  let waiting: number[] = [];
  let busyUntil = 0;
  let batch: number[] = [];
  let held: number[] = []; // models, used longest ago first
  let next = 0;
  for (let now = 0; next < chunk.count || waiting.length > 0 || batch.length > 0; now++) {
    // ends of batches and of delays come before what arrives at the same instant
    if (batch.length > 0 && now === busyUntil) batch = [];
    begin(now);
    while (next < chunk.count && chunk.atMicros[next] === now) {
      // one after the other: the server may begin between two of one instant
      waiting.push(next++);
      begin(now);
    }
  }
  return ended;

  function modelOf(i: number): number {
    return weights.length > 0 ? chunk.weights![i]! : 0;
  }

  function begin(now: number): void {
    if (batch.length > 0 || waiting.length === 0) return;
    const oldest = Math.min(...waiting.map((i) => chunk.atMicros[i]!));
    const order = [...waiting].sort((a, b) => chunk.serviceClass[a]! - chunk.serviceClass[b]! || a - b);
    const model = modelOf(order[0]!);
    const same = order.filter((i) => modelOf(i) === model);
    if (same.length < profile.batchMax && now < oldest + profile.batch!.delayMicros) return;
    batch = same.slice(0, profile.batchMax);
    waiting = waiting.filter((i) => !batch.includes(i));
    const tokens = batch.reduce((sum, i) => sum + chunk.promptTokens[i]!, 0);
    const work = profile.microsByTokens[batch.length]! + profile.microsPerContextToken * tokens;
    busyUntil = now + work + (model > 0 ? loadMicros(model) : 0);
    for (const i of batch) ended[i] = { scheduled: now, finish: busyUntil };
  }

  /** What it takes until a model is there; those used longest ago make room for it. */
  function loadMicros(model: number): number {
    const isHeld = held.includes(model);
    held = held.filter((other) => other !== model);
    const size = (list: number[]) => list.reduce((sum, m) => sum + weights[m - 1]!.units, 0);
    while (size([...held, model]) > profile.resident!.units) held.shift();
    held.push(model);
    return isHeld ? 0 : weights[model - 1]!.loadMicros;
  }
}

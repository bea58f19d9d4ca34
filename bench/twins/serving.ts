// The plain JavaScript loop that one would write: continuous batching under a token budget with chunked prompts, one object
// a request, every iteration stepped through; memory counted in blocks. Requests go round.

import type { ProfileSetup, RequestChunk } from "#src/engine/services.js";

interface Running {
  at: number;
  left: number;
  prompt: number;
  context: number;
  first: number;
}

/** Mean time to first token, s. */
export function serveTwin(profile: ProfileSetup, replicas: number, requests: RequestChunk, count: number): number {
  const queues = Array.from({ length: replicas }, () => ({
    clock: 0,
    waiting: [] as Running[],
    running: [] as Running[],
    used: 0,
  }));
  const blocks = (tokens: number) => Math.ceil(tokens / profile.blockTokens);
  const budgetMax = profile.microsByTokens.length - 1;
  let ttftSum = 0;
  const step = (r: (typeof queues)[number]): void => {
    let budget = budgetMax;
    let read = 0;
    let pairs = 0;
    const chunks: [Running, number][] = [];
    for (const q of r.running) {
      if (q.prompt > 0) continue;
      budget--;
      read += q.context + 1;
    }
    for (const q of r.running) {
      if (q.prompt === 0 || budget === 0) continue;
      const chunk = Math.min(budget, q.prompt);
      budget -= chunk;
      pairs += chunk * q.context + (chunk * (chunk + 1)) / 2;
      chunks.push([q, chunk]);
    }
    while (budget > 0 && r.waiting.length > 0 && r.running.length < profile.batchMax) {
      const q = r.waiting[0]!;
      const needed = blocks(q.prompt + q.left);
      if (r.used + needed > profile.blocks - profile.watermarkBlocks) break;
      r.used += needed;
      r.waiting.shift();
      r.running.push(q);
      const chunk = Math.min(budget, q.prompt);
      budget -= chunk;
      pairs += (chunk * (chunk + 1)) / 2;
      chunks.push([q, chunk]);
    }
    r.clock +=
      profile.microsByTokens[budgetMax - budget]! +
      profile.microsPerContextToken * read +
      profile.microsPerPair * pairs;
    const decoding = r.running.filter((q) => q.prompt === 0);
    for (const [q, chunk] of chunks) {
      q.prompt -= chunk;
      q.context += chunk;
      if (q.prompt > 0) continue;
      ttftSum += r.clock - q.at;
      q.left--;
    }
    for (const q of decoding) {
      q.context++;
      q.left--;
    }
    r.running = r.running.filter((q) => {
      if (q.prompt > 0 || q.left > 0) return true;
      r.used -= blocks(q.context + 1);
      return false;
    });
  };
  for (let i = 0; i < count; i++) {
    const at = requests.atMicros[i]!;
    const r = queues[i % replicas]!;
    while (r.clock <= at && r.running.length + r.waiting.length > 0) step(r);
    if (r.running.length + r.waiting.length === 0) r.clock = at;
    r.waiting.push({ at, left: requests.outputTokens[i]!, prompt: requests.promptTokens[i]!, context: 0, first: 0 });
  }
  for (const r of queues) while (r.running.length + r.waiting.length > 0) step(r);
  return ttftSum / count / 1e6;
}

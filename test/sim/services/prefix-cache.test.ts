// Caches of prefixes: what they find in a record is what an endless memory would find, and routers send prompts where they were.

import { describe, expect, it } from "vitest";
import { createDraws } from "#src/engine/draws.js";
import { prefixSetupFor, readServers } from "#src/engine/prefixes.js";
import { createRequestChunk, type RequestChunk, type ServiceSetup } from "#src/engine/services.js";
import { loadRequests } from "#src/replay/index.js";
import { replayRequests } from "#src/replay/requests/replay.js";
import { ServingSimulation } from "#src/sim/services/serving.js";
import { testOnRecords } from "../../replay/real-data.js";

/** Requests at these times with these prefixes of blocks of 16 tokens; a token more is asked. */
function chunkOf(requests: readonly [at: number, blocks: number[], output: number][], blockTokens = 16): RequestChunk {
  const chunk = createRequestChunk(requests.length);
  const first = [0];
  requests.forEach(([at, blocks, output], i) => {
    chunk.atMicros[i] = at;
    chunk.promptTokens[i] = blocks.length * blockTokens + 1;
    chunk.outputTokens[i] = output;
    first.push(first[i]! + blocks.length);
  });
  return {
    ...chunk,
    blockFirst: Int32Array.from(first),
    blocks: Int32Array.from(requests.flatMap(([, blocks]) => blocks)),
  };
}

function serve(chunk: RequestChunk, service: Omit<ServiceSetup, "profile">, blocks = 100_000, prefixTokens = 16) {
  const replicas: number[] = [];
  const simulation = new ServingSimulation(
    {
      serving: {
        profiles: [
          {
            microsByTokens: new Float64Array(4097).fill(1000),
            microsPerContextToken: 0,
            microsPerPair: 0,
            batchMax: 64,
            blocks,
            watermarkBlocks: 0,
            blockTokens: 16,
            prefixTokens,
          },
        ],
        services: [{ ...service, profile: 0 }],
        classes: [{ ttftMicros: 1e9, tpotMicros: 1e9, e2eMicros: 1e9, priority: 0 }],
        requests: chunk.count + 1,
        input: 1000,
        rows: chunk.count + 2,
        binMicros: 1e6,
        prefix: { ...prefixSetupFor(chunk), inputBlocks: 500_000 },
      },
      ready: [service.places],
      seed: 1,
    },
    (rows) => {
      for (let i = 0; i < rows.count; i++) replicas[rows.id[i]!] = rows.replica[i]!;
    },
  );
  simulation.run([chunk]);
  return { cache: readServers(simulation.engine, 0), replicas };
}

describe("a cache of prefixes", () => {
  it("finds what came before, block by block from the first on, and leaves a token to compute", () => {
    const requests = chunkOf([
      [0, [1, 2, 3], 1],
      [1e6, [1, 2, 4], 1],
      [2e6, [1, 2, 3], 1],
      [3e6, [5], 1],
    ]);
    const { cache } = serve(requests, { places: 1, route: "round-robin" });
    expect(cache).toMatchObject({
      hitTokens: (2 + 3) * 16,
      askedTokens: 3 * 49 + 17,
      enteredBlocks: 5,
      evictedBlocks: 0,
    });
    // a prompt that is found whole still computes its last block
    const whole = { ...requests, promptTokens: requests.promptTokens.map((n) => n - 1) };
    expect(serve(whole, { places: 1, route: "round-robin" }).cache.hitTokens).toBe((2 + 2) * 16);
  });

  it("keeps what was used last: the last block of the prompt that was left first goes first", () => {
    // room for 6 blocks: two prompts of 2 and a block for the token asked for
    const requests = chunkOf([
      [0, [1, 2], 1],
      [1e6, [3, 4], 1],
      [2e6, [1, 2], 1],
      [3e6, [5, 6], 1],
      [4e6, [1, 2], 1],
      [5e6, [3, 4], 1],
    ]);
    const { cache } = serve(requests, { places: 1, route: "round-robin" }, 6);
    // the fourth drives out block 4, then the third's blocks are found, and of the second's only the first
    expect(cache.hitTokens).toBe((2 + 2 + 1) * 16);
    expect(cache.evictedBlocks).toBe(2);
  });

  it("is asked by a router: where most of a prompt was before, unless that replica has too much in hand", () => {
    const service = { places: 3, route: "prefix", affinityShare: 0.5, loadBound: 1.5 } as const;
    const apart = chunkOf([
      [0, [1, 2], 1],
      [1e6, [1, 2, 3], 1],
      [2e6, [7, 8], 3_000],
      [2e6 + 1, [9, 10], 1],
      [3e6, [9, 10, 11], 1],
      [4e6, [1, 12, 13], 1],
    ]);
    // the last knows a third of its prompt: not enough
    expect(serve(apart, service).replicas).toEqual([0, 0, 0, 1, 1, 1]);
    const crowd = chunkOf(Array.from({ length: 30 }, (_, i) => [i, [1, 2], 50]));
    const counts = [0, 1, 2].map((p) => serve(crowd, service).replicas.filter((place) => place === p).length);
    expect(Math.max(...counts)).toBeLessThanOrEqual(Math.ceil(1.5 * 10));
    expect(Math.min(...counts)).toBeGreaterThan(0);
  });
});

testOnRecords("a cache finds in Mooncake's conversations what an endless memory would", async (folders) => {
  const { requests } = await loadRequests("mooncake/conversation", folders);
  // the catalogue's figure, over all blocks, those of prompts' last few tokens included
  expect(1 - new Set(requests.blocks).size / requests.blocks.length).toBeCloseTo(0.3664, 4);
  // one at a time and with memory for all: counted by hand from the lists
  const blockTokens = 512;
  const known = new Set<number>();
  let hitBlocks = 0;
  for (let i = 0; i < requests.count; i++) {
    const prompt = requests.promptTokens[i]!;
    const list = [...requests.blocks.subarray(requests.blockFirst[i]!, requests.blockFirst[i + 1]!)];
    const whole = list.slice(0, Math.floor(prompt / blockTokens));
    const most = Math.floor((prompt - 1) / blockTokens);
    const found = whole.findIndex((block) => !known.has(block));
    hitBlocks += Math.min(most, found < 0 ? whole.length : found);
    for (const block of whole) known.add(block);
  }
  const drawn = replayRequests(
    createDraws(1, "replay"),
    requests,
    { dataset: "mooncake", fromHours: 0, scale: 1, speed: 1e-5 },
    true,
    blockTokens,
  );
  const chunk: RequestChunk = {
    ...createRequestChunk(requests.count),
    atMicros: drawn.at,
    promptTokens: drawn.prompt,
    outputTokens: new Int32Array(requests.count).fill(1),
    blockFirst: drawn.blockFirst!,
    blocks: drawn.blocks!,
  };
  const { cache } = serve(chunk, { places: 1, route: "prefix" }, 6_000_000, blockTokens);
  expect(cache.hitTokens).toBe(hitBlocks * blockTokens);
  expect(cache.evictedBlocks).toBe(0);
  // numbers stand for a block and all before it: each has always the same one before it
  const before = new Map<number, number>();
  for (let i = 0; i < requests.count; i++)
    for (let k = requests.blockFirst[i]!; k < requests.blockFirst[i + 1]!; k++) {
      const own = k === requests.blockFirst[i]! ? -1 : requests.blocks[k - 1]!;
      expect(before.get(requests.blocks[k]!) ?? own).toBe(own);
      before.set(requests.blocks[k]!, own);
    }
  const smaller = [24_000, 96_000].map(
    (blocks) => serve(chunk, { places: 1, route: "prefix" }, blocks, blockTokens).cache.hitTokens,
  );
  expect(smaller[0]!).toBeLessThan(smaller[1]!);
  expect(smaller[1]!).toBeLessThan(cache.hitTokens);
});

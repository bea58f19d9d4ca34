// Clusters, compression, masks, and threads over one memory.

import { afterAll, describe, expect, it } from "vitest";
import { Bulk } from "../../src/engine/bulk.js";
import { createDraws } from "../../src/engine/draws.js";
import {
  Crew,
  clusterSamples,
  compress,
  drawDigits,
  ErrorFeedback,
  FUSION_METHODS,
  FusionArea,
  type FusionMethod,
  fromFixed,
  mask,
  NetworkArea,
  type Samples,
  shuffle,
  splitByCluster,
  splitByFeature,
  startModel,
  sumMasked,
  toFixed,
} from "../../src/ensemble/index.js";

/** Three heaps far from each other, `each` samples of five numbers. */
function heaps(each: number): Samples {
  const draws = createDraws(1, "heaps");
  const count = 3 * each;
  const labels = Int32Array.from({ length: count }, (_, n) => n % 3);
  const values = Float32Array.from({ length: count * 5 }, (_, k) => 10 * labels[Math.floor(k / 5)]! + draws.normal());
  return { count, features: 5, classes: 3, values, labels };
}

describe("clusters", () => {
  it("find heaps, and are where k-means stands still: nearest centres, centres in the middle", () => {
    const s = heaps(40);
    const { of, distances, inertia } = clusterSamples(s, s.count, 3, createDraws(2, "clusters"));
    for (let n = 3; n < s.count; n++) expect(of[n]).toBe(of[n % 3]);
    expect(new Set(of).size).toBe(3);
    let sum = 0;
    for (let c = 0; c < 3; c++) {
      const own = [...of.keys()].filter((n) => of[n] === c);
      const centre = [0, 1, 2, 3, 4].map((i) => own.reduce((a, n) => a + s.values[n * 5 + i]!, 0) / own.length);
      for (let n = 0; n < s.count; n++) {
        const d = centre.reduce((a, x, i) => a + (x - s.values[n * 5 + i]!) ** 2, 0);
        expect(Math.abs(distances[n * 3 + c]! - d)).toBeLessThan(1e-4 * (1 + d));
        if (of[n] === c) sum += d;
      }
    }
    expect(Math.abs(inertia - sum)).toBeLessThan(1e-3 * sum);
    expect(() => clusterSamples(s, s.count, 0, createDraws(1, "x"))).toThrow("There are 0 clusters of 120 samples");
  });

  it("give a sample between two centres to the first", () => {
    const bulk = new Bulk();
    const [sample, centres, nearest, distances] = [
      bulk.allocate(64),
      bulk.allocate(192),
      bulk.allocate(4),
      bulk.allocate(12),
    ];
    bulk.f32(centres, 48)[0] = 9;
    bulk.f32(centres, 48)[16] = 2;
    bulk.f32(centres, 48)[32] = -2;
    bulk.call(["kmeansNearest", sample, 0, 1, 64, 3, centres, nearest, distances]);
    expect([...bulk.f32(distances, 3)]).toEqual([81, 4, 4]);
    expect(bulk.i32(nearest, 1)[0]).toBe(1);
  });

  it("make parts that differ, or parts that are alike; sizes differ by at most one either way", () => {
    const s = heaps(41);
    const spread = (parts: number[][]) =>
      parts.map((part) => new Set(part.map((n) => s.labels[n])).size).reduce((a, b) => a + b);
    for (const [split, most, least] of [
      [splitByCluster, 3, 3],
      [splitByFeature, 9, 9],
    ] as const) {
      const parts = split(s, s.count, 3, createDraws(3, "parts"));
      const sizes = parts.map((part) => part.length);
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      expect(parts.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: s.count }, (_, n) => n));
      expect(spread(parts)).toBeGreaterThanOrEqual(least);
      expect(spread(parts)).toBeLessThanOrEqual(most);
    }
  });
});

describe("compression", () => {
  const draws = createDraws(4, "update");
  const update = Float32Array.from({ length: 1000 }, () => draws.normal());

  it("keeps the greatest numbers, and counts place and value", () => {
    const { update: kept, bytes } = compress(update, { kind: "top", share: 0.1 });
    expect(bytes).toBe(800);
    const sizes = [...update].map(Math.abs).sort((a, b) => b - a);
    update.forEach((x, i) => {
      expect(kept[i]).toBe(Math.abs(x) >= sizes[99]! ? x : 0);
    });
    expect(compress(update, { kind: "none" })).toEqual({ update, bytes: 4000 });
    expect(() => compress(update, { kind: "top", share: 0 })).toThrow("The share to keep is 0");
    expect(() => compress(Float32Array.of(1, Number.NaN), { kind: "eight-bit" })).toThrow(
      "Number 1 of an update is NaN",
    );
  });

  it("loses nothing in the long run: what did not arrive is sent later, also what was lost whole", () => {
    const sender = new ErrorFeedback();
    const arrived = new Float64Array(1000);
    for (let round = 0; round < 40; round++) {
      const lost = round === 3;
      const { update: sent } = sender.send(
        round < 5 ? update : new Float32Array(1000),
        { kind: "top", share: 0.05 },
        lost,
      );
      if (!lost)
        sent.forEach((x, i) => {
          arrived[i]! += x;
        });
    }
    update.forEach((x, i) => {
      expect(Math.abs(arrived[i]! - 5 * x)).toBeLessThan(1e-5);
    });
  });

  it("in eight bits misses by at most half a step of its chunk", () => {
    const { update: kept, bytes } = compress(update, { kind: "eight-bit" });
    expect(bytes).toBe(1000 + 4 * 4);
    for (let from = 0; from < 1000; from += 256) {
      const part = [...update.subarray(from, from + 256)];
      const step = Math.max(...part.map(Math.abs)) / 127;
      part.forEach((x, i) => {
        expect(Math.abs(kept[from + i]! - x)).toBeLessThanOrEqual(step * 0.5001);
      });
    }
    expect([...compress(new Float32Array(3), { kind: "eight-bit" }).update]).toEqual([0, 0, 0]);
  });
});

describe("masks", () => {
  const draws = createDraws(5, "masks");
  const senders = [0, 1, 2, 3];
  const updates = senders.map(() => Float32Array.from({ length: 50 }, () => draws.normal()));
  const fixed = updates.map((update) => toFixed(update, senders.length));
  const sumOf = (who: number[]) => fixed[0]!.map((_, i) => who.reduce((sum, k) => sum + fixed[k]![i]!, 0));

  it("cancel to the last bit, in any order, also without those that dropped out", () => {
    const masked = new Map(senders.map((k) => [k, mask(fixed[k]!, k, senders, 9, 3)]));
    expect(sumMasked(masked, senders, 9, 3)).toEqual(sumOf(senders));
    const backwards = new Map([...masked].reverse());
    expect(sumMasked(backwards, senders, 9, 3)).toEqual(sumOf(senders));
    masked.delete(1);
    expect(sumMasked(masked, senders, 9, 3)).toEqual(sumOf([0, 2, 3]));
    const sum = fromFixed(sumMasked(masked, senders, 9, 3));
    sum.forEach((x, i) => {
      expect(Math.abs(x - [0, 2, 3].reduce((a, k) => a + updates[k]![i]!, 0))).toBeLessThan(3e-6);
    });
  });

  it("hide what a sender sends, change every round, and refuse what a sum could not hold", () => {
    const masked = mask(fixed[2]!, 2, senders, 9, 3);
    expect(masked.filter((x, i) => x === fixed[2]![i]).length).toBe(0);
    expect(mask(fixed[2]!, 2, senders, 9, 4)).not.toEqual(masked);
    expect(() => toFixed(Float32Array.of(0, 600), 4)).toThrow("Number 1 of an update is 600");
    expect(() => toFixed(Float32Array.of(Number.NaN), 4)).toThrow("Number 0 of an update is NaN");
  });
});

describe("a crew", () => {
  const s = drawDigits(600, createDraws(1, "digits"), 0.15);
  const crews: Crew[] = [];
  afterAll(async () => {
    await Promise.all(crews.map((crew) => crew.close()));
  });

  /** Three members, each trained on a third by whichever thread is free, answering where they are fused. */
  async function trained(threads: number): Promise<{ bytes: number[]; fused: number[] }> {
    const first = new NetworkArea(s, 32, { hidden: [12], dropout: 0.2 });
    const areas = [first, ...[1, 2].map(() => new NetworkArea(s, 32, { hidden: [12], dropout: 0.2 }, first))];
    const fusion = new FusionArea({ samples: 150, classes: 10, members: 3 }, first.bulk);
    const lists = areas.map((area, k) => {
      const own = Array.from({ length: 150 }, (_, n) => 3 * n + k);
      const order = createDraws(k, "order");
      const start = startModel(area, { from: "normal" }, createDraws(k, "start"));
      const options = { epochs: 4, batch: 32, rate: 0.05, momentum: 0.5 };
      const calls = area.planTraining(start, own, options, (list) => shuffle(list, order));
      return [...calls, area.planPrediction(450, 600, fusion.memberAt(k))];
    });
    const crew = new Crew(first.bulk, threads);
    crews.push(crew);
    await crew.run("training", lists);
    const fused = await crew.fuse(fusion, "log-pool", { weights: [0.3, 0.3, 0.4] });
    return { bytes: areas.flatMap((area) => [...area.model()]), fused: [...fused] };
  }

  it("trains, answers and fuses to the same bytes with any number of threads", async () => {
    const one = await trained(1);
    expect(await trained(3)).toEqual(one);
    expect(one.fused.every((p) => p >= 0 && p <= 1)).toBe(true);
  });

  it("fuses by every method to the same bytes as one thread", async () => {
    const fusion = new FusionArea({ samples: 9001, classes: 5, members: 4 });
    const draws = createDraws(6, "members");
    for (let i = 0; i < 4; i++) {
      const matrix = fusion.member(i);
      for (let n = 0; n < 9001; n++) {
        const row = Array.from({ length: 5 }, () => 1 + draws.integer(4));
        const sum = row.reduce((a, b) => a + b);
        row.forEach((x, c) => {
          matrix[n * 5 + c] = x / sum;
        });
      }
    }
    const crew = new Crew(fusion.bulk, 3);
    crews.push(crew);
    for (const method of Object.keys(FUSION_METHODS) as FusionMethod[]) {
      const alone = [...fusion.fuse(method)];
      fusion.fused(method).fill(0);
      expect([...(await crew.fuse(fusion, method))], method).toEqual(alone);
    }
  });
});

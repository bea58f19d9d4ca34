// What a permit covers beside load and sizes: prices and errors of forecasts, as they are seen live.

import { mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { conditionsOf } from "../../src/live/conditions.js";
import { parseLiveConfig } from "../../src/live/config.js";
import { DriftDetector, outsideOf } from "../../src/live/drift.js";
import { LivePrices, meanPrice, parsePrices, priceOf } from "../../src/live/prices.js";
import { ScaleRules } from "../../src/live/scaling.js";
import { forecastErrorOf } from "../../src/plan/predictive.js";
import { PERMIT } from "./chaos-world.js";
import { deploymentObject, nodeObject, PATHS, storeSnapshot } from "./cluster-objects.js";
import { FakeStore } from "./fake-store.js";

const ENVELOPE = {
  ...PERMIT.envelope,
  usdPerGpuHour: { least: 1, most: 3 },
  forecastErrorMost: 0.3,
};

describe("prices", () => {
  const TYPE = "node.kubernetes.io/instance-type";
  const node = (type: string, more = {}) => ({ labels: new Map(Object.entries({ [TYPE]: type, ...more })) });

  test("are found by instance type, and by spot where a label says so; what is not in the book is not known", () => {
    const book = parsePrices("# a book\nbig.8, 4\nbig.8,1.5,spot\n\nsmall.1,2\n", "p.csv");
    expect(priceOf(book, node("big.8"))).toBe(4);
    expect(priceOf(book, node("big.8", { "karpenter.sh/capacity-type": "spot" }))).toBe(1.5);
    expect(priceOf(book, node("big.8", { "eks.amazonaws.com/capacityType": "ON_DEMAND" }))).toBe(4);
    // spot at the price of another kind would be a guess
    expect(priceOf(book, node("small.1", { "cloud.google.com/gke-spot": "true" }))).toBeUndefined();
    expect(priceOf(book, node("other"))).toBeUndefined();
    expect(() => parsePrices("a,1\nb;2\n", "p.csv")).toThrow('p.csv:2: "b;2" is no price');
    expect(() => parsePrices("a,1,cheap\n", "p.csv")).toThrow("p.csv:1");
  });

  test("are a mean over GPUs, and one outside of what was simulated raises the alarm", () => {
    const store = new FakeStore();
    store.put(PATHS.nodes, nodeObject("a", 8, { labels: { [TYPE]: "big.8" } }));
    store.put(PATHS.nodes, nodeObject("b", 2, { labels: { [TYPE]: "small.1" } }));
    store.put(PATHS.nodes, nodeObject("c", 4, { labels: { [TYPE]: "unheard-of" } }));
    const snapshots = [storeSnapshot(store, "a", 0)];
    const at = (big: number) => meanPrice(parsePrices(`big.8,${big}\nsmall.1,1\n`, "p.csv"), snapshots);
    expect(at(2)).toEqual({ usd: (8 * 2 + 2 * 1) / 10, unknownGpus: 4 });
    const outside = (big: number) => outsideOf(ENVELOPE, conditionsOf(snapshots, [], at(big).usd));
    expect(outside(2)).toEqual([]);
    expect(outside(4)).toEqual(["$3.40 a GPU-hour, covered 1 to 3"]);
    expect(outsideOf(ENVELOPE, conditionsOf(snapshots, [], null))).toEqual([]);
  });

  test("are read again when their file changes; a broken file leaves the last one, and is said", () => {
    const folder = mkdtempSync(join(tmpdir(), "wt-prices-"));
    const file = join(folder, "p.csv");
    const write = (text: string, second: number) => {
      writeFileSync(file, text);
      utimesSync(file, second, second);
    };
    write("x,1\n", 1000);
    const prices = new LivePrices(file);
    write("x,2\n", 2000);
    expect([prices.book.usd.get("x"), prices.fault]).toEqual([2, ""]);
    write("x,two\n", 3000);
    expect([prices.book.usd.get("x"), prices.fault]).toEqual([2, expect.stringContaining(":1:")]);
    rmSync(folder, { recursive: true });
    expect(prices.book.usd.get("x")).toBe(2);
    expect(() => new LivePrices(file)).toThrow("There is no list of prices");
  });
});

describe("errors of forecasts", () => {
  const SPEC = { method: "seasonal-mean", seasonHours: 1, binMinutes: 5, headroom: 0 };
  const day = (hour: number, bin: number, scale = 1) => ({ hour, bin, value: scale * (10 + bin) });
  /** Ticks every minute, alike within a bin. */
  const ticks = (bins: readonly { hour: number; bin: number; value: number }[]) =>
    bins.flatMap(({ hour, bin, value }) =>
      [1, 2, 3, 4, 5].map((minute) => ({ atSeconds: hour * 3600 + bin * 300 + minute * 60 - 1, outstanding: value })),
    );
  const hours = (n: number, from = 0, scale = 1) =>
    Array.from({ length: n * 12 }, (_, i) => day(from + Math.floor(i / 12), i % 12, scale));

  test("are none where each season is like the last, and a half where twice as much comes", () => {
    expect(forecastErrorOf(ticks(hours(8)), SPEC, 600)!).toBeLessThan(0.02);
    const surprise = forecastErrorOf(ticks([...hours(2), ...hours(2, 2, 2)]), SPEC, 300)!;
    expect(surprise).toBeGreaterThan(0.2);
    expect(surprise).toBeLessThan(0.5);
    expect(forecastErrorOf(ticks(hours(1)), SPEC, 600)).toBeUndefined();
  });

  test("beyond what the permit covers stop all changes with the reason, and let them go on when forecasts are good again", () => {
    const config = parseLiveConfig(
      `windtunnelLive: 1
clusters: [{ name: a }]
targets: [{ cluster: a, namespace: team, name: web, controller: predictive, targetRequests: 2, coldStartSeconds: 300, replicas: { min: 1, max: 50 }, forecast: { method: seasonal-mean, seasonHours: 1, binMinutes: 5 } }]
`,
      "x.yaml",
    );
    const rules = new ScaleRules();
    const drift = new DriftDetector({ insideAgain: 20 });
    const said = new Set<string>();
    let drifts = 0;
    /** Each minute a pass; what the detector says at the end of each hour. */
    const run = (bins: readonly { hour: number; bin: number; value: number }[]) => {
      for (const { atSeconds, outstanding } of ticks(bins)) {
        const store = new FakeStore();
        const annotations = { "windtunnel.dev/outstanding": String(outstanding) };
        store.put(PATHS.nodes, nodeObject("n", 8));
        store.put(PATHS.deployments, deploymentObject("web", 5, { annotations }));
        const snapshots = [storeSnapshot(store, "a", atSeconds * 1000)];
        rules.propose(config.targets, snapshots, new Map(), atSeconds * 1000);
        const seen = conditionsOf(snapshots, [], null, rules.forecastErrors);
        if (drift.add(atSeconds * 1000, outsideOf(ENVELOPE, seen)) && drift.drifted) drifts++;
        if (drift.drifted) said.add(drift.why);
      }
      return drift.drifted;
    };
    expect(run(hours(4))).toBe(false);
    expect(run(hours(2, 4, 3))).toBe(true);
    expect([...said][0]).toMatch(/^forecasts of team\/web off by 0\.\d+, covered up to 0\.3$/);
    // the same again and again becomes what is expected
    expect(run(hours(12, 6, 3))).toBe(false);
    expect(drifts).toBe(1);
  });
});

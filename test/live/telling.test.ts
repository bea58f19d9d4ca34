// What an instance tells others: events on objects, scores of clusters, alerts.

import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { ApiError, type KubeApi } from "../../src/live/api.js";
import { claimsOf } from "../../src/live/claims.js";
import { parseLiveConfig } from "../../src/live/config.js";
import { adviceOf, EventRecorder, eventOf } from "../../src/live/events.js";
import { Metrics } from "../../src/live/metrics.js";
import { parsePrices } from "../../src/live/prices.js";
import { Publisher } from "../../src/live/publisher.js";
import { scoreFiles, scoresOf } from "../../src/live/scores.js";
import { jobObject, nodeObject, PATHS, storeSnapshot } from "./cluster-objects.js";
import { directApi } from "./fake-server.js";
import { FakeStore } from "./fake-store.js";
import { scale, setting } from "./guard-setting.js";

const START = Date.parse("2027-03-01T12:00:00Z");
const EVENTS = "/api/v1/events";

function recorderOf(api: KubeApi, clock: { now: number }, identity = "me") {
  const metrics = new Metrics();
  const pacing = { now: () => clock.now, random: () => 0.5, sleep: async () => undefined };
  return { metrics, recorder: new EventRecorder(api, "a", pacing, metrics, { identity, perMinute: 5 }) };
}

describe("an event", () => {
  const change = scale(setting());
  const done = eventOf({ change, kind: "done", guard: "", reason: "" })!;

  test("stands on its object, once; the same again is counted, and written now and then", async () => {
    const store = new FakeStore();
    const clock = { now: START };
    const { recorder, metrics } = recorderOf(directApi(store), clock);
    await recorder.say(done);
    const [event] = store.all(EVENTS);
    expect(event).toMatchObject({
      type: "Normal",
      reason: "Scaled",
      message: "2 to 3: a test",
      count: 1,
      involvedObject: {
        kind: "Deployment",
        apiVersion: "apps/v1",
        namespace: "team",
        name: "web",
        uid: change.object.uid,
      },
      metadata: { namespace: "team" },
    });
    for (let i = 0; i < 20; i++) {
      clock.now += 15_000;
      await recorder.say(done);
    }
    const all = store.all(EVENTS);
    // five minutes: written at first and every two minutes, with all that were said by then
    expect([all.length, all[0]!.count, store.writes.length]).toEqual([1, 17, 3]);
    expect(metrics.value("events", ["a", "counted"])).toBe(18);
  });

  test("is one, whichever instance says it first", async () => {
    const store = new FakeStore();
    const clock = { now: START };
    await recorderOf(directApi(store), clock, "one").recorder.say(done);
    const { recorder, metrics } = recorderOf(directApi(store), clock, "two");
    await recorder.say(done);
    expect(store.all(EVENTS).length).toBe(1);
    // the second counts on in what the first has written
    expect([metrics.value("events", ["a", "written"]), metrics.value("events", ["a", "failed"])]).toEqual([1, 0]);
  });

  test("is dropped beyond so many a minute, and where it may not be written; nothing waits and nothing breaks", async () => {
    const store = new FakeStore();
    const clock = { now: START };
    const { recorder, metrics } = recorderOf(directApi(store), clock);
    for (let i = 0; i < 30; i++) await recorder.say({ ...done, message: `other ${i}` });
    expect([store.all(EVENTS).length, metrics.value("events", ["a", "dropped"])]).toEqual([5, 25]);
    clock.now += 60_000;
    await recorder.say({ ...done, message: "later" });
    expect(store.all(EVENTS).length).toBe(6);
    const refusing = { call: () => Promise.reject(new ApiError(403, "Forbidden", "x")) } as unknown as KubeApi;
    const refused = recorderOf(refusing, clock);
    await refused.recorder.say(done);
    expect(refused.metrics.value("events", ["a", "failed"])).toBe(1);
  });

  test("says what was refused and what would be, on one line and not too long", async () => {
    const refused = eventOf({ change, kind: "refused", guard: "budget", reason: "4 changes" })!;
    expect([refused.type, refused.reason, refused.message]).toEqual([
      "Warning",
      "ChangeRefused",
      "2 to 3: a test; budget: 4 changes",
    ]);
    expect(adviceOf(change).reason).toBe("WouldBeScaled");
    expect(eventOf({ change, kind: "changed", guard: "", reason: "" })).toBeUndefined();
    const store = new FakeStore();
    await recorderOf(directApi(store), { now: START }).recorder.say({
      ...refused,
      message: `a\nb\u001b${"x".repeat(2000)}`,
    });
    const { message } = store.all(EVENTS)[0]! as unknown as { message: string };
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for
    expect([message.length, /[\u0000-\u001f]/.test(message)]).toEqual([900, false]);
  });
});

test("scores say how much room each cluster has, in the form of those who read them", () => {
  const [east, west] = [new FakeStore(), new FakeStore()];
  const TYPE = "node.kubernetes.io/instance-type";
  east.put(PATHS.nodes, nodeObject("e", 8, { labels: { [TYPE]: "dear" } }));
  west.put(PATHS.nodes, nodeObject("w", 16, { labels: { [TYPE]: "cheap" } }));
  east.put(PATHS.jobs, jobObject("waits", 1, 2));
  const config = parseLiveConfig(
    "windtunnelLive: 1\nclusters: [{ name: east }, { name: west }, { name: gone }]\n",
    "x",
  );
  const snapshots = [
    storeSnapshot(east, "east", START),
    storeSnapshot(west, "west", START),
    storeSnapshot(new FakeStore(), "gone", START, "unreachable"),
  ];
  const scores = scoresOf(
    snapshots,
    claimsOf(config, snapshots.slice(0, 2)).claims,
    parsePrices("dear,4\ncheap,2\n", "p"),
  );
  expect(scores).toEqual([
    { cluster: "east", gpuFree: 100, gpuQueue: -25, gpuPrice: 50, weight: 6 },
    { cluster: "west", gpuFree: 100, gpuQueue: 0, gpuPrice: 100, weight: 16 },
  ]);
  const files = scoreFiles(scores, START, 60);
  expect([...files.keys()]).toEqual(["placement-score-east.yaml", "placement-score-west.yaml", "replica-weights.yaml"]);
  const east1 = parse(files.get("placement-score-east.yaml")!);
  expect([east1.kind, east1.metadata.namespace, east1.status.validUntil]).toEqual([
    "AddOnPlacementScore",
    "east",
    "2027-03-01T12:01:00Z",
  ]);
  for (const { value } of east1.status.scores)
    expect(Number.isInteger(value) && value >= -100 && value <= 100).toBe(true);
  expect(parse(files.get("replica-weights.yaml")!).replicaScheduling.weightPreference.staticWeightList).toEqual([
    { targetCluster: { clusterNames: ["east"] }, weight: 6 },
    { targetCluster: { clusterNames: ["west"] }, weight: 16 },
  ]);
});

describe("alerts", () => {
  test("fire after their time and clear after theirs; each change is in the log, the file, at the address and a metric", async () => {
    const got: string[] = [];
    let failures = 2;
    const web = http.createServer((request, response) => {
      let text = "";
      request.on("data", (c) => {
        text += String(c);
      });
      request.on("end", () => {
        response.statusCode = failures-- > 0 ? 503 : 200;
        if (response.statusCode === 200) got.push(text);
        response.end();
      });
    });
    await new Promise<void>((resolve) => web.listen(0, "127.0.0.1", resolve));
    const folder = mkdtempSync(join(tmpdir(), "wt-alerts-"));
    const text = `windtunnelLive: 1
clusters: [{ name: a }, { name: b }]
scores: true
alerts:
  file: alerts.jsonl
  webhook: http://127.0.0.1:${(web.address() as AddressInfo).port}/sekrit
  rules:
    - { name: no room, metric: windtunnel_gpus, labels: { state: free, cluster: a }, below: 4, forSeconds: 30, clearAt: 8, clearSeconds: 0 }
    - { name: trouble, metric: windtunnel_watch_restarts_total, increaseOverSeconds: 60, above: 5, forSeconds: 0 }
`;
    const config = parseLiveConfig(text, join(folder, "live.yaml"));
    const metrics = new Metrics();
    const clock = { now: START };
    const lines: [string, unknown][] = [];
    const said: string[] = [];
    const publisher = new Publisher({
      config,
      apis: new Map(),
      metrics,
      pacing: {
        now: () => clock.now,
        random: () => 0.5,
        sleep: (ms) => new Promise((r) => setTimeout(r, ms === 2000 ? 2000 : 1)),
      },
      audit: { write: (kind, rest) => void lines.push([kind, rest]) },
      log: (level, event, fields) => void said.push(JSON.stringify([level, event, fields])),
      identity: "me",
      webhook: new URL(config.alerts.webhook!),
      prices: () => undefined,
    });
    const plan = { changes: [] } as never;
    const thought = { claims: { claims: [], left: [] } } as never;
    const pass = async (free: number, seconds: number) => {
      clock.now += seconds * 1000;
      metrics.set("gpus", ["a", "free"], free);
      metrics.set("gpus", ["b", "free"], 100);
      await publisher.pass(plan, thought, []);
      return metrics.value("alertFiring", ["no room"]);
    };
    expect([await pass(3, 0), await pass(3, 15), await pass(3, 15)]).toEqual([0, 0, 1]);
    // hysteresis: above the threshold and below where it clears
    expect([await pass(5, 15), await pass(8, 15)]).toEqual([1, 0]);
    metrics.add("watchRestarts", ["a", "pods", "error"], 100);
    await pass(8, 15);
    expect(publisher.alerts.firing).toEqual([]);
    metrics.add("watchRestarts", ["a", "pods", "error"], 6);
    await pass(8, 15);
    expect(publisher.alerts.firing).toEqual(["trouble"]);
    await publisher.close();
    expect(
      lines.map(([kind, rest]) => `${kind} ${(rest as { rule: string }).rule} ${(rest as { state: string }).state}`),
    ).toEqual(["alert no room firing", "alert no room ok", "alert trouble firing"]);
    const kept = readFileSync(join(folder, "windtunnel-live/alerts.jsonl"), "utf8").trim().split("\n");
    expect(kept.map((l) => JSON.parse(l)).map((l) => [l.rule, l.state, l.value])).toEqual([
      ["no room", "firing", 3],
      ["no room", "ok", 8],
      ["trouble", "firing", 6],
    ]);
    expect(got.map((g) => JSON.parse(g).rule).sort()).toEqual(["no room", "no room", "trouble"]);
    expect([said.join(""), JSON.stringify(lines), kept.join("")].join("")).not.toContain("sekrit");
    expect(metrics.value("notifications", ["webhook", "sent"])).toBe(3);
    expect(readdirSync(join(folder, "windtunnel-live/scores"))).toEqual(["replica-weights.yaml"]);
    await new Promise((resolve) => web.close(resolve));
    rmSync(folder, { recursive: true });
  });

  test.each([
    ["{ name: x, metric: windtunnel_gpu, above: 1 }", "no gauge or counter windtunnel_gpu"],
    ["{ name: x, metric: windtunnel_gpus, labels: { pod: y }, above: 1 }", "has no label pod"],
    ["{ name: x, metric: windtunnel_gpus }", "give either above or below"],
    ["{ name: x, metric: windtunnel_gpus, above: 1, clearAt: 2 }", "clearAt, 2, lies on the side"],
    ["{ name: x, metric: windtunnel_plan_duration_seconds, above: 1 }", "no gauge or counter"],
  ])("%s is refused", (rule, said) => {
    const text = `windtunnelLive: 1\nclusters: [{ name: a }]\nalerts: { rules: [${rule}] }\n`;
    expect(() => parseLiveConfig(text, "x.yaml")).toThrow(said);
  });
});

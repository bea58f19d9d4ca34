// Traffic by steps, and Workloads of Kueue: what is wanted, and what is sent for it.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ACTIONS_BY_VERB, dryRunOf } from "../../src/live/actions.js";
import { claimsOf } from "../../src/live/claims.js";
import { parseLiveConfig } from "../../src/live/config.js";
import { decideFrame, LiveDriver } from "../../src/live/driver.js";
import { buildFrame } from "../../src/live/frame.js";
import { changesOf } from "../../src/live/plan.js";
import { points, routeChanges, step } from "../../src/live/routing.js";
import { nodeObject, PATHS, podSpec, storeSnapshot } from "./cluster-objects.js";
import { directApi } from "./fake-server.js";
import { FakeStore } from "./fake-store.js";

const route = (weights: Record<string, number>, resolved = true) => ({
  metadata: { name: "r", namespace: "team" },
  spec: { rules: [{ backendRefs: Object.entries(weights).map(([name, weight]) => ({ name, weight })) }] },
  status: { parents: [{ conditions: [{ type: "ResolvedRefs", status: resolved ? "True" : "False" }] }] },
});
const target = (weights: Record<string, number>) => [{ cluster: "a", namespace: "team", name: "r", weights }];

function changesFor(now: Record<string, number>, wanted: Record<string, number>, resolved = true) {
  const store = new FakeStore();
  store.put(PATHS.routes, route(now, resolved));
  return { store, ...routeChanges(target(wanted), [storeSnapshot(store, "a", 0)], 10) };
}

describe("weights", () => {
  test("move by a step, and are written with what they were as a precondition", async () => {
    const { store, changes } = changesFor({ old: 90, new: 10 }, { old: 0, new: 1 });
    expect(changes.map((c) => [c.before, c.after])).toEqual([["old=90,new=10", "old=80,new=20"]]);
    const api = directApi(store);
    const found = await ACTIONS_BY_VERB.route.look(api, changes[0]!);
    const request = ACTIONS_BY_VERB.route.request(changes[0]!, (found as { version: string }).version, 0);
    expect(ACTIONS_BY_VERB.route.check(await api.call(dryRunOf(request)), changes[0]!)).toBeUndefined();
    expect(store.writes.length).toBe(0);
    await api.call(request);
    // sent again it meets another version
    await expect(api.call(request)).rejects.toThrow(/422/);
    const weights = (store.get(PATHS.routes, "team", "r")!.spec as { rules: { backendRefs: { weight: number }[] }[] })
      .rules[0]!.backendRefs;
    expect(weights.map((b) => b.weight)).toEqual([80, 20]);
  });

  test("stay where backends do not resolve, are not there, or are right", () => {
    expect(changesFor({ a: 50, b: 50 }, { a: 1 }, false).left[0]!.reason).toBe("its backends do not resolve");
    expect(changesFor({ a: 50, b: 50 }, { c: 1 }).left[0]!.reason).toBe("it has no backend c");
    expect(changesFor({ a: 3, b: 1 }, { a: 75, b: 25 }).changes).toEqual([]);
  });

  test("reach what is wanted in few steps, add up to a hundred all the way, and are never all nothing", () => {
    const weights = fc
      .array(fc.integer({ min: 0, max: 9 }), { minLength: 2, maxLength: 4 })
      .filter((list) => list.some((w) => w > 0));
    fc.assert(
      fc.property(weights, weights, fc.integer({ min: 1, max: 50 }), (from, to, most) => {
        const named = (list: number[]) => points(from.map((_, i) => ({ name: `b${i}`, weight: list[i] ?? 0 })));
        const wanted = to.slice(0, from.length).some((w) => w > 0) ? named(to) : named(from);
        let now = named(from);
        for (let i = 0; i < 101; i++) {
          const next = step(now, wanted, most);
          if (next.reduce((sum, b) => sum + b.weight, 0) !== 100) return false;
          if (next.some((b, j) => Math.abs(b.weight - now[j]!.weight) > most || b.weight < 0)) return false;
          now = next;
        }
        return JSON.stringify(now) === JSON.stringify(wanted);
      }),
    );
  });
});

test("a Workload of Kueue is nominated for the cluster in which it fits", () => {
  const hub = new FakeStore();
  const large = new FakeStore();
  hub.put(PATHS.nodes, nodeObject("small", 2));
  large.put(PATHS.nodes, nodeObject("large", 8));
  hub.put(PATHS.workloads, {
    metadata: { name: "w", namespace: "team" },
    spec: { queueName: "q", podSets: [{ count: 2, template: { spec: podSpec(4) } }] },
    status: {},
  });
  const config = parseLiveConfig("windtunnelLive: 1\nclusters: [{ name: hub }, { name: large }]\n", "x.yaml");
  const snapshots = [storeSnapshot(hub, "hub", 0), storeSnapshot(large, "large", 0)];
  const { claims } = claimsOf(config, snapshots);
  const { frame, key } = buildFrame(config.policy, snapshots, claims, 0);
  const changes = changesOf(decideFrame(new LiveDriver(), frame), key);
  expect(changes.map((c) => [c.cluster, c.verb, c.object.name, c.after])).toEqual([["hub", "nominate", "w", "large"]]);
  expect(ACTIONS_BY_VERB.nominate.request(changes[0]!, "7", 0)).toMatchObject({
    path: expect.stringMatching(/workloads\/w\/status$/),
    body: { metadata: { resourceVersion: "7" }, status: { nominatedClusterNames: ["large"] } },
  });
});

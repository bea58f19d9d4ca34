// From the objects of a cluster to what the policy wants changed.

import { describe, expect, test } from "vitest";
import { claimsOf } from "../../src/live/claims.js";
import { parseLiveConfig } from "../../src/live/config.js";
import { decideFrame, LiveDriver } from "../../src/live/driver.js";
import { buildFrame } from "../../src/live/frame.js";
import { type Change, changesOf } from "../../src/live/plan.js";
import { jobObject, nodeObject, PATHS, podObject, storeSnapshot } from "./cluster-objects.js";
import { FakeStore } from "./fake-store.js";

const NOW = 1_800_000_000_000;
const at = (second: number) => new Date(NOW - 3_600_000 + second * 1000).toISOString().replace(".000Z", "Z");

function configOf(policy = "{ queue: fifo, place: fewest-nodes }") {
  return parseLiveConfig(`windtunnelLive: 1\npolicy: ${policy}\nclusters: [{ name: a }]\n`, "live.yaml");
}

function decide(store: FakeStore, policy?: string) {
  const config = configOf(policy);
  const snapshot = storeSnapshot(store, "a", NOW);
  const claims = claimsOf(config, [snapshot]);
  const { frame, key } = buildFrame(config.policy, [snapshot], claims.claims, NOW * 1000);
  const decided = decideFrame(new LiveDriver(), frame);
  return { changes: changesOf(decided, key), left: claims.left, notes: key.notes, decided, frame };
}

const inWords = (changes: readonly Change[]) => changes.map((c) => `${c.verb} ${c.object.name} ${c.after}`);

function cluster(nodes: number, gpus = 8): FakeStore {
  const store = new FakeStore();
  store.nowMillis = () => NOW;
  for (let i = 0; i < nodes; i++) store.put(PATHS.nodes, nodeObject(`n${i}`, gpus));
  return store;
}

describe("suspended jobs", () => {
  test("are resumed in order of arrival as far as they fit, with the nodes they are meant for", () => {
    const store = cluster(2);
    store.put(PATHS.jobs, jobObject("late", 1, 8, { created: at(30) }));
    store.put(PATHS.jobs, jobObject("early", 3, 4, { created: at(10) }));
    store.put(PATHS.jobs, jobObject("middle", 1, 8, { created: at(20) }));
    const { changes } = decide(store);
    expect(inWords(changes)).toEqual(["resume early running"]);
    expect(changes[0]!.gpus).toBe(12);
    expect(changes[0]!.detail.nodes).toBe("n0=2,n1=1");
  });

  test("do not count on room that others hold, or that is broken", () => {
    const store = cluster(1);
    store.put(PATHS.nodes, nodeObject("n0", 6, { capacity: 8 }));
    store.put(PATHS.pods, podObject("other", 2, { node: "n0", scheduler: "default-scheduler" }));
    store.put(PATHS.jobs, jobObject("five", 5, 1, { created: at(1) }));
    expect(decide(store).changes).toEqual([]);
    store.put(PATHS.jobs, jobObject("five", 4, 1));
    expect(inWords(decide(store).changes)).toEqual(["resume five running"]);
  });

  test("are left to Kueue, to an owner, and where we cannot judge", () => {
    const store = cluster(1);
    store.put(PATHS.jobs, jobObject("kueue", 1, 1, { labels: { "kueue.x-k8s.io/queue-name": "q" } }));
    store.put(PATHS.jobs, jobObject("claims", 1, 1, { spec: { resourceClaims: [{ name: "x" }] } }));
    const owned = jobObject("owned", 1, 1);
    (owned.metadata as Record<string, unknown>).ownerReferences = [
      { controller: true, kind: "CronJob", name: "c", uid: "u" },
    ];
    store.put(PATHS.jobs, owned);
    const { changes, left } = decide(store);
    expect(changes).toEqual([]);
    expect(left.map((l) => l.reason).sort()).toEqual([
      "CronJob c owns it",
      "Kueue admits it",
      "it uses resourceClaims",
    ]);
  });

  test("go where selectors, affinity and taints let them", () => {
    const store = cluster(1);
    store.put(
      PATHS.nodes,
      nodeObject("gold", 8, { labels: { tier: "gold" }, taints: [{ key: "nvidia.com/gpu", effect: "NoSchedule" }] }),
    );
    store.put(PATHS.jobs, jobObject("picky", 1, 1, { spec: { nodeSelector: { tier: "gold" } }, created: at(1) }));
    expect(decide(store).changes).toEqual([]);
    expect(decide(store).notes.join()).toContain("no node is open to team/picky");
    const tolerations = [{ key: "nvidia.com/gpu", operator: "Exists" }];
    store.put(
      PATHS.jobs,
      jobObject("picky", 1, 1, { spec: { nodeSelector: { tier: "gold" }, tolerations }, created: at(1) }),
    );
    expect(decide(store).changes[0]!.detail.nodes).toBe("gold=1");
  });

  test("wait for a running job that was resumed and has no pods yet", () => {
    const store = cluster(1);
    store.put(
      PATHS.jobs,
      jobObject("first", 1, 8, { suspend: false, created: at(1), annotations: { "windtunnel.dev/plan": "n0=1" } }),
    );
    store.put(PATHS.jobs, jobObject("second", 1, 1, { created: at(2) }));
    expect(decide(store).changes).toEqual([]);
  });
});

describe("a preemptive policy", () => {
  test("suspends the job of lower priority first and starts the other when that is seen", () => {
    const store = cluster(1);
    const low = store.put(PATHS.jobs, jobObject("low", 1, 8, { suspend: false, created: at(1) }));
    store.put(
      PATHS.pods,
      podObject("low-1", 8, {
        node: "n0",
        scheduler: "default-scheduler",
        owner: { kind: "Job", name: "low", uid: low.metadata.uid },
      }),
    );
    for (const n of [0, 1])
      store.put(
        PATHS.pods,
        podObject(`high-${n}`, 4, {
          priority: 10,
          labels: { "windtunnel.dev/gang": "high" },
          annotations: { "windtunnel.dev/gang-size": "2" },
        }),
      );
    expect(inWords(decide(store, "{ queue: priority, place: first-fit }").changes)).toEqual(["suspend low suspended"]);
    store.put(PATHS.jobs, jobObject("low", 1, 8, { suspend: true, created: at(1) }));
    store.remove(PATHS.pods, "team", "low-1");
    expect(inWords(decide(store, "{ queue: priority, place: first-fit }").changes)).toEqual([
      "bind high-0 n0",
      "bind high-1 n0",
    ]);
  });
});

describe("pods that ask for our scheduler", () => {
  test("are bound as a gang or not at all, each with its devices", () => {
    const store = cluster(2, 4);
    const gang = { labels: { "windtunnel.dev/gang": "g" }, annotations: { "windtunnel.dev/gang-size": "3" } };
    store.put(PATHS.pods, podObject("g-0", 2, gang));
    store.put(PATHS.pods, podObject("g-1", 2, gang));
    expect(decide(store).left[0]!.reason).toBe("its gang has 2 of 3 pods");
    store.put(PATHS.pods, podObject("g-2", 2, gang));
    const { changes } = decide(store);
    expect(changes.map((c) => `${c.object.name} ${c.detail.node} ${c.detail.devices}`)).toEqual([
      "g-0 n0 0,1",
      "g-1 n0 2,3",
      "g-2 n1 0,1",
    ]);
    expect(new Set(changes.map((c) => c.group)).size).toBe(1);
  });

  test("share a device by annotation", () => {
    const store = cluster(1, 1);
    for (const name of ["s-0", "s-1", "s-2"])
      store.put(PATHS.pods, podObject(name, 0, { annotations: { "windtunnel.dev/gpu-milli": "400" } }));
    const { changes } = decide(store, "{ queue: las, place: best-fit }");
    expect(changes.map((c) => `${c.object.name} ${c.detail.devices}`)).toEqual(["s-0 0", "s-1 0"]);
  });
});

describe("what was decided", () => {
  test("does not depend on the order in which objects are listed", () => {
    const build = (reverse: boolean) => {
      const store = new FakeStore();
      store.nowMillis = () => NOW;
      const acts: (() => void)[] = [];
      for (let i = 0; i < 6; i++) acts.push(() => store.put(PATHS.nodes, nodeObject(`n${i}`)));
      for (let i = 0; i < 20; i++)
        acts.push(() => store.put(PATHS.jobs, { ...jobObject(`j${i}`, (i % 3) + 1, 4, { created: at(5) }), ...{} }));
      for (const act of reverse ? acts.reverse() : acts) act();
      return inWords(decide(store, "{ queue: las, place: fgd }").changes);
    };
    expect(build(false)).toEqual(build(true));
    expect(build(false).length).toBeGreaterThan(3);
  });

  test("has no surprises among its facts", () => {
    const store = cluster(2);
    store.put(PATHS.pods, podObject("bound", 2, { node: "n0" }));
    store.put(PATHS.pods, podObject("other", 3, { node: "n0", scheduler: "x" }));
    expect(decide(store).decided.surprises).toBe(0);
  });
});

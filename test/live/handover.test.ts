// A leader is gone in the middle of a change: the next one goes on with it, or takes it back. And nodes that have all the pods that
// they may have.

import { describe, expect, test } from "vitest";
import type { ApiRequest } from "../../src/live/api.js";
import { parseLiveConfig } from "../../src/live/config.js";
import { controlObject, jobObject, nodeObject, PATHS, podObject } from "./cluster-objects.js";
import { type Instance, instanceOf, type World, world } from "./instance.js";

const CONFIG = parseLiveConfig(
  `windtunnelLive: 1
policy: { queue: priority, place: first-fit }
clusters: [{ name: a }]
grants: [{ namespace: team, mode: auto }]
targets: [{ cluster: a, namespace: team, name: web, controller: hpa, targetRequests: 1, replicas: { min: 1, max: 8 }, successMetric: good, load: { url: "http://127.0.0.1:1", metric: m } }]
budgets: [{ perHour: { changes: 50 } }]
coolDown: { upSeconds: 0, downSeconds: 0 }
validateSeconds: 0
rollout: { watchSeconds: 20, replicasStep: 2 }
`,
  "x.yaml",
);
const instance = (w: World, identity: string, broken?: (request: ApiRequest) => boolean) =>
  instanceOf(CONFIG, w, identity, broken);

const replicas = ({ store }: World) =>
  (store.get(PATHS.deployments, "team", "web")!.spec as { replicas: number }).replicas;
const settle = ({ store }: World) =>
  store.change(PATHS.deployments, "team", "web", { status: { readyReplicas: replicas({ store } as World) } });

/** The first has begun a step and is gone; the second holds the lease. */
async function handover(w: World, broken?: (request: ApiRequest) => boolean): Promise<Instance> {
  const first = instance(w, "first", broken);
  await first.leader.step();
  await first.controller.cycle();
  settle(w);
  const second = instance(w, "second");
  await second.leader.step();
  w.clock.now += 16_000;
  expect(await second.leader.step()).toBe(true);
  return second;
}

async function pass(w: World, { controller, leader }: Instance, seconds: number): Promise<void> {
  for (let passed = 0; passed < seconds; passed += 5) {
    w.clock.now += 5000;
    await leader.step();
  }
  await controller.cycle();
}

describe("a step whose leader is gone", () => {
  test("is watched on by the next, and followed by the next step when it does well", async () => {
    const w = world();
    const second = await handover(w);
    expect(replicas(w)).toBe(4);
    second.load = { ...second.load, outstanding: 6 };
    await second.controller.cycle();
    expect(second.controller.flights.list.map((f) => `${f.change.before} ${f.change.after} ${f.judgement}`)).toEqual([
      "2 4 waiting",
    ]);
    expect(second.audit.join("")).toContain('"goesOnWith":"Deployment team/web"');
    expect(replicas(w)).toBe(4);
    await pass(w, second, 10);
    await second.controller.cycle();
    expect(replicas(w)).toBe(6);
  });

  test("is taken back by the next when it does badly, with what success was before it", async () => {
    const w = world();
    const second = await handover(w);
    second.load = { ...second.load, success: 0.9 };
    await second.controller.cycle();
    await pass(w, second, 10);
    expect(replicas(w)).toBe(2);
    expect(second.audit.join("")).toContain('"kind":"rollback"');
  });

  test("is taken back although the way back was interrupted too", async () => {
    const w = world();
    const second = await handover(w);
    second.load = { ...second.load, success: 0.9 };
    await second.controller.cycle();
    // paused: it is found bad, and nothing may be written
    w.store.put(PATHS.configmaps, controlObject({ pause: "hold" }));
    await pass(w, second, 10);
    expect([replicas(w), second.controller.flights.list.map((f) => f.judgement)]).toEqual([4, ["bad"]]);
    await second.leader.step();
    const third = instance(w, "third");
    await third.leader.step();
    w.clock.now += 16_000;
    await third.leader.step();
    w.store.put(PATHS.configmaps, controlObject());
    // nobody knows what success is now: that it was found bad is known
    await third.controller.cycle();
    expect(replicas(w)).toBe(2);
    expect(third.controller.flights.list).toEqual([]);
  });

  test("is told to a person whose plan is about the same object, and let go once it has done well", async () => {
    const w = world();
    const second = await handover(w);
    second.load = { ...second.load, outstanding: 6 };
    const { plan } = await second.controller.plan("apply");
    const told = await second.controller.apply(plan);
    expect(told.map((o) => [o.kind, o.guard, o.reason])).toEqual([
      ["refused", "rest", "the effect of its last change is still being watched"],
    ]);
    w.clock.now += 5000;
    await second.leader.step();
    const again = (await second.controller.plan("apply")).plan;
    expect((await second.controller.apply(again)).map((o) => o.kind)).toEqual(["done"]);
    expect(replicas(w)).toBe(6);
  });

  test("is known to a leader that lost the lease and got it back between two passes", async () => {
    const w = world();
    const first = instance(w, "first");
    first.load = { ...first.load, outstanding: 2 };
    await first.leader.step();
    await first.controller.cycle();
    expect(first.controller.flights.list).toEqual([]);
    const second = instance(w, "second");
    await second.leader.step();
    w.clock.now += 16_000;
    await second.leader.step();
    await second.controller.cycle();
    await second.leader.release();
    expect(await first.leader.step()).toBe(true);
    await first.controller.cycle();
    expect(first.controller.flights.list.map((f) => f.change.after)).toEqual(["4"]);
  });

  test("that never reached the server is given up, and nothing is written for it", async () => {
    const w = world();
    const isScale = (r: ApiRequest) =>
      r.method === "PATCH" && r.path.endsWith("/scale") && r.query?.dryRun === undefined;
    const second = await handover(w, isScale);
    expect(replicas(w)).toBe(2);
    second.load = { ...second.load, outstanding: 2 };
    await second.controller.cycle();
    expect(second.controller.flights.list.length).toBe(1);
    await pass(w, second, 120);
    expect([replicas(w), second.controller.flights.list]).toEqual([2, []]);
    expect(w.store.writes.filter((x) => x.path.endsWith("/scale"))).toEqual([]);
  });
});

describe("a node that has all its pods", () => {
  const full = (podsMax: number) => {
    const w = world();
    for (const name of ["n0", "n1"]) {
      const node = nodeObject(name, 8);
      const status = node.status as { allocatable: object };
      w.store.put(PATHS.nodes, {
        ...node,
        status: { ...status, allocatable: { ...status.allocatable, pods: String(podsMax) } },
      });
    }
    return w;
  };
  const bound = ({ store }: World) =>
    store
      .all(PATHS.pods)
      .map((p) => `${p.metadata.name} ${(p.spec as { nodeName?: string }).nodeName ?? "-"}`)
      .sort();

  test("gets no more: a gang goes where there is room for all of it", async () => {
    const w = full(3);
    for (const n of [0, 1]) w.store.put(PATHS.pods, podObject(`other-${n}`, 0, { node: "n0", scheduler: "x" }));
    const gang = { labels: { "windtunnel.dev/gang": "g" }, annotations: { "windtunnel.dev/gang-size": "3" } };
    for (const n of [0, 1, 2]) w.store.put(PATHS.pods, podObject(`g-${n}`, 1, gang));
    const one = instance(w, "one");
    await one.leader.step();
    const { plan } = await one.controller.cycle();
    expect(plan.notes.join()).toContain("a/n0 has room for 1 more pods");
    expect(bound(w)).toEqual(["g-0 n1", "g-1 n1", "g-2 n1", "other-0 n0", "other-1 n0"]);
  });

  test("is closed to Jobs too, and a bind is refused where others came meanwhile", async () => {
    const w = full(1);
    w.store.put(PATHS.pods, podObject("other", 0, { node: "n0", scheduler: "x" }));
    w.store.put(PATHS.jobs, jobObject("two", 2, 1));
    const one = instance(w, "one");
    await one.leader.step();
    expect((await one.controller.cycle()).plan.changes.filter((c) => c.verb === "resume")).toEqual([]);
    w.store.change(PATHS.jobs, "team", "two", { spec: { parallelism: 1, completions: 1 } });
    expect((await one.controller.plan()).plan.changes.map((c) => c.detail.nodes)).toContain("n1=1");
  });
});

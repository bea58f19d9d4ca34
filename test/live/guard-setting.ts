// A small cluster, changes in it, and all that guards look at.

import type { LiveConfig } from "../../src/live/config.js";
import { parseControl } from "../../src/live/control.js";
import type { GuardContext } from "../../src/live/guards.js";
import type { Spending } from "../../src/live/ledger.js";
import { type Change, refOf, withId } from "../../src/live/plan.js";
import { START } from "./chaos-checks.js";
import { config as chaosConfig, PERMIT } from "./chaos-world.js";
import { controlObject, deploymentObject, nodeObject, PATHS, podObject, storeSnapshot } from "./cluster-objects.js";
import { FakeStore } from "./fake-store.js";

export const NOW = START + 60_000;

export function setting(edit: (store: FakeStore) => void = () => undefined) {
  const store = new FakeStore();
  store.nowMillis = () => NOW;
  for (let n = 0; n < 3; n++) store.put(PATHS.nodes, nodeObject(`n${n}`, 8));
  store.put(PATHS.namespaces, { metadata: { name: "team" } });
  store.put(PATHS.deployments, deploymentObject("web", 2));
  store.put(
    PATHS.pods,
    podObject("held", 1, { node: "n0", labels: { app: "held" }, owner: { kind: "ReplicaSet", name: "r", uid: "r" } }),
  );
  edit(store);
  return storeSnapshot(store, "a", NOW);
}

export type Snapshot = ReturnType<typeof setting>;

export function scale(snapshot: Snapshot, after = 3, name = "web"): Change {
  const object = snapshot.scalables.find((s) => s.name === name)!;
  return withId({
    cluster: "a",
    verb: "scale",
    object: refOf("Deployment", object),
    before: String(object.replicas),
    after: String(after),
    reason: "CONTROLLER",
    why: "a test",
    gpus: Math.abs(after - object.replicas),
    replicas: Math.abs(after - object.replicas),
    group: name,
    detail: {},
  });
}

export function evict(snapshot: Snapshot): Change {
  const pod = snapshot.pods.find((p) => p.name === "held")!;
  return withId({
    cluster: "a",
    verb: "evict",
    object: refOf("Pod", pod),
    before: "on n0",
    after: "evicted",
    reason: "POLICY_STOP",
    why: "a test",
    gpus: 1,
    replicas: 0,
    group: "held",
    detail: { node: "n0" },
  });
}

/** The pod "waits" to n0, where "held" is. */
export function bind(snapshot: Snapshot): Change {
  const pod = snapshot.pods.find((p) => p.name === "waits")!;
  return { ...evict(snapshot), verb: "bind", object: refOf("Pod", pod), before: "pending", after: "n0" };
}

export function context(
  snapshot: Snapshot,
  more: Partial<GuardContext> = {},
  config: LiveConfig = chaosConfig,
): GuardContext {
  return {
    config,
    nowMillis: NOW,
    by: "auto",
    continues: false,
    snapshot,
    control: parseControl(controlObject(), NOW),
    localPause: "no",
    leads: true,
    permit: PERMIT,
    permitFault: undefined,
    policy: config.policy,
    policySha256: null,
    engineSha256: "E",
    drift: "",
    budget: { nowMillis: NOW, spent: [], cycle: [], inFlight: 0, gpusTotal: 24 },
    ...more,
  };
}

export const spent = (more: Partial<Spending>): Spending => ({
  at: NOW - 1000,
  object: "Deployment team/other",
  namespace: "team",
  action: "scale",
  direction: "up",
  gpus: 1,
  replicas: 1,
  ...more,
});
export const withBudget = (...list: Spending[]) => ({
  budget: { nowMillis: NOW, spent: list, cycle: [], inFlight: 0, gpusTotal: 24 },
});

// Each guard alone: one change that it, and only it, refuses. Without the guard the change goes through, so that a guard that does
// nothing is noticed.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type LiveConfig, parseLiveConfig } from "../../src/live/config.js";
import { parseControl } from "../../src/live/control.js";
import { GUARDS, type GuardContext, isOpen, refusalOf } from "../../src/live/guards.js";
import { overBudget, type Spending } from "../../src/live/ledger.js";
import { type Change, refOf, withId } from "../../src/live/plan.js";
import { START } from "./chaos-checks.js";
import { config as chaosConfig, PERMIT } from "./chaos-world.js";
import { controlObject, deploymentObject, nodeObject, PATHS, podObject, storeSnapshot } from "./cluster-objects.js";
import { FakeStore } from "./fake-store.js";

const NOW = START + 60_000;

function setting(edit: (store: FakeStore) => void = () => undefined) {
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

type Snapshot = ReturnType<typeof setting>;

function scale(snapshot: Snapshot, after = 3, name = "web"): Change {
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

function evict(snapshot: Snapshot): Change {
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

function context(snapshot: Snapshot, more: Partial<GuardContext> = {}, config: LiveConfig = chaosConfig): GuardContext {
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
    policySha256: null,
    engineSha256: "E",
    drift: "",
    budget: { nowMillis: NOW, spent: [], cycle: [], inFlight: 0, gpusTotal: 24 },
    ...more,
  };
}

const spent = (more: Partial<Spending>): Spending => ({
  at: NOW - 1000,
  object: "Deployment team/other",
  namespace: "team",
  action: "scale",
  direction: "up",
  gpus: 1,
  replicas: 1,
  ...more,
});
const withBudget = (...list: Spending[]) => ({
  budget: { nowMillis: NOW, spent: list, cycle: [], inFlight: 0, gpusTotal: 24 },
});

interface Case {
  guard: string;
  what: string;
  edit?: (store: FakeStore) => void;
  change?: (snapshot: Snapshot) => Change;
  context?: Partial<GuardContext>;
}

const CASES: Case[] = [
  {
    guard: "mode",
    what: "a person's plan where nothing is granted",
    change: (s) => ({ ...evict(s), object: { ...evict(s).object, namespace: "looked-at" } }),
  },
  { guard: "permit", what: "no permit", context: { permit: undefined } },
  {
    guard: "permit",
    what: "an expired one",
    context: { nowMillis: Date.parse(PERMIT.expiresAt), snapshot: undefined },
  },
  {
    guard: "permit",
    what: "a revoked one",
    context: { control: parseControl(controlObject({ revoked: "x, P1" }), NOW) },
  },
  { guard: "permit", what: "one for another engine", context: { engineSha256: "F" } },
  { guard: "permit", what: "one for another policy of one's own", context: { policySha256: "F" } },
  { guard: "permit", what: "a file that was refused", context: { permitFault: "it was changed" } },
  { guard: "drift", what: "reality that has moved away", context: { drift: "load 9" } },
  { guard: "leader", what: "no lease", context: { leads: false } },
  { guard: "clock", what: "a server whose clock is far behind", context: { aheadSeconds: -31 } },
  {
    guard: "pause",
    what: "a switch in the cluster",
    context: { control: parseControl(controlObject({ pause: "hold" }), NOW) },
  },
  {
    guard: "pause",
    what: "a switch of the namespace",
    context: { control: parseControl(controlObject({ "pause.team": "yes" }), NOW) },
  },
  {
    guard: "pause",
    what: "drain, for what is new",
    context: { control: parseControl(controlObject({ pause: "drain" }), NOW) },
  },
  { guard: "pause", what: "switches that cannot be read", context: { control: undefined } },
  { guard: "pause", what: "a switch here", context: { localPause: "hold" } },
  {
    guard: "protected",
    what: "an annotation on the object",
    edit: (s) =>
      s.put(PATHS.deployments, deploymentObject("web", 2, { annotations: { "windtunnel.dev/paused": "true" } })),
  },
  {
    guard: "protected",
    what: "an annotation on the namespace",
    edit: (s) =>
      s.put(PATHS.namespaces, { metadata: { name: "team", annotations: { "windtunnel.dev/paused": "true" } } }),
  },
  {
    guard: "protected",
    what: "a pod without an owner",
    edit: (s) => {
      s.remove(PATHS.pods, "team", "held");
      s.put(PATHS.pods, podObject("held", 1, { node: "n0" }));
    },
    change: evict,
  },
  {
    guard: "protected",
    what: "a pod that says not to disturb it",
    edit: (s) =>
      s.change(PATHS.pods, "team", "held", { metadata: { annotations: { "karpenter.sh/do-not-disrupt": "true" } } }),
    change: evict,
  },
  {
    guard: "protected",
    what: "a pod of critical priority",
    edit: (s) => s.change(PATHS.pods, "team", "held", { spec: { priority: 2_000_001_000 } }),
    change: evict,
  },
  {
    guard: "owner",
    what: "an HPA",
    edit: (s) =>
      s.put(PATHS.hpas, {
        metadata: { name: "h", namespace: "team" },
        spec: { scaleTargetRef: { kind: "Deployment", name: "web" } },
      }),
  },
  {
    guard: "owner",
    what: "a manager that applies replicas",
    edit: (s) =>
      s.put(
        PATHS.deployments,
        deploymentObject("web", 2, {
          managedFields: [{ manager: "gitops", operation: "Apply", fieldsV1: { "f:spec": { "f:replicas": {} } } }],
        }),
      ),
  },
  { guard: "bounds", what: "more replicas than allowed", change: (s) => scale(s, 7) },
  { guard: "bounds", what: "what is no number", change: (s) => ({ ...scale(s), after: "null" }) },
  {
    guard: "bounds",
    what: "a target that is not configured",
    edit: (s) => s.put(PATHS.deployments, deploymentObject("stranger", 2)),
    change: (s) => scale(s, 3, "stranger"),
  },
  { guard: "window", what: "a closed window", context: { nowMillis: START + 25 * 60_000 } },
  {
    guard: "rest",
    what: "an object that was changed just now",
    context: withBudget(spent({ object: "Deployment team/web" })),
  },
  {
    guard: "rest",
    what: "one that was changed in vain",
    context: withBudget(spent({ object: "Deployment team/web", at: NOW - 100_000, failed: true })),
  },
  {
    guard: "frozen",
    what: "one that was rolled back three times",
    context: withBudget(
      ...[1, 2, 3].map((h) =>
        spent({ object: "Deployment team/web", at: NOW - h * 3_700_000, rollback: true, gpus: 0 }),
      ),
    ),
  },
  {
    guard: "budget",
    what: "changes of the hour",
    context: withBudget(...Array.from({ length: 4 }, (_, i) => spent({ object: `Deployment team/${i}`, gpus: 0 }))),
  },
  { guard: "budget", what: "GPUs of the hour", context: withBudget(spent({ gpus: 7 })) },
  {
    guard: "budget",
    what: "changes in flight",
    context: { budget: { nowMillis: NOW, spent: [], cycle: [], inFlight: 6, gpusTotal: 24 } },
  },
  {
    guard: "disruption",
    what: "a budget that allows none",
    edit: (s) =>
      s.put(PATHS.budgets, {
        metadata: { name: "b", namespace: "team" },
        spec: { selector: { matchLabels: { app: "held" } } },
        status: { disruptionsAllowed: 0 },
      }),
    change: evict,
  },
  {
    guard: "disruption",
    what: "two budgets on a pod",
    edit: (s) => {
      for (const name of ["b", "c"])
        s.put(PATHS.budgets, {
          metadata: { name, namespace: "team" },
          spec: { selector: { matchLabels: { app: "held" } } },
          status: { disruptionsAllowed: 5 },
        });
    },
    change: evict,
  },
];

function verdictOf({ edit, change = scale, context: more = {} }: Case, without?: string) {
  const snapshot = setting(edit);
  const view = more.nowMillis === undefined ? snapshot : { ...snapshot, takenMillis: more.nowMillis };
  return refusalOf(
    change(snapshot),
    context(view, { ...more, snapshot: view }),
    GUARDS.filter((g) => g.name !== without),
  );
}

describe("a change that nothing speaks against", () => {
  test("is let through", () => {
    const snapshot = setting();
    expect(refusalOf(scale(snapshot), context(snapshot))).toBeUndefined();
    expect(refusalOf(evict(snapshot), context(snapshot))).toBeUndefined();
  });
});

describe("a guard", () => {
  test.each(CASES)("$guard refuses for $what, and only it does", (one) => {
    expect(verdictOf(one)?.guard).toBe(one.guard);
    expect(verdictOf(one)!.reason).toMatch(/\w{3}/);
    expect(verdictOf(one, one.guard)).toBeUndefined();
  });

  test.each(["starting", "stale", "degraded", "unreachable", "lost"] as const)(
    "view refuses a cluster that is %s",
    (state) => {
      const snapshot = { ...setting(), state };
      expect(refusalOf(scale(snapshot), context(snapshot))?.guard).toBe("view");
    },
  );

  test("view refuses an old view, and a cluster most of whose nodes are away", () => {
    const old = { ...setting(), ageSeconds: 31 };
    expect(refusalOf(scale(old), context(old))?.guard).toBe("view");
    const away = setting((s) => {
      for (let n = 0; n < 5; n++) s.put(PATHS.nodes, nodeObject(`away${n}`, 8, { ready: false }));
    });
    expect(refusalOf(scale(away), context(away))?.reason).toBe("5 of 8 nodes are not ready");
  });

  test("every one has a case", () => {
    expect([...new Set([...CASES.map((c) => c.guard), "view"])].sort()).toEqual(GUARDS.map((g) => g.name).sort());
  });

  test("drain and windows let a way back through", () => {
    const snapshot = setting();
    const back = { ...scale(snapshot), reason: "ROLLBACK" as const };
    expect(
      refusalOf(
        back,
        context(snapshot, { continues: true, control: parseControl(controlObject({ pause: "drain" }), NOW) }),
      ),
    ).toBeUndefined();
    expect(
      refusalOf(back, context({ ...snapshot, takenMillis: START + 25 * 60_000 }, { nowMillis: START + 25 * 60_000 })),
    ).toBeUndefined();
    expect(
      refusalOf(
        back,
        context(snapshot, { continues: true, control: parseControl(controlObject({ pause: "hold" }), NOW) }),
      )?.guard,
    ).toBe("pause");
  });
});

describe("budgets", () => {
  test("are never exceeded by what they let through, whatever comes in whatever order", () => {
    const config = parseLiveConfig(
      "windtunnelLive: 1\nclusters: [{ name: a }]\nbudgets: [{ perCycle: { changes: 3 }, perHour: { changes: 5, gpus: 9 }, perOwner: 2 }, { namespace: team, perHour: { replicas: 6 } }]\n",
      "x.yaml",
    );
    const snapshot = setting();
    const move = fc.record({
      name: fc.constantFrom("x", "y", "z"),
      gpus: fc.integer({ min: 0, max: 4 }),
      gap: fc.integer({ min: 0, max: 1_500_000 }),
      cycle: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(move, { maxLength: 40 }), (moves) => {
        let now = NOW;
        let cycle: Spending[] = [];
        const all: Spending[] = [];
        for (const { name, gpus, gap, cycle: isNew } of moves) {
          now += gap;
          if (isNew) cycle = [];
          const change = { ...scale(snapshot), object: { ...scale(snapshot).object, name }, gpus, replicas: gpus };
          if (overBudget(config.budgets, change, { nowMillis: now, spent: all, cycle, inFlight: 0, gpusTotal: 24 }))
            continue;
          const one = spent({ at: now, object: `Deployment team/${name}`, gpus, replicas: gpus });
          all.push(one);
          cycle.push(one);
          const hour = all.filter((s) => s.at > now - 3_600_000);
          const total = (of: "gpus" | "replicas") => hour.reduce((sum, s) => sum + s[of], 0);
          if (hour.length > 5 || total("gpus") > 9 || total("replicas") > 6 || cycle.length > 3) return false;
          if (hour.filter((s) => s.object === one.object).length > 2) return false;
        }
        return true;
      }),
    );
  });

  test("of nought freeze", () => {
    const config = parseLiveConfig(
      "windtunnelLive: 1\nclusters: [{ name: a }]\nbudgets: [{ perHour: { changes: 0 } }]\n",
      "x.yaml",
    );
    expect(
      overBudget(config.budgets, scale(setting()), {
        nowMillis: NOW,
        spent: [],
        cycle: [],
        inFlight: 0,
        gpusTotal: 24,
      }),
    ).toContain("at most 0");
  });
});

test("a window that passes midnight belongs to the day on which it opens", () => {
  const window = { cluster: "*", namespace: "*", days: ["sat" as const], from: "22:00", to: "02:00" };
  const at = (text: string) => isOpen(window, Date.parse(text));
  expect([
    at("2027-03-06T23:00:00Z"),
    at("2027-03-07T01:59:00Z"),
    at("2027-03-07T02:00:00Z"),
    at("2027-03-06T01:00:00Z"),
    at("2027-03-06T21:59:00Z"),
  ]).toEqual([true, true, false, false, false]);
});

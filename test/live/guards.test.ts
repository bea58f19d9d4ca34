// Each guard alone: one change that it, and only it, refuses. Without the guard the change goes through, so that a guard that does
// nothing is noticed.

import { describe, expect, test } from "vitest";
import { parseControl } from "../../src/live/control.js";
import { GUARDS, type GuardContext, refusalOf } from "../../src/live/guards.js";
import type { Change } from "../../src/live/plan.js";
import { START } from "./chaos-checks.js";
import { PERMIT } from "./chaos-world.js";
import { controlObject, deploymentObject, nodeObject, PATHS, podObject } from "./cluster-objects.js";
import type { FakeStore } from "./fake-store.js";
import { bind, context, evict, NOW, type Snapshot, scale, setting, spent, withBudget } from "./guard-setting.js";

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
  { guard: "clock", what: "one whose clock is far ahead", context: { aheadSeconds: 31 } },
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
  {
    guard: "bounds",
    what: "a node that has all its pods",
    edit: (s) => {
      s.put(PATHS.pods, podObject("waits", 1));
      const status = { allocatable: { pods: "1" } };
      s.change(PATHS.nodes, "", "n0", { status });
    },
    change: bind,
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

// Room for a gang by evicting pods that may be moved: who goes, who does not, and that the gang then starts.

import { describe, expect, test } from "vitest";
import { type LiveConfig, parseLiveConfig } from "../../src/live/config.js";
import { START } from "./chaos-checks.js";
import { nodeObject, PATHS, podObject } from "./cluster-objects.js";
import type { FakeStore } from "./fake-store.js";
import { instanceOf, type World, world } from "./instance.js";

const config = (rest = "", place = "best-fit-moving"): LiveConfig =>
  parseLiveConfig(
    `windtunnelLive: 1
policy: { queue: fifo, place: ${place} }
clusters: [{ name: a }]
grants: [{ namespace: team, mode: auto }]
budgets: [{ perHour: { changes: 50 } }]
coolDown: { upSeconds: 0, downSeconds: 0 }
validateSeconds: 0
${rest}`,
    "x.yaml",
  );

const MOVABLE = { "windtunnel.dev/movable": "true" };
const iso = (millis: number) => new Date(millis).toISOString().replace(/\.\d+Z/, "Z");

/** A pod of a ReplicaSet that has run for so many minutes. */
function runs(store: FakeStore, name: string, gpus: number, node: string, annotations = {}, minutes = 60): void {
  const created = iso(START - minutes * 60_000);
  const owner = { kind: "ReplicaSet", name: "r", uid: "r" };
  const pod = podObject(name, gpus, { node, annotations, created, owner, labels: { app: name.split("-")[0] } });
  store.put(PATHS.pods, { ...pod, status: { ...(pod.status as object), startTime: created } });
}

/** Two nodes of eight, each with a pod of four; a pod of eight waits. */
function holes(first = MOVABLE as object, second = {}): World {
  const w = world();
  w.store.remove(PATHS.deployments, "team", "web");
  w.store.put(PATHS.nodes, nodeObject("n1", 8));
  runs(w.store, "a-0", 4, "n0", first);
  runs(w.store, "b-0", 4, "n1", second);
  w.store.put(PATHS.pods, podObject("big", 8, { created: iso(START - 60_000) }));
  return w;
}

const bound = ({ store }: World) =>
  store
    .all(PATHS.pods)
    .map((p) => `${p.metadata.name} ${(p.spec as { nodeName?: string }).nodeName ?? "-"}`)
    .sort();

async function plan(w: World, settings = config()) {
  const one = instanceOf(settings, w, "one");
  await one.leader.step();
  const { plan: made } = await one.controller.plan();
  return {
    one,
    changes: made.changes.map((c) => `${c.verb} ${c.object.name} ${c.reason} ${c.detail.target}`),
    refusals: made.refusals.map((r) => `${r.guard}: ${r.reason}`),
    notes: made.notes.join(),
  };
}

describe("room is made", () => {
  test("by the pod that may be moved, which is made again and put elsewhere, and the gang starts", async () => {
    const w = holes();
    const { one, changes, refusals } = await plan(w);
    expect([changes, refusals]).toEqual([["evict a-0 MAKE_ROOM n1"], []]);
    await one.controller.cycle();
    expect(bound(w)).toEqual(["b-0 n1", "big -"]);
    // its ReplicaSet makes another, which is younger than the one that waits
    w.clock.now += 5000;
    w.store.put(
      PATHS.pods,
      podObject("a-1", 4, {
        annotations: MOVABLE,
        created: iso(w.clock.now),
        owner: { kind: "ReplicaSet", name: "r", uid: "r" },
      }),
    );
    for (let i = 0; i < 4; i++) {
      w.clock.now += 5000;
      await one.leader.step();
      await one.controller.cycle();
    }
    expect(bound(w)).toEqual(["a-1 n1", "b-0 n1", "big n0"]);
    // and that is all: nobody is moved for nothing
    const evictions = w.store.writes.filter((x) => x.path.endsWith("/eviction"));
    expect(evictions.length).toBe(1);
  });

  test("not while pods are still on their way out", async () => {
    const w = holes(MOVABLE, MOVABLE);
    w.store.put(PATHS.nodes, nodeObject("n2", 8));
    runs(w.store, "d-0", 4, "n2");
    expect((await plan(w)).changes.length).toBe(1);
    const pod = w.store.get(PATHS.pods, "team", "a-0")!;
    w.store.put(PATHS.pods, { ...pod, metadata: { ...pod.metadata, deletionTimestamp: iso(START) } });
    expect((await plan(w)).changes).toEqual([]);
  });

  test.each([
    ["nobody may be moved", () => holes({}), config()],
    ["the placement does not move", () => holes(), config("", "best-fit")],
    [
      "it has only just started",
      () => {
        const w = holes();
        runs(w.store, "a-0", 4, "n0", MOVABLE, 5);
        return w;
      },
      config(),
    ],
    [
      "there would not be enough in all",
      () => {
        const w = holes();
        runs(w.store, "c-0", 1, "n1");
        return w;
      },
      config(),
    ],
    [
      "nobody would make it again",
      () => {
        const w = holes();
        w.store.remove(PATHS.pods, "team", "a-0");
        w.store.put(
          PATHS.pods,
          podObject("a-0", 4, { node: "n0", annotations: MOVABLE, created: iso(START - 3_600_000) }),
        );
        return w;
      },
      config(),
    ],
  ])("by nobody where %s", async (_what, made, settings) => {
    expect((await plan(made(), settings)).changes).toEqual([]);
  });

  test("within disruption budgets, all of it or none", async () => {
    const w = holes();
    const budget = (allowed: number) =>
      w.store.put(PATHS.budgets, {
        metadata: { name: "b", namespace: "team" },
        spec: { selector: { matchLabels: { app: "a" } } },
        status: { disruptionsAllowed: allowed },
      });
    budget(0);
    const refused = await plan(w);
    expect([refused.changes, refused.notes]).toEqual([
      [],
      expect.stringContaining("1 evictions, of which the disruption budget team/b allows 0"),
    ]);
    budget(1);
    expect((await plan(w)).changes).toEqual(["evict a-0 MAKE_ROOM n1"]);
  });

  test("by no more than the settings say, and asks for the action evict", async () => {
    const w = holes();
    const grants = config().grants.map((g) => ({ ...g, actions: ["bind" as const] }));
    const { refusals } = await plan(w, { ...config(), grants });
    expect(refusals).toEqual(["mode: evict in a/team is in mode observe"]);
    // two small ones would have to go
    w.store.remove(PATHS.pods, "team", "a-0");
    runs(w.store, "a-0", 2, "n0", MOVABLE);
    runs(w.store, "a-1", 2, "n0", MOVABLE);
    const moving = (movesMax: number) => {
      const made = config();
      return { ...made, policy: { ...made.policy, moving: { movesMax, restMinutes: 10 } } };
    };
    expect((await plan(w, moving(2))).changes.length).toBe(2);
    expect((await plan(w, moving(1))).changes).toEqual([]);
  });
});

test("whoever takes the permission back while it is being done is not moved", async () => {
  const w = holes();
  const one = instanceOf(config(), w, "one");
  await one.leader.step();
  const { plan: made } = await one.controller.plan();
  w.store.change(PATHS.pods, "team", "a-0", { metadata: { annotations: { "windtunnel.dev/movable": "false" } } });
  const outcomes = await one.controller.apply(made);
  expect(outcomes.map((o) => o.kind)).toEqual(["changed"]);
  expect(bound(w)).toContain("a-0 n0");
});

// Evictions within disruption budgets, and bindings.

import { expect, test } from "vitest";
import { type At, BUDGETS, DRY, NS, PODS, pod, type Raw, statusOf, versionOf } from "./server.js";

export function evictions(at: At): void {
  /** A pod that runs, on a node that nobody has. */
  const running = async (name: string, labels: Record<string, string>) => {
    const { server } = at;
    const made = await server.call("POST", PODS, pod(name, labels));
    await server.call("POST", `${PODS}/${name}/binding`, {
      apiVersion: "v1",
      kind: "Binding",
      metadata: { name },
      target: { apiVersion: "v1", kind: "Node", name: "nowhere" },
    });
    const conditions = [{ type: "Ready", status: "True" }];
    await server.call(
      "PATCH",
      `${PODS}/${name}/status`,
      { status: { phase: "Running", conditions } },
      { patch: "merge" },
    );
    return made.body.metadata.uid as string;
  };
  const evict = (name: string, options: Raw = {}, query: Record<string, string> = {}) =>
    at.server.call(
      "POST",
      `${PODS}/${name}/eviction`,
      {
        apiVersion: "policy/v1",
        kind: "Eviction",
        metadata: { name, namespace: NS },
        deleteOptions: { ...options, ...(query.dryRun ? { dryRun: ["All"] } : {}) },
      },
      { query },
    );
  const isThere = async (name: string) => {
    const { status, body } = await at.server.call("GET", `${PODS}/${name}`);
    return status === 200 && body.metadata.deletionTimestamp === undefined;
  };
  const budget = async (name: string, labels: Record<string, string>, minAvailable: number, allowed: number) => {
    await at.server.call("POST", BUDGETS, {
      metadata: { name },
      spec: { minAvailable, selector: { matchLabels: labels } },
    });
    await at.server.allow(name, allowed);
  };

  test("a pod is evicted where no budget speaks; a dry run leaves it; another's uid is a conflict", async () => {
    const uid = await running("e-free", { app: "e-free" });
    expect((await evict("e-free", {}, DRY)).status).toBe(201);
    expect(await isThere("e-free")).toBe(true);
    expect((await evict("e-free", { preconditions: { uid: "00000000-0000-0000-0000-000000000000" } })).status).toBe(
      409,
    );
    expect(await isThere("e-free")).toBe(true);
    expect((await evict("e-free", { preconditions: { uid } })).status).toBe(201);
    expect(await isThere("e-free")).toBe(false);
    expect((await evict("e-none")).status).toBe(404);
  });

  test("a budget that is used up answers 429 and says why; two on one pod answer 500", async () => {
    const labels = { app: "e-held" };
    await running("e-held", labels);
    await budget("e-held", labels, 1, 0);
    const refused = await evict("e-held");
    expect([refused.status, refused.body.details.causes[0].reason]).toEqual([429, "DisruptionBudget"]);
    await budget("e-held-2", labels, 1, 0);
    expect((await evict("e-held")).status).toBe(500);
    expect(await isThere("e-held")).toBe(true);
  });

  test("an eviction uses its budget up, and so does one with a stale uid, but not its dry run", async () => {
    const labels = { app: "e-two" };
    for (const n of ["e-two-0", "e-two-1", "e-two-2"]) await running(n, labels);
    await budget("e-two", labels, 1, 2);
    const stale = { preconditions: { uid: "00000000-0000-0000-0000-000000000000" } };
    expect((await evict("e-two-0", stale, DRY)).status).toBe(409);
    expect((await evict("e-two-0", stale)).status).toBe(409);
    expect((await evict("e-two-1")).status).toBe(201);
    expect((await evict("e-two-2")).status).toBe(429);
  });

  test("what is still pending is in nobody's budget", async () => {
    const labels = { app: "e-pending" };
    await at.server.call("POST", PODS, pod("e-pending", labels));
    await budget("e-pending", labels, 1, 0);
    expect((await evict("e-pending")).status).toBe(201);
    expect(await isThere("e-pending")).toBe(false);
  });
}

export function bindings(at: At): void {
  test("a pod is bound once, by its uid and version, wherever we say, and not while it is gated", async () => {
    const { server } = at;
    const made = await server.call("POST", PODS, pod("b", {}));
    const bind = (name: string, metadata: Raw, query: Record<string, string> = {}) =>
      statusOf(
        server.call(
          "POST",
          `${PODS}/${name}/binding`,
          {
            apiVersion: "v1",
            kind: "Binding",
            metadata: { name, ...metadata },
            target: { apiVersion: "v1", kind: "Node", name: "not-there" },
          },
          { query },
        ),
      );
    const { uid, resourceVersion } = made.body.metadata;
    expect(await bind("b", { uid, resourceVersion }, DRY)).toBe(201);
    expect((await server.call("GET", `${PODS}/b`)).body.spec.nodeName).toBeUndefined();
    expect(await bind("b", { uid: "00000000-0000-0000-0000-000000000000" })).toBe(409);
    await server.call("PATCH", `${PODS}/b`, { metadata: { labels: { x: "y" } } }, { patch: "merge" });
    expect(await bind("b", { uid, resourceVersion })).toBe(409);
    const fresh = versionOf(await server.call("GET", `${PODS}/b`));
    const annotations = { "windtunnel.dev/devices": "0,1" };
    expect(await bind("b", { uid, resourceVersion: fresh, annotations })).toBe(201);
    const seen = (await server.call("GET", `${PODS}/b`)).body;
    expect([seen.spec.nodeName, seen.metadata.annotations["windtunnel.dev/devices"]]).toEqual(["not-there", "0,1"]);
    expect(await bind("b", {})).toBe(409);
    await server.call("POST", PODS, pod("gated", {}, { schedulingGates: [{ name: "example.dev/gate" }] }));
    expect(await bind("gated", {})).toBe(409);
  });
}

// Who owns which field, replicas by /scale, kinds that others bring, and who may what.

import { expect, test } from "vitest";
import {
  type At,
  type ContractAnswer,
  DEPLOYMENTS,
  DRY,
  deployment,
  MAPS,
  map,
  NS,
  type Raw,
  ROUTES,
  RUNNERS,
  statusOf,
  versionOf,
  WORKLOADS,
} from "./server.js";

const managers = (answer: ContractAnswer): Raw[] => answer.body.metadata.managedFields ?? [];
const owners = (answer: ContractAnswer, ...path: string[]): string[] =>
  managers(answer)
    .filter((entry) => {
      let here = entry.fieldsV1;
      for (const key of path) here = here?.[`f:${key}`];
      return here !== undefined;
    })
    .map((entry) => `${entry.manager} ${entry.operation}`)
    .sort();

export function fields(at: At): void {
  const apply = (name: string, data: Record<string, string>, manager: string, more: Record<string, string> = {}) =>
    at.server.call("PATCH", `${MAPS}/${name}`, map(name, data), {
      patch: "apply",
      query: { fieldManager: manager, ...more },
    });

  test("apply makes, shares, refuses, forces and takes away, by owner of each field", async () => {
    const { server } = at;
    expect((await apply("ssa", { a: "1", b: "1" }, "one")).status).toBe(201);
    // the same value is shared
    const shared = await apply("ssa", { a: "1" }, "two");
    expect([shared.status, owners(shared, "data", "a")]).toEqual([200, ["one Apply", "two Apply"]]);
    const clash = await apply("ssa", { b: "2" }, "two");
    expect([clash.status, clash.body.reason]).toEqual([409, "Conflict"]);
    expect(JSON.stringify(clash.body)).toContain('conflict with \\"one\\"');
    const dry = await apply("ssa", { b: "2" }, "two", { force: "true", ...DRY });
    expect([dry.status, (await server.call("GET", `${MAPS}/ssa`)).body.data.b]).toEqual([200, "1"]);
    const forced = await apply("ssa", { b: "2" }, "two", { force: "true" });
    expect([forced.body.data, owners(forced, "data", "b")]).toEqual([{ a: "1", b: "2" }, ["two Apply"]]);
    // what an owner leaves out goes, unless another has it too
    const less = await apply("ssa", { b: "2" }, "two");
    expect(less.body.data).toEqual({ a: "1", b: "2" });
    expect((await apply("ssa", {}, "two")).body.data).toEqual({ a: "1" });
    const anonymous = await server.call("PATCH", `${MAPS}/ssa`, map("ssa"), { patch: "apply" });
    expect(anonymous.status).toBe(422);
  });

  test("a patch takes a field from whoever applied it, who is then refused", async () => {
    const { server } = at;
    await apply("taken", { a: "1" }, "gitops");
    const patched = await server.call(
      "PATCH",
      `${MAPS}/taken`,
      { data: { a: "2" } },
      { patch: "merge", query: { fieldManager: "windtunnel" } },
    );
    expect(owners(patched, "data", "a")).toEqual(["windtunnel Update"]);
    expect((await apply("taken", { a: "1" }, "gitops")).status).toBe(409);
  });
}

export function scales(at: At): void {
  test("/scale has a version, refuses a stale one, and takes null for nought", async () => {
    const { server } = at;
    await server.call("POST", DEPLOYMENTS, deployment("scaled", 2));
    const scale = `${DEPLOYMENTS}/scaled/scale`;
    const patch = (spec: unknown, version?: string, query: Record<string, string> = {}) =>
      server.call(
        "PATCH",
        scale,
        { ...(version === undefined ? {} : { metadata: { resourceVersion: version } }), spec },
        { patch: "merge", query },
      );
    const before = await server.call("GET", scale);
    expect(before.body.spec.replicas).toBe(2);
    expect(before.body.metadata.uid).toBe((await server.call("GET", `${DEPLOYMENTS}/scaled`)).body.metadata.uid);
    expect((await patch({ replicas: 3 }, undefined, DRY)).body.spec.replicas).toBe(3);
    expect((await server.call("GET", scale)).body.spec.replicas).toBe(2);
    expect((await patch({ replicas: 3 }, undefined, { dryRun: "true" })).status).toBe(422);
    const done = await patch({ replicas: 3 });
    expect([done.status, done.body.spec.replicas]).toEqual([200, 3]);
    expect((await patch({ replicas: 4 }, versionOf(before))).status).toBe(409);
    expect((await patch({ replicas: -1 })).status).toBe(422);
    expect((await patch({ replicas: null })).body.spec).toEqual({});
    expect((await server.call("GET", scale)).body.spec).toEqual({});
  });

  test("/scale takes replicas from whoever applied them, under its own name", async () => {
    const { server } = at;
    const query = { fieldManager: "gitops" };
    const apply = () => server.call("PATCH", `${DEPLOYMENTS}/owned`, deployment("owned", 2), { patch: "apply", query });
    expect((await apply()).status).toBe(201);
    await server.call(
      "PATCH",
      `${DEPLOYMENTS}/owned/scale`,
      { spec: { replicas: 3 } },
      { patch: "merge", query: { fieldManager: "windtunnel" } },
    );
    const seen = await server.call("GET", `${DEPLOYMENTS}/owned`);
    const mine = managers(seen).find((m) => m.manager === "windtunnel");
    expect([mine.operation, mine.subresource, mine.fieldsV1["f:spec"]["f:replicas"]]).toEqual(["Update", "scale", {}]);
    const theirs = managers(seen).find((m) => m.manager === "gitops");
    expect(theirs.fieldsV1["f:spec"]["f:replicas"]).toBeUndefined();
    expect((await apply()).status).toBe(409);
  });
}

export function customs(at: At): void {
  test("a status is written below its object, and nothing else is there", async () => {
    const { server } = at;
    const spec = { queueName: "q", podSets: [{ name: "main", count: 2, template: { spec: { containers: [] } } }] };
    const status = { nominatedClusterNames: ["a"] };
    const made = await server.call("POST", WORKLOADS, {
      apiVersion: "kueue.x-k8s.io/v1beta1",
      kind: "Workload",
      metadata: { name: "w" },
      spec,
      status,
    });
    expect([made.status, made.body.status?.nominatedClusterNames]).toEqual([201, undefined]);
    const patch = (path: string, version: string, body: object) =>
      server.call("PATCH", path, { metadata: { resourceVersion: version }, ...body }, { patch: "merge" });
    const above = await patch(`${WORKLOADS}/w`, versionOf(made), { status });
    expect([above.status, above.body.status?.nominatedClusterNames]).toEqual([200, undefined]);
    const below = await patch(`${WORKLOADS}/w/status`, versionOf(above), { status, spec: { queueName: "other" } });
    expect([below.status, below.body.status.nominatedClusterNames, below.body.spec.queueName]).toEqual([
      200,
      ["a"],
      "q",
    ]);
    expect((await patch(`${WORKLOADS}/w/status`, versionOf(made), { status })).status).toBe(409);
  });

  test("weights of a route are set by a JSON patch that tests the version", async () => {
    const { server } = at;
    const backendRefs = [
      { name: "old", port: 80, weight: 90 },
      { name: "new", port: 80, weight: 10 },
    ];
    const made = await server.call("POST", ROUTES, {
      apiVersion: "gateway.networking.k8s.io/v1",
      kind: "HTTPRoute",
      metadata: { name: "r" },
      spec: { rules: [{ backendRefs }] },
    });
    const operations = [
      { op: "test", path: "/metadata/resourceVersion", value: versionOf(made) },
      { op: "test", path: "/spec/rules/0/backendRefs/0/name", value: "old" },
      { op: "add", path: "/spec/rules/0/backendRefs/0/weight", value: 80 },
      { op: "add", path: "/spec/rules/0/backendRefs/1/weight", value: 20 },
    ];
    const patch = () => server.call("PATCH", `${ROUTES}/r`, operations, { patch: "json" });
    const done = await patch();
    expect(done.body.spec.rules[0].backendRefs.map((b: Raw) => b.weight)).toEqual([80, 20]);
    expect((await patch()).status).toBe(422);
  });

  test("a custom resource is scaled like a Deployment", async () => {
    const { server } = at;
    await server.call("POST", RUNNERS, {
      apiVersion: "serving.example.dev/v1",
      kind: "Runner",
      metadata: { name: "llm" },
      spec: { replicas: 2 },
    });
    const scale = `${RUNNERS}/llm/scale`;
    const before = await server.call("GET", scale);
    expect(before.body.spec.replicas).toBe(2);
    const body = { metadata: { resourceVersion: versionOf(before) }, spec: { replicas: 5 } };
    const query = { fieldManager: "windtunnel" };
    expect((await server.call("PATCH", scale, body, { patch: "merge", query })).body.spec.replicas).toBe(5);
    expect((await server.call("PATCH", scale, body, { patch: "merge", query })).status).toBe(409);
    expect((await server.call("PATCH", scale, body, { patch: "strategic", query })).status).toBe(415);
    expect((await server.call("GET", `${RUNNERS}/llm`)).body.spec.replicas).toBe(5);
  });
}

export function rights(at: At): void {
  test("whoever may not is refused, whoever is not known is not let in, and both can be asked before", async () => {
    const { server } = at;
    expect(await statusOf(server.call("GET", MAPS, undefined, { as: "nobody" }))).toBe(403);
    expect(await statusOf(server.call("GET", MAPS, undefined, { as: "stranger" }))).toBe(401);
    const mayI = async (as?: "nobody") => {
      const resourceAttributes = { verb: "list", group: "", resource: "configmaps", namespace: NS };
      const { status, body } = await server.call(
        "POST",
        "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
        { apiVersion: "authorization.k8s.io/v1", kind: "SelfSubjectAccessReview", spec: { resourceAttributes } },
        as ? { as } : {},
      );
      return [status, body.status.allowed];
    };
    expect([await mayI(), await mayI("nobody")]).toEqual([
      [201, true],
      [201, false],
    ]);
    const groups = (await server.call("GET", "/apis")).body.groups.map((g: Raw) => g.name);
    expect(groups).toContain("kueue.x-k8s.io");
    expect(groups).not.toContain("nowhere.example.dev");
    expect((await server.call("GET", "/version")).body.gitVersion).toMatch(/^v1\./);
  });
}

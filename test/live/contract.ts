// What live mode counts on an API server to answer, as one suite: it runs against the fake in memory (npm test) and against a real
// control plane (npm run test:cluster). So the fake is as right as these tests say, and no more. Schemas are not in it: the fake
// takes fields that the real one would refuse.

import { afterAll, beforeAll, describe, expect, test } from "vitest";

// biome-ignore lint/suspicious/noExplicitAny: what a server sends is looked at freely in tests
type Raw = any;

export interface ContractAnswer {
  status: number;
  body: Raw;
}

export interface CallOptions {
  patch?: "merge" | "json" | "apply" | "strategic";
  query?: Readonly<Record<string, string>>;
  as?: "nobody" | "stranger";
}

export interface ContractServer {
  /** Seconds after which a watch is asked to end: long enough for a bookmark. */
  watchSeconds: number;
  call(method: string, path: string, body?: unknown, options?: CallOptions): Promise<ContractAnswer>;
  /** Events until the stream ends; `during` runs once it is open. */
  watch(path: string, query: Readonly<Record<string, string>>, during?: () => Promise<void>): Promise<Raw[]>;
  /** Everything up to now is forgotten. */
  compact(): Promise<void>;
  /** Waits until a disruption budget allows so many; where nobody counts, says so. */
  allow(name: string, allowed: number): Promise<void>;
  close(): Promise<void>;
}

const NS = "contract";
const CORE = `/api/v1/namespaces/${NS}`;
const MAPS = `${CORE}/configmaps`;
const PODS = `${CORE}/pods`;
const DEPLOYMENTS = `/apis/apps/v1/namespaces/${NS}/deployments`;
const JOBS = `/apis/batch/v1/namespaces/${NS}/jobs`;
const BUDGETS = `/apis/policy/v1/namespaces/${NS}/poddisruptionbudgets`;
const LEASES = `/apis/coordination.k8s.io/v1/namespaces/${NS}/leases`;
const WORKLOADS = `/apis/kueue.x-k8s.io/v1beta1/namespaces/${NS}/workloads`;
const ROUTES = `/apis/gateway.networking.k8s.io/v1/namespaces/${NS}/httproutes`;
const RUNNERS = `/apis/serving.example.dev/v1/namespaces/${NS}/runners`;

const map = (name: string, data: Record<string, string> = {}, more = {}) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, ...more },
  data,
});
const pod = (name: string, labels: Record<string, string> = {}, spec = {}) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, labels },
  spec: { schedulerName: "nobody", containers: [{ name: "main", image: "none" }], ...spec },
});
const deployment = (name: string, replicas: number) => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name },
  spec: {
    replicas,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { schedulerName: "nobody", containers: [{ name: "main", image: "none" }] },
    },
  },
});
const DRY = { dryRun: "All" };
const versionOf = (answer: ContractAnswer): string => answer.body.metadata.resourceVersion;
const statusOf = async (answer: Promise<ContractAnswer>) => (await answer).status;

export function contract(name: string, open: () => Promise<ContractServer>, timeout = 20_000): void {
  describe(`the contract with ${name}`, { timeout }, () => {
    const at: { server: ContractServer } = {} as never;
    beforeAll(async () => {
      at.server = await open();
    }, 180_000);
    afterAll(() => at.server?.close());
    objects(at);
    lists(at);
    fields(at);
    scales(at);
    evictions(at);
    bindings(at);
    customs(at);
    rights(at);
  });
}

type At = { readonly server: ContractServer };

function objects(at: At): void {
  test("objects are made once, and are not there before", async () => {
    const { server } = at;
    expect(await statusOf(server.call("GET", `${MAPS}/once`))).toBe(404);
    const made = await server.call("POST", MAPS, map("once", { a: "1" }));
    expect(made.status).toBe(201);
    expect(made.body.metadata.uid).toMatch(/\w/);
    expect(Number(versionOf(made))).toBeGreaterThan(0);
    const again = await server.call("POST", MAPS, map("once"));
    expect([again.status, again.body.reason]).toEqual([409, "AlreadyExists"]);
    expect((await server.call("GET", `${MAPS}/once`)).body.data).toEqual({ a: "1" });
    expect(await statusOf(server.call("GET", "/apis/nowhere.example.dev/v1/things"))).toBe(404);
  });

  test("a stale version is refused, by patch and by update; none, an empty one and 0 are no precondition", async () => {
    const { server } = at;
    const first = versionOf(await server.call("POST", MAPS, map("stale", { a: "1" })));
    const patch = (version: string | undefined, a: string) =>
      statusOf(
        server.call(
          "PATCH",
          `${MAPS}/stale`,
          { metadata: { resourceVersion: version }, data: { a } },
          { patch: "merge" },
        ),
      );
    expect(await patch(first, "2")).toBe(200);
    expect(await patch(first, "3")).toBe(409);
    const put = (version: string) =>
      statusOf(server.call("PUT", `${MAPS}/stale`, map("stale", { a: "9" }, { resourceVersion: version })));
    expect(await put(first)).toBe(409);
    expect(await patch(undefined, "4")).toBe(200);
    expect(await patch("0", "5")).toBe(200);
    expect(await patch("", "6")).toBe(200);
    expect((await server.call("GET", `${MAPS}/stale`)).body.data).toEqual({ a: "6" });
  });

  test("of writers on one version exactly one wins", async () => {
    const { server } = at;
    const version = versionOf(await server.call("POST", MAPS, map("race", {})));
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, i) =>
        statusOf(
          server.call(
            "PATCH",
            `${MAPS}/race`,
            { metadata: { resourceVersion: version }, data: { winner: String(i) } },
            { patch: "merge" },
          ),
        ),
      ),
    );
    expect(answers.filter((s) => s === 200).length).toBe(1);
    expect(answers.filter((s) => s === 409).length).toBe(7);
  });

  test("a dry run keeps nothing; another value is refused, and another case is no dry run", async () => {
    const { server } = at;
    expect(await statusOf(server.call("POST", MAPS, map("dry"), { query: DRY }))).toBe(201);
    expect(await statusOf(server.call("GET", `${MAPS}/dry`))).toBe(404);
    await server.call("POST", MAPS, map("dry", { a: "1" }));
    const patch = async (query: Record<string, string>, a: string) => {
      const { status, body } = await server.call("PATCH", `${MAPS}/dry`, { data: { a } }, { patch: "merge", query });
      return [status, body.data?.a, (await server.call("GET", `${MAPS}/dry`)).body.data.a];
    };
    expect(await patch(DRY, "2")).toEqual([200, "2", "1"]);
    expect((await patch({ dryRun: "true" }, "2"))[0]).toBe(422);
    expect(await patch({ dryrun: "All" }, "3")).toEqual([200, "3", "3"]);
  });

  test("a merge patch takes away what is null; a JSON patch whose test fails is invalid; a Job's suspension follows", async () => {
    const { server } = at;
    await server.call("POST", MAPS, map("null", { a: "1", b: "2" }));
    const merged = await server.call("PATCH", `${MAPS}/null`, { data: { a: null } }, { patch: "merge" });
    expect(merged.body.data).toEqual({ b: "2" });
    const json = (value: string) => [
      { op: "test", path: "/data/b", value },
      { op: "add", path: "/data/c", value: "3" },
    ];
    expect(await statusOf(server.call("PATCH", `${MAPS}/null`, json("9"), { patch: "json" }))).toBe(422);
    const after = await server.call("PATCH", `${MAPS}/null`, json("2"), { patch: "json" });
    expect(after.body.data).toEqual({ b: "2", c: "3" });
    const template = { spec: { restartPolicy: "Never", containers: [{ name: "m", image: "none" }] } };
    const made = await server.call("POST", JOBS, {
      metadata: { name: "j" },
      spec: { suspend: true, template },
    });
    const resume = async (query: Record<string, string>) => {
      // its controller may touch it at any moment, and then a version is stale: read it again
      for (let attempt = 0; ; attempt++) {
        const version = attempt === 0 ? versionOf(made) : versionOf(await server.call("GET", `${JOBS}/j`));
        const body = { metadata: { resourceVersion: version }, spec: { suspend: false } };
        const answer = await server.call("PATCH", `${JOBS}/j`, body, { patch: "merge", query });
        if (answer.status !== 409 || attempt > 20) return answer;
      }
    };
    expect((await resume(DRY)).body.spec.suspend).toBe(false);
    expect((await server.call("GET", `${JOBS}/j`)).body.spec.suspend).toBe(true);
    expect((await resume({})).body.spec.suspend).toBe(false);
    expect((await server.call("GET", `${JOBS}/j`)).body.spec.suspend).toBe(false);
  });

  test("a lease wants its version and six digits", async () => {
    const { server } = at;
    const lease = (renewTime: string, resourceVersion?: string) => ({
      apiVersion: "coordination.k8s.io/v1",
      kind: "Lease",
      metadata: { name: "l", ...(resourceVersion ? { resourceVersion } : {}) },
      spec: { holderIdentity: "a", leaseDurationSeconds: 15, renewTime },
    });
    expect(await statusOf(server.call("POST", LEASES, lease("2027-03-01T12:00:00.123Z")))).toBe(400);
    const made = await server.call("POST", LEASES, lease("2027-03-01T12:00:00.123000Z"));
    expect(made.status).toBe(201);
    expect(await statusOf(server.call("PUT", `${LEASES}/l`, lease("2027-03-01T12:00:01.000000Z")))).toBe(422);
    const put = () =>
      statusOf(server.call("PUT", `${LEASES}/l`, lease("2027-03-01T12:00:01.000000Z", versionOf(made))));
    expect(await put()).toBe(200);
    expect(await put()).toBe(409);
  });
}

function lists(at: At): void {
  test("a list comes in pages of one version, and says when there is more", async () => {
    const { server } = at;
    for (const n of ["p1", "p2", "p3", "p4", "p5"])
      await server.call("POST", LEASES, { metadata: { name: n }, spec: {} });
    const first = await server.call("GET", LEASES, undefined, { query: { limit: "2" } });
    expect(first.body.items.length).toBe(2);
    await server.call("POST", LEASES, { metadata: { name: "p9" }, spec: {} });
    const names = first.body.items.map((i: Raw) => i.metadata.name);
    let token = first.body.metadata.continue;
    while (token) {
      const page = await server.call("GET", LEASES, undefined, { query: { limit: "2", continue: token } });
      expect(page.body.metadata.resourceVersion).toBe(versionOf(first));
      names.push(...page.body.items.map((i: Raw) => i.metadata.name));
      token = page.body.metadata.continue;
    }
    expect(names.filter((n: string) => n.startsWith("p"))).toEqual(["p1", "p2", "p3", "p4", "p5"]);
  });

  test("a watch tells what was made, changed and deleted after its version, a bookmark, and ends when it is due", async () => {
    const { server } = at;
    await server.call("POST", MAPS, map("w-before", { a: "1" }));
    const from = versionOf(await server.call("GET", MAPS));
    const changed = server.call("PATCH", `${MAPS}/w-before`, { data: { a: "2" } }, { patch: "merge" });
    await changed;
    const query = {
      resourceVersion: from,
      timeoutSeconds: String(server.watchSeconds),
      allowWatchBookmarks: "true",
    };
    const events = await server.watch(MAPS, query, async () => {
      await server.call("POST", MAPS, map("w-new"));
      await server.call("DELETE", `${MAPS}/w-new`);
    });
    const told = events.filter((e) => e.type !== "BOOKMARK").map((e) => `${e.type} ${e.object.metadata.name}`);
    expect(told).toEqual(["MODIFIED w-before", "ADDED w-new", "DELETED w-new"]);
    expect(events.some((e) => e.type === "BOOKMARK")).toBe(true);
    const versions = events.map((e) => Number(e.object.metadata.resourceVersion));
    expect(versions.every((v, i) => v > Number(from) && (i === 0 || v >= versions[i - 1]!))).toBe(true);
  });

  test("a watch whose version is too old is told so within the stream", async () => {
    const { server } = at;
    await server.compact();
    const events = await server.watch(LEASES, { resourceVersion: "1", timeoutSeconds: String(server.watchSeconds) });
    expect(events.map((e) => [e.type, e.object.code])).toEqual([["ERROR", 410]]);
  });

  test("the rest of a list whose version was forgotten is refused", async () => {
    const { server } = at;
    const first = await server.call("GET", LEASES, undefined, { query: { limit: "2" } });
    await server.call("POST", LEASES, { metadata: { name: "later" }, spec: {} });
    await server.compact();
    const query = { limit: "2", continue: first.body.metadata.continue };
    expect(await statusOf(server.call("GET", LEASES, undefined, { query }))).toBe(410);
  });
}

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

function fields(at: At): void {
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

function scales(at: At): void {
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

function evictions(at: At): void {
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

function bindings(at: At): void {
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

function customs(at: At): void {
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

function rights(at: At): void {
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

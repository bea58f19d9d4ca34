// Objects, their versions, lists and watches.

import { expect, test } from "vitest";
import { type At, DRY, JOBS, LEASES, MAPS, map, type Raw, statusOf, versionOf } from "./server.js";

export function objects(at: At): void {
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

export function lists(at: At): void {
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

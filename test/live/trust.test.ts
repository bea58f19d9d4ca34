// Servers that are not who they should be, tokens that are not good any more, clocks that disagree: it is said plainly, nothing is
// written, and what can be mended is taken up again.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { engineSha256 } from "../../src/engine/load.js";
import { type LiveConfig, parseLiveConfig } from "../../src/live/config.js";
import { connect } from "../../src/live/kubeconfig.js";
import { realPacing } from "../../src/live/pacing.js";
import { formatPermit, signPermit } from "../../src/live/permit.js";
import { type Live, openLive } from "../../src/live/runtime.js";
import { HttpApi } from "../../src/live/transport.js";
import { type Certificate, certificate } from "./certificates.js";
import { KEYS, PERMIT } from "./chaos-world.js";
import { controlObject, jobObject, nodeObject, PATHS } from "./cluster-objects.js";
import { type FakeServer, startFake } from "./fake-server.js";
import { FakeStore } from "./fake-store.js";

let folder: string;
let server: FakeServer | undefined;
let live: Live | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "wt-trust-"));
});
afterEach(async () => {
  await live?.close();
  await server?.close();
  live = undefined;
  server = undefined;
  rmSync(folder, { recursive: true, force: true });
});

const users = new Map<string, string>();

/** A cluster in which there is something to do at once. */
async function serve(tls?: Certificate): Promise<FakeServer> {
  const store = new FakeStore();
  store.put(PATHS.nodes, nodeObject("n0", 8));
  store.put(PATHS.namespaces, { metadata: { name: "team" } });
  store.put(PATHS.configmaps, controlObject());
  store.put(PATHS.jobs, jobObject("train", 1, 4));
  users.clear();
  users.set("first", "windtunnel");
  server = await startFake(store, tls, users);
  server.bookmarkMillis = 100;
  return server;
}

/** What the live command would make of a configuration, with a permit that covers it. */
async function open(url: string, { ca, rest = "" }: { ca?: Certificate; rest?: string } = {}): Promise<Live> {
  writeFileSync(join(folder, "token"), "first\n");
  const cluster = {
    server: url,
    ...(ca ? { "certificate-authority-data": Buffer.from(ca.cert).toString("base64") } : {}),
  };
  const kubeconfig = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "c", cluster }],
    users: [{ name: "u", user: { tokenFile: "token" } }],
    contexts: [{ name: "east", context: { cluster: "c", user: "u" } }],
  };
  writeFileSync(join(folder, "kubeconfig"), JSON.stringify(kubeconfig));
  const text = `windtunnelLive: 1
clusters: [{ name: east, kubeconfig: kubeconfig, context: east }]
grants: [{ namespace: team, mode: auto }]
budgets: [{ perHour: { changes: 50 } }]
validateSeconds: 0
freshSecondsMax: 5
permit: permit.json
permitPublicKey: key.pub
${rest}`;
  const config: LiveConfig = parseLiveConfig(text, join(folder, "live.yaml"));
  writeFileSync(join(folder, "key.pub"), KEYS.publicKey.export({ type: "spki", format: "pem" }));
  const { windtunnelPermit: _f, key: _k, signature: _s, ...body } = PERMIT;
  const now = Date.now();
  const own = {
    ...body,
    issuedAt: new Date(now - 1000).toISOString(),
    expiresAt: new Date(now + 3_600_000).toISOString(),
    policy: config.policy,
    engineSha256: engineSha256(),
  };
  writeFileSync(join(folder, "permit.json"), formatPermit(signPermit(own, KEYS.privateKey)));
  live = await openLive({
    config,
    pacing: realPacing,
    log: () => undefined,
    cacheFolder: folder,
    version: "test",
    reflector: { restMillis: 10, backoffMostMillis: 100, checkMillis: 0 },
  });
  return live;
}

const suspended = () => (server!.store.get(PATHS.jobs, "team", "train")!.spec as { suspend: boolean }).suspend;
/** Writes to what is somebody's: our own lease is not. */
const writes = () => server!.store.writes.filter((w) => !w.path.includes("/leases"));
const east = (l: Live) => l.views[0]!.snapshot();

async function until(what: () => boolean, millis = 8000): Promise<void> {
  const end = Date.now() + millis;
  while (!what()) {
    if (Date.now() > end) throw new Error("it did not come to pass");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

describe("a certificate", () => {
  const authority = certificate("the authority", { isAuthority: true });
  const stranger = certificate("another authority", { isAuthority: true });
  const LOOPBACK = { ip: [127, 0, 0, 1] };

  test("that is signed by the authority of the kubeconfig is trusted, and work is done", async () => {
    const { url } = await serve(certificate("good", { issuer: authority, ...LOOPBACK }));
    const l = await open(url, { ca: authority });
    expect(await l.waitForViews(5000)).toEqual([]);
    await l.leaders.get("east")!.step();
    await l.controller.cycle();
    expect(suspended()).toBe(false);
  });

  test.each([
    ["signs itself", () => certificate("self", LOOPBACK), "signed by itself"],
    ["is signed by another", () => certificate("x", { issuer: stranger, ...LOOPBACK }), "not signed by the authority"],
    [
      "is for another name",
      () => certificate("x", { issuer: authority, dns: "elsewhere.example.dev" }),
      "for another name",
    ],
    [
      "has expired",
      () => certificate("x", { issuer: authority, ...LOOPBACK, validTo: Date.now() - 60_000 }),
      "certificate has expired",
    ],
  ])("that %s is refused before anything is said to the server", async (_what, made, said) => {
    const { url, requests } = await serve(made());
    const l = await open(url, { ca: authority });
    await until(() => east(l).why.includes(said));
    expect(["starting", "unreachable"]).toContain(east(l).state);
    await l.leaders.get("east")!.step();
    const { plan } = await l.controller.cycle();
    expect([plan.changes, l.leaders.get("east")!.leads]).toEqual([[], false]);
    // no request, so no token and no write either
    expect([requests.length, server!.store.writes.length]).toEqual([0, 0]);
  });
});

test("an authority that is changed in its file is taken up, with connections of its own", async () => {
  const [before, after] = [certificate("before", { isAuthority: true }), certificate("after", { isAuthority: true })];
  const { url } = await serve(certificate("server", { issuer: after, ip: [127, 0, 0, 1] }));
  writeFileSync(join(folder, "ca.crt"), before.cert);
  writeFileSync(join(folder, "token"), "first\n");
  const kubeconfig = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "c", cluster: { server: url, "certificate-authority": "ca.crt" } }],
    users: [{ name: "u", user: { tokenFile: "token" } }],
    contexts: [{ name: "east", context: { cluster: "c", user: "u" } }],
  };
  writeFileSync(join(folder, "kubeconfig"), JSON.stringify(kubeconfig));
  let now = 0;
  const source = { name: "east", kubeconfig: "kubeconfig", context: "east", execCommands: [] };
  const connection = await connect(source, folder, () => now);
  const api = new HttpApi(connection, realPacing);
  const version = () => api.call({ method: "GET", path: "/version" });
  await expect(version()).rejects.toThrow(/not signed by the authority/);
  writeFileSync(join(folder, "ca.crt"), after.cert);
  now += 60_000;
  await expect(version()).resolves.toBeDefined();
  api.close();
});

test("a token that has expired is told, nothing is written, and a new one in its file is taken up", async () => {
  const { url, store } = await serve();
  const l = await open(url);
  expect(await l.waitForViews(5000)).toEqual([]);
  users.set("somebody", "else");
  users.delete("first");
  server!.disconnect();
  await until(() => east(l).state === "degraded");
  expect(east(l).why).toMatch(/401 Unauthorized/);
  await l.leaders.get("east")!.step();
  for (let i = 0; i < 3; i++) expect((await l.controller.cycle()).plan.notes.join()).toContain("401 Unauthorized");
  expect(store.writes).toEqual([]);
  users.set("second", "windtunnel");
  writeFileSync(join(folder, "token"), "second\n");
  await until(() => east(l).state === "fresh", 15_000);
  expect(await l.leaders.get("east")!.step()).toBe(true);
  await l.controller.cycle();
  expect([suspended(), writes().length]).toEqual([false, 1]);
}, 30_000);

test.each([
  ["behind", -3_600_000],
  ["ahead of", 3_600_000],
])("a server whose clock is an hour %s ours is looked at and never written to", async (word, offset) => {
  const { url } = await serve();
  server!.clockOffsetMillis = offset;
  const l = await open(url);
  expect(await l.waitForViews(5000)).toEqual([]);
  await l.leaders.get("east")!.step();
  const { plan, outcomes } = await l.controller.cycle();
  expect(plan.refusals.map((r) => [r.guard, r.reason])).toEqual([
    ["clock", expect.stringMatching(new RegExp(`^the server's clock is 3(599|600|601) s ${word} ours, at most 30$`))],
  ]);
  expect([outcomes, writes(), suspended()]).toEqual([[], [], true]);
  expect(Math.abs(l.metrics.value("clockAhead", ["east"]) - offset / 1000)).toBeLessThan(2);
  // set right, it goes on
  server!.clockOffsetMillis = 0;
  await l.controller.cycle();
  expect(suspended()).toBe(false);
});

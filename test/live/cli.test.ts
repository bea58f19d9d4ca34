// The commands as a person runs them, against the fake over HTTP; and a search for planted secrets in everything that they leave.

import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import http from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { engineSha256 } from "../../src/engine/load.js";
import { parseLiveConfig } from "../../src/live/config.js";
import { formatPermit, signPermit } from "../../src/live/permit.js";
import { PERMIT } from "./chaos-world.js";
import { controlObject, deploymentObject, jobObject, nodeObject, PATHS, podObject } from "./cluster-objects.js";
import { command, start } from "./commands.js";
import { failure } from "./fake-kinds.js";
import { type FakeServer, startFake } from "./fake-server.js";
import { FakeStore } from "./fake-store.js";

const SECRETS = [
  "sekrit-token-4711",
  "sekrit-env-4712",
  "sekrit-annotation-4713",
  "sekrit-error-4714",
  "sekrit-key-4715",
  "sekrit-hook-4716",
];

let folder: string;
let server: FakeServer;

beforeEach(async () => {
  for (const [name, value] of Object.entries(ENV)) vi.stubEnv(name, value);
  folder = mkdtempSync(join(tmpdir(), "wt-cli-"));
  server = await startFake(new FakeStore(), undefined, new Map([[SECRETS[0]!, "windtunnel"]]));
  const { store } = server;
  for (let n = 0; n < 2; n++)
    store.put(PATHS.nodes, nodeObject(`n${n}`, 8, { labels: { "node.kubernetes.io/instance-type": "big.8" } }));
  store.put(PATHS.namespaces, { metadata: { name: "team" } });
  store.put(PATHS.configmaps, controlObject());
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

function config(mode = "apply", rest = ""): string {
  const kubeconfig = {
    apiVersion: "v1",
    kind: "Config",
    "current-context": "other",
    clusters: [{ name: "c", cluster: { server: server.url } }],
    users: [{ name: "u", user: { token: SECRETS[0] } }],
    contexts: [{ name: "east", context: { cluster: "c", user: "u" } }],
  };
  writeFileSync(join(folder, "kubeconfig"), JSON.stringify(kubeconfig));
  const text = `windtunnelLive: 1
clusters: [{ name: east, kubeconfig: kubeconfig, context: east }]
grants: [{ namespace: team, mode: ${mode} }]
validateSeconds: 0
intervalSeconds: 0.3
coolDown: { upSeconds: 0, downSeconds: 0 }
budgets: [{ perHour: { changes: 50 } }]
permit: permit.json
permitPublicKey: key.pub
${rest}`;
  const path = join(folder, "live.yaml");
  writeFileSync(path, text);
  const keys = generateKeyPairSync("ed25519");
  writeFileSync(join(folder, "key.pub"), keys.publicKey.export({ type: "spki", format: "pem" }));
  const { windtunnelPermit: _f, key: _k, signature: _s, ...body } = PERMIT;
  const policy = parseLiveConfig(text, path).policy;
  const now = Date.now();
  const times = { issuedAt: new Date(now - 1000).toISOString(), expiresAt: new Date(now + 3_600_000).toISOString() };
  writeFileSync(
    join(folder, "permit.json"),
    formatPermit(signPermit({ ...body, ...times, policy, engineSha256: engineSha256() }, keys.privateKey)),
  );
  return path;
}

const run = (...args: string[]) => command(folder, ...args);
const ENV = { SOME_TOKEN: SECRETS[1]!, WINDTUNNEL_PERMIT_KEY: SECRETS[4]! };

const suspended = (name: string) => (server.store.get(PATHS.jobs, "team", name)!.spec as { suspend: boolean }).suspend;

describe("a plan", () => {
  test("is shown, kept, shown as a diff, and applied as it is", async () => {
    config();
    server.store.put(PATHS.jobs, jobObject("train", 2, 4));
    const planned = await run("live", "plan", "--out", "plan.json");
    expect(planned.out).toContain("Job team/train");
    expect(planned.out).toContain("1 changes, 1 of them possible now.");
    const diff = await run("live", "diff", "--plan", "plan.json");
    expect(diff.out).toContain("-spec.suspend: true\n+spec.suspend: false");
    expect(server.store.writes).toEqual([]);
    const shy = await run("live", "apply", "--plan", "plan.json");
    expect([shy.status, suspended("train")]).toEqual([2, true]);
    const done = await run("live", "apply", "--plan", "plan.json", "--yes");
    expect([done.status, suspended("train")]).toEqual([0, false]);
    expect(done.out).toContain("done east resume Job team/train suspended -> running");
    const paths = server.store.writes.map((w) => `${w.method} ${w.path.split("/").slice(-2).join("/")}`);
    expect(paths).toContain("PATCH jobs/train");
    expect(paths.filter((p) => !p.includes("lease")).length).toBe(1);
  });

  test("is refused when it is old, edited, for another cluster, or not JSON", async () => {
    config();
    server.store.put(PATHS.jobs, jobObject("train", 2, 4));
    await run("live", "plan", "--out", "plan.json");
    const plan = readFileSync(join(folder, "plan.json"), "utf8");
    const apply = async (text: string) => {
      writeFileSync(join(folder, "p.json"), text);
      const { status, err } = await run("live", "apply", "--plan", "p.json", "--yes");
      return [status, /error (\w+)/.exec(err)?.[1]];
    };
    expect(await apply(plan.replace('"train"', '"other"'))).toEqual([3, "PLAN_INVALID"]);
    expect(await apply("{}")).toEqual([3, "PLAN_INVALID"]);
    expect(await apply("hello")).toEqual([3, "PLAN_INVALID"]);
    expect((await run("live", "apply", "--plan", "none.json", "--yes")).status).toBe(3);
    // what has changed meanwhile is not written over
    server.store.change(PATHS.jobs, "team", "train", { spec: { suspend: false } });
    const late = await run("live", "apply", "--plan", "plan.json", "--yes");
    expect([late.status, late.out]).toEqual([5, expect.stringContaining("changed")]);
  });

  test("is refused by a thrown switch, and lets through when it is thrown back", async () => {
    config();
    server.store.put(PATHS.jobs, jobObject("train", 1, 1));
    expect((await run("live", "pause", "--cluster", "east")).out).toContain("pause is hold");
    expect((await run("live", "plan")).out).toContain("pause: paused in the");
    expect((await run("live", "resume", "--cluster", "east")).status).toBe(0);
    expect((await run("live", "plan", "--out", "plan.json")).out).toContain("1 of them possible now");
    await run("live", "pause");
    const held = await run("live", "apply", "--plan", "plan.json", "--yes");
    expect([held.status, suspended("train")]).toEqual([5, true]);
    expect(held.out).toContain("paused here");
  });
});

describe("wrong input", () => {
  test.each([
    ["windtunnelLive: 1\nclusters: []\n", "live.yaml:2:1: clusters"],
    ["windtunnelLive: 2\nclusters: [{ name: a }]\n", "format 2"],
    ["windtunnelLive: 1\ncluster: [{ name: a }]\n", 'Did you mean "clusters"'],
    ["windtunnelLive: 1\nclusters: [{ name: a, context: x, kubeconfig: nowhere }]\n", "no kubeconfig at"],
    [
      "windtunnelLive: 1\nclusters: [{ name: a, context: wrong, kubeconfig: kubeconfig }]\n",
      'no context "wrong"; it has east',
    ],
    ["windtunnelLive: 1\nclusters: [{ name: a, kubeconfig: kubeconfig }]\n", "no context is named"],
    ["windtunnelLive: 1\npolicy: { queue: sjf-oracle }\nclusters: [{ name: a }]\n", "no cluster can tell it"],
    ["windtunnelLive: 1\nclusters: [{ name: a }]\ngrants: [{ cluster: b, mode: auto }]\n", 'no cluster "b"'],
  ])("%j is told with where and why", async (text, said) => {
    config();
    writeFileSync(join(folder, "live.yaml"), text);
    const { status, err } = await run("live", "plan");
    expect([status, err]).toEqual([3, expect.stringContaining(said)]);
  });

  test("a server that cannot be verified, or a program for a token, is refused", async () => {
    config();
    const file = join(folder, "kubeconfig");
    const base = JSON.parse(readFileSync(file, "utf8"));
    base.clusters[0].cluster = { server: "https://127.0.0.1:1", "insecure-skip-tls-verify": true };
    writeFileSync(file, JSON.stringify(base));
    expect((await run("live", "plan")).err).toContain("insecure-skip-tls-verify");
    base.clusters[0].cluster = { server: "http://10.0.0.1:1" };
    writeFileSync(file, JSON.stringify(base));
    expect((await run("live", "plan")).err).toContain("without TLS");
    base.clusters[0].cluster = { server: server.url };
    base.users[0].user = {
      exec: { apiVersion: "client.authentication.k8s.io/v1", command: "/bin/evil", args: [SECRETS[0]] },
    };
    writeFileSync(file, JSON.stringify(base));
    const refused = await run("live", "plan");
    expect(refused.err).toContain("starts the program /bin/evil");
    expect(refused.err).not.toContain(SECRETS[0]);
  });
});

describe("a cluster", () => {
  test("is recorded without what nobody needs, and replayed under another policy", async () => {
    config("observe");
    const { store } = server;
    const env = [{ name: "PASSWORD", value: SECRETS[1] }];
    const job = store.put(PATHS.jobs, jobObject("train", 1, 8, { suspend: false, annotations: { note: SECRETS[2] } }));
    const pod = podObject("train-1", 8, {
      node: "n0",
      scheduler: "x",
      owner: { kind: "Job", name: "train", uid: job.metadata.uid },
    });
    ((pod.spec as { containers: object[] }).containers[0] as Record<string, unknown>).env = env;
    store.put(PATHS.pods, pod);
    store.put(
      PATHS.jobs,
      jobObject("waits", 2, 8, { created: new Date(Date.now() - 60_000).toISOString().replace(/\.\d+Z/, "Z") }),
    );
    // once it watches: what happens from then on is what it must have
    const timer = setInterval(() => {
      const watched = ["jobs", "pods"].every((kind) =>
        server.requests.some((r) => r.query.get("watch") === "1" && r.path.endsWith(`/${kind}`)),
      );
      if (!watched) return;
      clearInterval(timer);
      const { uid } = store.change(PATHS.jobs, "team", "waits", { spec: { suspend: false } }).metadata;
      const owner = { kind: "Job", name: "waits", uid };
      for (const name of ["w-0", "w-1"])
        store.put(PATHS.pods, podObject(name, 8, { node: "n1", scheduler: "x", owner }));
      setTimeout(() => store.remove(PATHS.pods, "team", "train-1"), 300);
    }, 100);
    const { status } = await run("live", "record", "--out", "r.jsonl", "--for", "2");
    expect(status).toBe(0);
    const text = readFileSync(join(folder, "r.jsonl"), "utf8");
    for (const secret of SECRETS) expect(text).not.toContain(secret);
    expect(text).not.toContain("image");
    const replayed = JSON.parse(
      (await run("whatif", "r.jsonl", "--queue", "las", "--place", "first-fit", "--json")).out,
    );
    expect([replayed.was.jobs, replayed.would.jobs]).toEqual([2, 2]);
    expect(replayed.was.waitSecondsMax).toBeGreaterThan(50);
    writeFileSync(join(folder, "bad.jsonl"), `${text.split("\n")[0]}\n{"t":1}\n${text.split("\n")[1]}\n`);
    expect((await run("whatif", "bad.jsonl")).err).toContain("bad.jsonl:2: it is no line of a recording");
  }, 60_000);

  test("becomes a study with prices", async () => {
    config("observe");
    server.store.put(PATHS.jobs, jobObject("train", 2, 4));
    writeFileSync(join(folder, "prices.csv"), "big.8,2.5\n");
    const { out } = await run("live", "import", "--out", "study", "--prices", "prices.csv");
    expect(out).toContain("1 jobs and 1 kinds of nodes of east");
    expect(readFileSync(join(folder, "study/scenario.yaml"), "utf8")).toContain("usdPerGpuHour: 2.5");
    expect((await run("scenario", "check", "study/scenario.yaml")).status).toBe(0);
  }, 60_000);

  test("that refuses us is told, and nothing is decided", async () => {
    config();
    server.store.mayDo = (_user, _verb, resource) => resource !== "pods";
    server.store.put(PATHS.jobs, jobObject("train", 1, 1));
    const { status, err } = await run("live", "plan", "--wait", "1");
    expect([status, err]).toEqual([4, expect.stringContaining("east is degraded: pods: 403 Forbidden")]);
    const doctor = await run("live", "doctor");
    expect([doctor.status, doctor.out]).toEqual([5, expect.stringMatching(/watch pods\s+│ FAILED/)]);
  });
});

describe("the loop", () => {
  test("acts, serves metrics, page and probes, and ends in good order", async () => {
    const targets =
      "targets: [{ cluster: east, namespace: team, name: web, controller: hpa, targetRequests: 2, replicas: { min: 1, max: 6 } }]\n";
    config("auto", targets);
    const { store } = server;
    store.put(PATHS.deployments, deploymentObject("web", 1, { annotations: { "windtunnel.dev/outstanding": "6" } }));
    store.put(PATHS.jobs, jobObject("train", 2, 2));
    const env = { WINDTUNNEL_LIVE_TOKEN: "page-token" };
    const { child, said, ended } = start(folder, env, "live", "watch", "--port", "0", "--probe-port", "0");
    const until = async (what: () => boolean) => {
      for (let i = 0; i < 200 && !what(); i++) await new Promise((resolve) => setTimeout(resolve, 100));
      expect(what(), said().err).toBe(true);
    };
    await until(
      () =>
        suspended("train") === false &&
        (store.get(PATHS.deployments, "team", "web")!.spec as { replicas: number }).replicas === 3,
    );
    const log = said().err;
    const url = /serving.*?(http:\/\/127\.0\.0\.1:\d+)/.exec(log)![1]!;
    const probes = /probes at (http:\/\/127\.0\.0\.1:\d+)/.exec(log)![1]!;
    const get = (to: string) =>
      new Promise<[number, string]>((resolve) =>
        http.get(to, (r) => {
          let t = "";
          r.on("data", (c) => {
            t += String(c);
          });
          r.on("end", () => resolve([r.statusCode!, t]));
        }),
      );
    expect((await get(`${url}/metrics`))[1]).toContain(
      'windtunnel_changes_total{cluster="east",action="scale",outcome="done"} 1',
    );
    expect((await get(`${url}/`))[0]).toBe(401);
    expect((await get(`${url}/?token=page-token`))[1]).toContain("Windtunnel live");
    expect(await get(`${probes}/livez`)).toEqual([200, "ok\n"]);
    expect(await get(`${probes}/readyz`)).toEqual([200, "ok\n"]);
    child.kill("SIGTERM");
    const done = await ended;
    expect(done.status).toBe(0);
    for (const line of done.err.trim().split("\n")) expect(() => JSON.parse(line), line).not.toThrow();
    expect(
      (store.get(PATHS.leases, "windtunnel", "windtunnel-leader")!.spec as { holderIdentity: string }).holderIdentity,
    ).toBe("");
  }, 60_000);
});

/** Every file below a folder. */
function filesOf(path: string): string[] {
  return readdirSync(path).flatMap((name) =>
    statSync(join(path, name)).isDirectory() ? filesOf(join(path, name)) : [join(path, name)],
  );
}

/** The loop as a process of its own; what its pages say is added to `said`. */
async function watchAndRead(args: readonly string[], said: string[]) {
  const { said: soFar, ended } = start(folder, { ...ENV, WINDTUNNEL_LIVE_TOKEN: "page-token" }, ...args);
  let url: string | undefined;
  for (let i = 0; i < 200 && !url; i++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    url = /serving.*?(http:\/\/127\.0\.0\.1:\d+)/.exec(soFar().err)?.[1];
  }
  await new Promise((resolve) => setTimeout(resolve, 800));
  for (const path of ["/", "/status.json", "/metrics"]) {
    const response = await fetch(`${url}${path}?token=page-token`);
    expect(response.status).toBe(200);
    said.push(await response.text());
  }
  return ended;
}

test("planted secrets are in no page, event, output, log, plan, audit file, recording or study", async () => {
  writeFileSync(join(folder, "hook"), `http://127.0.0.1:1/${SECRETS[5]}`);
  config(
    "auto",
    `events: all
scores: true
alerts: { file: alerts.jsonl, webhookFile: hook, rules: [{ name: seen, metric: windtunnel_cluster_up, above: 0, forSeconds: 0 }] }
`,
  );
  const { store } = server;
  const annotations = { "example.dev/key": SECRETS[2] };
  store.put(PATHS.deployments, deploymentObject("web", 1, { annotations }));
  store.put(PATHS.jobs, jobObject("train", 1, 1, { annotations }));
  const pod = podObject("p", 1, { annotations });
  ((pod.spec as { containers: object[] }).containers[0] as Record<string, unknown>).env = [
    { name: "X", value: SECRETS[1] },
  ];
  store.put(PATHS.pods, pod);
  let n = 0;
  server.fault((r) =>
    r.method !== "GET" && !r.path.includes("leases") && n++ % 2 === 0
      ? { kind: "answer", answer: failure(500, "InternalError", `bad ${SECRETS[3]}`) }
      : undefined,
  );
  const said: string[] = [];
  for (const args of [
    ["live", "plan", "--out", "plan.json"],
    ["live", "plan", "--json"],
    ["live", "diff"],
    ["live", "apply", "--plan", "plan.json", "--yes", "--log"],
    ["live", "status"],
    ["live", "doctor"],
    ["live", "import", "--out", "study"],
    ["live", "record", "--out", "r.jsonl", "--for", "1"],
    ["live", "watch", "--cycles", "6", "--port", "0", "--probe-port", "0", "--record", "w.jsonl"],
    ["permit", "issue", "none.yaml"],
  ]) {
    // the loop as a process of its own, where nothing that a library says is missed
    const { out, err } = args[1] === "watch" ? await watchAndRead(args, said) : await run(...args);
    said.push(out, err);
  }
  said.push(JSON.stringify(store.all("/api/v1/events")), JSON.stringify(store.writes.map((w) => w.body)));
  expect(store.all("/api/v1/events").length).toBeGreaterThan(0);
  server.fault(() => ({ kind: "answer", answer: failure(401, "Unauthorized", `no ${SECRETS[3]}`) }));
  const refused = await run("live", "plan", "--wait", "1");
  said.push(refused.out, refused.err);
  expect(refused.err).toContain("401");
  for (const secret of SECRETS) {
    for (const text of said) expect(text.includes(secret), `${secret} was said`).toBe(false);
    for (const file of filesOf(folder))
      if (!/\/(kubeconfig|hook)$/.test(file))
        expect(readFileSync(file, "utf8").includes(secret), `${secret} is in ${file}`).toBe(false);
  }
  expect(filesOf(folder).some((f) => f.endsWith("audit.jsonl"))).toBe(true);
}, 120_000);

// `npm run demo:live`: two real control planes with fake GPUs; a permit from a simulation; two instances in auto for a minute under
// changing demand; the leader is killed, a cluster broken, the permit revoked; then what happened is held against what must hold.

import { generateKeyPairSync } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { type AuditLine, checkAudit } from "../../src/live/audit.js";
import { buildBinaries } from "./build.mjs";
import { run, startSetting, USER, until, watch } from "./setting.js";

const SECONDS = 60;
const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const say = (text: string) => console.log(text);

test("a minute of live mode", async () => {
  const binaries = await buildBinaries();
  say("Two control planes (Kubernetes 1.35, etcd 3.6), four nodes of eight GPUs each ...");
  const setting = await startSetting(binaries, ["east", "west"], 4);
  try {
    const { folder } = setting;
    const [east, west] = setting.planes;
    mkdirSync(join(folder, "service"));
    writeFileSync(
      join(folder, "service/services.yaml"),
      `windtunnelServices: 1
title: a small service
hours: 1
replications: 3
controllers: [hpa]
services:
  - { name: web, model: llama3-8b, gpu: a10, usdPerGpuHour: 1.2, requestsPerSecond: 2, bounds: { ttftSeconds: 5 }, replicas: { min: 2, max: 6 }, targetRequests: 8, coldStartSeconds: 60 }
`,
    );
    writeFileSync(
      join(folder, "gates.yaml"),
      `windtunnelGates: 1
policy: { queue: fifo, place: fewest-nodes }
actions: [suspend, bind, scale]
controllers: [hpa]
envelope: { gpusSlack: 5, mixDistanceMost: 1 }
scenarios: [{ path: ${join(ROOT, "scenarios/first-study/scenario.yaml")}, loads: [0.8], replications: 3, jobs: 500, gates: ["jctSecondsMean <= 500000"] }]
services: [{ path: service, gates: ["attainment >= 0.9"] }]
`,
    );
    const { privateKey, publicKey } = generateKeyPairSync("ed25519");
    writeFileSync(join(folder, "ops.key"), privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o600 });
    writeFileSync(join(folder, "key.pub"), publicKey.export({ type: "spki", format: "pem" }));
    const issued = await run(
      "permit",
      "issue",
      join(folder, "gates.yaml"),
      "--key",
      join(folder, "ops.key"),
      "--out",
      join(folder, "permit.json"),
    );
    say(issued.err.trim());
    say(issued.out.trim());
    expect(issued.status).toBe(0);
    const serial = JSON.parse(readFileSync(join(folder, "permit.json"), "utf8")).serial as string;
    const config = (name: string, user = USER) => {
      const clusters = setting.planes.map(
        (p) => `  - { name: ${p.name}, kubeconfig: ${p.kubeconfig(user)}, context: ${p.name} }`,
      );
      const path = join(folder, `${name}.yaml`);
      writeFileSync(
        path,
        `windtunnelLive: 1
policy: { queue: fifo, place: fewest-nodes }
clusters:
${clusters.join("\n")}
grants: [{ namespace: team, actions: [suspend, bind, scale], mode: auto }]
targets: [{ cluster: east, namespace: team, name: web, controller: hpa, targetRequests: 2, replicas: { min: 1, max: 6 } }]
budgets: [{ perCycle: { changes: 5 }, perHour: { changes: 40 } }]
coolDown: { upSeconds: 5, downSeconds: 10 }
validateSeconds: 0.5
intervalSeconds: 1
rollout: { watchSeconds: 2 }
permit: permit.json
permitPublicKey: key.pub
stateFolder: state-${name}
`,
      );
      return path;
    };
    const labels = { app: "web" };
    await east!.create("/apis/apps/v1/namespaces/team/deployments", {
      metadata: { name: "web", annotations: { "windtunnel.dev/outstanding": "2" } },
      spec: {
        replicas: 1,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: { containers: [{ name: "c", image: "none", resources: { limits: { "nvidia.com/gpu": "1" } } }] },
        },
      },
    });
    const one = watch(config("one"));
    await new Promise((resolve) => setTimeout(resolve, 3000));
    const two = watch(config("two"));
    config("admin", "admin");
    const began = Date.now();
    const second = () => (Date.now() - began) / 1000;
    const events: string[] = [];
    const note = (text: string) => {
      events.push(text);
      say(`${second().toFixed(0).padStart(3)} s  ${text}`);
    };
    const job = (n: number) => ({
      metadata: { name: `job-${n}` },
      spec: {
        suspend: true,
        parallelism: 1 + (n % 3),
        completions: 1 + (n % 3),
        template: {
          metadata: { annotations: { "fake/run-ms": String(3000 + (n % 5) * 2000) } },
          spec: {
            restartPolicy: "Never",
            containers: [
              { name: "c", image: "none", resources: { limits: { "nvidia.com/gpu": String(1 + (n % 4) * 2) } } },
            ],
          },
        },
      },
    });
    let [revokedAt, goneAt, backAt] = [0, 0, 0];
    const script: [at: number, what: () => Promise<unknown>][] = [
      [
        15,
        async () => {
          note("the leader is killed (kill -9)");
          await one.stop("SIGKILL");
        },
      ],
      [
        33,
        async () => {
          note("west's API server is killed");
          await west!.kill("kube-apiserver");
          goneAt = Date.now();
        },
      ],
      [
        43,
        async () => {
          west!.startApiServer();
          await west!.ready();
          backAt = Date.now();
          note("west's API server is back");
        },
      ],
      [
        50,
        async () => {
          await run("permit", "revoke", serial, "--config", join(folder, "admin.yaml"));
          revokedAt = Date.now();
          note("the permit is revoked in both clusters");
        },
      ],
    ];
    for (let n = 0; second() < SECONDS; n++) {
      const due = script.findIndex(([at]) => second() >= at);
      if (due >= 0) await script.splice(due, 1)[0]![1]();
      const plane = n % 2 && second() > 43 ? west! : n % 2 && second() < 33 ? west! : east!;
      await plane.create("/apis/batch/v1/namespaces/team/jobs", job(n)).catch(() => undefined);
      const outstanding = String(2 + 4 * (Math.floor(second() / 12) % 3));
      await east!
        .call(
          "PATCH",
          "/apis/apps/v1/namespaces/team/deployments/web",
          { metadata: { annotations: { "windtunnel.dev/outstanding": outstanding } } },
          { patch: "merge" },
        )
        .catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, 1500));
    }
    expect(await two.stop()).toBe(0);
    await until(
      "the lease is given back",
      async () =>
        (await east!.get("/apis/coordination.k8s.io/v1/namespaces/windtunnel/leases/windtunnel-leader")).body.spec
          .holderIdentity === "",
    );

    const logs = ["one", "two"].map((name) =>
      checkAudit(readFileSync(join(folder, `state-${name}`, "audit.jsonl"), "utf8")),
    );
    const of = (kind: string) =>
      logs.flatMap((l, i) =>
        l.lines
          .filter((line) => line.kind === kind)
          .map((line) => ({ ...line, who: i }) as AuditLine & { who: number }),
      );
    const done = of("done");
    const time = (line: AuditLine) => Date.parse(line.at);
    const lastOfOne = Math.max(0, ...done.filter((l) => l.who === 0).map(time));
    const firstOfTwo = Math.min(Number.POSITIVE_INFINITY, ...done.filter((l) => l.who === 1).map(time));
    const guards = new Map<string, number>();
    for (const line of of("refused")) guards.set(String(line.guard), (guards.get(String(line.guard)) ?? 0) + 1);
    const plans = of("plan") as unknown as { at: string; refusals: { guard: string }[] }[];
    const permitRefusals = plans
      .filter((p) => Date.parse(p.at) > revokedAt)
      .flatMap((p) => p.refusals)
      .filter((r) => r.guard === "permit").length;
    const perCluster = (cluster: string) => done.filter((l) => l.cluster === cluster).length;
    const held: [string, boolean, string][] = [
      ["both audit logs hold", logs.every((l) => !l.broken), `${logs.map((l) => l.last.n).join(" and ")} lines`],
      [
        "changes were made",
        done.length > 5,
        `${done.filter((l) => l.who === 0).length} by the first, ${done.filter((l) => l.who === 1).length} by the second`,
      ],
      [
        "each was announced before it was made",
        done.every((l) => of("intent").some((i) => i.change === l.change && i.n < l.n)),
        `${of("intent").length} intentions`,
      ],
      [
        "the second acted only after the first was gone",
        firstOfTwo > lastOfOne,
        `${((firstOfTwo - lastOfOne) / 1000).toFixed(1)} s between`,
      ],
      [
        "budgets were kept",
        ["east", "west"].every((c) => perCluster(c) <= 40),
        `east ${perCluster("east")}, west ${perCluster("west")}, at most 40 each`,
      ],
      [
        "nothing was changed after the permit was revoked",
        done.every((l) => time(l) <= revokedAt + 1000),
        `${permitRefusals} changes refused for it`,
      ],
      [
        "nothing but what was granted",
        done.every((l) => ["resume", "suspend", "scale", "bind"].includes(String(l.verb))),
        [...new Set(done.map((l) => l.verb))].join(", "),
      ],
      [
        "east went on while west was gone",
        done.some((l) => l.cluster === "east" && time(l) > goneAt && time(l) < backAt),
        `${done.filter((l) => time(l) > goneAt && time(l) < backAt).length} changes meanwhile`,
      ],
    ];
    say("");
    for (const [what, ok, seen] of held) say(`${ok ? "holds " : "BROKEN"}  ${what}: ${seen}`);
    say(`refused at the last moment: ${[...guards].map(([g, n]) => `${g} ${n}`).join(", ") || "none"}`);
    expect(held.filter(([, ok]) => !ok)).toEqual([]);
  } finally {
    await setting.close();
  }
}, 400_000);

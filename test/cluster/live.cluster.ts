// Live mode on two real control planes: Kubernetes 1.35 with fake GPU nodes. Nothing here is a fake but the kubelets.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { checkAudit } from "../../src/live/audit.js";
import { parsePlan } from "../../src/live/plan.js";
import { buildBinaries } from "./build.mjs";
import {
  container,
  deployment,
  job,
  pathOf,
  ROOT,
  run,
  type Setting,
  SHIPPED,
  shipped,
  startSetting,
  USER,
  until,
  watch,
  writeConfig,
} from "./setting.js";

let setting: Setting;

beforeAll(async () => {
  setting = await startSetting(await buildBinaries(), ["east", "west"], 3);
});
afterAll(async () => setting?.close());

const JOBS = "/apis/batch/v1/namespaces/team/jobs";
const PODS = "/api/v1/namespaces/team/pods";
const DEPLOYMENTS = "/apis/apps/v1/namespaces/team/deployments";

const suspended = async (name: string, plane = setting.planes[0]!) =>
  (await plane.get(`${JOBS}/${name}`)).body.spec.suspend;
const clear = async (plane = setting.planes[0]!) => {
  const policy = { propagationPolicy: "Background", gracePeriodSeconds: 0 };
  await plane.call("DELETE", JOBS, policy);
  await plane.call("DELETE", DEPLOYMENTS, policy);
  await plane.call("DELETE", PODS, policy);
  await until("nothing is left", async () => (await plane.get(PODS)).body.items.length === 0);
};

describe("seeing", () => {
  test("doctor finds everything in order with the shipped rights", async () => {
    const { status, out } = await run("live", "doctor", "--config", writeConfig(setting, "doctor"));
    expect(out).toContain("Kubernetes v1.35");
    expect(out).not.toContain("FAILED");
    expect(status).toBe(0);
  });

  test("status shows both clusters and their GPUs", async () => {
    const { out } = await run("live", "status", "--config", writeConfig(setting, "status"), "--json");
    const { clusters } = JSON.parse(out);
    expect(
      clusters.map((c: { name: string; state: string; gpus: { free: number } }) => [c.name, c.state, c.gpus.free]),
    ).toEqual([
      ["east", "fresh", 24],
      ["west", "fresh", 24],
    ]);
  });

  test("a cluster becomes a scenario that runs", async () => {
    const [plane] = setting.planes;
    await plane!.create(JOBS, job("imported", 2, 4));
    const out = join(setting.folder, "imported");
    const { status, out: said } = await run(
      "live",
      "import",
      "--config",
      writeConfig(setting, "import", { mode: "observe" }),
      "--out",
      out,
    );
    expect([status, said]).toEqual([0, expect.stringContaining("1 jobs and 2 kinds of nodes")]);
    expect(readFileSync(join(out, "jobs.csv"), "utf8")).toContain("team/imported");
    const study = await run(
      "run",
      join(out, "scenario.yaml"),
      "--out",
      join(setting.folder, "imported-results"),
      "--quiet",
    );
    expect(study.status).toBe(0);
    await clear();
  });
});

describe("a plan", () => {
  test("is a file, applied as it is: a job is resumed, and suspended again by a policy that puts another before it", async () => {
    const [plane] = setting.planes;
    await plane!.create(JOBS, job("first", 3, 8));
    const config = writeConfig(setting, "apply", { mode: "apply", policy: "{ queue: priority, place: first-fit }" });
    const file = join(setting.folder, "plan.json");
    const made = await run("live", "plan", "--config", config, "--out", file);
    expect(made.out).toContain("resume");
    const plan = parsePlan(readFileSync(file, "utf8"), file);
    expect(plan.changes.map((c) => [c.cluster, c.verb, c.object.name])).toEqual([["east", "resume", "first"]]);
    expect(plan.refusals).toEqual([]);
    // without --yes nothing happens
    expect((await run("live", "apply", "--config", config, "--plan", file)).status).toBe(2);
    expect(await suspended("first")).toBe(true);
    // a plan of which a byte was changed is none
    writeFileSync(`${file}.x`, readFileSync(file, "utf8").replace('"first"', '"other"'));
    expect((await run("live", "apply", "--config", config, "--plan", `${file}.x`, "--yes")).err).toContain(
      "PLAN_INVALID",
    );
    const applied = await run("live", "apply", "--config", config, "--plan", file, "--yes");
    expect([applied.status, applied.err]).toEqual([0, expect.any(String)]);
    expect(await suspended("first")).toBe(false);
    await until(
      "its pods run",
      async () =>
        (await plane!.get(PODS)).body.items.filter((p: { status: { phase: string } }) => p.status.phase === "Running")
          .length === 3,
    );
    // once done it is not wanted any more
    const again = await run("live", "apply", "--config", config, "--plan", file, "--yes");
    expect([again.status, again.out]).toEqual([5, expect.stringContaining("does not want it any more")]);

    // a gang of higher priority takes its place
    await plane!.create("/apis/scheduling.k8s.io/v1/priorityclasses", { metadata: { name: "high" }, value: 1000 });
    await plane!.create(PODS, {
      metadata: { name: "urgent" },
      spec: {
        schedulerName: "windtunnel",
        priorityClassName: "high",
        restartPolicy: "Never",
        containers: [container(8)],
      },
    });
    await run("live", "plan", "--config", config, "--out", file);
    expect(parsePlan(readFileSync(file, "utf8"), file).changes.map((c) => [c.verb, c.object.name])).toEqual([
      ["suspend", "first"],
    ]);
    expect((await run("live", "apply", "--config", config, "--plan", file, "--yes")).status).toBe(0);
    expect(await suspended("first")).toBe(true);
    await until("its pods are gone", async () => (await plane!.get(PODS)).body.items.length === 1);
    const audit = checkAudit(readFileSync(join(setting.folder, "state-apply", "audit.jsonl"), "utf8"));
    expect([audit.broken, audit.lines.filter((l) => l.kind === "done").length]).toEqual([undefined, 2]);
    await clear();
  });

  test("is refused in mode observe, with a switch thrown, and without a permit", async () => {
    const [plane] = setting.planes;
    await plane!.create(JOBS, job("waits", 1, 1));
    const refusals = async (config: string) => {
      const { out } = await run("live", "plan", "--config", config, "--json");
      return JSON.parse(out).refusals.map((r: { guard: string; reason: string }) => r.guard);
    };
    expect(await refusals(writeConfig(setting, "observe", { mode: "observe" }))).toEqual(["mode"]);
    const config = writeConfig(setting, "refused", { mode: "apply" });
    expect(
      (await run("live", "pause", "--config", writeConfig(setting, "admin", { user: "admin" }), "--cluster", "east"))
        .status,
    ).toBe(0);
    expect(await refusals(config)).toEqual(["pause"]);
    expect(
      (await run("live", "resume", "--config", writeConfig(setting, "admin", { user: "admin" }), "--cluster", "east"))
        .status,
    ).toBe(0);
    expect(await refusals(config)).toEqual([]);
    await plane!.call(
      "PATCH",
      "/api/v1/namespaces/windtunnel/configmaps/windtunnel-control",
      { data: { revoked: "T-refused" } },
      { patch: "merge" },
    );
    expect(await refusals(config)).toEqual(["permit"]);
    await plane!.call(
      "PATCH",
      "/api/v1/namespaces/windtunnel/configmaps/windtunnel-control",
      { data: { revoked: null } },
      { patch: "merge" },
    );
    const permit = join(setting.folder, "refused.permit.json");
    writeFileSync(permit, readFileSync(permit, "utf8").replace("2", "3"));
    expect(await refusals(config)).toEqual(["permit"]);
    await clear();
  });
});

describe("the loop", () => {
  test("scales a Deployment to its load, in steps, and leaves one alone that an HPA owns", async () => {
    const [plane] = setting.planes;
    await plane!.create(DEPLOYMENTS, deployment("web", 1, { "windtunnel.dev/outstanding": "12" }));
    await plane!.create(DEPLOYMENTS, deployment("owned", 1));
    await plane!.create("/apis/autoscaling/v2/namespaces/team/horizontalpodautoscalers", {
      metadata: { name: "owned" },
      spec: {
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "owned" },
        minReplicas: 1,
        maxReplicas: 2,
      },
    });
    const targets = `targets:
  - { cluster: east, namespace: team, name: web, controller: hpa, targetRequests: 2, replicas: { min: 1, max: 6 } }
  - { cluster: east, namespace: team, name: owned, controller: fixed, replicas: { min: 1, max: 2 } }
`;
    const watcher = watch(writeConfig(setting, "scale", { rest: `${targets}events: all\n` }));
    await until("six replicas", async () => (await plane!.get(`${DEPLOYMENTS}/web`)).body.spec.replicas === 6);
    const fields = (await plane!.get(`${DEPLOYMENTS}/web`)).body.metadata.managedFields;
    const mine = fields.find((f: { manager: string }) => f.manager === "windtunnel");
    expect(mine.subresource).toBe("scale");
    expect((await plane!.get(`${DEPLOYMENTS}/owned`)).body.spec.replicas).toBe(1);
    const events = await until("an event", async () => {
      const { items } = (await plane!.get("/api/v1/namespaces/team/events?fieldSelector=source=windtunnel")).body;
      return items.length >= 2 && items;
    });
    const said = events.map(
      (e: { reason: string; involvedObject: { name: string } }) => `${e.reason} ${e.involvedObject.name}`,
    );
    expect(said).toContain("Scaled web");
    // it ends in good order and gives its lease back
    expect(await watcher.stop()).toBe(0);
    expect(
      (await plane!.get("/apis/coordination.k8s.io/v1/namespaces/windtunnel/leases/windtunnel-leader")).body.spec
        .holderIdentity ?? "",
    ).toBe("");
    const steps = checkAudit(readFileSync(join(setting.folder, "state-scale", "audit.jsonl"), "utf8")).lines.filter(
      (l) => l.kind === "done",
    );
    expect(steps.map((l) => `${l.before} ${l.after}`)).toEqual(["1 5", "5 6"]);
    await plane!.call("DELETE", "/apis/autoscaling/v2/namespaces/team/horizontalpodautoscalers/owned");
    await clear();
  });

  test("binds a gang beside the real scheduler, all of it or none, and no node twice", async () => {
    const [plane] = setting.planes;
    const gang = (name: string, n: number, gpus: number) =>
      plane!.create(PODS, {
        metadata: {
          name: `${name}-${n}`,
          labels: { "windtunnel.dev/gang": name },
          annotations: { "windtunnel.dev/gang-size": "3" },
        },
        spec: { schedulerName: "windtunnel", restartPolicy: "Never", containers: [container(gpus)] },
      });
    const watcher = watch(writeConfig(setting, "bind"));
    await gang("g", 0, 8);
    await gang("g", 1, 8);
    await new Promise((resolve) => setTimeout(resolve, 4000));
    expect(
      (await plane!.get(PODS)).body.items.every((p: { spec: { nodeName?: string } }) => p.spec.nodeName === undefined),
    ).toBe(true);
    await gang("g", 2, 8);
    await until(
      "the gang runs",
      async () =>
        (await plane!.get(PODS)).body.items.filter((p: { status: { phase: string } }) => p.status.phase === "Running")
          .length === 3,
    );
    const { items } = (await plane!.get(PODS)).body;
    expect(new Set(items.map((p: { spec: { nodeName: string } }) => p.spec.nodeName)).size).toBe(3);
    expect(items[0].metadata.annotations["windtunnel.dev/devices"]).toBe("0,1,2,3,4,5,6,7");
    // the real scheduler finds no room, and nothing of ours took it twice
    await plane!.create(DEPLOYMENTS, deployment("other", 1));
    await until("it is unschedulable", async () => {
      const pods = (await plane!.get(PODS)).body.items;
      return pods.some((p: { status: { conditions?: { reason?: string }[] } }) =>
        p.status.conditions?.some((c) => c.reason === "Unschedulable"),
      );
    });
    await watcher.stop();
    await clear();
  });

  test("evicts within a disruption budget, and never deletes", async () => {
    const [plane] = setting.planes;
    const labels = { app: "held" };
    await plane!.create("/apis/apps/v1/namespaces/team/replicasets", {
      metadata: { name: "held" },
      spec: {
        replicas: 3,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { schedulerName: "windtunnel", containers: [container(8)] } },
      },
    });
    await plane!.create("/apis/policy/v1/namespaces/team/poddisruptionbudgets", {
      metadata: { name: "held" },
      spec: { minAvailable: 3, selector: { matchLabels: labels } },
    });
    const watcher = watch(writeConfig(setting, "evict", { policy: "{ queue: priority, place: first-fit }" }));
    await until(
      "they run",
      async () =>
        (await plane!.get(PODS)).body.items.filter((p: { status: { phase: string } }) => p.status.phase === "Running")
          .length === 3,
    );
    await until(
      "the budget has seen them",
      async () =>
        (await plane!.get("/apis/policy/v1/namespaces/team/poddisruptionbudgets/held")).body.status?.currentHealthy ===
        3,
    );
    const uids = (await plane!.get(PODS)).body.items.map((p: { metadata: { uid: string } }) => p.metadata.uid).sort();
    await plane!.create(PODS, {
      metadata: { name: "urgent" },
      spec: {
        schedulerName: "windtunnel",
        priorityClassName: "high",
        restartPolicy: "Never",
        containers: [container(8)],
      },
    });
    const audit = () => readFileSync(join(setting.folder, "state-evict", "audit.jsonl"), "utf8");
    await until("a refusal for the budget", async () => audit().includes('"guard":"disruption"'));
    expect(
      (await plane!.get(PODS)).body.items
        .map((p: { metadata: { uid: string } }) => p.metadata.uid)
        .filter((u: string) => uids.includes(u))
        .sort(),
    ).toEqual(uids);
    await plane!.call(
      "PATCH",
      "/apis/policy/v1/namespaces/team/poddisruptionbudgets/held",
      { spec: { minAvailable: 2 } },
      { patch: "merge" },
    );
    await until("one has made room", async () => (await plane!.get(`${PODS}/urgent`)).body.status.phase === "Running");
    await watcher.stop();
    await plane!.call("DELETE", "/apis/policy/v1/namespaces/team/poddisruptionbudgets/held");
    await plane!.call("DELETE", "/apis/apps/v1/namespaces/team/replicasets/held", { propagationPolicy: "Background" });
    await clear();
  });
});

describe("rights as shipped", () => {
  test.each([
    ["GET", "/api/v1/secrets"],
    ["GET", "/api/v1/namespaces/windtunnel/secrets"],
    ["DELETE", "/api/v1/namespaces/team/pods/x"],
    ["PATCH", "/api/v1/nodes/gpu-0000"],
    ["PATCH", "/apis/apps/v1/namespaces/team/deployments/x"],
    ["PATCH", "/apis/apps/v1/namespaces/default/deployments/x/scale"],
    ["PATCH", "/apis/batch/v1/namespaces/default/jobs/x"],
    ["POST", "/api/v1/namespaces/default/pods/x/eviction"],
    ["POST", "/api/v1/namespaces/default/pods/x/binding"],
    ["PATCH", "/api/v1/namespaces/windtunnel/configmaps/windtunnel-control"],
    ["GET", "/api/v1/namespaces/windtunnel/configmaps/other"],
    ["PUT", "/apis/coordination.k8s.io/v1/namespaces/windtunnel/leases/other"],
    ["POST", "/api/v1/namespaces/team/pods"],
  ])("forbid %s %s", async (method, path) => {
    const body = method === "GET" || method === "DELETE" ? undefined : { metadata: { name: "x" } };
    const answer = await setting.planes[0]!.call(method, path, body, {
      as: USER,
      ...(method === "PATCH" ? { patch: "merge" as const } : {}),
    });
    expect(answer.status).toBe(403);
  });
});

describe("what we ship and render", () => {
  test.each(SHIPPED)("%s is what the API server wants", async (file) => {
    for (const object of shipped(file) as never[]) {
      const answer = await setting.planes[1]!.call(
        "POST",
        `${pathOf(object)}?dryRun=All&fieldValidation=Strict`,
        object,
      );
      // what is there already was accepted before
      expect([201, 409], JSON.stringify(answer.body)).toContain(answer.status);
    }
  });

  test("services of a study too", async () => {
    const { out, status } = await run(
      "render",
      join(ROOT, "scenarios/shop-inference"),
      "--image",
      "example.test/llm:1",
      "--namespace",
      "team",
      "--gpu-product",
      "NVIDIA-A10",
      "--json",
    );
    expect(status).toBe(0);
    const { items } = JSON.parse(out);
    expect(items.length).toBe(9);
    for (const object of items) {
      const answer = await setting.planes[0]!.call(
        "POST",
        `${pathOf(object)}?dryRun=All&fieldValidation=Strict`,
        object,
      );
      expect(answer.status, JSON.stringify(answer.body)).toBe(201);
    }
    const bad = structuredClone(items[0]);
    bad.spec.template.spec.replicsa = 1;
    expect(
      (await setting.planes[0]!.call("POST", `${pathOf(bad)}?dryRun=All&fieldValidation=Strict`, bad)).status,
    ).toBe(400);
  });
});

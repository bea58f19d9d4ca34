// Kinds that others bring, on real API servers: a custom resource with a scale subresource, Workloads of Kueue that wait for a
// cluster, weights of an HTTPRoute. Their controllers are not there: what is shown is what we read, try out and write.

import { afterAll, beforeAll, expect, test } from "vitest";
import { buildBinaries } from "./build.mjs";
import { installExtensions } from "./extensions.js";
import { container, run, type Setting, startSetting, USER, until, watch, writeConfig } from "./setting.js";

let setting: Setting;

/** What an operator adds to the shipped rights for these kinds, as the comments of deploy/actor say. */
const RULES = [
  { apiGroups: ["kueue.x-k8s.io"], resources: ["workloads/status"], verbs: ["patch"] },
  { apiGroups: ["gateway.networking.k8s.io"], resources: ["httproutes"], resourceNames: ["front"], verbs: ["patch"] },
  { apiGroups: ["serving.example.dev"], resources: ["runners/scale"], verbs: ["get", "patch"] },
];
const READ = [{ apiGroups: ["serving.example.dev"], resources: ["runners"], verbs: ["get", "list", "watch"] }];
const RBAC = "/apis/rbac.authorization.k8s.io/v1";
const subjects = [{ kind: "User", apiGroup: "rbac.authorization.k8s.io", name: USER }];

beforeAll(async () => {
  setting = await startSetting(await buildBinaries(), ["east", "west"], 1);
  for (const plane of setting.planes) {
    await installExtensions(plane);
    const apiGroup = "rbac.authorization.k8s.io";
    await plane.create(`${RBAC}/namespaces/team/roles`, { metadata: { name: "more" }, rules: RULES });
    await plane.create(`${RBAC}/namespaces/team/rolebindings`, {
      metadata: { name: "more" },
      roleRef: { apiGroup, kind: "Role", name: "more" },
      subjects,
    });
    await plane.create(`${RBAC}/clusterroles`, { metadata: { name: "more" }, rules: READ });
    await plane.create(`${RBAC}/clusterrolebindings`, {
      metadata: { name: "more" },
      roleRef: { apiGroup, kind: "ClusterRole", name: "more" },
      subjects,
    });
  }
});
afterAll(async () => setting?.close());

const RUNNERS = "/apis/serving.example.dev/v1/namespaces/team/runners";
const WORKLOADS = "/apis/kueue.x-k8s.io/v1beta1/namespaces/team/workloads";
const ROUTES = "/apis/gateway.networking.k8s.io/v1/namespaces/team/httproutes";

test("a custom resource is scaled, a Workload nominated for the cluster that has room, a route's weights moved by steps", async () => {
  const [east] = setting.planes;
  await east!.create(RUNNERS, {
    apiVersion: "serving.example.dev/v1",
    kind: "Runner",
    metadata: { name: "llm", annotations: { "windtunnel.dev/outstanding": "6" } },
    spec: { replicas: 1 },
  });
  await east!.create("/api/v1/namespaces/team/pods", {
    metadata: { name: "holds" },
    spec: { restartPolicy: "Never", containers: [container(8)] },
  });
  await until("east is full", async () => {
    const { body } = await east!.get("/api/v1/namespaces/team/pods/holds");
    return body.status.phase === "Running";
  });
  await east!.create(WORKLOADS, {
    apiVersion: "kueue.x-k8s.io/v1beta1",
    kind: "Workload",
    metadata: { name: "train" },
    spec: { queueName: "q", podSets: [{ name: "main", count: 2, template: { spec: { containers: [container(4)] } } }] },
  });
  await east!.create(ROUTES, {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "HTTPRoute",
    metadata: { name: "front" },
    spec: {
      rules: [
        {
          backendRefs: [
            { name: "old", port: 80, weight: 100 },
            { name: "new", port: 80, weight: 0 },
          ],
        },
      ],
    },
  });
  const status = { parents: [{ conditions: [{ type: "ResolvedRefs", status: "True" }] }] };
  await east!.call("PATCH", `${ROUTES}/front/status`, { status }, { patch: "merge" });
  const config = writeConfig(setting, "extensions", {
    actions: ["scale", "nominate", "route"],
    rest: `targets:
  - cluster: east
    namespace: team
    kind: Runner
    resource: serving.example.dev/v1/runners
    name: llm
    controller: hpa
    targetRequests: 2
    replicas: { min: 1, max: 6 }
routes: [{ cluster: east, namespace: team, name: front, weights: { old: 75, new: 25 } }]
`,
  });
  const plan = JSON.parse((await run("live", "plan", "--config", config, "--json")).out);
  expect(plan.refusals).toEqual([]);
  expect(plan.changes.map((c: { verb: string; after: string }) => `${c.verb} ${c.after}`).sort()).toEqual([
    "nominate west",
    "route old=90,new=10",
    "scale 3",
  ]);
  const watcher = watch(config);
  await until("three replicas", async () => (await east!.get(`${RUNNERS}/llm`)).body.spec.replicas === 3);
  await until("it is nominated", async () => {
    const { body } = await east!.get(`${WORKLOADS}/train`);
    return JSON.stringify(body.status?.nominatedClusterNames) === '["west"]';
  });
  await until("the weights are there", async () => {
    const { body } = await east!.get(`${ROUTES}/front`);
    const weights = body.spec.rules[0].backendRefs.map((b: { weight: number }) => b.weight);
    return weights.join() === "75,25";
  });
  expect(await watcher.stop()).toBe(0);
});

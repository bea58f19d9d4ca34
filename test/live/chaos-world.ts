// The cluster that chaos breaks: what is in it, how it lives, and the configuration and permit of its controllers.

import { generateKeyPairSync } from "node:crypto";
import { type LiveConfig, parseLiveConfig } from "../../src/live/config.js";
import { type Permit, signPermit } from "../../src/live/permit.js";
import { PERMIT_END, START } from "./chaos-checks.js";
import { controlObject, deploymentObject, jobObject, nodeObject, PATHS } from "./cluster-objects.js";
import type { FakeStore } from "./fake-store.js";

const CONFIG = `windtunnelLive: 1
policy: { queue: priority, place: first-fit }
clusters: [{ name: a }]
grants:
  - { cluster: a, namespace: team, mode: auto }
  - { cluster: a, namespace: looked-at, mode: observe }
targets:
  - { cluster: a, namespace: team, name: web, controller: hpa, targetRequests: 2, replicas: { min: 1, max: 6 } }
  - { cluster: a, namespace: team, name: owned, controller: fixed, replicas: { min: 1, max: 3 } }
budgets:
  - { perCycle: { changes: 3, gpus: 8 }, perHour: { changes: 4, gpus: 7 }, inFlight: 6 }
windows: [{ from: "12:00", to: "12:20" }, { from: "12:30", to: "00:00" }]
coolDown: { upSeconds: 45, downSeconds: 90, afterFailureSeconds: 120 }
validateSeconds: 2
freshSecondsMax: 30
rollout: { watchSeconds: 5, replicasStep: 2 }
`;
export const config: LiveConfig = parseLiveConfig(CONFIG, "chaos.yaml");
export const KEYS = generateKeyPairSync("ed25519");
export const PERMIT: Permit = signPermit(
  {
    serial: "P1",
    issuedAt: new Date(START - 60_000).toISOString(),
    expiresAt: new Date(PERMIT_END).toISOString(),
    policy: config.policy,
    policySha256: null,
    controllers: ["hpa", "fixed"],
    actions: ["scale", "suspend", "evict", "bind"],
    engineSha256: "E",
    version: "0",
    scenarios: [],
    gates: [],
    envelope: {
      load: { least: 0, most: 100 },
      gpus: { least: 1, most: 1000 },
      mix: [],
      mixDistanceMost: 1,
      usdPerGpuHour: null,
    },
  },
  KEYS.privateKey,
);
/** Two nodes, some jobs, a service, and a service of somebody else. */
export function populate(store: FakeStore, below: (n: number) => number): void {
  for (const name of ["team", "looked-at", "windtunnel"]) store.put(PATHS.namespaces, { metadata: { name } });
  store.put(PATHS.configmaps, controlObject());
  for (let n = 0; n < 2; n++) store.put(PATHS.nodes, nodeObject(`n${n}`, 4));
  const job = (name: string, namespace: string, annotations = {}) => {
    const gpus = 1 + below(2);
    const object = jobObject(name, 1 + below(2), gpus, { namespace, annotations });
    store.put(PATHS.jobs, { ...object, spec: { ...(object.spec as object), gpus } });
  };
  for (let j = 0; j < 3; j++) job(`job-${j}`, "team");
  job("untouched", "looked-at");
  job("kept-out", "team", { "windtunnel.dev/paused": "true" });
  store.put(PATHS.deployments, deploymentObject("web", 2, { annotations: { "windtunnel.dev/outstanding": "8" } }));
  store.put(PATHS.deployments, deploymentObject("owned", 1));
  store.put(PATHS.hpas, {
    metadata: { name: "h", namespace: "team" },
    spec: { scaleTargetRef: { kind: "Deployment", name: "owned" } },
  });
}

/** Kubelets and controllers of the cluster do their part. */
export function live(store: FakeStore): void {
  for (const d of store.all(PATHS.deployments)) {
    const { replicas } = d.spec as { replicas: number };
    const status = d.status as { readyReplicas: number };
    if (status.readyReplicas !== replicas)
      store.change(PATHS.deployments, "team", String(d.metadata.name), { status: { readyReplicas: replicas } });
  }
  for (const job of store.all(PATHS.jobs)) runJob(store, job);
}

function runJob(store: FakeStore, job: Record<string, unknown> & { metadata: Record<string, unknown> }): void {
  const [namespace, name, uid] = [String(job.metadata.namespace), String(job.metadata.name), job.metadata.uid];
  const spec = job.spec as { suspend: boolean; parallelism: number; gpus: number };
  for (let i = 0; i < spec.parallelism; i++) {
    const there = store.get(PATHS.pods, namespace, `${name}-${i}`);
    if (spec.suspend && there) store.remove(PATHS.pods, namespace, `${name}-${i}`);
    if (!spec.suspend && !there) {
      const node = ["n0", "n1"].find((n) => freeOn(store, n) >= spec.gpus);
      if (!node) continue;
      const resources = { requests: { "nvidia.com/gpu": String(spec.gpus) } };
      store.put(PATHS.pods, {
        metadata: {
          name: `${name}-${i}`,
          namespace,
          ownerReferences: [{ controller: true, kind: "Job", name, uid }],
        },
        spec: { nodeName: node, schedulerName: "default-scheduler", containers: [{ resources }] },
        status: { phase: "Running" },
      });
    }
  }
  const active = store.all(PATHS.pods).filter((p) => String(p.metadata.name).startsWith(`${name}-`)).length;
  if (((job.status ?? {}) as { active?: number }).active !== active)
    store.change(PATHS.jobs, namespace, name, { status: { active } });
}

function freeOn(store: FakeStore, node: string): number {
  const held = store.all(PATHS.pods).filter((p) => (p.spec as { nodeName?: string }).nodeName === node);
  const each = (p: Record<string, unknown>) =>
    Number(
      (p.spec as { containers: { resources: { requests: Record<string, string> } }[] }).containers[0]!.resources
        .requests["nvidia.com/gpu"] ?? 0,
    );
  return 4 - held.reduce((sum, p) => sum + each(p), 0);
}

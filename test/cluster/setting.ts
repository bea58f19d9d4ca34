// Two real control planes with fake GPU nodes, the shipped RBAC, a permit, and the command line as a user runs it.

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseAllDocuments } from "yaml";
import { engineSha256 } from "../../src/engine/load.js";
import { type Action, parseLiveConfig } from "../../src/live/config.js";
import { formatPermit, type PermitBody, signPermit } from "../../src/live/permit.js";
import { Kubelets } from "./kubelets.js";
import { Plane } from "./plane.js";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));
export const USER = "windtunnel";

/** Objects of a YAML file that we ship. */
export function shipped(file: string): Record<string, never>[] {
  return parseAllDocuments(readFileSync(join(ROOT, "deploy", file), "utf8")).map((d) => d.toJS());
}

const PATHS: Record<string, (namespace: string) => string> = {
  Namespace: () => "/api/v1/namespaces",
  ClusterRole: () => "/apis/rbac.authorization.k8s.io/v1/clusterroles",
  ClusterRoleBinding: () => "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
  Role: (n) => `/apis/rbac.authorization.k8s.io/v1/namespaces/${n}/roles`,
  RoleBinding: (n) => `/apis/rbac.authorization.k8s.io/v1/namespaces/${n}/rolebindings`,
  ConfigMap: (n) => `/api/v1/namespaces/${n}/configmaps`,
  ServiceAccount: (n) => `/api/v1/namespaces/${n}/serviceaccounts`,
  Service: (n) => `/api/v1/namespaces/${n}/services`,
  PodDisruptionBudget: (n) => `/apis/policy/v1/namespaces/${n}/poddisruptionbudgets`,
  Deployment: (n) => `/apis/apps/v1/namespaces/${n}/deployments`,
  NetworkPolicy: (n) => `/apis/networking.k8s.io/v1/namespaces/${n}/networkpolicies`,
};

// biome-ignore lint/suspicious/noExplicitAny: YAML as it is
export function pathOf(object: any): string {
  const path = PATHS[object.kind];
  if (!path) throw new Error(`no path for ${object.kind}`);
  return path(object.metadata.namespace ?? "");
}

/** Applies shipped files; their ServiceAccount's rights go to our user too, whose token the tests have. */
export async function deploy(plane: Plane, ...files: string[]): Promise<void> {
  for (const file of files) {
    // biome-ignore lint/suspicious/noExplicitAny: YAML as it is
    for (const object of shipped(file) as any[]) {
      if (object.subjects) object.subjects.push({ kind: "User", apiGroup: "rbac.authorization.k8s.io", name: USER });
      await plane.create(pathOf(object), object);
    }
  }
}

export interface Setting {
  folder: string;
  planes: Plane[];
  kubelets: Kubelets[];
  close(): Promise<void>;
}

export async function startSetting(
  binaries: string,
  names: readonly string[],
  nodes: number,
  gpus = 8,
  flags: readonly string[] = [],
): Promise<Setting> {
  const planes = await Promise.all(names.map((name) => Plane.start({ name, binaries, apiServerFlags: flags }, [USER])));
  const kubelets = planes.map((plane) => new Kubelets(plane, { nodes, gpus }));
  await Promise.all(kubelets.map((k) => k.start()));
  for (const plane of planes) {
    await plane.namespace("team");
    await deploy(
      plane,
      "base/namespace.yaml",
      "base/observer.yaml",
      "base/self.yaml",
      "base/control.yaml",
      "actor/role.yaml",
    );
  }
  const folder = mkdtempSync(join(tmpdir(), "wt-live-"));
  return {
    folder,
    planes,
    kubelets,
    close: async () => {
      await Promise.all(kubelets.map((k) => k.stop()));
      await Promise.all(planes.map((p) => p.stop()));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const KEYS = generateKeyPairSync("ed25519");

const ACTIONS: readonly Action[] = ["scale", "suspend", "evict", "bind"];

export interface ConfigChoice {
  mode?: string;
  actions?: readonly Action[];
  rest?: string;
  policy?: string;
  user?: string;
  state?: string;
  clusters?: readonly Plane[];
}

/** Writes a configuration with a valid permit for it; its path. */
export function writeConfig(
  setting: Setting,
  name: string,
  {
    mode = "auto",
    actions = ACTIONS,
    rest = "",
    policy = "{ queue: fifo, place: fewest-nodes }",
    user = USER,
    state,
    clusters = setting.planes,
  }: ConfigChoice = {},
): string {
  const lines = clusters.map((p) => `  - { name: ${p.name}, kubeconfig: ${p.kubeconfig(user)}, context: ${p.name} }`);
  const text = `windtunnelLive: 1
policy: ${policy}
clusters:
${lines.join("\n")}
grants: [{ namespace: team, actions: [${actions.join(", ")}], mode: ${mode} }]
validateSeconds: 0.5
intervalSeconds: 1
coolDown: { upSeconds: 0, downSeconds: 0, afterFailureSeconds: 5 }
budgets: [{ perCycle: { changes: 20 }, perHour: { changes: 100 } }]
rollout: { watchSeconds: 1 }
permit: ${name}.permit.json
permitPublicKey: key.pub
stateFolder: ${state ?? `state-${name}`}
${rest}`;
  const path = join(setting.folder, `${name}.yaml`);
  writeFileSync(path, text);
  mkdirSync(setting.folder, { recursive: true });
  writeFileSync(join(setting.folder, "key.pub"), KEYS.publicKey.export({ type: "spki", format: "pem" }));
  const body: PermitBody = {
    serial: `T-${name}`,
    issuedAt: new Date().toISOString(),
    expiresAt: new Date(Date.now() + 3_600_000).toISOString(),
    policy: parseLiveConfig(text, path).policy,
    policySha256: null,
    controllers: ["hpa", "fixed", "knative", "schedule"],
    actions: [...actions],
    engineSha256: engineSha256(),
    version: "0.1.0",
    scenarios: [],
    gates: [],
    envelope: {
      load: { least: 0, most: 100 },
      gpus: { least: 0, most: 1e6 },
      mix: [],
      mixDistanceMost: 1,
      usdPerGpuHour: null,
    },
  };
  writeFileSync(join(setting.folder, `${name}.permit.json`), formatPermit(signPermit(body, KEYS.privateKey)));
  return path;
}

const MAIN = join(ROOT, "bin/windtunnel.js");

export function cli(...args: string[]) {
  const done = spawnSync(process.execPath, [MAIN, ...args], { encoding: "utf8", maxBuffer: 1 << 26, timeout: 100_000 });
  return { status: done.status, out: done.stdout, err: done.stderr };
}

/** Like `cli`, but others go on meanwhile: fake kubelets live in this process. */
export function run(...args: string[]): Promise<{ status: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let [out, err] = ["", ""];
  child.stdout.on("data", (c) => (out += String(c)));
  child.stderr.on("data", (c) => (err += String(c)));
  return new Promise((resolve) => child.once("close", (status) => resolve({ status, out, err })));
}

export interface Watcher {
  child: ChildProcess;
  log(): string;
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

export function watch(config: string, ...args: string[]): Watcher {
  const child = spawn(
    process.execPath,
    [MAIN, "live", "watch", "--config", config, "--port", "0", "--probe-port", "0", ...args],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  let log = "";
  child.stderr.on("data", (c) => (log += String(c)));
  const ended = new Promise<number | null>((resolve) => child.once("close", (status) => resolve(status)));
  return {
    child,
    log: () => log,
    stop: (signal = "SIGTERM") => {
      child.kill(signal);
      return ended;
    },
  };
}

export async function until<T>(what: string, look: () => Promise<T | undefined | false>, seconds = 30): Promise<T> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const found = await look().catch(() => undefined);
    if (found) return found;
    if (Date.now() > end) throw new Error(`it did not come to pass within ${seconds} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

export function container(gpus: number) {
  return { name: "main", image: "none", resources: gpus > 0 ? { limits: { "nvidia.com/gpu": String(gpus) } } : {} };
}

export function job(name: string, pods: number, gpus: number, more: Record<string, unknown> = {}) {
  return {
    metadata: { name, ...(more.metadata as object) },
    spec: {
      suspend: true,
      parallelism: pods,
      completions: pods,
      template: { metadata: { annotations: {} }, spec: { restartPolicy: "Never", containers: [container(gpus)] } },
    },
  };
}

export function deployment(
  name: string,
  replicas: number,
  annotations = {},
  labels: Record<string, string> = { app: name },
) {
  return {
    metadata: { name, annotations },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [container(1)] } },
    },
  };
}

/** Files of deploy/ that are applied as they are. */
export const SHIPPED = [
  "base/namespace.yaml",
  "base/serviceaccount.yaml",
  "base/observer.yaml",
  "base/self.yaml",
  "base/control.yaml",
  "base/deployment.yaml",
  "base/networkpolicy.yaml",
  "actor/role.yaml",
];

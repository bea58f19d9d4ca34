// A real Kubernetes control plane as plain processes on the loopback interface: etcd, API server, controller manager, scheduler.
// No containers, no root, nothing left behind: state lies in a folder that goes with the plane.

import { type ChildProcess, spawn } from "node:child_process";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import https from "node:https";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface PlaneOptions {
  name: string;
  /** Folder with the binaries (test/cluster/build.mjs). */
  binaries: string;
  apiServerFlags?: readonly string[];
}

export interface Answer {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: what a server sends is looked at freely in tests
  body: any;
  bytes: number;
}

type ProcessName = "etcd" | "kube-apiserver" | "kube-controller-manager" | "kube-scheduler";

const PATCH = {
  merge: "application/merge-patch+json",
  json: "application/json-patch+json",
  apply: "application/apply-patch+yaml",
  strategic: "application/strategic-merge-patch+json",
};

async function freePort(): Promise<number> {
  // below the range from which the kernel takes the local ends of outgoing connections
  for (;;) {
    const port = 20_000 + (randomBytes(2).readUInt16BE() % 12_000);
    const free = await new Promise<boolean>((resolve) => {
      const server = createServer().once("error", () => resolve(false));
      server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
    });
    if (free) return port;
  }
}

/** A user of the plane: a static token. */
export interface PlaneUser {
  token: string;
  name: string;
  groups: readonly string[];
}

export class Plane {
  readonly name: string;
  readonly folder: string;
  readonly admin: PlaneUser = { token: randomBytes(16).toString("hex"), name: "admin", groups: ["system:masters"] };
  readonly users = new Map<string, PlaneUser>();
  readonly #options: PlaneOptions;
  readonly #processes = new Map<ProcessName, ChildProcess>();
  readonly #agent = new https.Agent({ keepAlive: true, maxSockets: 32, rejectUnauthorized: true });
  #port = 0;
  #ca = "";

  private constructor(options: PlaneOptions) {
    this.name = options.name;
    this.#options = options;
    this.folder = mkdtempSync(join(tmpdir(), `wt-${options.name}-`));
  }

  get server(): string {
    return `https://127.0.0.1:${this.#port}`;
  }
  get ca(): string {
    return this.#ca;
  }

  static async start(options: PlaneOptions, users: readonly string[] = []): Promise<Plane> {
    const plane = new Plane(options);
    for (const name of users) plane.users.set(name, { token: randomBytes(16).toString("hex"), name, groups: [] });
    try {
      await plane.#start();
    } catch (error) {
      const logs = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"]
        .map((n) => plane.#tail(n))
        .join("\n");
      await plane.stop();
      throw new Error(`control plane ${options.name} did not start: ${(error as Error).message}\n${logs}`);
    }
    return plane;
  }

  #tail(process: string): string {
    const file = join(this.folder, `${process}.log`);
    return existsSync(file) ? `--- ${process}\n${readFileSync(file, "utf8").split("\n").slice(-8).join("\n")}` : "";
  }

  #launch(name: ProcessName, flags: readonly string[]): void {
    const log = openSync(join(this.folder, `${name}.log`), "a");
    const child = spawn(join(this.#options.binaries, name), flags, { stdio: ["ignore", log, log], cwd: this.folder });
    closeSync(log);
    child.on("error", () => undefined);
    this.#processes.set(name, child);
  }

  async #start(): Promise<void> {
    const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    writeFileSync(join(this.folder, "sa.pub"), publicKey.export({ type: "spki", format: "pem" }));
    writeFileSync(join(this.folder, "sa.key"), privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o600 });
    const system: PlaneUser[] = ["kube-controller-manager", "kube-scheduler"].map((n) => ({
      token: randomBytes(16).toString("hex"),
      name: `system:${n}`,
      groups: [],
    }));
    for (const user of system) this.users.set(user.name, user);
    const rows = [this.admin, ...this.users.values()].map(
      (u) => `${u.token},${u.name},${u.name},"${u.groups.join(",")}"`,
    );
    writeFileSync(join(this.folder, "tokens.csv"), `${rows.join("\n")}\n`, { mode: 0o600 });
    this.#port = await freePort();
    this.startEtcd();
    this.startApiServer();
    await this.#until("the API server", async () => {
      if (this.#ca === "" && existsSync(join(this.folder, "apiserver.crt")))
        this.#ca = readFileSync(join(this.folder, "apiserver.crt"), "utf8");
      return this.#ca !== "" && (await this.get("/readyz")).status === 200;
    });
    this.startControllers();
    // pods are refused until the controller manager has made the default service account
    await this.#until(
      "the default service account",
      async () => (await this.get("/api/v1/namespaces/default/serviceaccounts/default")).status === 200,
    );
  }

  startEtcd(): void {
    const socket = `unix://${this.folder}/etcd.sock`;
    const flags = ["--name", "e", "--data-dir", join(this.folder, "etcd"), "--unsafe-no-fsync", "--log-level", "warn"];
    flags.push(
      "--listen-client-urls",
      socket,
      "--advertise-client-urls",
      "http://127.0.0.1:1",
      "--listen-peer-urls",
      `${socket}.peer`,
    );
    flags.push("--initial-advertise-peer-urls", "http://127.0.0.1:1", "--initial-cluster", "e=http://127.0.0.1:1"); // required; never dialled
    this.#launch("etcd", flags);
  }

  startApiServer(): void {
    const { folder } = this;
    this.#launch("kube-apiserver", [
      `--etcd-servers=unix://${folder}/etcd.sock`,
      "--storage-media-type=application/vnd.kubernetes.protobuf",
      "--bind-address=127.0.0.1",
      "--advertise-address=127.0.0.1",
      `--secure-port=${this.#port}`,
      "--endpoint-reconciler-type=none",
      "--service-cluster-ip-range=10.96.0.0/16",
      // it signs a certificate for itself, which the kubeconfigs then trust
      `--cert-dir=${folder}`,
      "--authorization-mode=RBAC",
      `--token-auth-file=${folder}/tokens.csv`,
      "--service-account-issuer=https://kubernetes.default.svc",
      `--service-account-key-file=${folder}/sa.pub`,
      `--service-account-signing-key-file=${folder}/sa.key`,
      "--profiling=false",
      ...(this.#options.apiServerFlags ?? []),
    ]);
  }

  startControllers(): void {
    const { folder } = this;
    const controllers = this.kubeconfig("system:kube-controller-manager");
    // limits are raised: the defaults (20 and 50 a second) cap how fast pods are made and bound
    this.#launch("kube-controller-manager", [
      `--kubeconfig=${controllers}`,
      "--use-service-account-credentials=true",
      "--secure-port=0",
      "--leader-elect=false",
      "--profiling=false",
      `--service-account-private-key-file=${folder}/sa.key`,
      "--kube-api-qps=500",
      "--kube-api-burst=1000",
    ]);
    const config = join(folder, "scheduler.json");
    const kubeconfig = this.kubeconfig("system:kube-scheduler");
    writeFileSync(
      config,
      JSON.stringify({
        apiVersion: "kubescheduler.config.k8s.io/v1",
        kind: "KubeSchedulerConfiguration",
        leaderElection: { leaderElect: false },
        enableProfiling: false,
        clientConnection: { kubeconfig, qps: 1000, burst: 2000 },
      }),
    );
    this.#launch("kube-scheduler", [`--config=${config}`, "--secure-port=0"]);
  }

  /** Writes a kubeconfig of a user; its path. */
  kubeconfig(userName: string, file = join(this.folder, `${userName.replaceAll(":", "-")}.kubeconfig`)): string {
    const user = userName === "admin" ? this.admin : this.users.get(userName)!;
    const cluster = { server: this.server, "certificate-authority-data": Buffer.from(this.#ca).toString("base64") };
    const config = {
      apiVersion: "v1",
      kind: "Config",
      // ours must name its context: there is none to fall back to
      "current-context": userName.startsWith("system:") ? this.name : "nowhere",
      clusters: [{ name: this.name, cluster }],
      users: [{ name: userName, user: { token: user.token } }],
      contexts: [{ name: this.name, context: { cluster: this.name, user: userName } }],
    };
    writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
    return file;
  }

  call(
    method: string,
    path: string,
    body?: unknown,
    options: { patch?: keyof typeof PATCH; as?: string; token?: string } = {},
  ): Promise<Answer> {
    const user = options.as === undefined ? this.admin : this.users.get(options.as)!;
    const data = body === undefined ? undefined : JSON.stringify(body);
    const headers: Record<string, string | number> = {
      accept: "application/json",
      authorization: `Bearer ${options.token ?? user.token}`,
    };
    if (data !== undefined) {
      headers["content-type"] = options.patch ? PATCH[options.patch] : "application/json";
      headers["content-length"] = Buffer.byteLength(data);
    }
    return new Promise((resolve, reject) => {
      const request = https.request(
        new URL(path, this.server),
        { method, headers, agent: this.#agent, ca: this.#ca, timeout: 20_000 },
        (response) => {
          const chunks: Buffer[] = [];
          response.on("data", (c: Buffer) => chunks.push(c));
          response.on("error", reject);
          response.on("end", () => {
            const text = Buffer.concat(chunks).toString("utf8");
            let json: unknown = text;
            try {
              json = JSON.parse(text);
            } catch {
              // a probe answers in plain text
            }
            resolve({ status: response.statusCode ?? 0, body: json, bytes: text.length });
          });
        },
      );
      request.on("timeout", () => request.destroy(new Error("timed out")));
      request.on("error", reject);
      request.end(data);
    });
  }

  get(path: string): Promise<Answer> {
    return this.call("GET", path);
  }

  /** Makes an object, and its namespace if need be. */
  async create(path: string, object: object): Promise<Answer> {
    const answer = await this.call("POST", path, object);
    if (answer.status !== 201 && answer.status !== 409)
      throw new Error(`POST ${path}: ${answer.status} ${JSON.stringify(answer.body).slice(0, 400)}`);
    return answer;
  }

  async namespace(name: string): Promise<void> {
    await this.create("/api/v1/namespaces", { metadata: { name } });
    await this.#until(
      "its service account",
      async () => (await this.get(`/api/v1/namespaces/${name}/serviceaccounts/default`)).status === 200,
    );
  }

  /** Ends one of its processes at once. */
  async kill(name: ProcessName): Promise<void> {
    const child = this.#processes.get(name);
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await gone;
  }

  async ready(): Promise<void> {
    await this.#until("the API server", async () => (await this.get("/readyz")).status === 200);
  }

  /** Resident memory of all its processes, MiB. */
  residentMib(): number {
    let kib = 0;
    for (const child of this.#processes.values()) {
      const file = `/proc/${child.pid}/status`;
      if (child.pid !== undefined && existsSync(file) && statSync(file))
        kib += Number(/VmRSS:\s+(\d+)/.exec(readFileSync(file, "utf8"))?.[1] ?? 0);
    }
    return Math.round(kib / 1024);
  }

  async #until(what: string, done: () => Promise<boolean>): Promise<void> {
    const end = Date.now() + 60_000;
    for (;;) {
      if (await done().catch(() => false)) return;
      for (const [name, child] of this.#processes) if (child.exitCode !== null) throw new Error(`${name} has exited`);
      if (Date.now() > end) throw new Error(`timed out waiting for ${what}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  async stop(): Promise<void> {
    await Promise.all(
      (["kube-scheduler", "kube-controller-manager", "kube-apiserver", "etcd"] as const).map((n) => this.kill(n)),
    );
    this.#agent.destroy();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

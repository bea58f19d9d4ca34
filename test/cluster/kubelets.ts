// Kubelets of nodes that are not there: they register nodes with GPUs, keep their heartbeats, and play the life of the pods that
// are bound to them. Nothing is executed. A pod is Running and Ready soon after it is bound; one of a Job succeeds after the
// annotation fake/run-ms, or keeps running without it; one that is deleted is gone soon after.

import https from "node:https";
import type { Plane } from "./plane.js";

export interface KubeletOptions {
  nodes: number;
  gpus: number;
  prefix?: string;
  product?: string;
  startMillis?: number;
}

// biome-ignore lint/suspicious/noExplicitAny: raw objects
type Raw = any;

const now = () => new Date().toISOString().replace(/\.\d+Z/, "Z");
const RESOURCES = { cpu: "96", memory: "1024Gi", "ephemeral-storage": "1000Gi", pods: "250" };

export class Kubelets {
  readonly names: string[];
  readonly #plane: Plane;
  readonly #options: Required<KubeletOptions>;
  readonly #busy = new Map<string, { what: string; timer: NodeJS.Timeout }>();
  readonly #stop = new AbortController();
  #heartbeats: NodeJS.Timeout | undefined;
  #watching: Promise<void> = Promise.resolve();
  #addresses = 0;

  constructor(plane: Plane, options: KubeletOptions) {
    this.#plane = plane;
    this.#options = { prefix: "gpu", product: "NVIDIA-H100-80GB-HBM3", startMillis: 50, ...options };
    this.names = Array.from(
      { length: options.nodes },
      (_, i) => `${this.#options.prefix}-${String(i).padStart(4, "0")}`,
    );
  }

  async start(): Promise<void> {
    for (let i = 0; i < this.names.length; i += 50) {
      await Promise.all(this.names.slice(i, i + 50).map((name) => this.#register(name)));
    }
    const beat = async () => {
      for (let i = 0; i < this.names.length; i += 50) {
        await Promise.all(this.names.slice(i, i + 50).map((name) => this.#heartbeat(name).catch(() => undefined)));
      }
    };
    await beat();
    this.#heartbeats = setInterval(() => void beat(), 10_000);
    this.#watching = this.#follow();
    await this.#untilReady();
  }

  async stop(): Promise<void> {
    clearInterval(this.#heartbeats);
    this.#stop.abort();
    for (const { timer } of this.#busy.values()) clearTimeout(timer);
    await this.#watching;
  }

  #status(): Raw {
    const { gpus } = this.#options;
    const resources = { ...RESOURCES, "nvidia.com/gpu": String(gpus) };
    const condition = (type: string, status: string, reason: string) => ({
      type,
      status,
      reason,
      message: "",
      lastHeartbeatTime: now(),
      lastTransitionTime: now(),
    });
    return {
      capacity: resources,
      allocatable: resources,
      conditions: [
        condition("Ready", "True", "KubeletReady"),
        condition("MemoryPressure", "False", "KubeletHasSufficientMemory"),
        condition("DiskPressure", "False", "KubeletHasNoDiskPressure"),
        condition("PIDPressure", "False", "KubeletHasSufficientPID"),
      ],
      nodeInfo: {
        architecture: "amd64",
        operatingSystem: "linux",
        kubeletVersion: "v1.35.4",
        kernelVersion: "",
        osImage: "fake",
        containerRuntimeVersion: "fake://0",
        bootID: "",
        machineID: "",
        systemUUID: "",
        kubeProxyVersion: "",
      },
    };
  }

  async #register(name: string): Promise<void> {
    const { product, gpus } = this.#options;
    const labels = {
      "kubernetes.io/hostname": name,
      "kubernetes.io/os": "linux",
      "nvidia.com/gpu.product": product,
      "nvidia.com/gpu.count": String(gpus),
    };
    await this.#plane.create("/api/v1/nodes", { metadata: { name, labels }, status: this.#status() });
  }

  async #heartbeat(name: string): Promise<void> {
    const at = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases";
    const spec = {
      holderIdentity: name,
      leaseDurationSeconds: 40,
      renewTime: new Date().toISOString().replace("Z", "000Z"),
    };
    const answer = await this.#plane.call("PATCH", `${at}/${name}`, { spec }, { patch: "merge" });
    if (answer.status === 404) await this.#plane.create(at, { metadata: { name }, spec });
  }

  /** Admission puts a not-ready taint on new nodes, which the controller manager takes away. */
  async #untilReady(): Promise<void> {
    for (let i = 0; i < 600; i++) {
      const { body } = await this.#plane.get("/api/v1/nodes");
      const mine = body.items.filter((n: Raw) => this.names.includes(n.metadata.name));
      if (mine.length === this.names.length && mine.every((n: Raw) => !n.spec.taints?.length)) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error("the fake nodes did not become ready");
  }

  async #follow(): Promise<void> {
    const mine = new Set(this.names);
    while (!this.#stop.signal.aborted) {
      try {
        const { body } = await this.#plane.get("/api/v1/pods?resourceVersion=0");
        for (const pod of body.items) this.#seen("MODIFIED", pod, mine);
        await this.#watch(body.metadata.resourceVersion, mine);
      } catch {
        // the server may be down for a while: that is what some tests are about
      }
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  #watch(version: string, mine: ReadonlySet<string>): Promise<void> {
    const path = `/api/v1/pods?watch=1&allowWatchBookmarks=true&timeoutSeconds=300&resourceVersion=${version}`;
    const headers = { authorization: `Bearer ${this.#plane.admin.token}` };
    return new Promise((resolve) => {
      const done = () => {
        this.#stop.signal.removeEventListener("abort", end);
        resolve();
      };
      const request = https.request(new URL(path, this.#plane.server), { headers, ca: this.#plane.ca }, (response) => {
        let rest = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => {
          const lines = (rest + chunk).split("\n");
          rest = lines.pop()!;
          for (const line of lines) {
            if (line === "") continue;
            const event = JSON.parse(line);
            if (event.type === "ERROR") request.destroy();
            else if (event.type !== "BOOKMARK") this.#seen(event.type, event.object, mine);
          }
        });
        response.on("end", done);
        response.on("error", done);
      });
      const end = () => void request.destroy();
      this.#stop.signal.addEventListener("abort", end, { once: true });
      request.on("error", done);
      request.on("close", done);
      request.end();
    });
  }

  #seen(type: string, pod: Raw, mine: ReadonlySet<string>): void {
    if (!mine.has(pod.spec?.nodeName)) return;
    const { uid } = pod.metadata;
    if (type === "DELETED") {
      clearTimeout(this.#busy.get(uid)?.timer);
      this.#busy.delete(uid);
      return;
    }
    const path = `/api/v1/namespaces/${pod.metadata.namespace}/pods/${pod.metadata.name}`;
    if (pod.metadata.deletionTimestamp) {
      this.#step(uid, "stop", 50, () =>
        this.#plane.call("DELETE", path, { gracePeriodSeconds: 0, preconditions: { uid } }),
      );
    } else if (pod.status.phase === "Pending") {
      this.#step(uid, "start", this.#options.startMillis, () => this.#report(path, pod, "Running", true));
    } else if (pod.status.phase === "Running") {
      const millis = pod.metadata.annotations?.["fake/run-ms"];
      if (pod.spec.restartPolicy !== "Always" && millis !== undefined) {
        this.#step(uid, "run", Number(millis), () => this.#report(path, pod, "Succeeded", false));
      }
    }
  }

  #step(uid: string, what: string, millis: number, act: () => Promise<unknown>): void {
    if (this.#busy.get(uid)?.what === what) return;
    clearTimeout(this.#busy.get(uid)?.timer);
    this.#busy.set(uid, { what, timer: setTimeout(() => void act().catch(() => undefined), millis) });
  }

  #report(path: string, pod: Raw, phase: string, ready: boolean): Promise<unknown> {
    const state = ready
      ? { running: { startedAt: now() } }
      : { terminated: { exitCode: 0, reason: "Completed", finishedAt: now() } };
    const condition = (type: string, status: boolean) => ({
      type,
      status: status ? "True" : "False",
      lastTransitionTime: now(),
    });
    const address = `10.${100 + (++this.#addresses >> 16)}.${(this.#addresses >> 8) & 255}.${this.#addresses & 255}`;
    const body = {
      metadata: { uid: pod.metadata.uid },
      status: {
        phase,
        conditions: [
          condition("Initialized", true),
          condition("Ready", ready),
          condition("ContainersReady", ready),
          condition("PodScheduled", true),
        ],
        containerStatuses: pod.spec.containers.map((c: Raw) => ({
          name: c.name,
          image: c.image,
          imageID: "",
          restartCount: 0,
          ready,
          started: ready,
          state,
        })),
        podIP: pod.status.podIP ?? address,
        podIPs: [{ ip: pod.status.podIP ?? address }],
        startTime: pod.status.startTime ?? now(),
      },
    };
    return this.#plane.call("PATCH", `${path}/status`, body, { patch: "merge" });
  }
}

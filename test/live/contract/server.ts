// What the contract's tests have in common: the server that they run against, paths, and objects to try with.

// biome-ignore lint/suspicious/noExplicitAny: what a server sends is looked at freely in tests
export type Raw = any;

export interface ContractAnswer {
  status: number;
  body: Raw;
}

export interface CallOptions {
  patch?: "merge" | "json" | "apply" | "strategic";
  query?: Readonly<Record<string, string>>;
  as?: "nobody" | "stranger";
}

export interface ContractServer {
  /** Seconds after which a watch is asked to end: long enough for a bookmark. */
  watchSeconds: number;
  call(method: string, path: string, body?: unknown, options?: CallOptions): Promise<ContractAnswer>;
  /** Events until the stream ends; `during` runs once it is open. */
  watch(path: string, query: Readonly<Record<string, string>>, during?: () => Promise<void>): Promise<Raw[]>;
  /** Everything up to now is forgotten. */
  compact(): Promise<void>;
  /** Waits until a disruption budget allows so many; where nobody counts, says so. */
  allow(name: string, allowed: number): Promise<void>;
  close(): Promise<void>;
}

export const NS = "contract";
export const CORE = `/api/v1/namespaces/${NS}`;
export const MAPS = `${CORE}/configmaps`;
export const PODS = `${CORE}/pods`;
export const DEPLOYMENTS = `/apis/apps/v1/namespaces/${NS}/deployments`;
export const JOBS = `/apis/batch/v1/namespaces/${NS}/jobs`;
export const BUDGETS = `/apis/policy/v1/namespaces/${NS}/poddisruptionbudgets`;
export const LEASES = `/apis/coordination.k8s.io/v1/namespaces/${NS}/leases`;
export const WORKLOADS = `/apis/kueue.x-k8s.io/v1beta1/namespaces/${NS}/workloads`;
export const ROUTES = `/apis/gateway.networking.k8s.io/v1/namespaces/${NS}/httproutes`;
export const RUNNERS = `/apis/serving.example.dev/v1/namespaces/${NS}/runners`;

export const map = (name: string, data: Record<string, string> = {}, more = {}) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, ...more },
  data,
});
export const pod = (name: string, labels: Record<string, string> = {}, spec = {}) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, labels },
  spec: { schedulerName: "nobody", containers: [{ name: "main", image: "none" }], ...spec },
});
export const deployment = (name: string, replicas: number) => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name },
  spec: {
    replicas,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { schedulerName: "nobody", containers: [{ name: "main", image: "none" }] },
    },
  },
});
export const DRY = { dryRun: "All" };
export const versionOf = (answer: ContractAnswer): string => answer.body.metadata.resourceVersion;
export const statusOf = async (answer: Promise<ContractAnswer>) => (await answer).status;

/** The server is there once the tests run. */
export type At = { readonly server: ContractServer };

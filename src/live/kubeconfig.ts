// Who we are to a cluster, from a kubeconfig file or from the pod that we run in. @kubernetes/client-node reads the file and
// gets tokens; nothing else of it is used, and it is loaded only here. One KubeConfig a cluster, never changed afterwards:
// the library sends one cluster's token to another when the current context is switched.

import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { dirname, isAbsolute, resolve } from "node:path";
import type { ConnectionOptions } from "node:tls";
import type { KubeConfig } from "@kubernetes/client-node";
import { parse } from "yaml";
import { WindtunnelError } from "../model/errors.js";
import { listAt, own, textAt } from "./json.js";
import { plain } from "./text.js";

export interface Credentials {
  headers: Record<string, string>;
  tls: Pick<ConnectionOptions, "ca" | "cert" | "key" | "servername">;
  /** Changes when the TLS material does. */
  key: string;
}

/** A server and how to speak to it. */
export interface Connection {
  readonly server: string;
  /** Name of the user in the kubeconfig, for messages. */
  readonly user: string;
  credentials(): Promise<Credentials>;
  /** The last credentials were refused: read them again. */
  renew(): void;
}

export interface ClusterSource {
  name: string;
  /** Path of a kubeconfig file; absent: the service account of the pod. */
  kubeconfig?: string | undefined;
  context?: string | undefined;
  /** Programs that the kubeconfig may start for a token, by path or name. */
  execCommands: readonly string[];
}

const CREDENTIALS_MILLIS = 10_000;
/** A refused token is read again (or its program started again) at most so often, however many requests were refused. */
const RENEWAL_MILLIS = 5_000;

async function library(): Promise<typeof import("@kubernetes/client-node")> {
  try {
    return await import("@kubernetes/client-node");
  } catch (error) {
    throw new WindtunnelError(
      "LIVE_UNAVAILABLE",
      "Live commands need the package @kubernetes/client-node, which is not installed or cannot be loaded by this Node.",
      "It is an optional dependency: npm install @kubernetes/client-node@1.4.0. Version 2 does not load on Node 20.",
      { cause: error },
    );
  }
}

function refuse(source: ClusterSource, what: string, hint: string): WindtunnelError {
  return new WindtunnelError("LIVE_CONFIG_INVALID", `cluster "${source.name}": ${what}`, hint);
}

/** Opens a cluster's credentials. `folder` is where relative paths start, `now` a clock in ms. Nothing is asked of the server. */
export async function connect(source: ClusterSource, folder: string, now: () => number): Promise<Connection> {
  const { KubeConfig } = await library();
  const config = new KubeConfig();
  if (source.kubeconfig === undefined) loadFromPod(source, config);
  else loadFromFile(source, config, resolve(folder, source.kubeconfig));
  const cluster = config.getCurrentCluster();
  const user = config.getCurrentUser();
  if (!cluster || !user) {
    throw refuse(source, "its context names a cluster or user that the kubeconfig lacks.", "Correct the kubeconfig.");
  }
  const { protocol, hostname } = parseServer(source, cluster.server);
  if (cluster.skipTLSVerify) {
    throw refuse(
      source,
      "its kubeconfig says insecure-skip-tls-verify.",
      "Give the server's certificate authority: live mode speaks only to servers that it can verify.",
    );
  }
  if (protocol === "http:" && hostname !== "127.0.0.1" && hostname !== "[::1]" && hostname !== "localhost") {
    throw refuse(source, "its server is reached without TLS.", "Use https, except on the loopback interface.");
  }
  if (cluster.proxyUrl)
    throw refuse(source, "its kubeconfig names a proxy.", "Live mode reaches API servers directly.");
  checkExec(source, user.exec);
  // the library makes no agent for plain HTTP otherwise; ours, which is the one that is used, knows nothing of it
  if (protocol === "http:") config.clusters = [{ ...cluster, skipTLSVerify: true }];
  // the library keeps tokens by user's name: two clusters' users must not share one
  const mine = { ...user, name: `${source.name}/${user.name}` };
  const contexts = [{ name: "only", cluster: cluster.name, user: mine.name }];
  // it keeps tokens for as long as it thinks fit: a new one of it knows none
  const fresh = () => {
    const made = new KubeConfig();
    made.loadFromOptions({ clusters: config.clusters, users: [mine], contexts, currentContext: "only" });
    return made;
  };
  return new KubeConnection(fresh, cluster.server, plain(user.name), now);
}

/** The library reads `tokenFile` of a user only for pods. */
function addTokenFile(config: KubeConfig, path: string): void {
  const user = config.getCurrentUser();
  if (!user || user.token) return;
  const raw = listAt(parse(readFileSync(path, "utf8")), "users").find((u) => own(u, "name") === user.name);
  const file = textAt(raw, "user", "tokenFile");
  if (file === undefined) return;
  const authProvider = { name: "tokenFile", config: { tokenFile: resolve(dirname(path), file) } };
  config.users = [{ ...user, authProvider }];
}

function loadFromPod(source: ClusterSource, config: KubeConfig): void {
  if (!existsSync("/var/run/secrets/kubernetes.io/serviceaccount/token")) {
    throw refuse(source, "it has no kubeconfig, and this is not a pod with a service account.", "Give `kubeconfig`.");
  }
  config.loadFromCluster();
}

function loadFromFile(source: ClusterSource, config: KubeConfig, path: string): void {
  if (!existsSync(path)) throw refuse(source, `there is no kubeconfig at ${path}.`, "Correct `kubeconfig`.");
  try {
    config.loadFromFile(path);
  } catch {
    // the parser's own message may quote the file
    throw refuse(source, `${path} is no kubeconfig.`, "Try it with `kubectl --kubeconfig`.");
  }
  const names = config.contexts.map((context) => context.name);
  if (source.context === undefined) {
    throw refuse(
      source,
      `no context is named; ${path} has ${names.map((n) => plain(n, 60)).join(", ") || "none"}.`,
      "Give `context`.",
    );
  }
  if (!names.includes(source.context)) {
    throw refuse(
      source,
      `${path} has no context "${plain(source.context)}"; it has ${names.map((n) => plain(n, 60)).join(", ") || "none"}.`,
      "Correct `context`.",
    );
  }
  config.currentContext = source.context;
  addTokenFile(config, path);
}

function parseServer(source: ClusterSource, server: string): URL {
  try {
    const url = new URL(server);
    if (url.protocol === "https:" || url.protocol === "http:") return url;
  } catch {
    // told below
  }
  throw refuse(source, "its kubeconfig has no server address that is a URL.", "Correct `server` in the kubeconfig.");
}

function checkExec(source: ClusterSource, exec: unknown): void {
  const command = (exec as { command?: unknown } | undefined)?.command;
  if (command === undefined) return;
  if (typeof command === "string" && source.execCommands.includes(command)) {
    if (isAbsolute(command) || !command.includes("/")) return;
  }
  throw refuse(
    source,
    `its kubeconfig starts the program ${plain(String(command), 80)} for a token.`,
    "List it under `execCommands` of the cluster if you trust it.",
  );
}

class KubeConnection implements Connection {
  #latest: { at: number; credentials: Promise<Credentials> } | undefined;
  #config: KubeConfig;
  #renewedAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly fresh: () => KubeConfig,
    readonly server: string,
    readonly user: string,
    private readonly now: () => number,
  ) {
    this.#config = fresh();
  }

  credentials(): Promise<Credentials> {
    const at = this.now();
    if (!this.#latest || at - this.#latest.at > CREDENTIALS_MILLIS || at < this.#latest.at) {
      this.#latest = { at, credentials: this.#read() };
      this.#latest.credentials.catch(() => {
        this.#latest = undefined;
      });
    }
    return this.#latest.credentials;
  }

  renew(): void {
    const at = this.now();
    if (at - this.#renewedAt < RENEWAL_MILLIS && at >= this.#renewedAt) return;
    this.#renewedAt = at;
    this.#latest = undefined;
    this.#config = this.fresh();
  }

  async #read(): Promise<Credentials> {
    const options: Record<string, unknown> & { headers?: Record<string, string>; auth?: string } = {};
    await this.#config.applyToHTTPSOptions(options);
    const { ca, cert, key, servername } = options as Credentials["tls"];
    const headers: Record<string, string> = {};
    // a token in a file may end with its line
    const authorization = (options.headers?.Authorization ?? options.headers?.authorization)?.trim();
    if (authorization) headers.authorization = authorization;
    else if (typeof options.auth === "string") {
      headers.authorization = `Basic ${Buffer.from(options.auth).toString("base64")}`;
    }
    const hash = createHash("sha256");
    for (const part of [ca, cert, key, servername]) hash.update(String(part ?? "")).update("\0");
    const tls = Object.fromEntries(Object.entries({ ca, cert, key, servername }).filter(([, v]) => v !== undefined));
    return { headers, tls, key: hash.digest("hex") };
  }
}

// Puts live mode together: connections, views, leases, the policy's thread, the log. The pieces know each other only through what
// they are given here.

import { createHash, randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join, resolve } from "node:path";
import { engineSha256 } from "../engine/load.js";
import { type Outcome as Answer, unwrap } from "../engine/outcome.js";
import { WorkerPool } from "../engine/pool.js";
import { WindtunnelError } from "../model/errors.js";
import { isPolicyFile, policyName } from "../model/policies.js";
import { openPolicies } from "../plug/book.js";
import { type Audit, openAudit } from "./audit.js";
import { ClusterView } from "./cluster.js";
import { atLeast, type LiveConfig } from "./config.js";
import type { Pause } from "./control.js";
import { Controller, type ControllerParts } from "./controller.js";
import type { Decided } from "./driver.js";
import type { Outcome } from "./executor.js";
import { type Connection, connect } from "./kubeconfig.js";
import { LEASE_DEFAULTS, Leader } from "./lease.js";
import type { Pacing } from "./limiter.js";
import { readLoads } from "./loads.js";
import type { Log } from "./log.js";
import { LIVE_METRICS, type MetricKey, Metrics } from "./metrics.js";
import { openPermit, type Permit, readPublicKey } from "./permit.js";
import { describeObject } from "./plan.js";
import type { Decide } from "./planner.js";
import { LivePrices } from "./prices.js";
import { Publisher } from "./publisher.js";
import type { Onlooker, ReflectorOptions } from "./reflector.js";
import { HttpApi } from "./transport.js";
import type { DecideApi } from "./worker.js";

export interface LiveOptions {
  config: LiveConfig;
  pacing: Pacing;
  log: Log;
  cacheFolder: string;
  version: string;
  /** Told of raw lists and events, for recordings. */
  onlooker?(cluster: string, resource: string): Onlooker;
  reflector?: Partial<ReflectorOptions>;
  localPause?(): Pause;
}

export interface Live {
  config: LiveConfig;
  views: ClusterView[];
  apis: Map<string, HttpApi>;
  connections: Map<string, Connection>;
  leaders: Map<string, Leader>;
  metrics: Metrics;
  controller: Controller;
  permit: { permit: Permit | undefined; fault: string | undefined };
  publisher: Publisher;
  identity: string;
  auditPath: string;
  /** Resolves when every cluster is fresh, or after so many ms; the names of those that are not. */
  waitForViews(millis: number): Promise<string[]>;
  close(): Promise<void>;
}

const WORKER_URL = import.meta.url.endsWith(".ts")
  ? new URL("../../dist/live/worker.js", import.meta.url)
  : new URL("./worker.js", import.meta.url);

/** A decision that takes longer is taken for hung, and its thread is replaced. */
const DECISION_MILLIS_MAX = 30_000;

/** Something that stops everything here: a file in the state folder, whatever it says. */
export function pauseFile(config: LiveConfig): string {
  return join(resolve(config.folder, config.stateFolder), "pause");
}

async function readPermit(config: LiveConfig, file: string | undefined): Promise<Live["permit"]> {
  if (file === undefined) return { permit: undefined, fault: undefined };
  if (config.permitPublicKey === undefined) {
    return { permit: undefined, fault: "the configuration names a permit and no permitPublicKey" };
  }
  try {
    const keyPath = resolve(config.folder, config.permitPublicKey);
    const key = readPublicKey(await readFile(keyPath, "utf8"), keyPath);
    const path = resolve(config.folder, file);
    return { permit: openPermit(await readFile(path, "utf8"), path, key), fault: undefined };
  } catch (error) {
    return { permit: undefined, fault: `the permit cannot be used: ${(error as Error).message.split("\n")[0]}` };
  }
}

async function digestOfPolicies(config: LiveConfig, policy: LiveConfig["policy"]): Promise<string | null> {
  const files = [policy.queue, policy.place].filter(isPolicyFile);
  if (files.length === 0) return null;
  const hash = createHash("sha256");
  for (const file of files) hash.update(await readFile(resolve(config.folder, file)));
  return hash.digest("hex");
}

/** Where alerts are posted; of an address that cannot be used nothing is said but where it stands. */
async function webhookOf({ alerts, folder }: LiveConfig): Promise<URL | undefined> {
  if (alerts.webhook !== undefined) return new URL(alerts.webhook);
  if (alerts.webhookFile === undefined) return undefined;
  const path = resolve(folder, alerts.webhookFile);
  const text = await readFile(path, "utf8").catch(() => "");
  if (URL.canParse(text.trim()) && /^https?:/.test(text)) return new URL(text.trim());
  throw new WindtunnelError(
    "LIVE_CONFIG_INVALID",
    `alerts.webhookFile: ${path} holds no address.`,
    "Write an address that begins with https:// into it, and nothing else.",
  );
}

async function treatmentOf(config: LiveConfig): Promise<ControllerParts["treatment"]> {
  const { experiment } = config;
  if (!experiment) return undefined;
  return {
    permit: await readPermit(config, experiment.permit),
    policySha256: await digestOfPolicies(config, experiment.policy),
  };
}

function startCounters(metrics: Metrics, clusters: readonly string[]): void {
  for (const [key, spec] of Object.entries(LIVE_METRICS) as [MetricKey, (typeof LIVE_METRICS)[MetricKey]][]) {
    if (spec.kind !== "counter") continue;
    if (spec.labels.length === 0) metrics.add(key, [], 0);
    else if (spec.labels.join() === "cluster") for (const cluster of clusters) metrics.add(key, [cluster], 0);
  }
}

/** One cluster's connection, view and lease. */
async function openCluster(
  cluster: LiveConfig["clusters"][number],
  { config, pacing, log, reflector, onlooker }: LiveOptions,
  metrics: Metrics,
  identity: string,
): Promise<{ connection: Connection; api: HttpApi; leader: Leader; view: ClusterView; close(): void }> {
  const { name, readsPerSecond, writesPerSecond } = cluster;
  const connection = await connect(cluster, config.folder, pacing.now);
  const open = () =>
    new HttpApi(connection, pacing, { readsPerSecond, writesPerSecond }, (request, status, millis) => {
      metrics.add("requests", [name, request.method, String(status)]);
      metrics.observe("requestSeconds", [name, request.method], millis / 1000);
    });
  const api = open();
  // renewals have a connection and limits of their own
  const leaseApi = open();
  const { namespace, lease } = config.control;
  const leader = new Leader(leaseApi, { namespace, name: lease, identity, ...LEASE_DEFAULTS }, pacing);
  const view = new ClusterView(
    api,
    {
      name,
      server: connection.server,
      freshMillisMax: config.freshSecondsMax * 1000,
      lostMillis: config.unreachableMinutes * 60_000,
      targets: config.targets.filter((t) => t.cluster === name),
      ...(reflector ? { reflector } : {}),
      onlooker: (resource) => watchOnlooker(metrics, log, name, resource, onlooker?.(name, resource)),
    },
    pacing,
  );
  const close = () => {
    api.close();
    leaseApi.close();
  };
  return { connection, api, leader, view, close };
}

export async function openLive(options: LiveOptions): Promise<Live> {
  const { config, pacing, log } = options;
  const metrics = new Metrics();
  startCounters(
    metrics,
    config.clusters.map((c) => c.name),
  );
  metrics.set("buildInfo", [options.version, engineSha256().slice(0, 12)], 1);
  const identity = `${hostname()}-${process.pid}-${randomUUID().slice(0, 8)}`;
  const clusters = await Promise.all(config.clusters.map((c) => openCluster(c, options, metrics, identity)));
  const views = clusters.map((c) => c.view);
  const byName = <T>(pick: (c: (typeof clusters)[number]) => T) => new Map(clusters.map((c) => [c.view.name, pick(c)]));
  const permit = await readPermit(config, config.permit);
  const auditPath = join(resolve(config.folder, config.stateFolder), "audit.jsonl");
  const { audit, close: closeAudit } = openAudit(auditPath, identity, pacing.now);
  const pool = new WorkerPool<DecideApi>({ url: WORKER_URL, size: 1, taskMillisMax: DECISION_MILLIS_MAX, attempts: 2 });
  const leaders = byName((c) => c.leader);
  const prices = config.prices === undefined ? undefined : new LivePrices(resolve(config.folder, config.prices));
  const publisher = new Publisher({
    config,
    apis: byName((c) => c.api),
    metrics,
    pacing,
    audit,
    log,
    identity,
    webhook: await webhookOf(config),
    prices: () => prices?.book,
  });
  const controller = new Controller({
    config,
    views,
    leaders,
    decide: await decider(pool, options),
    loads: readLoads,
    audit,
    metrics,
    pacing,
    permit,
    policySha256: await digestOfPolicies(config, config.policy),
    treatment: await treatmentOf(config),
    prices,
    engineSha256: engineSha256(),
    localPause: options.localPause ?? (() => filePause(config)),
    onOutcome: (outcome) => {
      sayOutcome(log, outcome);
      publisher.outcome(outcome);
    },
  });
  for (const view of views) view.start();
  audit.write("start", { version: options.version, engine: engineSha256(), permit: permit.permit?.serial ?? null });
  return {
    config,
    views,
    apis: byName((c) => c.api),
    connections: byName((c) => c.connection),
    leaders,
    metrics,
    controller,
    permit,
    publisher,
    identity,
    auditPath,
    waitForViews: (millis) => waitForViews(views, pacing, millis),
    close: () => closeAll({ publisher, audit, views, clusters, pool, closeAudit }),
  };
}

interface Open {
  publisher: Publisher;
  audit: Audit;
  views: readonly ClusterView[];
  clusters: readonly { close(): void }[];
  pool: WorkerPool<DecideApi>;
  closeAudit(): void;
}

async function closeAll({ publisher, audit, views, clusters, pool, closeAudit }: Open): Promise<void> {
  await publisher.close();
  audit.write("stop");
  await Promise.all(views.map((view) => view.stop()));
  for (const { close } of clusters) close();
  await pool.close();
  closeAudit();
}

function sayOutcome(log: Log, { change, kind, guard, reason }: Outcome): void {
  const { cluster, verb } = change;
  log(kind === "done" ? "info" : "warn", "change", {
    cluster,
    object: describeObject(change),
    verb,
    outcome: kind,
    guard,
    reason,
  });
}

function watchOnlooker(
  metrics: Metrics,
  log: Log,
  cluster: string,
  resource: string,
  other: Onlooker | undefined,
): Onlooker {
  metrics.add("drift", [cluster, resource], 0);
  return {
    restart: (reason) => {
      metrics.add("watchRestarts", [cluster, resource, reason]);
      if (reason !== "end") log("warn", "watch", { cluster, resource, reason });
      other?.restart?.(reason);
    },
    drift: (objects) => {
      metrics.add("drift", [cluster, resource], objects);
      log("warn", "drift", { cluster, resource, count: objects });
    },
    listed: (version, raw) => other?.listed?.(version, raw),
    event: (type, raw) => other?.event?.(type, raw),
  };
}

async function decider(pool: WorkerPool<DecideApi>, { config, cacheFolder }: LiveOptions): Promise<Decide> {
  const path = (entry: string) => (isPolicyFile(entry) ? resolve(config.folder, entry) : entry);
  const open = async ({ queue, place }: LiveConfig["policy"]) => {
    const entries = { queue: [path(queue)], place: [path(place)] };
    const book = await openPolicies(entries, cacheFolder);
    return book.linked(policyName(entries.queue[0]!), policyName(entries.place[0]!));
  };
  const linked = {
    control: await open(config.policy),
    treatment: config.experiment ? await open(config.experiment.policy) : undefined,
  };
  return (frame, arm) =>
    pool.run("a pass", async (api) => unwrap((await api.decide(frame, linked[arm])) as Answer<Decided>));
}

function filePause(config: LiveConfig): Pause {
  return existsSync(pauseFile(config)) ? "hold" : "no";
}

async function waitForViews(views: readonly ClusterView[], pacing: Pacing, millis: number): Promise<string[]> {
  const until = pacing.now() + millis;
  for (;;) {
    const missing = views.filter((view) => view.snapshot().state !== "fresh");
    if (missing.length === 0 || pacing.now() >= until) return missing.map((view) => view.name);
    await pacing.sleep(100);
  }
}

/** True if anything may be done at all, so that leases are worth holding. */
export function mayAct(config: LiveConfig): boolean {
  return config.grants.some((g) => atLeast(g.mode, "apply"));
}

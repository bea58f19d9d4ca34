// `live watch`: the loop, with its servers, until it is told to stop.

import { randomBytes } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { LiveConfig } from "../../live/config.js";
import { LEASE_DEFAULTS } from "../../live/lease.js";
import { jsonLog, type Log } from "../../live/log.js";
import { realPacing } from "../../live/pacing.js";
import { type Live, mayAct } from "../../live/runtime.js";
import { type Served, serve } from "../../live/serve.js";
import { statusOf } from "../../live/status.js";
import type { CommandContext } from "../context.js";
import { type Options, openClusters, readConfig, withLive } from "./open.js";
import { openRecorder } from "./record.js";

/** The loop is taken for stuck when a pass lasts longer than this many intervals. */
const STUCK_INTERVALS = 20;

export async function watchLive(context: CommandContext, options: Options): Promise<void> {
  const config = await readConfig(options);
  const log = jsonLog(context.say, realPacing.now);
  const recorder = options.record === undefined ? undefined : await openRecorder(String(options.record), config);
  const live = await openClusters(context, { config, log: true, ...(recorder ? { onlooker: recorder.onlooker } : {}) });
  const stop = new AbortController();
  const end = (signal: string) => {
    log("info", "stopping", { reason: signal });
    live.controller.stop();
    stop.abort();
  };
  const onSignal = (signal: NodeJS.Signals) => end(signal);
  process.once("SIGTERM", onSignal);
  process.once("SIGINT", onSignal);
  try {
    await withLive(live, async () => {
      const served = await startServers(config, live, options, log);
      try {
        await loop(live, config, options, stop, log);
      } finally {
        await served.close();
      }
    });
  } finally {
    process.off("SIGTERM", onSignal);
    process.off("SIGINT", onSignal);
    await recorder?.close();
  }
}

let passAt = 0;

async function startServers(config: LiveConfig, live: Live, options: Options, log: Log): Promise<Served> {
  const token = process.env.WINDTUNNEL_LIVE_TOKEN || randomBytes(18).toString("base64url");
  const file = join(resolve(config.folder, config.stateFolder), "page-token");
  if (!process.env.WINDTUNNEL_LIVE_TOKEN) {
    await mkdir(resolve(config.folder, config.stateFolder), { recursive: true });
    await writeFile(file, `${token}\n`, { mode: 0o600 });
  }
  passAt = realPacing.now();
  const served = await serve({
    host: String(options.host ?? "127.0.0.1"),
    port: (options.port as number | undefined) ?? 9464,
    probePort: (options.probePort as number | undefined) ?? 9465,
    token,
    metrics: () => {
      live.metrics.set("memory", [], process.memoryUsage.rss());
      return live.metrics.text();
    },
    status: () => statusOf(live, realPacing.now()),
    alive: () => aliveFault(live, config),
    ready: () => readyFault(live),
  });
  log("info", "serving", {
    reason: `${served.url} (page: add ?token=; its token is in ${process.env.WINDTUNNEL_LIVE_TOKEN ? "WINDTUNNEL_LIVE_TOKEN" : file}), probes at ${served.probeUrl}`,
  });
  return served;
}

/** A cluster that is down is no reason to be restarted; a loop that turns no more is. */
function aliveFault(live: Live, config: LiveConfig): string {
  const silent = (realPacing.now() - passAt) / 1000;
  if (silent > STUCK_INTERVALS * (config.intervalSeconds + config.validateSeconds) + 60)
    return `no pass for ${silent.toFixed(0)} s`;
  for (const [name, leader] of live.leaders) {
    if (leader.leads && leader.ageSeconds * 1000 > LEASE_DEFAULTS.leaseMillis)
      return `the lease of ${name} was not renewed for ${leader.ageSeconds.toFixed(0)} s`;
  }
  return "";
}

/** Ready once half of the clusters are seen. */
function readyFault(live: Live): string {
  const fresh = live.views.filter((view) => view.snapshot().state === "fresh").length;
  return fresh * 2 >= live.views.length ? "" : `${fresh} of ${live.views.length} clusters are seen`;
}

async function loop(live: Live, config: LiveConfig, options: Options, stop: AbortController, log: Log): Promise<void> {
  const leases = mayAct(config)
    ? [...live.leaders].map(([cluster, leader]) =>
        leader.run(stop.signal, (leads) => log("info", leads ? "leads" : "follows", { cluster })),
      )
    : [];
  const cycles = (options.cycles as number | undefined) ?? Number.POSITIVE_INFINITY;
  await live.waitForViews(20_000);
  for (let n = 0; n < cycles && !stop.signal.aborted; n++) {
    const begun = realPacing.now();
    const { plan, thought } = await live.controller.cycle();
    passAt = realPacing.now();
    log("info", "pass", { plan: plan.id, count: plan.changes.length, seconds: (passAt - begun) / 1000 });
    live.metrics.set("permit", [], live.permit.permit && live.permit.fault === undefined ? 1 : 0);
    if (live.permit.permit) live.metrics.set("permitExpiry", [], Date.parse(live.permit.permit.expiresAt) / 1000);
    for (const [cluster, api] of live.apis) live.metrics.set("throttled", [cluster], api.throttledMillis / 1000);
    for (const [cluster, leader] of live.leaders) live.metrics.set("transitions", [cluster], leader.transitions);
    await live.publisher.pass(
      plan,
      thought,
      live.views.map((view) => view.snapshot()),
    );
    if (n + 1 < cycles) await realPacing.sleep(config.intervalSeconds * 1000, stop.signal);
  }
  stop.abort();
  // nobody is given the lease before what it guarded has ended
  await Promise.all(leases);
  await Promise.all([...live.leaders.values()].map((leader) => leader.release()));
}

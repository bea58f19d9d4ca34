// What a live configuration says: which clusters, by name; which policy; who may be acted upon, and how much of it. Whatever is
// not granted is only observed. Unknown keys are errors, with file and line.

import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { z } from "zod";
import { WindtunnelError } from "../model/errors.js";
import { QUEUE_POLICIES } from "../model/policies.js";
import { Alert } from "../plan/alerts.js";
import { parseYaml } from "../replay/index.js";
import {
  type Action,
  type budgetSchema,
  liveConfigSchema,
  MODES,
  type Mode,
  type routeSchema,
  type targetSchema,
  type windowSchema,
} from "./config-schema.js";

import { LIVE_METRICS } from "./metrics.js";

export { ACTIONS, type Action, liveConfigSchema, MODES, type Mode } from "./config-schema.js";

export type LiveConfigFile = z.output<typeof liveConfigSchema>;
export type ClusterConfig = LiveConfigFile["clusters"][number];
export type Budget = z.output<typeof budgetSchema>;
export type Window = z.output<typeof windowSchema>;
export type RouteTarget = z.output<typeof routeSchema>;
export type ScaleTarget = z.output<typeof targetSchema>;

export interface LiveConfig extends LiveConfigFile {
  /** Where relative paths start. */
  folder: string;
}

const KIND = {
  code: "LIVE_CONFIG_INVALID",
  noun: "live configuration",
  versionKey: "windtunnelLive",
  reference: "docs/live-config.md",
} as const;

type Refuse = (what: string, hint: string) => WindtunnelError;

function checkPolicy(policy: LiveConfigFile["policy"], key: string, refuse: Refuse): void {
  const queue = QUEUE_POLICIES.find((p) => p.name === policy.queue);
  if (queue?.information !== "oracle" && queue?.information !== "history") return;
  throw refuse(
    `${key}.queue: ${queue.name} wants what no cluster can tell it: ${queue.information === "oracle" ? "true run times" : "run times of finished jobs, which are not kept between passes"}.`,
    `Use ${queue.name.replace(/-(oracle|history)$/, "")}, which goes by the annotation windtunnel.dev/estimate-seconds.`,
  );
}

function checkExperiment({ experiment, clusters }: LiveConfigFile, refuse: Refuse): void {
  if (!experiment) return;
  checkPolicy(experiment.policy, "experiment.policy", refuse);
  if (!clusters.some((c) => c.name === experiment.cluster)) {
    throw refuse(
      `experiment: there is no cluster "${experiment.cluster}".`,
      `Clusters are: ${clusters.map((c) => c.name).join(", ")}.`,
    );
  }
}

function checkAlerts({ alerts }: LiveConfigFile, refuse: Refuse): void {
  const names = alerts.rules.map((r) => r.name);
  const twice = names.find((n, i) => names.indexOf(n) !== i);
  if (twice) throw refuse(`two alert rules are called "${twice}".`, "Give each a name of its own.");
  if (alerts.webhook !== undefined && alerts.webhookFile !== undefined)
    throw refuse("alerts: webhook and webhookFile are both given.", "Give one of them.");
  for (const rule of alerts.rules) {
    const metric = Object.values(LIVE_METRICS).find((m) => m.name === rule.metric);
    if (!metric || metric.kind === "histogram") {
      throw refuse(
        `alert ${rule.name}: there is no gauge or counter ${rule.metric}.`,
        "docs/live-metrics.md lists them.",
      );
    }
    const unknown = Object.keys(rule.labels).find((label) => !(metric.labels as readonly string[]).includes(label));
    if (unknown !== undefined) {
      throw refuse(
        `alert ${rule.name}: ${rule.metric} has no label ${unknown}.`,
        metric.labels.length === 0 ? "It has none." : `It has ${metric.labels.join(", ")}.`,
      );
    }
    try {
      new Alert(rule);
    } catch (error) {
      throw refuse(`alert ${(error as Error).message}`, "See docs/models/alerts.md.");
    }
  }
}

export function parseLiveConfig(text: string, file: string): LiveConfig {
  const config = parseYaml(text, file, liveConfigSchema, KIND);
  const refuse = (what: string, hint: string) => new WindtunnelError("LIVE_CONFIG_INVALID", `${file}: ${what}`, hint);
  const names = config.clusters.map((cluster) => cluster.name);
  const twice = names.find((n, i) => names.indexOf(n) !== i);
  if (twice) throw refuse(`two clusters are called "${twice}".`, "Give each a name of its own.");
  const named = [...config.grants, ...config.budgets, ...config.windows, ...config.targets, ...config.routes].map(
    (g) => g.cluster,
  );
  const unknown = named.find((n) => n !== "*" && !names.includes(n));
  if (unknown) throw refuse(`there is no cluster "${unknown}".`, `Clusters are: ${names.join(", ")}.`);
  checkPolicy(config.policy, "policy", refuse);
  checkExperiment(config, refuse);
  checkAlerts(config, refuse);
  for (const target of config.targets) {
    if (target.replicas.min > target.replicas.max) {
      throw refuse(`target ${target.name}: replicas.min is above replicas.max.`, "Correct the bounds.");
    }
    const builtIn = target.kind === "Deployment" || target.kind === "StatefulSet";
    if (!builtIn && target.resource === undefined) {
      throw refuse(`target ${target.name}: ${target.kind} needs \`resource\`.`, "Give group/version/plural.");
    }
    if (target.controller === "schedule" && target.schedule.length === 0) {
      throw refuse(`target ${target.name}: controller schedule needs \`schedule\`.`, "Give replicas by hour.");
    }
  }
  return { ...config, folder: dirname(resolve(file)) };
}

export async function readLiveConfig(path: string): Promise<LiveConfig> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch {
    throw new WindtunnelError(
      "LIVE_CONFIG_INVALID",
      `There is no live configuration at ${path}.`,
      "Give its path with --config; docs/live.md begins with one.",
    );
  }
  return parseLiveConfig(text, path);
}

/** The mode of an action on an object: of the grants that fit, one that names cluster and namespace wins over *; then the later. */
export function modeOf(config: Pick<LiveConfig, "grants">, cluster: string, namespace: string, action: Action): Mode {
  let found: Mode = "observe";
  let best = -1;
  for (const grant of config.grants) {
    if (!grant.actions.includes(action)) continue;
    if (grant.cluster !== "*" && grant.cluster !== cluster) continue;
    if (grant.namespace !== "*" && grant.namespace !== namespace) continue;
    const weight = (grant.namespace === "*" ? 0 : 2) + (grant.cluster === "*" ? 0 : 1);
    if (weight >= best) {
      best = weight;
      found = grant.mode;
    }
  }
  return found;
}

/** True if an action is named for this place at all, so that its objects are the policy's to decide on. */
export function isManaged(
  config: Pick<LiveConfig, "grants">,
  cluster: string,
  namespace: string,
  action: Action,
): boolean {
  if (config.grants.length === 0) return true;
  return config.grants.some(
    (g) =>
      g.actions.includes(action) &&
      (g.cluster === "*" || g.cluster === cluster) &&
      (g.namespace === "*" || g.namespace === namespace),
  );
}

export function atLeast(mode: Mode, least: Mode): boolean {
  return MODES.indexOf(mode) >= MODES.indexOf(least);
}

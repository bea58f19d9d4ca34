// What a live configuration says: which clusters, by name; which policy; who may be acted upon, and how much of it. Whatever is
// not granted is only observed. Unknown keys are errors, with file and line.

import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { z } from "zod";
import { WindtunnelError } from "../model/errors.js";
import { PLACE_RULES, QUEUE_POLICIES } from "../model/policies.js";
import { forecastSchema, LIVE_AUTOSCALERS } from "../model/service-study.js";
import { parseYaml } from "../replay/index.js";

export const MODES = ["observe", "advise", "shadow", "apply", "auto"] as const;
export type Mode = (typeof MODES)[number];
export const ACTIONS = ["scale", "suspend", "evict", "bind", "nominate", "route"] as const;
export type Action = (typeof ACTIONS)[number];

const positive = z.number().positive();
const name = z.string().regex(/^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$/, "a name of lower-case letters, digits, - and .");
const nameOrAll = z.union([z.literal("*"), name]);
const policyFile = z.string().regex(/^.+\.as\.ts$/, { abort: true });
const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"] as const;

const limits = {
  changes: z.number().int().nonnegative().optional().describe("Changes of objects at most; 0 = frozen."),
  replicas: z.number().int().nonnegative().optional().describe("Replicas added and taken away at most, together."),
  gpus: z.number().int().nonnegative().optional().describe("GPUs that changes move at most."),
  share: z
    .number()
    .min(0)
    .max(1)
    .optional()
    .describe("Of the GPUs of the clusters it is for, the share moved at most."),
};

const clusterSchema = z.strictObject({
  name: name.describe("What it is called here, in plans, metrics and the page."),
  kubeconfig: z
    .string()
    .min(1)
    .optional()
    .describe("Path of a kubeconfig, relative to this file; absent: the service account of the pod that this runs in."),
  context: z.string().min(1).optional().describe("Its context; the current one is never used."),
  execCommands: z.array(z.string().min(1)).default([]).describe("Programs that the kubeconfig may start for a token."),
  readsPerSecond: positive.default(20).describe("Requests a second that read, at most."),
  writesPerSecond: positive.default(5).describe("Requests a second that write, at most."),
  cloud: name.optional().describe("Cloud whose prices its pools have; default: its name."),
});

const grantSchema = z.strictObject({
  cluster: nameOrAll.default("*").describe("Name of a cluster, or * for all."),
  namespace: nameOrAll.default("*").describe("Namespace, or * for all; one that is named wins over *."),
  actions: z
    .array(z.enum(ACTIONS))
    .min(1)
    .default([...ACTIONS])
    .describe("What is granted."),
  mode: z
    .enum(MODES)
    .describe(
      "observe: look. advise: publish what it would do. shadow: also keep account of what then happened. apply: a person may apply a plan. auto: within budgets, by itself.",
    ),
});

const budgetSchema = z.strictObject({
  cluster: nameOrAll.default("*").describe("What it is for."),
  namespace: nameOrAll.default("*").describe("What it is for."),
  action: z
    .union([z.literal("*"), z.enum(ACTIONS)])
    .default("*")
    .describe("What it is for."),
  perCycle: z.strictObject(limits).default({}).describe("In one pass of the loop."),
  perHour: z.strictObject(limits).default({}).describe("In the last 60 minutes."),
  perOwner: z.number().int().nonnegative().optional().describe("Changes of one object in the last 60 minutes."),
  inFlight: z.number().int().nonnegative().optional().describe("Changes whose effect is not seen yet, at most."),
});

const windowSchema = z.strictObject({
  cluster: nameOrAll.default("*").describe("What it is for."),
  namespace: nameOrAll.default("*").describe("What it is for."),
  days: z
    .array(z.enum(DAYS))
    .min(1)
    .default([...DAYS])
    .describe("Days on which it opens, UTC."),
  from: z
    .string()
    .regex(/^([01]\d|2[0-3]):[0-5]\d$/, "a time such as 22:00")
    .describe("Opens, UTC."),
  to: z
    .string()
    .regex(/^([01]\d|2[0-3]):[0-5]\d$/, "a time such as 06:00")
    .describe("Closes, UTC; may be the next day."),
});

const targetSchema = z.strictObject({
  cluster: name.describe("Cluster."),
  namespace: name.describe("Namespace."),
  kind: z.string().min(1).default("Deployment").describe("Deployment, StatefulSet, or the kind of a custom resource."),
  resource: z
    .string()
    .regex(/^[a-z0-9.-]+\/v[a-z0-9]+\/[a-z0-9]+$/, "group/version/plural, such as serving.example.dev/v1/runners")
    .optional()
    .describe("Of a custom resource with a scale subresource: group/version/plural."),
  name: name.describe("Name of the object."),
  controller: z
    .enum(LIVE_AUTOSCALERS)
    .describe("Rule that says how many replicas; see docs/models/service-scaling.md."),
  replicas: z
    .strictObject({ min: z.number().int().nonnegative(), max: z.number().int().positive().max(4096) })
    .describe("Bounds that no rule passes."),
  targetRequests: positive.default(16).describe("hpa, knative, keda, predictive: requests a replica."),
  forecast: forecastSchema,
  coldStartSeconds: z
    .number()
    .nonnegative()
    .default(120)
    .describe("predictive: from an order to a replica that takes requests."),
  targetMemory: z.number().positive().max(1).default(0.5).describe("memory: share of memory in use."),
  schedule: z.array(z.number().int().nonnegative()).max(24).default([]).describe("schedule: replicas by hour, UTC."),
  load: z
    .union([
      z.literal("annotation"),
      z.strictObject({
        url: z.url({ protocol: /^https?$/ }).describe("Metrics in Prometheus' text form."),
        metric: z
          .string()
          .regex(/^[a-zA-Z_:][\w:]*$/)
          .describe("Metric whose samples are added up."),
        labels: z.record(z.string(), z.string()).default({}).describe("Labels that a sample must have."),
      }),
    ])
    .default("annotation")
    .describe("Where requests in the service now are read: the annotation windtunnel.dev/outstanding, or an address."),
  successMetric: z.string().optional().describe("Metric of the same address: share of good answers, for roll-outs."),
});

const routeSchema = z.strictObject({
  cluster: name.describe("Cluster."),
  namespace: name.describe("Namespace."),
  name: name.describe("Name of the HTTPRoute; its first rule is meant."),
  weights: z
    .record(z.string(), z.number().nonnegative())
    .refine((weights) => Object.values(weights).some((w) => w > 0), "at least one weight above 0")
    .describe("What each backend should get in the end, in proportion."),
});

export const liveConfigSchema = z.strictObject({
  windtunnelLive: z.literal(1).describe("Version of the format."),
  policy: z
    .strictObject({
      queue: z
        .union([z.enum(QUEUE_POLICIES.map((p) => p.name) as [string, ...string[]]), policyFile])
        .default("fifo")
        .describe("Who goes next; a policy that knows the future is refused."),
      place: z
        .union([z.enum(Object.keys(PLACE_RULES) as [string, ...string[]]), policyFile])
        .default("fewest-nodes")
        .describe("Where."),
      lasThresholdsGpuSeconds: z
        .array(positive)
        .min(1)
        .max(7)
        .default([3250, 7200, 18000])
        .describe("As in a scenario."),
      reservationDepth: z.number().int().positive().default(128).describe("As in a scenario."),
    })
    .prefault({})
    .describe("The policy. Its permit must name the same."),
  clusters: z.array(clusterSchema).min(1).describe("Clusters, each by name."),
  grants: z.array(grantSchema).default([]).describe("Modes by cluster, namespace and action; none: all is observed."),
  targets: z.array(targetSchema).default([]).describe("What is scaled, and by which rule."),
  routes: z.array(routeSchema).default([]).describe("Weights of traffic, reached by steps."),
  budgets: z
    .array(budgetSchema)
    .default([
      budgetSchema.parse({
        perCycle: { changes: 10, share: 0.1 },
        perHour: { changes: 60, share: 0.25 },
        perOwner: 6,
        inFlight: 10,
      }),
    ])
    .describe("How much may change; of all that apply, the strictest counts. Default: 10 changes and 10 % a pass."),
  windows: z.array(windowSchema).default([]).describe("When changes may be made; none: always."),
  coolDown: z
    .strictObject({
      upSeconds: z.number().nonnegative().default(60).describe("Between changes of one object that add."),
      downSeconds: z.number().nonnegative().default(300).describe("Between changes of one object that take away."),
      afterFailureSeconds: z.number().nonnegative().default(900).describe("After one that failed."),
    })
    .prefault({})
    .describe("Rest between two changes of one object."),
  control: z
    .strictObject({
      namespace: name.default("windtunnel").describe("Namespace of our own objects in every cluster."),
      configMap: name.default("windtunnel-control").describe("ConfigMap with the switches: pause, drain, revoked."),
      lease: name.default("windtunnel-leader").describe("Lease of whoever may act."),
    })
    .prefault({})
    .describe("Our own objects in a cluster."),
  permit: z.string().min(1).optional().describe("Path of the permit, relative to this file; apply and auto need one."),
  permitPublicKey: z.string().min(1).optional().describe("Path of the public key (PEM) that permits are checked with."),
  intervalSeconds: positive.default(15).describe("Time between two passes."),
  validateSeconds: z.number().nonnegative().default(15).describe("Wait before a plan is decided again and acted upon."),
  freshSecondsMax: positive.default(120).describe("A view that is older decides nothing."),
  clockSkewSecondsMax: positive
    .default(30)
    .describe("Nothing is written to a cluster whose server's clock is further from ours."),
  unreachableMinutes: positive
    .default(15)
    .describe("How long a cluster that is gone is waited for before it counts as lost."),
  planMinutes: positive.default(10).describe("How long a plan may be applied."),
  rollout: z
    .strictObject({
      watchSeconds: z.number().nonnegative().default(60).describe("How long the effect of a change is watched."),
      replicasStep: z.number().int().positive().default(4).describe("Replicas that one step changes at most."),
      weightStep: z.number().int().min(1).max(50).default(10).describe("Points of weight that one step moves at most."),
      rollbacksMax: z.number().int().nonnegative().default(3).describe("After so many roll-backs an object is frozen."),
    })
    .prefault({})
    .describe("How changes are made: a step, a look, and on or back."),
  stateFolder: z
    .string()
    .min(1)
    .default("windtunnel-live")
    .describe("Audit log and recordings, relative to this file."),
});

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
  const queue = QUEUE_POLICIES.find((p) => p.name === config.policy.queue);
  if (queue && (queue.information === "oracle" || queue.information === "history")) {
    throw refuse(
      `policy.queue: ${queue.name} wants what no cluster can tell it: ${queue.information === "oracle" ? "true run times" : "run times of finished jobs, which are not kept between passes"}.`,
      `Use ${queue.name.replace(/-(oracle|history)$/, "")}, which goes by the annotation windtunnel.dev/estimate-seconds.`,
    );
  }
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

// The keys of a live configuration, with what they mean and what they are when left out.

import { z } from "zod";
import { MOVING_PLACES, PLACE_RULES, QUEUE_POLICIES } from "../model/policies.js";
import { forecastSchema, LIVE_AUTOSCALERS } from "../model/service-study.js";
import { alertRule } from "../model/serving/alerts.js";

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

const policySchema = z.strictObject({
  queue: z
    .union([z.enum(QUEUE_POLICIES.map((p) => p.name) as [string, ...string[]]), policyFile])
    .default("fifo")
    .describe("Who goes next; a policy that knows the future is refused."),
  place: z
    .union([z.enum([...Object.keys(PLACE_RULES), ...MOVING_PLACES] as [string, ...string[]]), policyFile])
    .default("fewest-nodes")
    .describe(
      "Where; with `-moving` behind its name it also evicts pods that may be moved (annotation windtunnel.dev/movable) to make room.",
    ),
  moving: z
    .strictObject({
      movesMax: z.number().int().min(1).max(64).default(8).describe("Claims moved for one that waits, at most."),
      restMinutes: z.number().nonnegative().default(10).describe("Nobody is moved sooner than this after its start."),
    })
    .optional()
    .describe("What bounds the moves of `-moving` placements; absent: 8 and 10."),
  lasThresholdsGpuSeconds: z.array(positive).min(1).max(7).default([3250, 7200, 18000]).describe("As in a scenario."),
  reservationDepth: z.number().int().positive().default(128).describe("As in a scenario."),
});

const experimentSchema = z.strictObject({
  cluster: name.describe("Cluster in which two policies are compared."),
  policy: policySchema.describe("The new policy, for `namespaces`; all others stay with the policy above."),
  namespaces: z.array(name).min(1).describe("Namespaces that the new policy decides on. Best drawn by lot."),
  permit: z.string().min(1).optional().describe("Path of the new policy's permit; apply and auto need one."),
  metric: z
    .enum(["wait", "late"])
    .default("wait")
    .describe("wait: seconds from creation to start. late: share of claims that wait longer than waitSecondsMax."),
  waitSecondsMax: positive.default(3600).describe("A wait that is longer counts as this long; late: the limit."),
  harmMost: z
    .number()
    .nonnegative()
    .default(0)
    .describe("Difference of the metric that is put up with: seconds, or a share of claims."),
  falseAlarms: z
    .number()
    .gt(0)
    .lt(0.5)
    .default(0.05)
    .describe("Probability of a wrong verdict, ever, where there is no difference."),
  claimsMost: z
    .number()
    .int()
    .positive()
    .default(10_000)
    .describe("Claims of each side after which it ends undecided."),
});

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

export const budgetSchema = z.strictObject({
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

export const windowSchema = z.strictObject({
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

export const targetSchema = z.strictObject({
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

export const routeSchema = z.strictObject({
  cluster: name.describe("Cluster."),
  namespace: name.describe("Namespace."),
  name: name.describe("Name of the HTTPRoute; its first rule is meant."),
  weights: z
    .record(z.string(), z.number().nonnegative())
    .refine((weights) => Object.values(weights).some((w) => w > 0), "at least one weight above 0")
    .describe("What each backend should get in the end, in proportion."),
});

const eventsOf = z
  .enum(["no", "changes", "all"])
  .default("no")
  .describe(
    "Events on objects. changes: of what was done to one. all: also of what was refused or failed, and in mode advise of what would be done; needs `create` and `patch` on events.",
  );

const alertSchema = z.strictObject({
  ...alertRule,
  name: alertRule.name.regex(/^[\w .:-]{1,80}$/, "letters, digits, blanks and .:-_, at most 80"),
  metric: z
    .string()
    .regex(/^windtunnel_\w+$/, "a metric of live mode")
    .describe("A gauge or counter of [live mode](live-metrics.md); cells with the labels are added up."),
  labels: z.record(z.string(), z.string()).default({}).describe("Labels that must be so."),
  increaseOverSeconds: positive
    .optional()
    .describe("By how much it has grown over so long, in place of its value; for counters."),
});

const alertsSchema = z.strictObject({
  rules: z.array(alertSchema).default([]).describe("Rules over metrics of this instance, looked at after each pass."),
  file: z
    .string()
    .regex(/^[\w.-]+$/, "a plain file name")
    .optional()
    .describe("File in stateFolder that gets a line of JSON for each change."),
  webhook: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe("Address that each change is posted to, as JSON."),
  webhookFile: z
    .string()
    .min(1)
    .optional()
    .describe("File that holds the address, relative to this file: for one that holds a secret."),
});

export const liveConfigSchema = z.strictObject({
  windtunnelLive: z.literal(1).describe("Version of the format."),
  policy: policySchema.prefault({}).describe("The policy. Its permit must name the same."),
  clusters: z.array(clusterSchema).min(1).describe("Clusters, each by name."),
  grants: z.array(grantSchema).default([]).describe("Modes by cluster, namespace and action; none: all is observed."),
  targets: z.array(targetSchema).default([]).describe("What is scaled, and by which rule."),
  routes: z.array(routeSchema).default([]).describe("Weights of traffic, reached by steps."),
  experiment: experimentSchema
    .optional()
    .describe("Two policies side by side, until the bounds of the difference tell. See docs/models/canary.md."),
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
  prices: z
    .string()
    .min(1)
    .optional()
    .describe("List of prices, relative to this file: instance type, USD per GPU-hour; read again when it changes."),
  events: eventsOf,
  scores: z
    .boolean()
    .default(false)
    .describe("Write scores of clusters for other schedulers into stateFolder/scores after each pass."),
  alerts: alertsSchema.prefault({}).describe("Alert rules, and who is told. See docs/models/alerts.md."),
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

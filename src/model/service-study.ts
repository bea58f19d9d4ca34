// What services.yaml says: services with their demand, replicas and bounds, and the controllers to compare.

import { z } from "zod";
import { QUEUE_POLICIES } from "./policies.js";
import { serviceAlertSchema } from "./serving/alerts.js";
import { boundsSchema, classSchema, tenantsSchema } from "./serving/classes.js";
import { burstsSchema, replaySchema, sessionsSchema } from "./serving/demand.js";
import { contentsSchema, crashesSchema, gatewaySchema, startSchema } from "./serving/gateway.js";
import { generatorSchema, modalitySchema } from "./serving/generator.js";
import { lengthsSchema } from "./serving/lengths.js";
import { originSchema, placesSchema, replicasSchema } from "./serving/places.js";
import { recordedSchema } from "./serving/recorded.js";
import { disaggregationSchema, prefixCacheSchema, speculationSchema, swapSchema } from "./serving/replica.js";
import { serverSchema } from "./serving/server.js";
import { shareSchema } from "./serving/share.js";
import { stagesSchema } from "./serving/stages.js";
import { adaptersSchema, modelsSchema } from "./serving/weights.js";

const positive = z.number().positive();
const share = z.number().positive().max(1);
const name = z.string().min(1);

export const AUTOSCALERS = [
  "fixed",
  "hpa",
  "memory",
  "ttft",
  "knative",
  "keda",
  "schedule",
  "predictive",
  "oracle",
] as const;
/** Those that need nothing that a cluster cannot tell: not the demand to come, nor percentiles of a service's own latency. */
export const LIVE_AUTOSCALERS = ["fixed", "hpa", "memory", "knative", "keda", "schedule", "predictive"] as const;
export type AutoscalerName = (typeof AUTOSCALERS)[number];

export const forecastSchema = z
  .strictObject({
    method: name.default("seasonal-mean").describe("Forecaster; see docs/models/forecasts.md."),
    seasonHours: z
      .number()
      .int()
      .positive()
      .default(24)
      .describe("Length of a season; nothing is forecast before one has passed."),
    binMinutes: z
      .number()
      .int()
      .min(1)
      .max(60)
      .default(5)
      .describe("Stretches of time that are forecast; a season is a whole number of them."),
    headroom: z.number().nonnegative().default(0.1).describe("Replicas beyond the expected need, as a share of it."),
  })
  .prefault({})
  .describe("predictive: how demand is forecast.");
export type ForecastSpec = z.output<typeof forecastSchema>;

export const serviceSchema = z.strictObject({
  name: name.describe("Name of the service."),
  model: name.describe("Language model; see docs/models/llm-engine.md."),
  gpu: name.describe("GPU of its replicas."),
  tensorParallel: z.number().int().positive().default(1).describe("GPUs a replica."),
  bytesPerNumber: positive.max(4).default(2).describe("Bytes of a weight, a key and a value."),
  memoryShare: share.default(0.9).describe("Share of GPU memory for weights, keys and values."),
  tokenBudget: z.number().int().min(16).max(65536).default(2048).describe("Tokens of an iteration at most."),
  batchMax: z.number().int().positive().max(4096).default(64).describe("Requests of an iteration at most."),
  route: z
    .enum(["round-robin", "random", "least-requests", "least-tokens", "two-choices", "session", "prefix", "resident"])
    .default("least-requests")
    .describe(
      "How requests find their replica; session needs sessions, prefix a prefixCache, resident adapters or models.",
    ),
  coldStartSeconds: z.number().nonnegative().default(120).describe("From an order to a replica that takes requests."),
  start: startSchema.optional().describe("The parts of a cold start, in place of coldStartSeconds."),
  crashes: crashesSchema.optional().describe("Replicas that crash; absent: they never do."),
  gateway: gatewaySchema.optional().describe("What stands before the replicas; absent: a router and nothing else."),
  usdPerGpuHour: z.number().nonnegative().describe("Price of one GPU for one hour, USD."),
  requestsPerSecond: positive.optional().describe("Mean over the run; required without replay or generator."),
  bursts: burstsSchema.optional(),
  replay: replaySchema.optional(),
  generator: generatorSchema.optional(),
  modalities: z
    .array(modalitySchema)
    .default([])
    .describe("What prompts hold besides text; none = only text. See docs/models/service-demand.md."),
  sessions: sessionsSchema.optional(),
  prefixCache: prefixCacheSchema.optional(),
  swap: swapSchema.optional(),
  speculation: speculationSchema.optional(),
  disaggregation: disaggregationSchema.optional(),
  server: serverSchema.optional(),
  stages: stagesSchema.optional(),
  share: shareSchema.optional(),
  adapters: adaptersSchema.optional(),
  models: modelsSchema.optional(),
  times: z
    .enum(["splitwise", "sarathi", "vidur", "roofline"])
    .optional()
    .describe(
      "Where iteration times come from; absent: a published sweep (Splitwise's, Sarathi-Serve's) where there is one, else a roofline.",
    ),
  cv: positive.max(10).default(1).describe("Coefficient of variation of gaps between requests; 1 = Poisson."),
  hourly: z
    .array(z.number().nonnegative())
    .min(1)
    .max(24)
    .default([1])
    .describe("Demand by hour of the day, in proportion."),
  daily: z
    .array(z.number().nonnegative())
    .min(1)
    .default([1])
    .describe("Demand by day of the run, in proportion: weekdays, or a sale day."),
  lengths: lengthsSchema.prefault({}),
  classes: z
    .array(classSchema)
    .default([])
    .describe("Requests that are told apart; none = all are alike. See docs/models/request-classes.md."),
  tenants: tenantsSchema.optional(),
  origins: z
    .array(originSchema)
    .default([])
    .describe("Where requests come from, of a service that stands in places; none = from nowhere in particular."),
  places: placesSchema.optional(),
  contents: contentsSchema.optional().describe("Requests that are asked again and again; absent: each is of its own."),
  bounds: boundsSchema.describe("A request counts as well served if it meets all that are given."),
  replicas: replicasSchema.describe("Replicas, in each of its places."),
  targetRequests: positive.default(16).describe("hpa, knative, keda, predictive: requests a replica."),
  forecast: forecastSchema,
  targetMemory: share.default(0.5).describe("memory: share of keys' and values' memory in use."),
  alerts: z.array(serviceAlertSchema).default([]).describe("Rules that tell, and may drive the controller."),
  targetTtftSeconds: positive.default(1).describe("ttft: 90th percentile of the time to the first token."),
  schedule: z
    .array(z.number().int().positive())
    .max(24)
    .default([])
    .describe("schedule: replicas by hour of the day; empty = in proportion to hourly, from min to max."),
});

export const trainingSchema = z.strictObject({
  gpus: z.number().int().positive().max(100_000).describe("GPUs of the pool that services and training share."),
  dataset: name
    .optional()
    .describe(
      "Recorded jobs; see `windtunnel trace list`; or a trace file of your own, relative to this file. Days are redrawn for further replications.",
    ),
  generator: name.optional().describe("Path of fitted parameters (JSON, from `trace synth`), relative to this file."),
  queue: z
    .enum(QUEUE_POLICIES.map((p) => p.name) as [string, ...string[]])
    .default("las")
    .describe("Queue policy of the jobs."),
  startupSeconds: z.number().nonnegative().default(60).describe("Image and weights of a job: time before work begins."),
  restartSeconds: z.number().nonnegative().default(60).describe("Extra time of every start after the first."),
  checkpointSeconds: z
    .number()
    .nonnegative()
    .default(1800)
    .describe("Work between checkpoints; who is stopped loses what came after the last. 0 = nothing is lost."),
});

const changes = z.record(z.string(), z.unknown()).default({});

const variantSchema = z.strictObject({
  name: name.describe("Name in tables."),
  all: changes.describe(
    "Keys of every service that are different in this variant; sections are merged key by key, null takes a key away.",
  ),
  services: z
    .record(z.string(), z.record(z.string(), z.unknown()))
    .default({})
    .describe("The same for single services, by name."),
});

export const serviceStudySchema = z.strictObject({
  windtunnelServices: z.literal(1).describe("Version of the format."),
  title: name.describe("One line."),
  description: z.string().default("").describe("What is asked."),
  source: z.string().default("").describe("Where numbers come from."),
  hours: z.number().int().positive().max(8784).default(24).describe("Length of the run."),
  services: z.array(serviceSchema).min(1).describe("Services; each has replicas of its own."),
  controllers: z
    .array(z.enum(AUTOSCALERS))
    .min(1)
    .default(["fixed", "hpa"])
    .describe("What decides how many replicas there are: all are compared on the same requests."),
  variants: z
    .array(variantSchema)
    .default([])
    .describe("Other ways to run the same services, compared on the same demand; none = the services as they stand."),
  controlSeconds: positive.default(15).describe("Time between two decisions."),
  coldStartsSeconds: z
    .array(z.number().nonnegative())
    .default([])
    .describe("Cold starts to run at, in place of each service's own; empty = its own."),
  replications: z.number().int().positive().default(5).describe("Runs with other requests of the same kind."),
  attainmentShare: share.default(0.99).describe("Share of requests that must meet their bounds."),
  training: trainingSchema
    .optional()
    .describe("Jobs on the GPUs that services do not hold: services come first. Absent: no training."),
  recorded: z
    .array(recordedSchema)
    .default([])
    .describe(
      "Services that are there by their recorded instances: they hold GPUs of training's pool, as the study's services do.",
    ),
  seed: z.number().int().nonnegative().default(1).describe("Seed of every random stream."),
});

export type TrainingSpec = z.output<typeof trainingSchema>;
export type ServiceSpec = z.output<typeof serviceSchema>;
export type ServiceStudy = z.output<typeof serviceStudySchema>;

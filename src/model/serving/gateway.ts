// What services.yaml says of what stands before a service's replicas, and of how replicas begin and fail.

import { z } from "zod";

const positive = z.number().positive();
const share = z.number().positive().max(1);

export const gatewaySchema = z.strictObject({
  requestsPerReplica: positive
    .optional()
    .describe("Requests that the service holds at once, for each replica that takes any; absent: any number."),
  tokens: z
    .strictObject({
      perReplica: z
        .number()
        .int()
        .positive()
        .describe("Tokens that the service holds at once, for each replica that takes any."),
      perAnswer: z
        .number()
        .int()
        .nonnegative()
        .default(0)
        .describe("What a request counts for besides its prompt: nobody knows how long its answer will be."),
    })
    .optional()
    .describe(
      "A limit by tokens, besides requestsPerReplica: beyond it a request waits or is turned away; one that is larger than all there may be comes in when nobody else is there. Absent: any number.",
    ),
  hold: z
    .strictObject({
      requests: z.number().int().nonnegative().default(1000).describe("That wait at the gateway, at most."),
      seconds: positive.default(60).describe("Each at most; then it is turned away."),
    })
    .optional()
    .describe("Requests beyond what replicas may have wait at the gateway; absent: they are turned away."),
  deadlineSeconds: positive.optional().describe("A request that has no answer by then is given up."),
  timeoutSeconds: positive.optional().describe("An attempt that has no answer by then is given up."),
  retries: z.number().int().nonnegative().max(20).default(0).describe("Further attempts, where one failed."),
  backoffSeconds: z
    .number()
    .nonnegative()
    .default(0.1)
    .describe("A retry comes after a wait drawn up to this, twice as long for each further one."),
  retryBudget: z
    .strictObject({
      share: z.number().nonnegative().max(1).default(0.2).describe("Retries and hedges a request, on average."),
      perSecond: z.number().nonnegative().default(1).describe("And so many a second besides."),
      kept: positive.default(10).describe("Unspent ones that are kept."),
    })
    .optional()
    .describe("Limits retries and hedges; absent: there is no limit, as clients do that were never told."),
  hedgeSeconds: positive
    .optional()
    .describe("A second attempt begins at another replica after this; the first answer counts."),
  cancels: z.boolean().default(true).describe("Replicas are told of attempts that nobody waits for, and drop them."),
  eject: z
    .strictObject({
      failures: z.number().int().positive().default(5).describe("In a row, after which a replica is left out."),
      seconds: positive.default(30).describe("For so long, times how often before."),
      shareMax: share.default(0.5).describe("Of the replicas at most; one always."),
    })
    .optional()
    .describe("Circuit breaking by replica."),
  wayMillis: z.number().nonnegative().default(0).describe("From the gateway to the replicas, and as much back."),
  fallback: z
    .string()
    .min(1)
    .optional()
    .describe("Service that is asked where this one turns a request away or fails: another cloud, a smaller model."),
  cache: z
    .strictObject({
      entries: z
        .number()
        .int()
        .positive()
        .max(10_000_000)
        .describe("Answers that are kept, least recently used out first."),
      ttlSeconds: positive.default(3600).describe("For so long."),
      hitSeconds: z.number().nonnegative().default(0.005).describe("Time to an answer from there."),
    })
    .optional()
    .describe("Results are kept by content (`contents`)."),
});

export const contentsSchema = z.strictObject({
  distinct: z.number().int().positive().max(10_000_000).describe("Different requests that are asked again and again."),
  zipf: z
    .number()
    .nonnegative()
    .max(5)
    .default(0.9)
    .describe("Popularity of the k-th is in proportion to k to the minus this."),
  share: share.default(1).describe("Of the requests; the others are each of their own."),
});

/** Seconds to load a model's weights, at the shares of `LOAD_QUANTILES`. */
export const MEASURED_LOADS: Readonly<Record<string, readonly number[]>> = {
  // Alibaba GenAI 2026 (pictures): base_model_update_latency, 7,531 loads, and lora_update_latency, 27,415
  "genai-base-model": [
    1.33, 2.29, 2.63, 2.92, 3.64, 20.06, 22.72, 26.91, 35.39, 38.3, 41.99, 45.45, 51.86, 57.99, 79.44,
  ],
  "genai-lora": [0.63, 1.13, 2.7, 3.37, 3.74, 4.06, 4.38, 4.72, 5.08, 5.51, 6.14, 6.77, 8.21, 21.45, 38.7],
};
export const LOAD_QUANTILES = [0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 0.999, 1] as const;

export const startSchema = z.strictObject({
  nodeSeconds: z.number().nonnegative().default(0).describe("A node is provided."),
  imageGib: z.number().nonnegative().default(0).describe("Size of the image."),
  pullGibPerSecond: positive
    .default(0.5)
    .describe("Image and weights come over the network the first time at a place."),
  loadGibPerSecond: positive.default(2).describe("Weights go from the node's disk to the GPU."),
  measuredLoad: z
    .enum(Object.keys(MEASURED_LOADS) as [string, ...string[]])
    .optional()
    .describe("Measured times in place of weights ÷ loadGibPerSecond; pulling the weights is in them."),
  warmUpSeconds: z.number().nonnegative().default(0).describe("Until the first request may come."),
  spread: z.number().nonnegative().max(2).default(0).describe("Coefficient of variation of the whole (lognormal)."),
});

export const crashesSchema = z.strictObject({
  meanHours: positive.describe("Between crashes of one replica, exponential."),
  detectSeconds: z
    .number()
    .nonnegative()
    .default(30)
    .describe("Until it is noticed; requests sent there meanwhile fail."),
});

export type GatewaySpec = z.output<typeof gatewaySchema>;
export type ContentsSpec = z.output<typeof contentsSchema>;
export type StartSpec = z.output<typeof startSchema>;
export type CrashesSpec = z.output<typeof crashesSchema>;

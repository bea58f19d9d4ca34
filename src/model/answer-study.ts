// What a study of ensemble services says: members on clouds, policies that ask them, and what happens meanwhile.

import { z } from "zod";
import { alertRule } from "./serving/alerts.js";

const positive = z.number().positive();
const share = z.number().min(0).max(1);
const count = z.number().int().positive();
const name = z.string().min(1);
const list = <T extends z.ZodType>(one: T) => z.union([one, z.array(one).min(1)]);

const memberFields = {
  name: name.describe("Name of the member."),
  cloud: name.optional().describe("Where it runs; default: its name."),
  replicas: count.default(1).describe("Servers."),
  millisBase: positive.describe("A batch takes this long,"),
  millisPerRequest: z.number().nonnegative().default(0).describe("and this much longer for each request in it."),
  batchMax: count.max(4096).default(16).describe("Requests of a batch at most."),
  latencyMillis: z.number().nonnegative().default(0).describe("One way, from the gateway."),
  usdPerGpuHour: z.number().nonnegative().describe("Price of a server."),
  elsewhere: z
    .record(name, z.number().nonnegative())
    .default({})
    .describe("For choosing: prices of a server in other clouds that it could run in."),
  usdPerGb: z.number().nonnegative().default(0).describe("Of answers that leave its cloud."),
  weight: positive.default(1).describe("In the fused answer."),
};

const policySchema = z.strictObject({
  name: name.describe("Name of the policy."),
  fusion: z.enum(["average", "vote", "log-pool"]).default("average").describe("How answers become one."),
  wait: z
    .union([z.literal("all"), count])
    .default("all")
    .describe("For all that are asked, or for so many of a stage."),
  graceMillis: z.number().nonnegative().default(0).describe("How long it waits for more than those."),
  deadlineMillis: list(positive).describe("Then it answers with what it has. Several: a run at each, a curve."),
  stages: z
    .array(z.array(name).min(1))
    .min(1)
    .optional()
    .describe("A cascade: who is asked first, then, and so on. Default: everybody at once."),
  sure: list(share)
    .default(0.9)
    .describe("Greatest fused probability at which a cascade asks no further stage. Several: a curve."),
  adapt: z
    .strictObject({
      rate: positive.describe("Weights fall by exp(-rate x loss)."),
      forget: share.default(0.001).describe("Share of the weight dealt out evenly at each lesson."),
      feedback: share.default(1).describe("Share of requests whose true class is told, at once."),
    })
    .optional()
    .describe("Weights that learn."),
});

const eventSchema = z.strictObject({
  atMinutes: z.number().nonnegative(),
  minutes: positive.describe("How long it lasts."),
  member: name.optional().describe("cut, broken: whom it happens to."),
  what: z
    .enum(["cut", "broken", "surge"])
    .default("cut")
    .describe(
      "cut: no message gets through; broken: it answers with other samples' answers; surge: more of the requests are about certain classes.",
    ),
  classes: z
    .array(count.or(z.literal(0)))
    .default([])
    .describe("surge: indexes of classes."),
  share: share
    .default(0.5)
    .describe("surge: of the requests are about samples of these classes, the others as before."),
  detectSeconds: z.number().nonnegative().default(0).describe("cut: until the router asks it no longer."),
  brokenShare: share.default(1).describe("broken: of the samples."),
});

const watchSchema = z.strictObject({
  classes: z
    .array(count.or(z.literal(0)))
    .min(1)
    .describe("Indexes of the classes that are watched."),
  windowSeconds: positive.default(60).describe("Answers of the last so many seconds are looked at,"),
  everySeconds: positive.default(5).describe("so often."),
  alerts: z
    .array(z.strictObject(alertRule))
    .min(1)
    .describe("Rules on the share of these classes among the answers of the window."),
});
export type WatchSpec = z.output<typeof watchSchema>;

const serveFields = {
  requestsPerSecond: positive,
  cv: positive.max(10).default(1).describe("Coefficient of variation of gaps between requests; 1 = Poisson."),
  minutes: positive.describe("Length of a run."),
  gateway: z
    .strictObject({ cloud: name, usdPerGb: z.number().nonnegative().default(0) })
    .describe("Where requests come in; what leaves it for another cloud is paid for."),
  requestBytes: z.number().nonnegative().default(0),
  answerBytes: z.number().nonnegative().default(0),
  policies: z.array(policySchema).min(1),
  events: z.array(eventSchema).default([]),
  watch: watchSchema.optional().describe("Alerts on what is answered."),
  choose: z
    .strictObject({
      targets: z.array(share).min(1).describe("Accuracies to reach at the least cost."),
      room: z.record(name, z.number().int().nonnegative()).optional().describe("Members that a cloud has room for."),
    })
    .optional()
    .describe("Which members to run."),
};

/** The part of an ensemble study that serves what was trained: members are its clouds, by name. */
export const serveSchema = z.strictObject({
  ...serveFields,
  members: z.array(z.strictObject(memberFields)).min(1).max(16),
});
export type ServeSpec = z.output<typeof serveSchema>;
export type PolicySpec = ServeSpec["policies"][number];

const trainSchema = z.strictObject({
  hidden: z.array(count).default([]).describe("Units of hidden layers."),
  samples: count.describe("It is trained on so many of its own."),
  epochs: count.default(20),
  rate: positive.default(0.005).describe("Of Adam."),
});

const drawSchema = z.strictObject({
  skill: z.number().nonnegative().describe("By how much the true class stands out of noise of standard deviation 1."),
  common: share.default(0.3).describe("Share of the noise's variance that all members have in common."),
});

export const answerStudySchema = z.strictObject({
  windtunnelAnswers: z.literal(1).describe("Version of the format."),
  title: name,
  description: z.string().default(""),
  source: z.string().default(""),
  ...serveFields,
  members: z
    .array(
      z.strictObject({
        ...memberFields,
        predictions: name.optional().describe("What it answers: .npy, .csv or .parquet, samples x classes."),
        draw: drawSchema.optional().describe("Or what it answers is drawn, with errors of its own and common ones."),
        train: trainSchema.optional().describe("Or how it is trained, on digits that the product draws."),
      }),
    )
    .min(1)
    .max(16),
  classes: z
    .array(z.strictObject({ name, share: positive.describe("Of the samples, in proportion.") }))
    .default([])
    .describe("Of members whose answers are drawn."),
  labels: name.optional().describe("Class of every sample, where members are files."),
  testSamples: count.default(2000).describe("Where members are trained or drawn."),
  noise: z.number().nonnegative().default(0.3).describe("Of the digits, standard deviation of every point."),
  replications: count.min(2).default(5),
  seed: z.number().int().nonnegative().max(1e9).default(1),
});
export type AnswerStudy = z.output<typeof answerStudySchema>;

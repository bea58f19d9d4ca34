// Keys of a service in services.yaml that say what a request passes on CPUs before its replica, and an answer after it.

import { z } from "zod";

const stageSchema = z.strictObject({
  name: z.string().min(1).describe("Name in tables: tokenise, decode pictures, retrieve."),
  servers: z.number().int().positive().max(10_000).default(1).describe("Equal servers (cores, threads) with one line."),
  seconds: z.number().nonnegative().max(3600).describe("Time of a request at a server, mean."),
  distribution: z
    .enum(["fixed", "exponential", "lognormal"])
    .default("fixed")
    .describe("How that time varies from request to request."),
  cv: z
    .number()
    .positive()
    .max(10)
    .optional()
    .describe("lognormal: coefficient of variation; required there, and nowhere else."),
  each: z
    .enum(["request", "item"])
    .default("request")
    .describe("item: that time is for each picture and sound of a request (modalities), and who has none passes by."),
  usdPerServerHour: z.number().nonnegative().default(0).describe("Price of one server for one hour, USD."),
});

export const stagesSchema = z
  .strictObject({
    before: z
      .array(stageSchema)
      .max(16)
      .default([])
      .describe("From the client to the gateway or router, in this order."),
    after: z.array(stageSchema).max(16).default([]).describe("From the last token to the client, in this order."),
  })
  .describe(
    "Stages on CPUs around the replicas: tokenising, decoding of pictures, retrieval, post-processing. Their servers are there all the time. See docs/models/stages.md. Absent: none.",
  );
export type StageSpec = z.output<typeof stageSchema>;
export type StagesSpec = z.output<typeof stagesSchema>;

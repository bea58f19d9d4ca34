// Keys of a service in services.yaml that tell its requests apart: classes with bounds and rank of their own, and tenants.

import { z } from "zod";
import { lengthsSchema } from "./lengths.js";

const positive = z.number().positive();
const share = z.number().positive().max(1);
const name = z.string().min(1);

export const boundsSchema = z.strictObject({
  ttftSeconds: positive.optional().describe("Time to the first token."),
  tpotSeconds: positive.optional().describe("Time a further token, mean of a request."),
  e2eSeconds: positive.optional().describe("Time to the last token."),
});

/** Priorities of the engine: 0 goes first. */
export const PRIORITY_LAST = 3;

export const classSchema = z.strictObject({
  name: name.describe("Name of the class."),
  share: share
    .optional()
    .describe("Of the requests that no class with `when` takes; the shares of a service add up to 1."),
  when: z
    .strictObject({
      tenants: z.array(name).min(1).optional().describe("Requests of these tenants."),
      recorded: z
        .array(name)
        .min(1)
        .optional()
        .describe("Requests that the replayed record says are of these classes."),
      promptTokensMin: z.number().int().positive().optional().describe("Requests with prompts at least so long."),
      promptTokensMax: z.number().int().positive().optional().describe("Requests with prompts at most so long."),
    })
    .optional()
    .describe(
      "In place of share: requests for which all of this is so; the first class of the list that fits takes them.",
    ),
  priority: z
    .number()
    .int()
    .min(0)
    .max(PRIORITY_LAST)
    .default(0)
    .describe("In the queue of a replica and at the gateway, 0 goes first, 3 last; nobody is interrupted for it."),
  bounds: boundsSchema.optional().describe("In place of the service's."),
  lengths: lengthsSchema.optional().describe("In place of the service's."),
  admitShare: share
    .default(1)
    .describe(
      "Share of gateway.requestsPerReplica and gateway.tokens that may be taken when one of this class comes in: below 1 it leaves room for others.",
    ),
  deadlineSeconds: positive.optional().describe("In place of gateway.deadlineSeconds."),
  weight: z
    .number()
    .nonnegative()
    .default(1)
    .describe(
      "Where no more may wait at the gateway, whoever waits and weighs less is turned away for one that weighs more.",
    ),
});
export type ClassSpec = z.output<typeof classSchema>;

export const tenantsSchema = z
  .strictObject({
    recorded: z.boolean().default(false).describe("Those of the replayed record."),
    shares: z.record(name, positive).optional().describe("Share of the requests of each, by name; in proportion."),
    count: z.number().int().min(2).max(65_535).optional().describe("So many, named tenant-1 and so on."),
    zipf: z
      .number()
      .nonnegative()
      .max(5)
      .default(1)
      .describe("With count: requests of the k-th are in proportion to k to the minus this."),
  })
  .describe(
    "Who asks: one of recorded, shares and count. A conversation has one tenant. Absent: nobody is told apart.",
  );
export type TenantsSpec = z.output<typeof tenantsSchema>;

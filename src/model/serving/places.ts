// Keys of a service in services.yaml that say where it stands, and where its requests come from.

import { z } from "zod";

const positive = z.number().positive();
const name = z.string().min(1);

export const replicasSchema = z.strictObject({
  min: z
    .number()
    .int()
    .nonnegative()
    .default(1)
    .describe("At least; also the number at the start. 0 needs a gateway that holds requests meanwhile."),
  max: z.number().int().positive().max(4096).describe("At most; what `fixed` has all the time."),
});

export const placeSchema = z.strictObject({
  name: name.describe("Cloud and region, or whatever tells the place from others."),
  usdPerGpuHour: z.number().nonnegative().optional().describe("In place of the service's."),
  replicas: replicasSchema.optional().describe("In place of the service's: replicas there."),
  gpu: name.optional().describe("In place of the service's."),
  tensorParallel: z.number().int().positive().optional().describe("In place of the service's."),
  targetRequests: positive
    .optional()
    .describe("In place of the service's; the rules by cost take a replica to be so full."),
  coldStartSeconds: z.number().nonnegative().optional().describe("In place of the service's."),
  usdPerMillionRequests: z
    .number()
    .nonnegative()
    .default(0)
    .describe("Beyond GPUs: egress, storage and operations, for requests that are answered there."),
  weight: positive.default(1).describe("Rule weighted: requests in proportion."),
});
export type PlaceSpec = z.output<typeof placeSchema>;

export const placesSchema = z
  .strictObject({
    rule: z
      .enum(["nearest", "weighted", "cost", "response-time", "utilisation", "cost-and-time", "cost-in-time"])
      .default("nearest")
      .describe("Which place gets a request: see docs/models/service-places.md."),
    usdPerSecond: positive
      .optional()
      .describe("cost-and-time: what a second of a request is worth, the λ of cost + λ × predicted time."),
    targetSeconds: positive
      .optional()
      .describe("cost-in-time: the cheapest place that is expected to answer within this."),
    hysteresis: z
      .number()
      .min(0)
      .max(0.9)
      .default(0.1)
      .describe("Requests of an origin go elsewhere than before only if that is better by this share."),
    moveUsdPerMillion: z
      .number()
      .nonnegative()
      .default(0)
      .describe("Rules by cost: and cheaper by this, for a million requests, besides."),
    at: z
      .array(placeSchema)
      .min(2)
      .max(64)
      .describe("The places; each has replicas, a gateway and a controller of its own."),
  })
  .describe(
    "Places in which the service stands; what the service says of replicas, prices and so on holds for each of them that does not say otherwise. Needs origins. Absent: it stands in one.",
  );
export type PlacesSpec = z.output<typeof placesSchema>;

export const originSchema = z.strictObject({
  name: name.describe("Where requests come from."),
  share: positive.max(1).describe("Of the requests; the shares of a service add up to 1."),
  hourOffset: z
    .number()
    .int()
    .min(-12)
    .max(14)
    .default(0)
    .describe("Hours by which its clocks are ahead of the run's: its day is that of hourly, so much earlier."),
  oneWayMillis: z
    .record(name, z.number().nonnegative().max(10_000))
    .describe("Network from there to each place, and as much back; part of TTFT and E2E."),
  allowed: z
    .array(name)
    .min(1)
    .optional()
    .describe("Places that may serve its requests (residency); nothing goes anywhere else. Absent: all."),
});
export type OriginSpec = z.output<typeof originSchema>;

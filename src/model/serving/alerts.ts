// What services.yaml says of alerts.

import { z } from "zod";

export const SERVICE_METRICS = {
  outstanding: "requests in the service, those that wait at its gateway too",
  requestsPerReplica: "the same for each replica that is there",
  replicas: "that are there or start",
  memoryShare: "of memory for keys and values in use",
  metShare: "of requests that ended since the last tick, within bounds",
  ttftSecondsP90: "of requests that ended since the last tick",
} as const;
export type ServiceMetric = keyof typeof SERVICE_METRICS;

const METRICS = Object.keys(SERVICE_METRICS) as [ServiceMetric, ...ServiceMetric[]];

/** What a rule says, whatever its metric. */
export const alertRule = {
  name: z.string().min(1).describe("Name of the rule."),
  above: z.number().optional().describe("Fires above this; or else below."),
  below: z.number().optional().describe("Fires below this."),
  forSeconds: z.number().nonnegative().default(60).describe("So long without a break before it fires."),
  clearAt: z.number().optional().describe("Where the metric must have come back to; absent: the threshold."),
  clearSeconds: z.number().nonnegative().default(60).describe("So long without a break before it clears."),
};

export const serviceAlertSchema = z.strictObject({
  ...alertRule,
  metric: z.enum(METRICS).describe(
    Object.entries(SERVICE_METRICS)
      .map(([name, what]) => `\`${name}\`: ${what}`)
      .join("; "),
  ),
  addReplicas: z
    .number()
    .int()
    .positive()
    .optional()
    .describe("While it fires, the controller's number and so many more; absent: it only tells."),
});

export type ServiceAlertSpec = z.output<typeof serviceAlertSchema>;

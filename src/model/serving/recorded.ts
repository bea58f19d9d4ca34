// What services.yaml says of services that are there by their recorded instances alone.

import { z } from "zod";

const name = z.string().min(1);

export const recordedSchema = z.strictObject({
  name: name.describe("Name in notes."),
  dataset: name.describe(
    "Recorded instances, one a job: alibaba-dlrm, or a trace file of your own, relative to this file; see `windtunnel trace list`.",
  ),
  tenants: z
    .array(name)
    .min(1)
    .optional()
    .describe("Only those of these tenants (of alibaba-dlrm: app_0 and so on). Absent: all."),
  fromHours: z
    .number()
    .nonnegative()
    .default(0)
    .describe("Begin of the window, from the record's; it is as long as the run."),
  scale: z.number().positive().max(1).default(1).describe("GPUs in proportion, rounded up."),
});
export type RecordedSpec = z.output<typeof recordedSchema>;

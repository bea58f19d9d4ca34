// Keys of a service in services.yaml whose requests need weights beyond those of its replicas: adapters of a language model, or
// models of a server of batches.

import { z } from "zod";

const positive = z.number().positive();

const loading = {
  gigabytesPerSecond: positive.default(25).describe("From the host's memory to the GPU: about 25 on PCIe 4 x16."),
  loadBound: z
    .number()
    .min(1)
    .default(1.25)
    .describe("route resident: requests that a preferred replica may have, as a multiple of the mean over replicas."),
};

export const adaptersSchema = z
  .strictObject({
    count: z.number().int().positive().max(100_000).describe("Different adapters that requests ask for."),
    zipf: z
      .number()
      .nonnegative()
      .max(5)
      .default(1)
      .describe("Popularity of the k-th is in proportion to k to the minus this."),
    share: positive.max(1).default(1).describe("Requests that need one; the others take the model as it is."),
    slots: z
      .number()
      .int()
      .positive()
      .max(1024)
      .default(8)
      .describe("Adapters that a replica has in its memory at once."),
    gib: positive.default(0.1).describe("Size of one; all slots are taken from the memory for keys and values."),
    iterationMillis: z
      .number()
      .nonnegative()
      .default(2)
      .describe("An iteration takes so much longer where some request of the batch needs one."),
    adapterMicros: z
      .number()
      .nonnegative()
      .default(0)
      .describe("And so much longer for each different adapter of the batch."),
    ...loading,
  })
  .describe(
    "Requests for adapters (LoRA) of the model, loaded when they are needed, least recently used out first. A conversation stays with one. See docs/models/adapters.md. Absent: one model for all.",
  );
export type AdaptersSpec = z.output<typeof adaptersSchema>;

export const modelsSchema = z
  .strictObject({
    list: z
      .array(
        z.strictObject({
          name: z.string().min(1).describe("Name of the model."),
          gib: positive.describe("Size of its weights."),
          weight: positive.default(1).describe("Its share of the requests, in proportion."),
        }),
      )
      .min(2)
      .max(10_000)
      .describe("Models that requests ask for."),
    memoryGib: positive.describe("Memory of a replica for models."),
    ...loading,
  })
  .describe(
    "Several models on one replica of a server of batches (server): each batch is of one model, which is loaded when it is needed, least recently used out first. See docs/models/adapters.md. Absent: one model.",
  );
export type ModelsSpec = z.output<typeof modelsSchema>;

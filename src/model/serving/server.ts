// Keys of a service in services.yaml whose replicas are no engine of a language model.

import { z } from "zod";

const millis = z.number().positive().max(1e6);

export const serverSchema = z
  .strictObject({
    batchMillis: z
      .array(z.tuple([z.number().int().positive().max(4096), millis]))
      .min(1)
      .describe(
        "Requests in a batch and what it takes, ms; rising in both, straight lines between. [[1, 20]] = always 20 ms, one by one.",
      ),
    queueDelayMillis: z
      .number()
      .nonnegative()
      .max(60_000)
      .default(0)
      .describe("How long a request may wait for others to fill its batch."),
    microsPerToken: z
      .number()
      .nonnegative()
      .default(0)
      .describe("Beyond batchMillis, for each token of the prompts in a batch; lengths says how many there are."),
    weightsGib: z.number().nonnegative().default(1).describe("What a replica loads when it starts (start)."),
  })
  .describe(
    "Whole batches in place of iterations: vision, embeddings, ranking. The largest batch is that of the last entry; model and gpu are names, batchMax and tokenBudget mean nothing. See docs/models/batch-server.md. Absent: a language model.",
  );
export type ServerSpec = z.output<typeof serverSchema>;

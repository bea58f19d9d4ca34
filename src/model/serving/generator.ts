// Keys of a service in services.yaml whose requests are drawn as a published description of clients says, and of what prompts
// hold besides text.

import { z } from "zod";

const positive = z.number().positive();

export const generatorSchema = z
  .strictObject({
    servegen: z
      .enum(["m-large", "m-mid", "m-small", "deepseek-r1", "mm-image"])
      .describe("Pool of ServeGen: two weeks of m-large, m-mid and m-small, a day of deepseek-r1 and mm-image."),
    fromHours: z
      .number()
      .nonnegative()
      .default(0)
      .describe("Begin of the window, from the pool's: 168 is the second week. A multiple of ten minutes."),
    scale: positive
      .default(1)
      .describe("Each client asks so many times as often, with the same shape of gaps and the same lengths."),
  })
  .describe(
    "Requests drawn client by client, each with its published rate, burstiness and lengths, in place of requestsPerSecond and lengths. The window is as long as the run.",
  );
export type GeneratorSpec = z.output<typeof generatorSchema>;

export const modalitySchema = z.strictObject({
  name: z.string().min(1).describe("What it is: image, audio."),
  share: positive.max(1).describe("Of the requests; each modality is drawn by itself."),
  itemsMean: z
    .number()
    .min(1)
    .max(1000)
    .default(1)
    .describe("Pictures or sounds of a request that has any, geometric."),
  tokensMedian: positive.describe("Tokens of one, median of a lognormal; they are added to the prompt."),
  tokensP90: positive.describe("Tokens of one, 90th percentile."),
});
export type ModalitySpec = z.output<typeof modalitySchema>;

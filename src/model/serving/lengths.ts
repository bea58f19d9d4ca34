// What services.yaml says of the lengths of prompts and answers.

import { z } from "zod";

const positive = z.number().positive();

export const lengthsSchema = z
  .strictObject({
    dataset: z
      .string()
      .min(1)
      .optional()
      .describe("Requests whose lengths are drawn, in pairs; see `windtunnel trace list`."),
    promptTokensMedian: positive.default(300).describe("Prompt, median of a lognormal; without a data set."),
    promptTokensP90: positive.default(900).describe("Prompt, 90th percentile."),
    outputTokensMedian: positive.default(120).describe("Answer, median."),
    outputTokensP90: positive.default(360).describe("Answer, 90th percentile."),
  })
  .describe("Tokens of prompts and answers.");
export type LengthsSpec = z.output<typeof lengthsSchema>;

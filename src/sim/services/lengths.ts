// Draws the lengths of prompts and answers.

import type { Draws } from "../../engine/draws.js";
import type { RequestTable } from "../../model/demand.js";
import type { ServiceSpec } from "../../model/service-study.js";
import { drawTokens } from "../../replay/requests/arrivals.js";

/** In pairs from a record, or from two lognormals; whoever gives no tokens has answers of one. */
export function lengthsOf(
  spec: Pick<ServiceSpec, "lengths" | "server">,
  own: Pick<RequestTable, "count" | "promptTokens" | "outputTokens"> | undefined,
  draws: Draws,
): () => [prompt: number, output: number] {
  const { promptTokensMedian, promptTokensP90, outputTokensMedian, outputTokensP90 } = spec.lengths;
  return () => {
    const row = own ? draws.integer(own.count) : 0;
    const prompt = Math.max(1, own ? own.promptTokens[row]! : drawTokens(draws, promptTokensMedian, promptTokensP90));
    const output = Math.max(1, own ? own.outputTokens[row]! : drawTokens(draws, outputTokensMedian, outputTokensP90));
    if (spec.server) return [prompt, 1];
    return [prompt, output];
  };
}

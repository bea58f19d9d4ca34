// The curves that profiles come from, served again: a prompt alone, and batches of decodes, through the engine.

import { createRequestChunk } from "../../../engine/services.js";
import { MEASURED, SWEEP_OUTPUT_TOKENS, SWEEP_PROMPT_TOKENS } from "../../../model/llm.js";
import { readOutcomes } from "../outcomes.js";
import { buildProfile } from "../profile.js";
import { ServingSimulation } from "../serving.js";
import { againstRecord, type Check, type CheckGroup } from "./check.js";

const NONE = Number.POSITIVE_INFINITY;
/** The record's own medians go up and down by a few per cent where more work should take longer; its points are pooled there. */
const NOISE_SHARE = 0.1;

/** Times as served, ms: first token of a prompt alone, or mean gap between tokens of `batch` requests at once. */
function serve(setup: ReturnType<typeof buildProfile>["setup"], batch: number, prompt: number, output: number) {
  const chunk = createRequestChunk(batch);
  chunk.promptTokens.fill(prompt);
  chunk.outputTokens.fill(output);
  const serving = {
    profiles: [setup],
    services: [{ places: 1, profile: 0, route: "round-robin" as const }],
    classes: [{ ttftMicros: NONE, tpotMicros: NONE, e2eMicros: NONE, priority: 0 }],
    requests: batch + 1,
    input: batch,
    rows: 0,
    binMicros: 1e6,
  };
  const simulation = new ServingSimulation({ serving, ready: [1], seed: 1 });
  simulation.run([chunk]);
  const [o] = readOutcomes(simulation.engine, serving);
  return { ttft: o!.ttftSecondsMean * 1e3, last: o!.tpot.percentile(0.01) * 1e3 };
}

export function checkSweeps(): CheckGroup {
  const checks: Check[] = [];
  for (const sweep of MEASURED) {
    const { setup } = buildProfile({
      model: sweep.model,
      gpu: sweep.gpu,
      tensorParallel: sweep.tensorParallel,
      bytesPerNumber: 2,
      memoryShare: 0.95,
      // all prompts of a batch in one iteration, as the record has them
      tokenBudget: 65_536,
      batchMax: 64,
      blockTokens: 16,
      watermarkShare: 0,
    });
    const where = `${sweep.model}, ${sweep.tensorParallel} x ${sweep.gpu}`;
    for (const [tokens, millis] of sweep.promptMillis) {
      const found = serve(setup, 1, tokens, 1).ttft;
      checks.push(againstRecord(`${where}: prompt of ${tokens} tokens, ms`, millis, found, NOISE_SHARE));
    }
    for (const [batch, millis] of sweep.tokenMillis) {
      const found = serve(setup, batch, SWEEP_PROMPT_TOKENS, SWEEP_OUTPUT_TOKENS).last;
      checks.push(againstRecord(`${where}: a token of ${batch} requests at once, ms`, millis, found, NOISE_SHARE));
    }
  }
  return {
    title: "Published times, as served",
    about:
      "Prompts alone and batches of decodes through the whole engine, beside the medians that its profiles come from (Splitwise, ISCA 2024). Where the record falls with more work its points are pooled, which is seen as a difference for short prompts.",
    checks,
  };
}

// The curves that profiles come from, served again: a prompt alone, and batches of decodes, through the engine.

import { createRequestChunk } from "../../../engine/services.js";
import { MEASURED } from "../../../model/llm.js";
import { readOutcomes } from "../outcomes.js";
import { buildProfile } from "../profile.js";
import { ServingSimulation } from "../serving.js";
import { againstRecord, type Check, type CheckGroup } from "./check.js";

const NONE = Number.POSITIVE_INFINITY;
/** The record's own medians go up and down by a few per cent where more work should take longer; its points are pooled there. Sarathi-Serve's are single
 * runs: 8 requests at once take 43 % longer than 4, and 32 less than 8 but for the contexts that they read. */
const NOISE_SHARE = { splitwise: 0.1, sarathi: 0.2 };

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
      batchMax: sweep.tokenMillis.at(-1)![0],
      blockTokens: 16,
      watermarkShare: 0,
    });
    const where = `${sweep.model}, ${sweep.tensorParallel} x ${sweep.gpu}`;
    for (const [tokens, millis] of sweep.promptMillis) {
      const found = serve(setup, 1, tokens, 1).ttft;
      checks.push(againstRecord(`${where}: prompt of ${tokens} tokens, ms`, millis, found, NOISE_SHARE[sweep.source]));
    }
    for (const [batch, millis] of sweep.tokenMillis) {
      const found = serve(setup, batch, sweep.sweepPromptTokens, sweep.sweepOutputTokens).last;
      checks.push(
        againstRecord(`${where}: a token of ${batch} requests at once, ms`, millis, found, NOISE_SHARE[sweep.source]),
      );
    }
  }
  return {
    title: "Published times, as served",
    about:
      "Prompts alone and batches of decodes through the whole engine, beside the medians that its profiles come from (Splitwise, ISCA 2024; Sarathi-Serve, OSDI 2024). Where the record falls with more work its points are pooled, which is seen as a difference for short prompts.",
    checks,
  };
}

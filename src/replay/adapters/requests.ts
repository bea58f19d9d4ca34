import { type Adapter, COMMA } from "./adapter.js";
import { RELATIVE_TIMES } from "./plain.js";

/** `TIMESTAMP,ContextTokens,GeneratedTokens`; stamps with seven digits of a second and no zone. */
export const azureLlmAdapter: Adapter = {
  kind: "requests",
  format: COMMA,
  required: ["TIMESTAMP", "ContextTokens", "GeneratedTokens"],
  raw: { arrival: "TIMESTAMP", prompt: "ContextTokens", output: "GeneratedTokens" },
  select: `SELECT _row, left(TIMESTAMP, 26) AS arrival, ContextTokens AS prompt, GeneratedTokens AS output FROM raw`,
  units: { arrival: "%Y-%m-%d %H:%M:%S.%f" },
};

/** Length of the steps on which conversation arrivals lie, ms. */
const MOONCAKE_STEP = 3000;

/** Lines of JSON with `timestamp` in ms and the prompt's blocks of 512 tokens; a group of equal stamps is spread over `step` ms. */
export function mooncakeAdapter(step: number): Adapter {
  return {
    kind: "requests",
    format: { kind: "json" },
    required: ["timestamp", "input_length", "output_length", "hash_ids"],
    raw: { arrival: "timestamp", prompt: "input_length", output: "output_length", blocks: "hash_ids" },
    select: `
      SELECT _row, TRY_CAST(timestamp AS DOUBLE) + ${step} * (row_number() OVER same - 1) / (count(*) OVER (PARTITION BY timestamp)) AS arrival,
             input_length AS prompt, output_length AS output,
             replace(trim(hash_ids, '[]'), ', ', '|') AS blocks
      FROM raw WINDOW same AS (PARTITION BY timestamp ORDER BY _row)`,
    units: { arrival: "milliseconds" },
    submitRange: RELATIVE_TIMES,
  };
}

export const mooncakeConversationAdapter = mooncakeAdapter(MOONCAKE_STEP);

/** Requests for pictures, with the time that each took and the model it asked for. */
export const genaiAdapter: Adapter = {
  kind: "requests",
  format: COMMA,
  required: ["gmt_create", "predict_status", "exec_time_seconds", "groupId", "checkpoint_model_version_id"],
  raw: { arrival: "gmt_create", run: "exec_time_seconds", tenant: "groupId", model: "checkpoint_model_version_id" },
  select: `SELECT _row, gmt_create AS arrival, exec_time_seconds AS run, groupId AS tenant,
                  checkpoint_model_version_id AS model, predict_status AS class FROM raw`,
  units: { arrival: "%Y-%m-%d %H:%M:%S" },
};

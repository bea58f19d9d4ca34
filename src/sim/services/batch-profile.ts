// The profile of a replica that answers whole batches, from the times that a study gives.

import type { ServiceSpec } from "../../model/service-study.js";
import type { ServerSpec } from "../../model/serving/server.js";
import { interpolated } from "./interpolation.js";
import type { ReplicaProfile } from "./profile.js";

/** Room for any request: such a replica keeps nothing between batches. */
const BLOCKS = 2 ** 26;

export function batchProfile({ name, model, gpu }: ServiceSpec, server: ServerSpec): ReplicaProfile {
  const { batchMillis, queueDelayMillis, microsPerToken, weightsGib } = server;
  const [batchMax] = batchMillis.at(-1)!;
  const micros = interpolated(batchMillis.map(([n, ms]) => [n, ms * 1000] as const));
  const first = batchMillis[0]![1] * 1000;
  const times = batchMillis.map(([n, ms]) => `${n}: ${ms} ms`).join(", ");
  return {
    setup: {
      microsByTokens: Float64Array.from({ length: batchMax + 1 }, (_, n) =>
        n === 0 ? 0 : batchMillis.length === 1 || n <= batchMillis[0]![0] ? first : micros(n),
      ),
      microsPerContextToken: microsPerToken,
      microsPerPair: 0,
      batchMax,
      blocks: BLOCKS,
      watermarkBlocks: 0,
      blockTokens: 16,
      batch: { delayMicros: Math.round(queueDelayMillis * 1000) },
    },
    source: "given",
    contextTokensMax: Number.POSITIVE_INFINITY,
    weightsGib,
    blockBytes: 0,
    notes: [
      `${name}: times of batches of ${model} on ${gpu} are those that the study gives (${times}), not measured here: no published table is behind them. They do not vary.`,
    ],
  };
}

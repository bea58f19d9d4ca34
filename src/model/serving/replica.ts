// Keys of a service in services.yaml that say what its replicas can do beyond iterations.

import { z } from "zod";

export const prefixCacheSchema = z
  .strictObject({
    blockTokens: z
      .number()
      .int()
      .min(16)
      .max(65536)
      .default(64)
      .describe("Tokens of a block, a power of two. Records with blocks of their own need theirs: 512 for Mooncake."),
    affinityShare: z
      .number()
      .min(0)
      .max(1)
      .default(0.5)
      .describe("route prefix: share of a prompt that a replica must have been sent before to be preferred."),
    loadBound: z
      .number()
      .min(1)
      .default(1.25)
      .describe("route prefix: requests that a preferred replica may have, as a multiple of the mean over replicas."),
  })
  .describe(
    "Keys and values stay in a replica's memory when a request has ended, and prompts that begin alike need not compute them again. See docs/models/prefix-cache.md. Absent: every prompt is computed whole.",
  );
export type PrefixCacheSpec = z.output<typeof prefixCacheSchema>;

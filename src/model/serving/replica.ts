// Keys of a service in services.yaml that say what its replicas can do beyond iterations.

import { z } from "zod";

const positive = z.number().positive();

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

export const swapSchema = z
  .strictObject({
    hostMemoryGib: positive.describe("Memory of the host for keys and values, for each replica."),
    gigabytesPerSecond: positive
      .default(25)
      .describe("Between each GPU and the host: about 25 on PCIe 4 x16, 50 on PCIe 5 x16."),
  })
  .describe(
    "Who is preempted moves its keys and values to the host where there is room, and back, in place of computing them again. See docs/models/swap.md. Absent: recomputation.",
  );
export type SwapSpec = z.output<typeof swapSchema>;

export const speculationSchema = z
  .strictObject({
    draftTokens: z.number().int().min(1).max(16).default(4).describe("Tokens drafted for each request and iteration."),
    acceptance: z
      .number()
      .min(0)
      .max(1)
      .describe(
        "Chance that a drafted token is accepted, if all before it were. Measure it: it depends on model and text.",
      ),
    draftCostShare: z
      .number()
      .min(0)
      .max(1)
      .default(0.05)
      .describe(
        "Time of drafting one token for all requests of a batch, as a share of an iteration with one token each.",
      ),
  })
  .describe(
    "Speculative decoding: a small model drafts, the model checks all drafts in one iteration. See docs/models/speculation.md. Absent: one token an iteration.",
  );
export type SpeculationSpec = z.output<typeof speculationSchema>;

export const disaggregationSchema = z
  .strictObject({
    decodeReplicas: z
      .number()
      .int()
      .positive()
      .max(4096)
      .describe("Replicas that decode; their number does not change."),
    gigabytesPerSecond: positive
      .default(25)
      .describe("Link of a replica that computes prompts, all its GPUs together: 25 is 200 Gbit/s."),
    latencyMillis: z
      .number()
      .nonnegative()
      .default(1)
      .describe("From the last byte sent to the first iteration there."),
  })
  .describe(
    "Prompts are computed on the service's replicas and decoded on others, which fetch keys and values. See docs/models/disaggregation.md. Absent: a replica does both.",
  );
export type DisaggregationSpec = z.output<typeof disaggregationSchema>;

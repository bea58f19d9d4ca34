// Keys of a service in services.yaml whose replicas have a part of a GPU, and what parts there are.

import { z } from "zod";

/** A partition of a device: memory slices of eight, compute slices of seven, and the memory slices at which it may begin. */
export interface MigProfile {
  memorySlices: number;
  computeSlices: number;
  starts: readonly number[];
}

/** NVIDIA, Multi-Instance GPU User Guide: profiles and placements of A100-80GB and H100-80GB. */
export const MIG_PROFILES: Readonly<Record<string, MigProfile>> = {
  "1g.10gb": { memorySlices: 1, computeSlices: 1, starts: [0, 1, 2, 3, 4, 5, 6] },
  "1g.20gb": { memorySlices: 2, computeSlices: 1, starts: [0, 2, 4, 6] },
  "2g.20gb": { memorySlices: 2, computeSlices: 2, starts: [0, 2, 4] },
  "3g.40gb": { memorySlices: 4, computeSlices: 3, starts: [0, 4] },
  "4g.40gb": { memorySlices: 4, computeSlices: 4, starts: [0] },
  "7g.80gb": { memorySlices: 8, computeSlices: 7, starts: [0] },
};

export const MIG_GPUS = ["a100-80gb", "h100-80gb"] as const;

/**
 * Speed of a job beside one other on its device, over its speed alone: means of the pairs that Gavel's authors measured (Narayanan
 * et al., OSDI 2020; 636 pairs of training jobs on a V100, 656 on a P100).
 */
export const PAIR_SPEEDS = { "gavel/v100": 0.657, "gavel/p100": 0.598 } as const;
export type PairSpeeds = keyof typeof PAIR_SPEEDS;

export const shareSchema = z
  .strictObject({
    milliGpu: z
      .number()
      .int()
      .min(50)
      .max(999)
      .optional()
      .describe("Thousandths of a GPU, of its memory and, with speed proportional, of its speed."),
    mig: z
      .enum(Object.keys(MIG_PROFILES) as [string, ...string[]])
      .optional()
      .describe("Partition of an a100-80gb or h100-80gb, in place of milliGpu."),
    speed: z
      .union([z.enum(["proportional", ...(Object.keys(PAIR_SPEEDS) as PairSpeeds[])]), z.number().positive().max(1)])
      .default("proportional")
      .describe(
        "milliGpu: share of the whole GPU's speed. proportional = as much as of its memory; gavel/v100, gavel/p100 = what measured pairs of jobs kept beside each other, to the power of the neighbours that fit; or a number of your own.",
      ),
  })
  .describe(
    "Replicas that have a part of a GPU; several stand on one device, which is paid for whole. See docs/models/shares.md. Absent: whole GPUs.",
  );
export type ShareSpec = z.output<typeof shareSchema>;

// What a replica with a part of a GPU has of it, and what is assumed of that.

import { GPUS, type GpuSpec } from "../../model/llm.js";
import type { ServiceSpec } from "../../model/service-study.js";
import { MIG_GPUS, MIG_PROFILES, PAIR_SPEEDS, type ShareSpec } from "../../model/serving/share.js";
import type { ReplicaProfile } from "./profile.js";

export const DEVICE_MILLI = 1000;
const MIG_MEMORY_SLICES = 8;
const MIG_COMPUTE_SLICES = 7;

/** Shares of a device: what its owner counts as held, and what of memory, throughput and bandwidth a replica has. */
export interface SharePart {
  held: number;
  memory: number;
  compute: number;
  bandwidth: number;
}

/** Speed beside as many neighbours of the same size as fit on the device. */
function speedBeside(milliGpu: number, besideOne: number): number {
  let speed = 1;
  for (let taken = 2 * milliGpu; taken <= DEVICE_MILLI; taken += milliGpu) speed *= besideOne;
  return speed;
}

export function partOf({ milliGpu, mig, speed }: ShareSpec): SharePart {
  if (mig !== undefined) {
    const { memorySlices, computeSlices } = MIG_PROFILES[mig]!;
    const memory = memorySlices / MIG_MEMORY_SLICES;
    return { held: memory, memory, compute: computeSlices / MIG_COMPUTE_SLICES, bandwidth: memory };
  }
  const held = milliGpu! / DEVICE_MILLI;
  const fast =
    typeof speed === "number" ? speed : speed === "proportional" ? held : speedBeside(milliGpu!, PAIR_SPEEDS[speed]);
  return { held, memory: held, compute: fast, bandwidth: fast };
}

/** The GPU as a replica of this share sees it. */
export function partOfGpu(gpu: GpuSpec, share: ShareSpec | undefined): GpuSpec {
  if (!share) return gpu;
  const { memory, compute, bandwidth } = partOf(share);
  return {
    memoryGib: gpu.memoryGib * memory,
    teraflops: gpu.teraflops * compute,
    gigabytesPerSecond: gpu.gigabytesPerSecond * bandwidth,
  };
}

/** Times of a server of batches are those on a whole GPU: on a part of it they are longer in proportion to its compute. */
export function slowedBatches(profile: ReplicaProfile, share: ShareSpec | undefined): ReplicaProfile {
  if (!share) return profile;
  const { compute } = partOf(share);
  const { setup } = profile;
  return {
    ...profile,
    setup: {
      ...setup,
      microsByTokens: setup.microsByTokens.map((micros) => micros / compute),
      microsPerContextToken: setup.microsPerContextToken / compute,
    },
  };
}

export function shareFault(spec: ServiceSpec): { what: string; hint: string } | undefined {
  const { share, gpu, tensorParallel, times, disaggregation } = spec;
  if (!share) return undefined;
  if ((share.milliGpu === undefined) === (share.mig === undefined))
    return { what: "share needs either milliGpu or mig, and not both.", hint: "Keep one of the two keys." };
  if (share.mig !== undefined && !MIG_GPUS.some((name) => name === gpu))
    return {
      what: `share.mig is ${share.mig}, and gpu is ${gpu}.`,
      hint: `Partitions are known of ${MIG_GPUS.join(", ")}.`,
    };
  if (share.mig !== undefined && share.speed !== "proportional")
    return { what: "share.speed is for milliGpu: a partition has slices of its own.", hint: "Leave it out." };
  if (!(gpu in GPUS) && !spec.server)
    return { what: `there is no GPU "${gpu}".`, hint: `Known: ${Object.keys(GPUS).join(", ")}.` };
  if (tensorParallel > 1)
    return {
      what: `share is a part of one GPU, and tensorParallel is ${tensorParallel}.`,
      hint: "Leave one of the two out.",
    };
  if (times !== undefined && times !== "roofline")
    return {
      what: `times ${times} are of whole GPUs, and share is a part.`,
      hint: "Leave times out: a roofline of the part.",
    };
  if (disaggregation)
    return {
      what: "disaggregation and share do not go together: transfers are of whole GPUs.",
      hint: "Leave one of the two out.",
    };
  return undefined;
}

export function shareNotes({ name, share, gpu, server }: ServiceSpec): string[] {
  if (!share) return [];
  const { memory, compute, bandwidth } = partOf(share);
  const percent = (part: number) => `${(100 * part).toFixed(1)} %`;
  const source =
    share.mig !== undefined
      ? `partition ${share.mig}, which neighbours do not slow down`
      : share.speed === "proportional"
        ? "in proportion, whether neighbours work or not: an assumption"
        : typeof share.speed === "number"
          ? "the study's own speed"
          : `speed as training jobs beside each other kept in the pairs of ${share.speed}, rates of several neighbours multiplied and all of them always at work: an assumption for inference`;
  return [
    `${name}: each replica has ${percent(memory)} of the memory of a ${gpu}, ${percent(compute)} of its throughput${server ? " (times of batches are divided by that)" : ` and ${percent(bandwidth)} of its bandwidth`} (${source}). Replicas stand on the first device with room; devices are paid for whole while any replica is on them, by who is there in proportion.`,
  ];
}

// What replicas can do beyond iterations, from the keys of a service, and what they did.

import type { Engine } from "../../engine/engine.js";
import { readServers, type ServerCounts } from "../../engine/prefixes.js";
import type { ProfileSetup } from "../../engine/services.js";
import type { ServiceSpec } from "../../model/service-study.js";
import type { ReplicaProfile } from "./profile.js";
import type { ServiceResult } from "./study.js";
import { weightsResult } from "./weights.js";

/** What a prompt token takes beside others in a full iteration, µs: the slope of the table. */
function microsPerToken({ microsByTokens }: ProfileSetup): number {
  const budget = microsByTokens.length - 1;
  return (microsByTokens[budget]! - microsByTokens[1]!) / Math.max(1, budget - 1);
}

/** The profile of a replica with what the service asks for beyond iterations, and what is assumed of it. */
export function withMechanisms(built: ReplicaProfile, spec: ServiceSpec): ReplicaProfile {
  const { setup, blockBytes } = built;
  const { swap, speculation } = spec;
  const notes = [...built.notes];
  if (spec.prefixCache) setup.prefixTokens = spec.prefixCache.blockTokens;
  if (swap) {
    const bytesPerMicro = swap.gigabytesPerSecond * 1e3 * spec.tensorParallel;
    setup.swap = {
      hostBlocks: Math.floor((swap.hostMemoryGib * 2 ** 30) / blockBytes),
      microsPerBlock: blockBytes / bytesPerMicro,
    };
    notes.push(
      `${spec.name}: who is preempted moves to ${swap.hostMemoryGib} GiB of the host at ${swap.gigabytesPerSecond} GB/s a GPU; nothing is computed meanwhile.`,
    );
  }
  if (speculation) {
    const { draftTokens: tokens, draftCostShare, acceptance } = speculation;
    setup.draft = { tokens, share: draftCostShare, acceptance };
    notes.push(
      `${spec.name}: ${tokens} tokens are drafted an iteration, each accepted with chance ${acceptance} if all before it were, and each taking ${draftCostShare} of an iteration: assumptions, not measured for this model. The draft model's memory is not counted.`,
    );
  }
  if (spec.disaggregation) {
    const { decodeReplicas, gigabytesPerSecond, latencyMillis } = spec.disaggregation;
    notes.push(
      `${spec.name}: ${decodeReplicas} further replicas decode. Each replica that computes prompts sends over a link of its own, ${gigabytesPerSecond} GB/s and ${latencyMillis} ms, one request at a time; receiving is never the bottleneck: an assumption.`,
    );
  }
  return { ...built, notes };
}

function sum(all: readonly ServerCounts[]): ServerCounts {
  const total = { ...all[0]! };
  for (const other of all.slice(1))
    for (const key of Object.keys(total) as (keyof ServerCounts)[]) total[key] += other[key];
  return total;
}

/** Columns of a service's result that only some services have. */
export function mechanismsOf(
  engine: Engine,
  spec: ServiceSpec,
  services: readonly number[],
  profile: ProfileSetup,
  preemptions: number,
): Partial<ServiceResult> {
  const counts = sum(services.map((service) => readServers(engine, service)));
  const share = (part: number, whole: number) => (whole > 0 ? part / whole : 0);
  const out: Partial<ServiceResult> = {};
  if (spec.prefixCache) {
    const savedMicros = counts.hitTokens * microsPerToken(profile) + counts.hitPairs * profile.microsPerPair;
    out.prefixHitShare = share(counts.hitTokens, counts.askedTokens);
    out.prefixSavedGpuHours = (savedMicros * spec.tensorParallel) / 3_600e6;
  }
  if (spec.swap) out.swappedShare = share(counts.swaps, preemptions);
  if (spec.speculation) out.acceptedShare = share(counts.acceptedTokens, counts.draftedTokens);
  if (spec.disaggregation) out.handoffSecondsMean = share(counts.handedMicros, counts.handedOver) / 1e6;
  return { ...out, ...weightsResult(spec, counts) };
}

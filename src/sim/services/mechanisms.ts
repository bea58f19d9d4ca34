// What replicas did beyond iterations: what caches of prefixes found, by service.

import type { Engine } from "../../engine/engine.js";
import { readCache } from "../../engine/prefixes.js";
import type { ProfileSetup } from "../../engine/services.js";
import type { ServiceSpec } from "../../model/service-study.js";
import type { ServiceResult } from "./study.js";

/** What a prompt token takes beside others in a full iteration, µs: the slope of the table. */
function microsPerToken({ microsByTokens }: ProfileSetup): number {
  const budget = microsByTokens.length - 1;
  return (microsByTokens[budget]! - microsByTokens[1]!) / Math.max(1, budget - 1);
}

/** Columns of a service's result that only some services have. */
export function mechanismsOf(
  engine: Engine,
  spec: ServiceSpec,
  service: number,
  profile: ProfileSetup,
): Partial<ServiceResult> {
  if (!spec.prefixCache) return {};
  const { askedTokens, hitTokens, hitPairs } = readCache(engine, service);
  const savedMicros = hitTokens * microsPerToken(profile) + hitPairs * profile.microsPerPair;
  return {
    prefixHitShare: askedTokens > 0 ? hitTokens / askedTokens : 0,
    prefixSavedGpuHours: (savedMicros * spec.tensorParallel) / 3_600e6,
  };
}

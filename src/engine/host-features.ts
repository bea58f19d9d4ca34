// The features as functions of TypeScript, for policies that run beside the engine.

import { FEATURES } from "../model/features.js";

export type FeatureFunctions = Readonly<Record<string, (device?: number) => number>>;

/** @param feature what the engine knows of feature i, for device d, of the subject that it asks about. */
export function featureFunctions(feature: (i: number, d: number) => number): FeatureFunctions {
  return Object.fromEntries(FEATURES.map(({ name }, i) => [name, (device = 0) => feature(i, device)]));
}

/** Every feature of the subject that the engine asks about, in words: "gpuMilli 500, nodeGpus 8". Devices one by one. */
export function featuresInWords(feature: (i: number, d: number) => number, of: "node" | "job"): string {
  const about: readonly string[] = of === "node" ? ["request", "node"] : ["request", "job", "cluster"];
  return FEATURES.flatMap(({ name, kind }, i) => (about.includes(kind) ? [`${name} ${feature(i, 0)}`] : [])).join(", ");
}

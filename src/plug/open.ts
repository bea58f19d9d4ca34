// An engine with users' policies in it.

import { pathToFileURL } from "node:url";
import { Engine } from "../engine/engine.js";
import { type FeatureFunctions, featureFunctions } from "../engine/host-features.js";
import { moduleAt } from "../engine/load.js";
import type { PolicyFunction } from "../model/features.js";
import { BIND } from "./bind.js";
import type { Linked } from "./link.js";

let opened = 0;

/** The shipped engine, or one that was linked with policies. */
export async function openEngine(linked?: Linked): Promise<Engine> {
  if (!linked) return new Engine();
  const place = linked.place === undefined ? undefined : await load(linked.place);
  const queue = linked.queue === undefined ? undefined : await load(linked.queue);
  const engine = new Engine(moduleAt(linked.wasm), {
    ...linked.names,
    functions: { ...functionsOf(queue), ...functionsOf(place) },
  });
  const features = featureFunctions((i, d) => engine.exports.feature(i, d));
  for (const module of [place, queue]) module?.[BIND]?.(features);
  return engine;
}

type HostModule = Partial<Record<PolicyFunction, (d: number) => number>> & {
  [BIND]?: (features: FeatureFunctions) => void;
};

/** An instance of its own for every engine: it holds that engine's features. */
async function load(path: string): Promise<HostModule> {
  return (await import(`${pathToFileURL(path).href}?engine=${opened++}`)) as HostModule;
}

function functionsOf(module: HostModule | undefined): Partial<Record<PolicyFunction, (d: number) => number>> {
  if (!module) return {};
  const { score, device, order } = module;
  return { ...(score && { score }), ...(device && { device }), ...(order && { order }) };
}

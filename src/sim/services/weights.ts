// Adapters and models of a study's services: which request needs which, what a replica has room for, and what came of it.

import { createDraws } from "../../engine/draws.js";
import { exp, log } from "../../engine/math.js";
import type { ServerCounts } from "../../engine/prefixes.js";
import type { ServingSetup } from "../../engine/services.js";
import type { WeightsSetup } from "../../engine/weights.js";
import { WindtunnelError } from "../../model/errors.js";
import type { ServiceSpec, ServiceStudy } from "../../model/service-study.js";
import { AliasTable } from "../../replay/requests/alias.js";
import type { DrawnRequests } from "../../replay/requests/drawn.js";
import type { ReplicaProfile } from "./profile.js";
import type { ServiceResult } from "./study.js";

const GIB = 2 ** 30;
/** Models are counted in MiB, adapters in slots. */
const UNITS_A_GIB = 1024;

const microsToLoad = (gib: number, gigabytesPerSecond: number) => (gib * GIB) / (gigabytesPerSecond * 1e3);

/** Sets of weights of a service, in the order in which its requests number them. */
function setsOf({ adapters, models }: ServiceSpec): WeightsSetup[] {
  if (adapters) {
    const one = { units: 1, loadMicros: microsToLoad(adapters.gib, adapters.gigabytesPerSecond) };
    return new Array<WeightsSetup>(adapters.count).fill(one);
  }
  return (models?.list ?? []).map(({ gib }) => ({
    units: Math.ceil(gib * UNITS_A_GIB),
    loadMicros: microsToLoad(gib, models!.gigabytesPerSecond),
  }));
}

/** What the engine is told: sets of all services, one after the other. */
export function weightsKey({ services }: ServiceStudy): Pick<ServingSetup, "weights"> {
  const weights = services.flatMap((spec, profile) => setsOf(spec).map((set) => ({ ...set, profile })));
  return weights.length > 0 ? { weights } : {};
}

/** The same set for all requests of a conversation. */
function drawSets(spec: ServiceSpec, drawn: DrawnRequests, seed: number, first: number): Int32Array | undefined {
  const { adapters, models } = spec;
  if (!adapters && !models) return undefined;
  const count = adapters?.count ?? models!.list.length;
  const ranks = Int32Array.from({ length: count }, (_, k) => k + 1);
  const popularity = adapters
    ? Float64Array.from(ranks, (k) => exp(-adapters.zipf * log(k)))
    : Float64Array.from(models!.list, ({ weight }) => weight);
  const table = new AliasTable(ranks, popularity);
  const draws = createDraws(seed, `weights ${spec.name}`);
  const draw = () => (draws.uniform() < (adapters?.share ?? 1) ? first + table.draw(draws) : 0);
  const { session } = drawn;
  if (!session) return Int32Array.from({ length: drawn.at.length }, draw);
  const known = new Map<number, number>();
  return Int32Array.from({ length: drawn.at.length }, (_, i) => {
    const own = known.get(session[i]!) ?? draw();
    known.set(session[i]!, own);
    return own;
  });
}

/** By service: the set that each of its requests needs, numbered over all services from 1 on; undefined where none is needed. */
export function drawWeights(
  { services }: ServiceStudy,
  drawn: readonly DrawnRequests[],
  seed: number,
): (Int32Array | undefined)[] {
  let first = 0;
  return services.map((spec, s) => {
    const own = drawSets(spec, drawn[s]!, seed, first);
    first += setsOf(spec).length;
    return own;
  });
}

/** A profile with room for adapters, taken from the memory for keys and values. Throws SCENARIO_INVALID if that leaves none. */
export function withAdapters(profile: ReplicaProfile, { name, adapters }: ServiceSpec): ReplicaProfile {
  if (!adapters) return profile;
  const { slots, gib, iterationMillis, adapterMicros, gigabytesPerSecond } = adapters;
  const { setup, blockBytes } = profile;
  const blocks = setup.blocks - Math.ceil((slots * gib * GIB) / blockBytes);
  if (blocks < 1)
    throw new WindtunnelError(
      "SCENARIO_INVALID",
      `${name}: ${slots} adapters of ${gib} GiB leave no memory for keys and values, of which there are ${((setup.blocks * blockBytes) / GIB).toFixed(1)} GiB.`,
      "Lower adapters.slots.",
    );
  const resident = { units: slots, iterationMicros: iterationMillis * 1e3, eachMicros: adapterMicros };
  return {
    ...profile,
    setup: { ...setup, blocks, watermarkBlocks: Math.ceil((setup.watermarkBlocks * blocks) / setup.blocks), resident },
    notes: [
      ...profile.notes,
      `${name}: ${adapters.count} adapters, Zipf ${adapters.zipf}, ${slots} at once on a replica; loading one takes ${((gib * GIB) / (gigabytesPerSecond * 1e9)).toFixed(4)} s, in which the replica computes nothing; an iteration with any takes ${iterationMillis} ms more (about 2 ms a token in Punica's abstract) and ${adapterMicros} µs for each different one: assumptions, not measured for this model.`,
    ],
  };
}

/** A server of batches with room for several models. */
export function withModels(profile: ReplicaProfile, { name, models }: ServiceSpec): ReplicaProfile {
  if (!models) return profile;
  const { list, memoryGib, gigabytesPerSecond } = models;
  const total = list.reduce((sum, { gib }) => sum + gib, 0);
  return {
    ...profile,
    setup: {
      ...profile.setup,
      resident: { units: Math.floor(memoryGib * UNITS_A_GIB), iterationMicros: 0, eachMicros: 0 },
    },
    notes: [
      ...profile.notes,
      `${name}: ${list.length} models of ${total.toFixed(2)} GiB together on replicas that hold ${memoryGib} GiB of them; loading is size ÷ ${gigabytesPerSecond} GB/s, and nothing is computed meanwhile. All take the same times of batches: an assumption.`,
    ],
  };
}

export function weightsResult(spec: ServiceSpec, counts: ServerCounts): Partial<ServiceResult> {
  if (!spec.adapters && !spec.models) return {};
  const { weightsAsked, weightsHit, weightsLoadMicros } = counts;
  return {
    residentShare: weightsAsked > 0 ? weightsHit / weightsAsked : 1,
    weightLoads: weightsAsked - weightsHit,
    weightLoadGpuHours: (weightsLoadMicros * spec.tensorParallel) / 3_600e6,
  };
}

export function weightsFault(spec: ServiceSpec): { what: string; hint: string } | undefined {
  const { adapters, models, server, prefixCache, route, gateway } = spec;
  if (route === "resident" && !adapters && !models)
    return {
      what: "route is resident, and all requests need the same weights.",
      hint: "Add adapters, or another route.",
    };
  if (!adapters && !models) return undefined;
  if (adapters && server)
    return { what: "adapters is for language models, and server says that this is none.", hint: "Use models." };
  if (models && !server)
    return {
      what: "models is for servers of batches, and this is a language model.",
      hint: "Use adapters, or server.",
    };
  if (adapters && prefixCache)
    return {
      what: "prefixCache and adapters do not go together: keys and values of two adapters differ, and the lists of blocks do not say whose they are.",
      hint: "Leave one of the two out.",
    };
  if (gateway?.fallback !== undefined)
    return { what: "who falls back would need its weights there, too.", hint: "Leave gateway.fallback out." };
  const twice = models?.list.find(({ name }, i) => models.list.findIndex((other) => other.name === name) !== i);
  if (twice) return { what: `models: two are called "${twice.name}".`, hint: "Give each a name of its own." };
  const large = models?.list.find(
    ({ gib }) => Math.ceil(gib * UNITS_A_GIB) > Math.floor(models.memoryGib * UNITS_A_GIB),
  );
  if (large)
    return {
      what: `models: ${large.name} has ${large.gib} GiB, and a replica has ${models!.memoryGib} GiB for models.`,
      hint: "Raise models.memoryGib.",
    };
  return undefined;
}

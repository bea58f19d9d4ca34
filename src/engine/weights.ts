// Writes sets of weights that requests need beyond their replica's own into an engine: adapters, models. See docs/models/adapters.md.

import { WindtunnelError } from "../model/errors.js";
import * as abi from "./abi.js";
import type { Engine } from "./engine.js";
import type { ServingSetup } from "./services.js";

/** A set of weights: whole units of a replica's room, and how long loading it takes. */
export interface WeightsSetup {
  units: number;
  loadMicros: number;
  /** Whose replicas' room that is; 0 where absent. */
  profile?: number;
}

/** Room of a replica for such sets, and what they take of an iteration or batch in which requests need any. */
export interface ResidentSetup {
  units: number;
  /** Where any is needed, and for each different one, µs. */
  iterationMicros: number;
  eachMicros: number;
}

const TICKS_A_MICRO = 2 ** abi.TICK_SHIFT;

/** Sets that a replica may hold at once: of the smallest ones of its profile. */
function residentMax({ profiles, weights = [] }: ServingSetup): number {
  const most = profiles.map(({ resident }, p) => {
    const own = weights.filter(({ profile = 0 }) => profile === p);
    const smallest = Math.min(...own.map(({ units }) => units));
    return own.length === 0 ? 0 : Math.min(own.length, Math.floor((resident?.units ?? 0) / smallest));
  });
  return Math.max(0, ...most);
}

export function writeWeightsCapacities(engine: Engine, setup?: ServingSetup): void {
  const count = setup?.weights?.length ?? 0;
  engine.setI(abi.CAP_WEIGHTS, count);
  engine.setI(abi.CAP_RESIDENT, count > 0 ? residentMax(setup!) : 0);
}

/** @throws WindtunnelError SCENARIO_INVALID for a set that no replica has room for. */
export function configureWeights(engine: Engine, setup: ServingSetup): void {
  const sets = setup.weights ?? [];
  if (sets.length === 0) return;
  const units = engine.column(abi.COL_WEIGHTS_UNITS, "i32");
  const ticks = engine.column(abi.COL_WEIGHTS_TICKS, "f64");
  sets.forEach((set, i) => {
    const room = setup.profiles[set.profile ?? 0]?.resident?.units ?? 0;
    if (!(Number.isInteger(set.units) && set.units >= 1 && set.units <= room) || !(set.loadMicros >= 0))
      throw new WindtunnelError(
        "SCENARIO_INVALID",
        `Set ${i + 1} of weights takes ${set.units} units, and a replica has room for ${room}.`,
        "Make sets smaller, or give replicas more room.",
      );
    units[i + 1] = set.units;
    ticks[i + 1] = Math.round(set.loadMicros * TICKS_A_MICRO);
  });
}

/** What a profile says of its room, in the order of the engine's fields. */
export function residentFields(resident: ResidentSetup | undefined): number[] {
  const { units = 0, iterationMicros = 0, eachMicros = 0 } = resident ?? {};
  return [units, Math.round(iterationMicros * TICKS_A_MICRO), Math.round(eachMicros * TICKS_A_MICRO)];
}

// Writes services that stand in several places into an engine, and reads who was served where.

import * as abi from "./abi.js";
import type { Engine } from "./engine.js";
import type { ServingSetup } from "./services.js";

/** Rules by which a request finds its place; their numbers in the engine. See docs/models/service-places.md. */
export const PLACE_RULES = {
  nearest: abi.FRONT_NEAREST,
  weighted: abi.FRONT_WEIGHTED,
  "cost-and-time": abi.FRONT_COST_AND_TIME,
  "response-time": abi.FRONT_RESPONSE_TIME,
  utilisation: abi.FRONT_UTILISATION,
  "cost-in-time": abi.FRONT_COST_IN_TIME,
} as const;
export type PlaceRule = keyof typeof PLACE_RULES;

/** Entries of a table of predicted times. */
export const PREDICT_POINTS = abi.PREDICT_POINTS;
export const PLACES_MAX = 64;

/** A service of the setup that is a place of another. */
export interface PlaceSetup {
  /** Rule `weighted`: requests in proportion. */
  weight: number;
  usdPerRequest: number;
  /** Requests that a replica batches at once: what load is a share of. */
  slots: number;
  /** Time to the answer, µs, with 0, step, 2 step, … requests for each replica; PREDICT_POINTS entries. */
  predictedMicros: Float64Array;
  requestsPerStep: number;
}

/** A service without replicas of its own, before places that follow one another. */
export interface FrontSetup {
  service: number;
  /** First of its places among the setup's services. */
  first: number;
  places: readonly PlaceSetup[];
  rule: PlaceRule;
  /** Rule `cost-and-time`: USD that a µs of predicted time is worth. */
  usdPerMicro: number;
  /** Rule `cost-in-time`. */
  targetMicros: number;
  /** Share by which another place must be better for an origin to go there, and USD a request besides. */
  hysteresis: number;
  moveUsd: number;
  /** By origin: its number in requests, one way to each place, µs, and which places may serve it. */
  origins: readonly { origin: number; wayMicros: readonly number[]; allowed: readonly boolean[] }[];
}

/** @param fronts what `setup.fronts` has; none where it is absent. */
export function writePlaceCapacities(engine: Engine, fronts: readonly FrontSetup[] = []): void {
  const origins = fronts.flatMap((front) => front.origins.map(({ origin }) => origin + 1));
  engine.setI(abi.CAP_ORIGINS, Math.max(0, ...origins));
}

export function configurePlaces(engine: Engine, setup: ServingSetup): void {
  const fields = engine.column(abi.COL_PLACE, "f64");
  const predicted = engine.column(abi.COL_PREDICTED, "f64");
  const ways = engine.column(abi.COL_ORIGIN_WAY, "f64");
  const allowed = engine.column(abi.COL_ORIGIN_ALLOWED, "i32");
  const services = setup.services.length;
  for (const front of setup.fronts ?? []) {
    const put = (service: number, values: readonly (readonly [field: number, value: number])[]) => {
      for (const [field, value] of values) fields[service * abi.PLACE_FIELDS + field] = value;
    };
    put(front.service, [
      [abi.FRONT_FIRST, front.first],
      [abi.FRONT_COUNT, front.places.length],
      [abi.FRONT_RULE, PLACE_RULES[front.rule]],
      [abi.FRONT_LAMBDA, front.usdPerMicro],
      [abi.FRONT_TARGET, front.targetMicros],
      [abi.FRONT_HYSTERESIS, front.hysteresis],
      [abi.FRONT_MOVE, front.moveUsd],
    ]);
    front.places.forEach((place, p) => {
      put(front.first + p, [
        [abi.PLACE_FRONT, front.service + 1],
        [abi.PLACE_WEIGHT, place.weight],
        [abi.PLACE_USD, place.usdPerRequest],
        [abi.PLACE_SLOTS, place.slots],
        [abi.PLACE_STEP, place.requestsPerStep],
      ]);
      predicted.set(place.predictedMicros, (front.first + p) * abi.PREDICT_POINTS);
      for (const { origin, wayMicros, allowed: may } of front.origins) {
        const pair = origin * services + front.first + p;
        ways[pair] = wayMicros[p]!;
        allowed[pair] = may[p] ? 1 : 0;
      }
    });
  }
}

/** Requests of one origin at one place. */
export interface PlaceCounts {
  /** Whose first choice it was. */
  chosen: number;
  answered: number;
  met: number;
  e2eMicros: number;
}

/** @param services of the setup, in all. */
export function readPlace(engine: Engine, services: number, origin: number, place: number): PlaceCounts {
  const counts = engine.column(abi.COL_PLACE_COUNTS, "f64");
  const of = (what: number) => counts[(origin * services + place) * abi.PLACE_COUNT + what]!;
  return {
    chosen: of(abi.PLACE_CHOSEN),
    answered: of(abi.PLACE_ANSWERED),
    met: of(abi.PLACE_MET),
    e2eMicros: of(abi.PLACE_SUM_E2E),
  };
}

/** Times that an origin of a service in front went to another place than before. */
export function readMoves(engine: Engine, front: number): number {
  return engine.column(abi.COL_PLACE, "f64")[front * abi.PLACE_FIELDS + abi.FRONT_MOVES]!;
}

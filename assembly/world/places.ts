// Services that stand in several places. To the engine each place is a service of its own, with replicas and a gateway, that no
// request names; requests name the service in front of them, which has none. What the host says of both, and what is counted.

import {
  CAP_ORIGINS, CAP_SERVICES, COL_ORIGIN_ALLOWED, COL_ORIGIN_PLACE, COL_ORIGIN_WAY, COL_PLACE, COL_PLACE_COUNTS, COL_PREDICTED,
  FRONT_COUNT, FRONT_FIRST, PLACE_ANSWERED, PLACE_COUNT, PLACE_FIELDS, PLACE_FRONT, PLACE_MET, PLACE_STEP, PLACE_SUM_E2E,
  PREDICT_POINTS,
} from "../abi";
import { column, f64At, getI, i32At, setF64, setI32 } from "../memory";

let places: usize = 0;
let predicted: usize = 0; // f64, PREDICT_POINTS a place
let ways: usize = 0; // f64, µs, by origin and service
let allowed: usize = 0;
let chosen: usize = 0; // by origin and front: place that it went to last, + 1
let coming: usize = 0; // by service: requests on their way to it, and tokens of their prompts
let comingTokens: usize = 0;
let counts: usize = 0;

export function layoutPlaces(): void {
  const services = getI(CAP_SERVICES);
  const pairs = getI(CAP_ORIGINS) * services;
  places = column(COL_PLACE, 8, pairs > 0 ? services * PLACE_FIELDS : 0);
  predicted = column(COL_PREDICTED, 8, pairs > 0 ? services * PREDICT_POINTS : 0);
  ways = column(COL_ORIGIN_WAY, 8, pairs);
  allowed = column(COL_ORIGIN_ALLOWED, 4, pairs);
  chosen = column(COL_ORIGIN_PLACE, 4, pairs);
  coming = column(-1, 4, pairs > 0 ? services : 0);
  comingTokens = column(-1, 4, pairs > 0 ? services : 0);
  counts = column(COL_PLACE_COUNTS, 8, pairs * PLACE_COUNT);
}

@inline export function placeField(service: i32, field: i32): f64 {
  return f64At(places, service * PLACE_FIELDS + field);
}

@inline export function setPlaceField(service: i32, field: i32, value: f64): void {
  setF64(places, service * PLACE_FIELDS + field, value);
}

/** True if any service stands in several places. */
@inline export function placesKept(): bool {
  return getI(CAP_ORIGINS) > 0;
}

/** Service in front of a place; -1: it is no place. */
@inline export function frontOf(service: i32): i32 {
  return placesKept() ? <i32>placeField(service, PLACE_FRONT) - 1 : -1;
}

@inline export function isFront(service: i32): bool {
  return placesKept() && placeField(service, FRONT_COUNT) > 0;
}

@inline function pairOf(origin: i32, service: i32): i32 {
  return origin * getI(CAP_SERVICES) + service;
}

/** From the origin to a service, µs; 0 where it is no place. */
@inline export function wayFrom(origin: i32, service: i32): f64 {
  return placesKept() ? f64At(ways, pairOf(origin, service)) : 0;
}

@inline export function mayServe(origin: i32, place: i32): bool {
  return i32At(allowed, pairOf(origin, place)) != 0;
}

/** Place that requests of an origin to this front went to last; -1 = none has yet. */
@inline export function chosenLast(origin: i32, front: i32): i32 {
  return i32At(chosen, pairOf(origin, front)) - 1;
}

@inline export function setChosen(origin: i32, front: i32, place: i32): void {
  setI32(chosen, pairOf(origin, front), place + 1);
}

/** Requests on their way to a service; 0 where nobody needs to know. */
@inline export function comingTo(service: i32): f64 {
  return placesKept() ? <f64>i32At(coming, service) : 0;
}

/** Tokens of their prompts. */
@inline export function tokensComingTo(service: i32): f64 {
  return placesKept() ? <f64>i32At(comingTokens, service) : 0;
}

export function changeComing(service: i32, by: i32, promptTokens: i32): void {
  if (!placesKept()) return;
  setI32(coming, service, i32At(coming, service) + by);
  setI32(comingTokens, service, i32At(comingTokens, service) + by * promptTokens);
}

/** Bit of a place in the list of those that a call has been to. */
@inline export function bitOf(front: i32, place: i32): u64 {
  return <u64>1 << <u64>(place - <i32>placeField(front, FRONT_FIRST));
}

/** Predicted time to the answer, µs, with so many requests for each replica of a place. */
export function predictedMicros(place: i32, requests: f64): f64 {
  const at = predicted + (<usize>(place * PREDICT_POINTS) << 3);
  const x = requests / placeField(place, PLACE_STEP);
  const k = x >= <f64>(PREDICT_POINTS - 1) ? PREDICT_POINTS - 2 : <i32>x;
  const low = f64At(at, k);
  return low + (f64At(at, k + 1) - low) * (x - <f64>k); // beyond the table it goes on as straight as it ended
}

export function countPlace(origin: i32, place: i32, what: i32, by: f64): void {
  const at = pairOf(origin, place) * PLACE_COUNT + what;
  setF64(counts, at, f64At(counts, at) + by);
}

/** An answer came from a place after so long, µs. */
export function countAnswer(origin: i32, place: i32, met: bool, e2e: f64): void {
  countPlace(origin, place, PLACE_ANSWERED, 1);
  countPlace(origin, place, PLACE_SUM_E2E, e2e);
  if (met) countPlace(origin, place, PLACE_MET, 1);
}

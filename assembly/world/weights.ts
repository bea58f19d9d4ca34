// Sets of weights (adapters of a language model, or models of a server) that replicas hold in their GPU's memory, as their metrics
// tell: which, by how many requests each is in use, and which was used last. What nobody uses makes room, least recently used first.

import { CAP_REPLICAS, CAP_RESIDENT, CAP_WEIGHTS, COL_WEIGHTS_TICKS, COL_WEIGHTS_UNITS } from "../abi";
import { column, f64At, getI, i32At, setI32 } from "../memory";

const RESIDENT_SHIFT: usize = 4;

/** A set of weights on a replica. */
@unmanaged
class Resident {
  weights: i32; // from 1 on; 0 = free
  users: i32;
  last: i32; // when it was used last, in uses of the replica
  units: i32;
}

let units: usize = 0; // by set of weights
let ticks: usize = 0; // f64, to load one
let residents: usize = 0;
let used: usize = 0; // units, by replica
let uses: usize = 0;

export function layoutWeights(): void {
  const n = getI(CAP_WEIGHTS);
  units = column(COL_WEIGHTS_UNITS, 4, n > 0 ? n + 1 : 0);
  ticks = column(COL_WEIGHTS_TICKS, 8, n > 0 ? n + 1 : 0);
  const replicas = n > 0 ? getI(CAP_REPLICAS) : 0;
  residents = column(-1, 1 << <i32>RESIDENT_SHIFT, replicas * getI(CAP_RESIDENT));
  used = column(-1, 4, replicas);
  uses = column(-1, 4, replicas);
}

@inline function residentAt(place: i32, i: i32): Resident {
  return changetype<Resident>(residents + (<usize>(place * getI(CAP_RESIDENT) + i) << RESIDENT_SHIFT));
}

function find(place: i32, weights: i32): i32 {
  for (let i = 0, n = getI(CAP_RESIDENT); i < n; i++) if (residentAt(place, i).weights == weights) return i;
  return -1;
}

/** True if a replica holds a set of weights. */
export function isResident(place: i32, weights: i32): bool { return find(place, weights) >= 0; }

/** Ticks that loading a set takes. */
@inline export function ticksToLoad(weights: i32): i64 { return <i64>f64At(ticks, weights); }

/** Units of memory of a set. */
@inline export function unitsOf(weights: i32): i32 { return i32At(units, weights); }

/** A new replica holds none. */
export function emptyWeights(place: i32): void {
  for (let i = 0, n = getI(CAP_RESIDENT); i < n; i++) memory.fill(changetype<usize>(residentAt(place, i)), 0, 1 << RESIDENT_SHIFT);
  setI32(used, place, 0);
  setI32(uses, place, 0);
}

/** True if a set is resident, or would fit in `capacity` units beside all that are in use. */
export function couldUse(place: i32, weights: i32, capacity: i32): bool {
  let inUse = 0;
  for (let i = 0, n = getI(CAP_RESIDENT); i < n; i++) {
    const r = residentAt(place, i);
    if (r.weights == weights) return true;
    if (r.users > 0) inUse += r.units;
  }
  return inUse + i32At(units, weights) <= capacity;
}

/** A request uses a set from now on, which makes room for itself if it must be loaded; true if it was resident. */
export function useWeights(place: i32, weights: i32, capacity: i32): bool {
  const now = i32At(uses, place) + 1;
  setI32(uses, place, now);
  const at = find(place, weights);
  if (at >= 0) {
    const r = residentAt(place, at);
    r.users++;
    r.last = now;
    return true;
  }
  const wanted = i32At(units, weights);
  while (i32At(used, place) + wanted > capacity) dropOldest(place);
  const r = residentAt(place, find(place, 0));
  r.weights = weights;
  r.users = 1;
  r.last = now;
  r.units = wanted;
  setI32(used, place, i32At(used, place) + wanted);
  return false;
}

function dropOldest(place: i32): void {
  let oldest = -1;
  for (let i = 0, n = getI(CAP_RESIDENT); i < n; i++) {
    const r = residentAt(place, i);
    if (r.weights == 0 || r.users > 0) continue;
    if (oldest < 0 || r.last < residentAt(place, oldest).last) oldest = i;
  }
  const r = residentAt(place, oldest);
  r.weights = 0;
  setI32(used, place, i32At(used, place) - r.units);
}

/** A request uses a set no more; it stays until it must make room. */
export function leaveWeights(place: i32, weights: i32): void {
  const now = i32At(uses, place) + 1;
  setI32(uses, place, now);
  const r = residentAt(place, find(place, weights));
  r.users--;
  r.last = now;
}

/** Different sets that requests use on a replica. */
export function weightsInUse(place: i32): i32 {
  let count = 0;
  for (let i = 0, n = getI(CAP_RESIDENT); i < n; i++) if (residentAt(place, i).users > 0) count++;
  return count;
}

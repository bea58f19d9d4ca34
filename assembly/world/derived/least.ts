// The least loaded replica of a service: a tournament over its places, so that a request costs the logarithm of their
// number. Equal loads go to the lowest place.

import { CAP_REPLICAS, CAP_SERVICES } from "../../abi";
import { column, getI, i32At, setI32, setU64At, u64At } from "../../memory";

/** Load of a replica that takes no requests. */
export const NO_LOAD: u32 = 0xffffffff;

let keys: usize = 0; // u64: load << 32 | place; node i has children 2i and 2i + 1
let bases: usize = 0; // by service: first node of its tree
let leaves: usize = 0; // by service: a power of two
let firsts: usize = 0;

export function layoutLeast(): void {
  const services = getI(CAP_SERVICES);
  keys = column(-1, 8, getI(CAP_REPLICAS) * 4 + services * 4);
  bases = column(-1, 4, services);
  leaves = column(-1, 4, services);
  firsts = column(-1, 4, services);
}

/** Lays out a tree of nobody from node `base` on; the first node of the next tree. */
export function startTree(service: i32, base: i32, first: i32, places: i32): i32 {
  let size = 1;
  while (size < places) size <<= 1;
  setI32(bases, service, base);
  setI32(leaves, service, size);
  setI32(firsts, service, first);
  for (let i = 0; i < size * 2; i++) setU64At(keys, base + i, u64.MAX_VALUE);
  return base + size * 2;
}

export function changeLoad(service: i32, place: i32, load: u32): void {
  const tree = keys + (<usize>i32At(bases, service) << 3);
  let node = i32At(leaves, service) + place - i32At(firsts, service);
  let least = load == NO_LOAD ? u64.MAX_VALUE : (<u64>load << 32) | <u64>place;
  setU64At(tree, node, least);
  while (node > 1) {
    const beside = u64At(tree, node ^ 1);
    if (beside < least) least = beside;
    node >>= 1;
    if (u64At(tree, node) == least) return;
    setU64At(tree, node, least);
  }
}

/** Place of the least loaded replica; -1 if none takes requests. */
@inline export function leastLoaded(service: i32): i32 {
  const least = u64At(keys, i32At(bases, service) + 1);
  return least == u64.MAX_VALUE ? -1 : <i32>(least & 0xffffffff);
}

// Caches of results at gateways: by content, least recently used out first, forgotten after a time. One table for all
// services: each has a stretch of entries, with chains of its own for looking up.

import {
  CAP_CACHE, GATEWAY_CACHE_FIRST, GATEWAY_CACHE_NEW, GATEWAY_CACHE_OLD, GATEWAY_CACHE_SIZE, GATEWAY_CACHE_TTL, GATEWAY_CACHED,
} from "../../abi";
import { mix64 } from "../../kernel/random";
import { column, f64At, getI, i32At, setF64, setI32 } from "../../memory";
import { gateway, gatewayI, setGateway } from "./tables";

let contents: usize = 0;
let untils: usize = 0; // f64, µs
let chains: usize = 0; // first entry of a bucket + 1; as many buckets as entries
let chained: usize = 0; // next entry of the same bucket + 1
let older: usize = 0; // neighbours by use; -1 = none
let newer: usize = 0;

export function layoutCaches(): void {
  const n = getI(CAP_CACHE);
  contents = column(-1, 4, n);
  untils = column(-1, 8, n);
  chains = column(-1, 4, n);
  chained = column(-1, 4, n);
  older = column(-1, 4, n);
  newer = column(-1, 4, n);
}

@inline function bucketOf(service: i32, content: i32): i32 {
  const size = gatewayI(service, GATEWAY_CACHE_SIZE);
  return gatewayI(service, GATEWAY_CACHE_FIRST) + <i32>(((mix64(<u64>content * 0x9e3779b97f4a7c15) >> 32) * <u64>size) >> 32);
}

function find(service: i32, content: i32): i32 {
  for (let e = i32At(chains, bucketOf(service, content)); e; e = i32At(chained, e - 1)) {
    if (i32At(contents, e - 1) == content) return e - 1;
  }
  return -1;
}

/** Takes an entry out of the order of use. */
function unlink(service: i32, e: i32): void {
  const before = i32At(older, e);
  const after = i32At(newer, e);
  if (before >= 0) setI32(newer, before, after);
  else setGateway(service, GATEWAY_CACHE_OLD, <f64>after);
  if (after >= 0) setI32(older, after, before);
  else setGateway(service, GATEWAY_CACHE_NEW, <f64>before);
}

function useLast(service: i32, e: i32): void {
  const last = gatewayI(service, GATEWAY_CACHE_NEW);
  setI32(older, e, last);
  setI32(newer, e, -1);
  if (last >= 0) setI32(newer, last, e);
  else setGateway(service, GATEWAY_CACHE_OLD, <f64>e);
  setGateway(service, GATEWAY_CACHE_NEW, <f64>e);
}

function unchain(service: i32, e: i32): void {
  const bucket = bucketOf(service, i32At(contents, e));
  let before = -1;
  let at = i32At(chains, bucket) - 1;
  while (at != e) {
    before = at;
    at = i32At(chained, at) - 1;
  }
  if (before < 0) setI32(chains, bucket, i32At(chained, e));
  else setI32(chained, before, i32At(chained, e));
}

/** True if the answer to this content is known at `now`, µs; it then was used last. */
export function cached(service: i32, content: i32, now: f64): bool {
  const e = find(service, content);
  if (e < 0 || f64At(untils, e) <= now) return false;
  unlink(service, e);
  useLast(service, e);
  return true;
}

/** Keeps the answer to a content, in place of the one that was used longest ago if the cache is full. */
export function keep(service: i32, content: i32, now: f64): void {
  let e = find(service, content);
  if (e >= 0) {
    unlink(service, e);
  } else {
    const used = gatewayI(service, GATEWAY_CACHED);
    if (used < gatewayI(service, GATEWAY_CACHE_SIZE)) {
      e = gatewayI(service, GATEWAY_CACHE_FIRST) + used;
      setGateway(service, GATEWAY_CACHED, <f64>(used + 1));
    } else {
      e = gatewayI(service, GATEWAY_CACHE_OLD);
      unlink(service, e);
      unchain(service, e);
    }
    setI32(contents, e, content);
    const bucket = bucketOf(service, content);
    setI32(chained, e, i32At(chains, bucket));
    setI32(chains, bucket, e + 1);
  }
  setF64(untils, e, now + gateway(service, GATEWAY_CACHE_TTL));
  useLast(service, e);
}

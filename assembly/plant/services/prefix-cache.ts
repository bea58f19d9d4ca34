// The cache of prefixes of a replica, as vLLM and SGLang keep one unasked: blocks of keys and values whose tokens are computed
// stay after their request has gone, and a request whose prompt begins with them need not compute them (Kwon et al. 2023,
// section 4.4; Zheng et al. 2024, RadixAttention). Blocks that running requests refer to are in use; the others make room, least
// recently left first. A request leaves its last block first, so what goes first never has a block behind it that stays.
// Two requests that compute the same blocks at once share them as soon as the second has them too.

import {
  CACHE_ASKED, CACHE_ENTERED, CACHE_EVICTED, CACHE_HIT, CACHE_PAIRS, CAP_PREFIX_NODES, CAP_REQUESTS, FAIL_INVARIANT, PREFIX_NODE_FREE,
} from "../../abi";
import { mix64 } from "../../kernel/random";
import { countServer } from "../../measure/requests/servers";
import { column, fail, getI, i32At, setI, setI32 } from "../../memory";
import { blockAt, blockOf, nextBlock, prefixLength } from "../../world/prefixes";
import { Replica } from "./replica";
import { Request, requestOf } from "./requests";

const NODE_SHIFT: usize = 5;

/** A block of a prefix in a replica's memory. */
@unmanaged
class Node {
  block: i32;
  place: i32;
  refs: i32; // running requests that use it; 0 = in the list of those that may go
  parent: i32; // the block before it
  chain: i32; // others of its hash; in the free list the next
  older: i32;
  newer: i32;
}

let nodes: usize = 0;
let buckets: usize = 0; // a power of two of them, at least as many as nodes
let bucketMask: i32 = 0; // scratch of layout
let leaves: usize = 0; // by request: the last block that it uses
let shares: usize = 0; // by request: how many it uses

export function layoutPrefixCache(): void {
  const n = getI(CAP_PREFIX_NODES);
  let size = 1;
  while (size < n) size <<= 1;
  bucketMask = size - 1;
  nodes = column(-1, 1 << <i32>NODE_SHIFT, n > 0 ? n + 1 : 0);
  buckets = column(-1, 4, n > 0 ? size : 0);
  leaves = column(-1, 4, n > 0 ? getI(CAP_REQUESTS) + 1 : 0);
  shares = column(-1, 4, n > 0 ? getI(CAP_REQUESTS) + 1 : 0);
}

export function startPrefixCache(): void {
  const n = getI(CAP_PREFIX_NODES);
  for (let i = 1; i <= n; i++) nodeOf(i).chain = i < n ? i + 1 : 0;
  setI(PREFIX_NODE_FREE, n > 0 ? 1 : 0);
}

@inline function nodeOf(i: i32): Node {
  return changetype<Node>(nodes + (<usize>i << NODE_SHIFT));
}

@inline function bucketOf(place: i32, block: i32): i32 {
  return <i32>mix64((<u64>place << 32 | <u64><u32>block) * 0x9e3779b97f4a7c15 + 1) & bucketMask;
}

function find(place: i32, block: i32): i32 {
  let at = i32At(buckets, bucketOf(place, block));
  while (at) {
    const node = nodeOf(at);
    if (node.block == block && node.place == place) break;
    at = node.chain;
  }
  return at;
}

/** Of so many memory blocks of a request, those that it has to itself. */
@inline export function ownOf(r: Replica, slot: i32, blocks: i32): i32 {
  return blocks - (r.prefixShift ? i32At(shares, slot) << (r.prefixShift - r.blockShift) : 0);
}

/** Memory blocks of a block of a prefix. */
@inline function size(r: Replica): i32 {
  return 1 << (r.prefixShift - r.blockShift);
}

// --- those that may go ---

function unlink(r: Replica, node: Node): void {
  if (node.older) nodeOf(node.older).newer = node.newer;
  else r.idleOldest = node.newer;
  if (node.newer) nodeOf(node.newer).older = node.older;
  else r.idleNewest = node.older;
  r.idle--;
}

function forget(r: Replica, at: i32): void {
  const node = nodeOf(at);
  unlink(r, node);
  const bucket = bucketOf(node.place, node.block);
  let other = i32At(buckets, bucket);
  if (other == at) {
    setI32(buckets, bucket, node.chain);
  } else {
    while (nodeOf(other).chain != at) other = nodeOf(other).chain;
    nodeOf(other).chain = node.chain;
  }
  node.chain = getI(PREFIX_NODE_FREE);
  setI(PREFIX_NODE_FREE, at);
}

/** What nobody uses makes room for what is used, and for `growth` memory blocks more. */
export function evict(r: Replica, growth: i32): void {
  while (r.idle > 0 && r.blocksUsed + growth + r.idle * size(r) > r.blocks) {
    forget(r, r.idleOldest);
    countServer(r.service, CACHE_EVICTED, 1);
  }
}

/** The replica goes, and its cache with it; nobody runs there. */
export function emptyCache(r: Replica): void {
  while (r.idle > 0) forget(r, r.idleOldest);
}

// --- requests ---

/** Blocks at the begin of a request's prefix that are here, at most so many that one of `tokens` is left to compute. */
export function matched(r: Replica, place: i32, slot: i32, tokens: i32): i32 {
  const most = min(prefixLength(requestOf(slot).prefix), (tokens - 1) >> r.prefixShift);
  let at = blockAt(requestOf(slot).prefix, 0);
  let i = 0;
  while (i < most && find(place, blockOf(at))) {
    i++;
    at = nextBlock(at);
  }
  return i;
}

/** Memory blocks of the first `length` blocks of a prefix that nobody uses yet: using them takes them from what may go. */
export function idleOf(r: Replica, place: i32, slot: i32, length: i32): i32 {
  let idle = 0;
  let at = blockAt(requestOf(slot).prefix, 0);
  for (let i = 0; i < length; i++, at = nextBlock(at)) if (nodeOf(find(place, blockOf(at))).refs == 0) idle++;
  return idle * size(r);
}

function use(r: Replica, at: i32): void {
  const node = nodeOf(at);
  if (node.refs == 0) {
    unlink(r, node);
    r.blocksUsed += size(r);
  }
  node.refs++;
}

/** A request that is admitted uses the first `length` blocks of its prefix: their tokens count as computed. */
export function useMatched(r: Replica, place: i32, slot: i32, q: Request, length: i32): void {
  let at = blockAt(requestOf(slot).prefix, 0);
  let leaf = 0;
  for (let i = 0; i < length; i++, at = nextBlock(at)) {
    leaf = find(place, blockOf(at));
    use(r, leaf);
  }
  setI32(leaves, slot, leaf);
  setI32(shares, slot, length);
  q.computed = length << r.prefixShift;
  const hit = <f64>q.computed;
  countServer(r.service, CACHE_ASKED, <f64>q.target);
  countServer(r.service, CACHE_HIT, hit);
  countServer(r.service, CACHE_PAIRS, (hit * (hit + 1)) * 0.5);
}

function enter(r: Replica, place: i32, block: i32, parent: i32): i32 {
  const at = getI(PREFIX_NODE_FREE);
  if (at == 0) fail(FAIL_INVARIANT, <f64>getI(CAP_PREFIX_NODES));
  const node = nodeOf(at);
  setI(PREFIX_NODE_FREE, node.chain);
  const bucket = bucketOf(place, block);
  node.block = block;
  node.place = place;
  node.refs = 1;
  node.parent = parent;
  node.chain = i32At(buckets, bucket);
  setI32(buckets, bucket, at);
  countServer(r.service, CACHE_ENTERED, 1);
  return at;
}

/** Blocks of a request of which all tokens are in memory now, `tokens` of them, can be used by others from here on. */
export function share(r: Replica, place: i32, slot: i32, tokens: i32): void {
  const limit = min(prefixLength(requestOf(slot).prefix), tokens >> r.prefixShift);
  let i = i32At(shares, slot);
  if (i >= limit) return;
  let leaf = i32At(leaves, slot);
  for (let at = blockAt(requestOf(slot).prefix, i); i < limit; i++, at = nextBlock(at)) {
    const block = blockOf(at);
    let node = find(place, block);
    if (node) {
      use(r, node);
      r.blocksUsed -= size(r); // its own copy goes
    } else {
      node = enter(r, place, block, leaf);
    }
    leaf = node;
  }
  setI32(leaves, slot, leaf);
  setI32(shares, slot, limit);
}

/** A request uses none any more; its own blocks were given back. */
export function unshare(r: Replica, slot: i32): void {
  let at = i32At(leaves, slot);
  while (at) {
    const node = nodeOf(at);
    if (--node.refs == 0) {
      node.newer = 0;
      node.older = r.idleNewest;
      if (r.idleNewest) nodeOf(r.idleNewest).newer = at;
      else r.idleOldest = at;
      r.idleNewest = at;
      r.idle++;
      r.blocksUsed -= size(r);
    }
    at = node.parent;
  }
  setI32(leaves, slot, 0);
  setI32(shares, slot, 0);
}

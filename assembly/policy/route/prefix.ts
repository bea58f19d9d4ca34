// Routing by prefix: a request goes where most of its prompt was sent before, unless that replica has too much in hand. What the
// router knows are its own past decisions; whether a replica still has the blocks is for the replica to know. As the routers of
// SGLang (Zheng et al., 2024), with the bound on loads of Mirrokni, Thorup and Zadimoghaddam (2018).

import { CAP_SERVICES, COL_SERVICE_AFFINITY, COL_SERVICE_LOAD_BOUND, REPLICA_READY } from "../../abi";
import { column, f64At, getI, i32At } from "../../memory";
import { leastLoaded } from "../../world/derived/least";
import { blockAt, blockOf, lastSent, nextBlock, prefixLength } from "../../world/prefixes";
import { replicaOutstanding, replicaState, serviceOutstanding, serviceReady } from "../../world/services";

let affinityShare: usize = 0; // f64
let loadBound: usize = 0; // f64

export function layoutPrefixRoutes(): void {
  affinityShare = column(COL_SERVICE_AFFINITY, 8, getI(CAP_SERVICES));
  loadBound = column(COL_SERVICE_LOAD_BOUND, 8, getI(CAP_SERVICES));
}

/** The replica that was sent the longest part of this prefix, if it is there and that part long enough; else the least busy. */
export function byPrefix(service: i32, prefix: i32): i32 {
  const length = prefixLength(prefix);
  let best = -1;
  let depth = 0;
  let at = blockAt(prefix, 0);
  for (let i = 1; i <= length; i++, at = nextBlock(at)) {
    const place = lastSent(service, blockOf(at));
    if (place < 0 || i32At(replicaState, place) != REPLICA_READY) continue;
    best = place;
    depth = i;
  }
  if (best < 0 || <f64>depth < f64At(affinityShare, service) * <f64>length) return leastLoaded(service);
  return withinBound(service, best) ? best : leastLoaded(service);
}

/** True if a preferred replica may have one more request. */
export function withinBound(service: i32, best: i32): bool {
  const mean = <f64>(i32At(serviceOutstanding, service) + 1) / <f64>i32At(serviceReady, service);
  return <f64>(i32At(replicaOutstanding, best) + 1) <= Math.ceil(f64At(loadBound, service) * mean);
}

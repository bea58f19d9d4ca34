// Routing by resident weights: a request goes to the least busy replica that holds the weights it needs, unless that one has too
// much in hand, as model meshes and gateways for adapters do; the bound on loads is that of prefix routing.

import { REPLICA_READY } from "../../abi";
import { i32At } from "../../memory";
import { leastLoaded } from "../../world/derived/least";
import { replicaOutstanding, replicaState, serviceFirst, servicePlaces } from "../../world/services";
import { isResident } from "../../world/weights";
import { withinBound } from "./prefix";

export function byResident(service: i32, weights: i32): i32 {
  if (weights == 0) return leastLoaded(service);
  const first = i32At(serviceFirst, service);
  let best = -1;
  for (let p = first, end = first + i32At(servicePlaces, service); p < end; p++) {
    if (i32At(replicaState, p) != REPLICA_READY || !isResident(p, weights)) continue;
    if (best < 0 || i32At(replicaOutstanding, p) < i32At(replicaOutstanding, best)) best = p;
  }
  return best >= 0 && withinBound(service, best) ? best : leastLoaded(service);
}

// What a replica's own metrics page would say at a moment: requests running and waiting, blocks of memory in use, time spent
// working. In the middle of a run of iterations the count is that of the iterations that have ended.

import {
  CAP_REPLICAS, COL_REPLICA_BLOCKS, COL_REPLICA_BUSY, COL_REPLICA_RUNNING, COL_REPLICA_WAITING, TICK_SHIFT,
} from "../../abi";
import { column, getI, setF64, setI32 } from "../../memory";
import { blocksAt, Replica, replicaOf } from "./replica";
import { iterationsIn, ticksAt } from "./segments";

let running: usize = 0;
let waiting: usize = 0;
let blocks: usize = 0;
let busy: usize = 0; // f64, µs

export function layoutGauges(): void {
  const n = getI(CAP_REPLICAS);
  running = column(COL_REPLICA_RUNNING, 4, n);
  waiting = column(COL_REPLICA_WAITING, 4, n);
  blocks = column(COL_REPLICA_BLOCKS, 4, n);
  busy = column(COL_REPLICA_BUSY, 8, n);
}

/** Blocks in use once `ended` iterations of the run under way have ended. */
function blocksAfter(r: Replica, ended: i64): i32 {
  let used = <i64>r.blocksUsed + (ended >> r.blockShift) * r.heapCount;
  for (let i = ended & ~(<i64>((1 << r.blockShift) - 1)); i < ended; i++) used += blocksAt(r, r.iteration + i);
  return <i32>used;
}

/** Writes the gauges of the first `count` places as of `now`, µs. */
export function readGauges(count: i32, now: f64): void {
  const tick = ticksAt(now);
  for (let place = 0; place < count; place++) {
    const r = replicaOf(place);
    const ended = r.length > 0 ? min(r.length, iterationsIn(r.first, r.growth, tick - r.clock)) : 0;
    setI32(running, place, r.running);
    setI32(waiting, place, r.waiting);
    setI32(blocks, place, blocksAfter(r, ended));
    setF64(busy, place, <f64>((r.busy + (r.length > 0 ? tick - r.clock : 0)) >> TICK_SHIFT));
  }
}

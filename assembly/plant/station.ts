// A station of equal servers with one queue: M/M/c, M/G/1, M/M/c/K and processor sharing. It is the engine's own proof
// (closed forms exist) and the measure of its event list; requests of services are built on the same parts.

import {
  CAP_SERVERS, CAP_STATION, DIST_CONSTANT, DIST_ERLANG2, DIST_EXPONENTIAL, FAIL_STATION, STATION_ARRIVAL_KIND,
  STATION_ARRIVAL_MEAN, STATION_ARRIVED, STATION_BLOCKED, STATION_COUNT, STATION_EVENTS, STATION_LIMIT, STATION_SERVED,
  STATION_SERVERS, STATION_SERVICE_KIND, STATION_SERVICE_MEAN, STATION_SERVICE_SHAPE, STATION_SHARING, STATION_SUM_SOJOURN,
  STATION_SUM_WAIT, STATION_WARMUP,
} from "../abi";
import { Heap, layoutHeap, nextTime, put, startHeap, take } from "../kernel/heap";
import { exponential, STREAM_ARRIVALS, STREAM_SERVICES, uniform } from "../kernel/random";
import { column, f64At, fail, getF, getI, i32At, setF, setF64, setI32 } from "../memory";

let heap: Heap = changetype<Heap>(0);
let queue: usize = 0; // ring of arrival times
let inService: usize = 0; // arrival time by server; under sharing: by place
let idle: usize = 0; // stack of idle servers or free places

export function layoutStation(): void {
  const servers = getI(CAP_SERVERS) + 1;
  heap = layoutHeap(servers + 1);
  queue = column(-1, 8, getI(CAP_STATION));
  inService = column(-1, 8, servers + 1);
  idle = column(-1, 4, servers + 1);
}

@inline function draw(stream: i32, kind: i32, mean: f64, shape: f64): f64 {
  if (kind == DIST_EXPONENTIAL) return mean * exponential(stream);
  return drawOther(stream, kind, mean, shape);
}

function drawOther(stream: i32, kind: i32, mean: f64, shape: f64): f64 {
  if (kind == DIST_CONSTANT) return mean;
  if (kind == DIST_ERLANG2) return mean * 0.5 * (exponential(stream) + exponential(stream));
  // two-phase hyperexponential with balanced means and squared coefficient of variation `shape`
  const p = 0.5 * (1 + Math.sqrt((shape - 1) / (shape + 1)));
  if (uniform(stream) < p) return (mean / (2 * p)) * exponential(stream);
  return (mean / (2 * (1 - p))) * exponential(stream);
}

/** Serves STATION_COUNT customers from an empty system; sums exclude the first STATION_WARMUP that leave. */
export function runStation(): void {
  setF(STATION_SERVED, 0);
  setF(STATION_BLOCKED, 0);
  setF(STATION_ARRIVED, 0);
  setF(STATION_SUM_WAIT, 0);
  setF(STATION_SUM_SOJOURN, 0);
  setF(STATION_EVENTS, 0);
  startHeap(heap);
  if (getI(STATION_SHARING)) runSharing();
  else runQueue();
}

function runQueue(): void {
  const servers = getI(STATION_SERVERS);
  const arrivalKind = getI(STATION_ARRIVAL_KIND);
  const arrivalMean = getF(STATION_ARRIVAL_MEAN);
  const serviceKind = getI(STATION_SERVICE_KIND);
  const serviceMean = getF(STATION_SERVICE_MEAN);
  const shape = getF(STATION_SERVICE_SHAPE);
  const limit = getI(STATION_LIMIT);
  const places = limit > 0 ? limit - servers : getI(CAP_STATION);
  if (places > getI(CAP_STATION)) fail(FAIL_STATION, <f64>places);
  const ring = getI(CAP_STATION);
  const warmup = <i64>getF(STATION_WARMUP);
  const target = <i64>getF(STATION_COUNT);
  let idleCount = servers;
  for (let i = 0; i < servers; i++) setI32(idle, i, servers - i); // ids 1 .. servers; 0 is the arrival
  let head = 0;
  let waiting = 0;
  let served: i64 = 0;
  let arrived: i64 = 0;
  let blocked: i64 = 0;
  let counted: i64 = 0;
  let sumWait: f64 = 0;
  let sumSojourn: f64 = 0;
  put(heap, 0, draw(STREAM_ARRIVALS, arrivalKind, arrivalMean, 0), 1);
  while (served < target) {
    const now = nextTime(heap);
    const id = take(heap);
    if (id == 0) {
      put(heap, 0, now + draw(STREAM_ARRIVALS, arrivalKind, arrivalMean, 0), 1);
      arrived++;
      if (idleCount > 0) {
        const server = i32At(idle, --idleCount);
        setF64(inService, server, now);
        put(heap, server, now + draw(STREAM_SERVICES, serviceKind, serviceMean, shape), 0);
      } else if (waiting < places) {
        let tail = head + waiting;
        if (tail >= ring) tail -= ring;
        setF64(queue, tail, now);
        waiting++;
      } else if (limit > 0) {
        blocked++;
      } else {
        fail(FAIL_STATION, <f64>waiting);
      }
    } else {
      served++;
      if (served > warmup) sumSojourn += now - f64At(inService, id);
      if (waiting > 0) {
        const came = f64At(queue, head);
        head++;
        if (head == ring) head = 0;
        waiting--;
        if (served > warmup) sumWait += now - came;
        setF64(inService, id, came);
        put(heap, id, now + draw(STREAM_SERVICES, serviceKind, serviceMean, shape), 0);
      } else {
        setI32(idle, idleCount++, id);
      }
    }
    counted++;
  }
  setF(STATION_SERVED, <f64>(served - warmup));
  setF(STATION_ARRIVED, <f64>arrived);
  setF(STATION_BLOCKED, <f64>blocked);
  setF(STATION_SUM_WAIT, sumWait);
  setF(STATION_SUM_SOJOURN, sumSojourn);
  setF(STATION_EVENTS, <f64>counted);
}

// One server shared equally: everybody's attained service grows at 1/n, so customers leave in the order of
// (attained service at arrival + own demand), and that order is a heap that never has to be rebuilt.
function runSharing(): void {
  const arrivalKind = getI(STATION_ARRIVAL_KIND);
  const arrivalMean = getF(STATION_ARRIVAL_MEAN);
  const serviceKind = getI(STATION_SERVICE_KIND);
  const serviceMean = getF(STATION_SERVICE_MEAN);
  const shape = getF(STATION_SERVICE_SHAPE);
  const warmup = <i64>getF(STATION_WARMUP);
  const target = <i64>getF(STATION_COUNT);
  const capacity = getI(CAP_SERVERS);
  let freeCount = capacity;
  for (let i = 0; i < capacity; i++) setI32(idle, i, capacity - i);
  let present = 0;
  let attained: f64 = 0;
  let now: f64 = 0;
  let served: i64 = 0;
  let arrived: i64 = 0;
  let sumSojourn: f64 = 0;
  let arrivalAt = draw(STREAM_ARRIVALS, arrivalKind, arrivalMean, 0);
  while (served < target) {
    const leaveAt = present > 0 ? now + (nextTime(heap) - attained) * <f64>present : Infinity;
    if (arrivalAt < leaveAt) {
      if (present > 0) attained += (arrivalAt - now) / <f64>present;
      now = arrivalAt;
      if (freeCount == 0) fail(FAIL_STATION, <f64>present);
      const place = i32At(idle, --freeCount);
      setF64(inService, place, now);
      put(heap, place, attained + draw(STREAM_SERVICES, serviceKind, serviceMean, shape), 0);
      present++;
      arrived++;
      arrivalAt = now + draw(STREAM_ARRIVALS, arrivalKind, arrivalMean, 0);
    } else {
      attained = nextTime(heap);
      const place = take(heap);
      now = leaveAt;
      present--;
      served++;
      if (served > warmup) sumSojourn += now - f64At(inService, place);
      setI32(idle, freeCount++, place);
    }
  }
  setF(STATION_SERVED, <f64>(served - warmup));
  setF(STATION_ARRIVED, <f64>arrived);
  setF(STATION_SUM_SOJOURN, sumSojourn);
  setF(STATION_EVENTS, <f64>(served + arrived));
}

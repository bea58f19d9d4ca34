// The only export list of the engine: the ABI. Coarse verbs over resident state; small integers and pointers cross.

import { DIGEST, FREE_MILLI, NOW, POOL_COUNT, SEED } from "./abi";
import { advance as driveAdvance, layoutDrive, startDrive, tick as driveTick } from "./drive";
import { layoutLog, recordAt } from "./kernel/log";
import { layoutRandom, mix64, startRandom } from "./kernel/random";
import { layoutRows, startMeasures } from "./measure/jobs";
import { layoutMarks, startMarks } from "./measure/marks";
import { layoutSeries, startSeries } from "./measure/series";
import { beginLayout, clearState, CONTROL, DIRECTORY, endLayout, getF, getI, i32At, setF, setU64 } from "./memory";
import { changeMember } from "./plant/ensembles/join";
import { layoutJobs } from "./plant/jobs";
import { layoutStation, runStation } from "./plant/station";
import { layoutTables } from "./plant/tables";
import { layoutDecisions } from "./policy/decide";
import { layoutDefragment, startDefragment } from "./policy/place/defragment";
import { layoutFailures } from "./policy/place/failures";
import { planNode } from "./policy/place/list";
import { scoreOf } from "./policy/place/scores";
import { couldEver, layoutPlan, plan } from "./policy/place/plan";
import { layoutPlanner, plannerStride as stridePlanner, solvePlanner } from "./policy/planner";
import { layoutScored } from "./policy/place/scored";
import { featureAt, setSubject } from "./policy/plug/features";
import { layoutConservative } from "./policy/queue/conservative";
import { layoutOrdered } from "./policy/queue/ordered";
import { pass, startRules } from "./policy/queue/rules";
import {
  changeReplica, crashReplica, gaugeReplicas, layoutServe, openReplicas as openServeReplicas, release, startServe,
} from "./serve";
import { layoutClaims, startClaims } from "./world/claims";
import { layoutClusters, poolGpuCount, startClusters } from "./world/clusters";
import { layoutEnds } from "./world/derived/ends";
import { layoutFragments, startFragments } from "./world/derived/fragments";
import { layoutLine } from "./world/derived/line";
import { layoutOrder } from "./world/derived/order";
import { applyRecord } from "./world/facts";
import { layoutHistory } from "./world/history";
import { layoutJournal } from "./world/journal";
import { layoutShapes } from "./world/shapes";

export function control(): usize {
  return CONTROL;
}

export function directory(): usize {
  return DIRECTORY;
}

function layout(clear: bool): void {
  beginLayout(clear);
  layoutRandom();
  layoutLog();
  layoutShapes();
  layoutClusters();
  layoutClaims();
  layoutHistory();
  layoutJournal();
  layoutOrder();
  layoutLine();
  layoutEnds();
  layoutFragments();
  layoutPlan();
  layoutScored();
  layoutFailures();
  layoutDefragment();
  layoutDecisions();
  layoutOrdered();
  layoutConservative();
  layoutTables();
  layoutJobs();
  layoutDrive();
  layoutRows();
  layoutSeries();
  layoutMarks();
  layoutStation();
  layoutPlanner();
  layoutServe();
  endLayout();
}

/** Lays memory out from the capacities in the control block; every column and all state of a run before are cleared. */
export function configure(): void {
  clearState();
  layout(true);
}

/** Points at the columns of a memory that was copied in; nothing is cleared. */
export function attach(): void {
  layout(false);
}

/** Begins a run: everything free, nobody there. Pools, nodes, shapes, classes and parameters are written before. */
export function start(): void {
  startRandom();
  startClusters();
  startDefragment();
  startClaims();
  startFragments();
  startRules();
  startDrive();
  startMeasures();
  startSeries();
  startServe();
  let free: f64 = 0;
  for (let p = 0, n = getI(POOL_COUNT); p < n; p++) free += <f64>i32At(poolGpuCount, p) * 1000;
  setF(FREE_MILLI, free);
  startMarks();
  setU64(DIGEST, mix64(<u64>getF(SEED) + 0x9e3779b97f4a7c15));
}

/** Simulates until `until` (µs); DONE, REACHED, NEED_INPUT or NEED_DRAIN. */
export function advance(until: f64): i32 {
  return driveAdvance(until);
}

/** A controller's moment at `now`, after `advance(now)` has returned REACHED; its facts are observed next. */
export function tick(now: f64): void {
  driveTick(now);
}

/** Applies records from..to of the facts column; the index of the first that is no fact, or `to`. */
export function observe(from: i32, to: i32): i32 {
  let i = from;
  while (i < to) {
    if (!applyRecord(recordAt(i), recordAt(i + 1))) return i;
    i++;
  }
  return i;
}

/** One pass at `now`; the number of decisions is in the control block. */
export function decide(now: f64, reason: i32): void {
  setF(NOW, now);
  pass(reason);
}

/** True if some pool could hold this shape when empty. */
export function feasible(shape: i32): bool {
  for (let p = 0, n = getI(POOL_COUNT); p < n; p++) if (couldEver(p, shape)) return true;
  return false;
}

/** True if the placement rule of the run finds room for this shape as things are now. */
export function fits(shape: i32): bool {
  for (let p = 0, n = getI(POOL_COUNT); p < n; p++) if (plan(p, shape)) return true;
  return false;
}

/** First node of the plan that `fits` made; -1: in a pool without nodes. */
export function plannedNode(): i32 {
  return planNode(0);
}

/**
 * What the run's placement gives node n for one task of this shape: 0 where it gives no scores, -Infinity without room.
 * Features are then those of the node.
 */
export function consider(n: i32, shape: i32): f64 {
  setSubject(n, shape, 0);
  return scoreOf(n, shape);
}

/** Feature `i` of the subject that a user's policy is being asked about; d: a device, for features of devices. */
export function feature(i: i32, d: i32): f64 {
  return featureAt(i, d);
}

/** Solves the planner's transportation problem (assembly/policy/planner.ts); the verdict. */
export function solvePlan(warm: i32, big: f64, pivotsMax: f64): i32 {
  return solvePlanner(warm, big, pivotsMax);
}

export function planStride(): i32 {
  return stridePlanner();
}

/** The first `count` places of a service hold replicas that take requests from now on. */
export function openReplicas(service: i32, count: i32): void {
  openServeReplicas(service, count);
}

/** A place of a service changes its state (REPLICA_...); false if it cannot. */
export function setReplica(service: i32, place: i32, state: i32): bool {
  return changeReplica(service, place, state);
}

/** A replica crashes at `now`, unseen: requests that it has and that are sent there fail. */
export function crash(place: i32, now: f64): void {
  crashReplica(place, now);
}

/** Who waits at gateways goes in as far as there is room at `now`. */
export function admit(now: f64): void {
  release(now);
}

/** Messages to and from member m of an ensemble get through from `now` on, or not, and the router asks it, or not. */
export function setMember(ensemble: i32, member: i32, reached: bool, trusted: bool, now: f64): void {
  changeMember(ensemble, member, reached, trusted, now);
}

/** Brings the gauges of replicas (running, waiting, memory, time at work) up to `now`. */
export function gauge(now: f64): void {
  gaugeReplicas(now);
}

export function station(): void {
  runStation();
}

export function exp(x: f64): f64 {
  return Math.exp(x);
}

export function log(x: f64): f64 {
  return Math.log(x);
}

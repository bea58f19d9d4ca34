// One run of the GPU-sharing study: requests arrive one by one on an empty cluster, are placed or turned away for good,
// and nothing leaves. After every arrival: GPU in use, and GPU that is free but a fragment.

import * as abi from "../../engine/abi.js";
import { Engine } from "../../engine/engine.js";
import { configurePlant } from "../../engine/plant.js";
import { type TypicalKind, typicalRequests } from "../../engine/typical.js";
import { addShapes, configureWorld, type PolicySetup, type PoolSetup } from "../../engine/world.js";
import { findQueuePolicy, PLACE_NUMBERS } from "../../model/policies.js";
import type { NodeList, PodList } from "../../replay/index.js";

/** The six placements of the study, as the engine numbers them. */
export const SHARING_POLICIES = {
  "01-Random": 10,
  "02-DotProd": 5,
  "03-GpuClustering": 6,
  "04-GpuPacking": 7,
  "05-BestFit": 8,
  "06-FGD": 9,
} as const;
export type SharingPolicy = keyof typeof SHARING_POLICIES;

/** Queue rule of the engine: start in the instant of arrival, or be turned away. */
const AT_ONCE = 7;
const RANDOM = SHARING_POLICIES["01-Random"];

/** Arrivals as rows of the pod list, and the rank of every row of the node list: ties go to the lowest. */
export interface ArrivalOrder {
  pods: Int32Array;
  nodeRank: Int32Array;
}

export interface SharingSetup {
  nodes: NodeList;
  pods: PodList;
  /** Of these pods on these nodes: typicalOfPods. */
  typical: readonly TypicalKind[];
  order: ArrivalOrder;
  /** One of the six, or the placement that the engine was linked with. */
  policy: SharingPolicy | "plug";
  seed: number;
  /** Draw among nodes of equal score, in place of the lowest rank. */
  randomTies?: boolean;
  /** Also collect where every request went. */
  placements?: boolean;
}

export interface SharingRun {
  /** After each arrival: GPU milli requested so far, in use, and free but fragments. */
  arrivedMilli: Float64Array;
  usedMilli: Float64Array;
  fragmentMilli: Float64Array;
  /** Seven a row: Q1 Q2 Q3 Q4 XL XR NA, milli. */
  classesMilli: Float64Array;
  gpusTotal: number;
  dropped: number;
  digest: string;
  /** Row of the node list, -1 = turned away; and the devices. Only where asked for. */
  placedOn?: Int32Array;
  devices?: string[];
}

const NEVER_ENDS_MICROS = 1e15;

/** Nodes of one kind become a pool; nodes of a pool keep the order of the list. */
function groupNodes(nodes: NodeList, models: readonly string[]) {
  const groups = new Map<string, number[]>();
  for (let i = 0; i < nodes.count; i++) {
    const key = [nodes.devices[i], nodes.cpuMilli[i], nodes.memoryMib[i], nodes.models[i]].join(" ");
    const rows = groups.get(key);
    if (rows) rows.push(i);
    else groups.set(key, [i]);
  }
  const pools: PoolSetup[] = [];
  const rowOf: number[] = [];
  for (const rows of groups.values()) {
    const first = rows[0]!;
    pools.push({
      name: `pool ${pools.length}`,
      cloud: 0,
      modelBit: 1 << models.indexOf(nodes.models[first]!),
      counted: false,
      nodes: rows.length,
      gpusPerNode: nodes.devices[first]!,
      cpuMilliPerNode: nodes.cpuMilli[first]!,
      memoryMibPerNode: nodes.memoryMib[first]!,
      nodesPerRack: 0,
    });
    rowOf.push(...rows);
  }
  return { pools, rowOf: Int32Array.from(rowOf) };
}

function modelsOf(nodes: NodeList): string[] {
  return [...new Set(nodes.models)];
}

export function modelMask(spec: string, models: readonly string[]): number {
  if (spec === "") return 0;
  let mask = 0;
  for (const name of spec.split("|")) {
    const bit = models.indexOf(name);
    // a model that no node has allows nothing: a bit that no pool has
    mask |= bit < 0 ? 1 << 30 : 1 << bit;
  }
  return mask;
}

/** Simulates one run; an engine given is used again. */
export function runSharing(setup: SharingSetup, engine: Engine = new Engine()): SharingRun {
  const { nodes, pods, order, typical } = setup;
  const models = modelsOf(nodes);
  const { pools, rowOf } = groupNodes(nodes, models);
  const arrivals = order.pods.length;
  const { shapeOf, shapes } = shapesOf(pods, models);
  const rule = setup.policy === "plug" ? PLACE_NUMBERS.plug : SHARING_POLICIES[setup.policy];
  const records = setup.placements === true;
  const capacities = {
    liveJobs: arrivals + 16,
    parts: arrivals + 16,
    shapes: shapes.length,
    tenants: 1,
    input: arrivals,
    rows: arrivals * 2 + 64,
    log: records ? arrivals * 24 + 1024 : 0,
    facts: 0,
  };
  configureWorld(engine, {
    pools,
    policy: UNUSED_POLICY,
    seed: setup.seed,
    capacities,
    jobClasses: 1,
    links: 0,
    prices: 0,
    scored: { rows: shapes.length, typical },
    marks: arrivals,
  });
  configurePlant(engine, [NO_COSTS], [], []);
  engine.setI(abi.QUEUE_RULE, AT_ONCE);
  engine.setI(abi.PLACE_RULE, rule);
  engine.setI(abi.TIES, setup.randomTies || rule === RANDOM ? 1 : 0);
  engine.column(abi.COL_NODE_RANK, "i32").set(rowOf.map((row) => order.nodeRank[row]!));
  engine.call((e) => e.start());
  addShapes(engine, shapes, shapes.length);
  feed(engine, order.pods, shapeOf);
  let state = abi.AGAIN;
  while (state === abi.AGAIN) state = engine.call((e) => e.advance(arrivals * 1e6));
  // done: everybody was turned away, so that nothing is left to happen
  if (state !== abi.REACHED && state !== abi.DONE) throw new Error(`the engine stopped with ${state}`);
  return collect(engine, setup, rowOf, records);
}

/** The world wants one; the study's own rules are written over it. */
const UNUSED_POLICY: PolicySetup = {
  queue: findQueuePolicy("fifo")!,
  place: "first-fit",
  lasThresholdsGpuSeconds: [1],
  reservationDepth: 1,
};

const NO_COSTS = {
  startupMicros: 0,
  restartMicros: 0,
  migrationMicros: 0,
  checkpointMicros: 0,
  slowdownSameRack: 1,
  slowdownAcrossRacks: 1,
  failuresPerGpuHour: 0,
  inputGib: 0,
  inputCloud: 0,
};

function shapesOf(pods: PodList, models: readonly string[]) {
  const ids = new Map<string, number>();
  const shapes: Parameters<typeof addShapes>[1][number][] = [];
  const shapeOf = new Int32Array(pods.count);
  for (let i = 0; i < pods.count; i++) {
    const gpuMilli = pods.devices[i]! > 1 ? pods.devices[i]! * 1000 : pods.gpuMilli[i]!;
    const mask = modelMask(pods.spec[i]!, models);
    const key = `${gpuMilli} ${pods.cpuMilli[i]} ${pods.memoryMib[i]} ${mask}`;
    let id = ids.get(key);
    if (id === undefined) {
      id = shapes.length;
      ids.set(key, id);
      shapes.push({ tasks: 1, gpuMilli, cpuMilli: pods.cpuMilli[i]!, memoryMib: pods.memoryMib[i]!, modelMask: mask });
    }
    shapeOf[i] = id;
  }
  return { shapeOf, shapes };
}

/** The mix of a pod list. */
export function typicalOfPods(pods: PodList, nodes: NodeList): TypicalKind[] {
  const models = modelsOf(nodes);
  return typicalRequests(
    pods.names.map((_, i) => {
      const spec = pods.spec[i]!;
      return {
        cpuMilli: pods.cpuMilli[i]!,
        gpuMilli: pods.gpuMilli[i]!,
        devices: pods.devices[i]!,
        modelMask: modelMask(spec, models),
        models: spec,
        count: 1,
      };
    }),
  );
}

/** One arrival a second; nothing ends before all have come. */
function feed(engine: Engine, order: Int32Array, shapeOf: Int32Array): void {
  const { length } = order;
  const f64 = (id: number) => engine.column(id, "f64");
  const i32 = (id: number) => engine.column(id, "i32");
  f64(abi.COL_INPUT_SUBMIT).set(Float64Array.from({ length }, (_, i) => i * 1e6));
  f64(abi.COL_INPUT_RUN).fill(NEVER_ENDS_MICROS);
  f64(abi.COL_INPUT_ESTIMATE).fill(NEVER_ENDS_MICROS);
  f64(abi.COL_INPUT_DEADLINE).fill(Number.NaN);
  i32(abi.COL_INPUT_TENANT).fill(0);
  i32(abi.COL_INPUT_PRIORITY).fill(0);
  i32(abi.COL_INPUT_CLASS).fill(0);
  i32(abi.COL_INPUT_SHAPE).set(order.map((row) => shapeOf[row]!));
  i32(abi.COL_INPUT_JOB).set(Int32Array.from({ length }, (_, i) => i));
  engine.column(abi.COL_INPUT_STATUS, "u8").fill(0);
  engine.setI(abi.INPUT_COUNT, length);
  engine.setI(abi.INPUT_NEXT, 0);
  engine.setI(abi.INPUT_DONE, 1);
}

function collect(
  engine: Engine,
  { pods, order, nodes }: SharingSetup,
  rowOf: Int32Array,
  records: boolean,
): SharingRun {
  const arrivals = order.pods.length;
  const arrivedMilli = new Float64Array(arrivals);
  let arrived = 0;
  order.pods.forEach((row, i) => {
    arrived += pods.devices[row]! * pods.gpuMilli[row]!;
    arrivedMilli[i] = arrived;
  });
  const marks = engine.getI(abi.MARK_COUNT);
  if (marks !== arrivals) throw new Error(`${marks} marks of ${arrivals} arrivals`);
  const copy = (id: number, count: number) => engine.column(id, "f64").slice(0, count);
  return {
    arrivedMilli,
    usedMilli: copy(abi.COL_MARK_USED, arrivals),
    fragmentMilli: copy(abi.COL_MARK_FRAGMENT, arrivals),
    classesMilli: copy(abi.COL_MARK_CLASSES, arrivals * 7),
    gpusTotal: nodes.devices.reduce((a, b) => a + b, 0),
    dropped: engine.getF(abi.DROPPED),
    digest: engine.digest(),
    ...(records ? placements(engine, arrivals, rowOf) : {}),
  };
}

function placements(engine: Engine, arrivals: number, rowOf: Int32Array) {
  const placedOn = new Int32Array(arrivals).fill(-1);
  const devices = new Array<string>(arrivals).fill("");
  const log = new DataView(engine.bytes(abi.COL_LOG, engine.getI(abi.LOG_COUNT)).slice().buffer);
  const jobOf = new Map<number, number>();
  for (let at = 0; at < log.byteLength; at += abi.RECORD_BYTES) {
    const kind = log.getInt32(at + 24, true);
    const slot = log.getInt32(at + 28, true);
    if (kind === abi.FACT_SUBMITTED) jobOf.set(slot, log.getInt32(at + 36, true));
    if (kind !== abi.DECIDE_PART) continue;
    const job = jobOf.get(slot)!;
    placedOn[job] = rowOf[log.getInt32(at + 36, true)]!;
    const mask = log.getBigUint64(at + 8, true);
    const held: number[] = [];
    for (let d = 0; d < 64; d++) if ((mask >> BigInt(d)) & 1n) held.push(d);
    devices[job] = held.join("-");
  }
  return { placedOn, devices };
}

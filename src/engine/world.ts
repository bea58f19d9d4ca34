// Writes what a run starts from into an engine: capacities, pools, nodes, shapes and the policy's parameters. The same
// for all drivers: simulation, replay of a log, live.

import { WindtunnelError } from "../model/errors.js";
import { INFORMATION, PLACE_NUMBERS, type PlaceRule, QUEUE_RULES, type QueuePolicy } from "../model/policies.js";
import * as abi from "./abi.js";
import type { Engine } from "./engine.js";
import { configureServing, type ServingSetup, writeServingCapacities } from "./services.js";

/** Identical nodes of one cloud and GPU model. */
export interface PoolSetup {
  name: string;
  /** Index of the cloud. */
  cloud: number;
  /** Bit of the GPU model in a job's modelMask. */
  modelBit: number;
  counted: boolean;
  nodes: number;
  gpusPerNode: number;
  /** 0 = not constrained. */
  cpuMilliPerNode: number;
  /** 0 = not constrained. */
  memoryMibPerNode: number;
  /** 0 = all in one rack. */
  nodesPerRack: number;
  /** Devices are partitioned (MIG): shares are 125, 250 or 500 milli and begin at certain slices only. */
  mig?: boolean;
}

/** A distinct request: `tasks` equal members of a gang. Units as in JobTable. */
export interface ShapeSetup {
  tasks: number;
  gpuMilli: number;
  cpuMilli: number;
  memoryMib: number;
  modelMask: number;
}

/** One kind of request of the mix that fragmentation is measured against. */
export interface TypicalRequest {
  cpuMilli: number;
  /** Of each device. */
  gpuMilli: number;
  devices: number;
  /** Models allowed; 0 = any. */
  modelMask: number;
  /** Share of the mix; they add up to 1. */
  weight: number;
}

export interface PolicySetup {
  queue: QueuePolicy;
  place: PlaceRule | "plug";
  lasThresholdsGpuSeconds: readonly number[];
  reservationDepth: number;
  /** Others are moved to make room for the first that waits; absent: nobody is. */
  moving?: { movesMax: number; restMicros: number };
}

/** How much each table holds; reaching one is an error that names it. */
export interface Capacities {
  /** Jobs queued or running at once. */
  liveJobs: number;
  /** Placements (job x node) held at once. */
  parts: number;
  shapes: number;
  tenants: number;
  /** Rows of the input chunk. */
  input: number;
  /** Rows of ended jobs between two drains; at least as many as run at once. */
  rows: number;
  /** Records of the log between two drains; 0 = no log. */
  log: number;
  /** Records of the facts column, for replay and live. */
  facts: number;
}

export interface ScoredSetup {
  /** Shapes whose scores are kept at once; a cache. */
  rows: number;
  /** May be empty: fragmentation is then 0. */
  typical: readonly TypicalRequest[];
}

export interface WorldSetup {
  pools: readonly PoolSetup[];
  policy: PolicySetup;
  seed: number;
  capacities: Capacities;
  jobClasses: number;
  links: number;
  prices: number;
  /** What placements that score nodes need; absent: none will be used. */
  scored?: ScoredSetup;
  /** True: jobs that share a device slow each other down, by pairs of classes. */
  pairs?: boolean;
  /** Inference services; absent = none. */
  serving?: ServingSetup;
  /** Test hook: every n-th pass drops the policy's indexes; 0 = never. */
  dropIndexesEvery?: number;
  /** Clusters that state facts of their own (live); default 0. */
  clusters?: number;
  /** Instants that leave a mark of use and fragmentation; default none. */
  marks?: number;
}

/** Stands for "as much as anybody asks for" of CPU milli and MiB. */
const UNCONSTRAINED = 2 ** 30;
const BINS = 1024;
const FIRST_BIN_MICROS = 60_000_000;

function powerOfTwo(atLeast: number): number {
  let n = 64;
  while (n < atLeast) n *= 2;
  return n;
}

function writeCapacities(engine: Engine, setup: WorldSetup): void {
  const { capacities: c, pools } = setup;
  const nodes = pools.reduce((sum, p) => sum + (p.counted ? 0 : p.nodes), 0);
  const devices = pools.reduce((sum, p) => sum + (p.counted ? 0 : p.nodes * p.gpusPerNode), 0);
  const slots: [slot: number, value: number][] = [
    [abi.CAP_CLAIMS, c.liveJobs],
    [abi.CAP_PARTS, c.parts],
    [abi.CAP_SHAPES, c.shapes],
    [abi.CAP_TENANTS, Math.max(1, c.tenants)],
    [abi.CAP_INPUT, Math.max(1, c.input)],
    [abi.CAP_ROWS, c.rows],
    [abi.CAP_LOG, c.log],
    [abi.CAP_FACTS, c.facts],
    [abi.CAP_POOLS, pools.length],
    [abi.CAP_NODES, Math.max(1, nodes)],
    [abi.CAP_DEVICES, Math.max(1, devices)],
    [abi.CAP_CLASSES, Math.max(1, setup.jobClasses)],
    [abi.CAP_LINKS, setup.links],
    [abi.CAP_PRICES, setup.prices],
    [abi.CAP_BINS, BINS],
    [abi.CAP_LINE, powerOfTwo(c.liveJobs * 2)],
    [abi.CAP_STATION, 1],
    [abi.CAP_SERVERS, 1],
    [abi.CAP_SCORED, setup.scored?.rows ?? 0],
    [abi.CAP_TYPICAL, setup.scored ? Math.max(1, setup.scored.typical.length) : 0],
    [abi.CAP_MARKS, setup.marks ?? 0],
    [abi.CAP_PAIRS, setup.pairs ? 1 : 0],
    [abi.CAP_MIG, pools.some((pool) => pool.mig) ? 1 : 0],
    [abi.CAP_CLUSTERS, setup.clusters ?? 0],
  ];
  for (const [slot, value] of slots) engine.setI(slot, value);
}

/** From the next pass on, another policy decides: every index that the old one kept is built anew. */
export function changePolicy(engine: Engine, policy: PolicySetup): void {
  writePolicy(engine, policy);
  engine.setI(abi.JOURNAL_LOST, 1);
}

function writePolicy(engine: Engine, policy: PolicySetup): void {
  engine.setI(abi.QUEUE_RULE, QUEUE_RULES[policy.queue.rule]);
  engine.setI(abi.PLACE_RULE, PLACE_NUMBERS[policy.place]);
  engine.setI(abi.INFORMATION, INFORMATION[policy.queue.information]);
  engine.setI(abi.RESERVATION_DEPTH, policy.reservationDepth);
  engine.setI(abi.MOVING, policy.moving ? 1 : 0);
  engine.setI(abi.MOVES_LIMIT, policy.moving?.movesMax ?? 0);
  engine.setF(abi.MOVE_REST, policy.moving?.restMicros ?? 0);
  engine.setI(abi.LAS_LEVELS, policy.lasThresholdsGpuSeconds.length);
  // GPU-seconds to GPU-milli x µs
  policy.lasThresholdsGpuSeconds.forEach((bound, i) => {
    engine.setF(abi.LAS_BOUND_0 + i, bound * 1e9);
  });
}

function writePools(engine: Engine, pools: readonly PoolSetup[]): void {
  const gpuCount = engine.column(abi.COL_POOL_GPU_COUNT, "i32");
  const counted = engine.column(abi.COL_POOL_COUNTED, "i32");
  const mig = engine.column(abi.COL_POOL_MIG, "i32");
  const modelBit = engine.column(abi.COL_POOL_MODEL_BIT, "i32");
  const cloud = engine.column(abi.COL_POOL_CLOUD, "i32");
  const firstNode = engine.column(abi.COL_POOL_FIRST_NODE, "i32");
  const nodeCount = engine.column(abi.COL_POOL_NODE_COUNT, "i32");
  const nodePool = engine.column(abi.COL_NODE_POOL, "i32");
  const nodeGpus = engine.column(abi.COL_NODE_GPU_COUNT, "i32");
  const nodeCpu = engine.column(abi.COL_NODE_CPU_TOTAL, "i32");
  const nodeMemory = engine.column(abi.COL_NODE_MEMORY_TOTAL, "i32");
  const nodeRack = engine.column(abi.COL_NODE_RACK, "i32");
  const nodeDevice = engine.column(abi.COL_NODE_FIRST_DEVICE, "i32");
  let node = 0;
  let device = 0;
  let rack = 0;
  pools.forEach((pool, p) => {
    gpuCount[p] = pool.nodes * pool.gpusPerNode;
    counted[p] = pool.counted ? 1 : 0;
    mig[p] = pool.mig ? 1 : 0;
    modelBit[p] = pool.modelBit;
    cloud[p] = pool.cloud;
    firstNode[p] = node;
    nodeCount[p] = pool.counted ? 0 : pool.nodes;
    if (pool.counted) return;
    for (let i = 0; i < pool.nodes; i++) {
      nodePool[node] = p;
      nodeGpus[node] = pool.gpusPerNode;
      nodeCpu[node] = pool.cpuMilliPerNode || UNCONSTRAINED;
      nodeMemory[node] = pool.memoryMibPerNode || UNCONSTRAINED;
      nodeRack[node] = rack + (pool.nodesPerRack > 0 ? Math.floor(i / pool.nodesPerRack) : 0);
      nodeDevice[node] = device;
      device += pool.gpusPerNode;
      node++;
    }
    rack = nodeRack[node - 1]! + 1;
  });
  engine.setI(abi.POOL_COUNT, pools.length);
  engine.setI(abi.NODE_COUNT, node);
}

function writeTypical(engine: Engine, typical: readonly TypicalRequest[]): void {
  engine.setI(abi.TYPICAL_COUNT, typical.length);
  const i32 = (id: number) => engine.column(id, "i32");
  typical.forEach((request, m) => {
    i32(abi.COL_TYPICAL_CPU)[m] = request.cpuMilli;
    i32(abi.COL_TYPICAL_MILLI)[m] = request.gpuMilli;
    i32(abi.COL_TYPICAL_DEVICES)[m] = request.devices;
    i32(abi.COL_TYPICAL_MASK)[m] = request.modelMask;
    engine.column(abi.COL_TYPICAL_WEIGHT, "f64")[m] = request.weight;
  });
}

/** Lays out memory and writes pools and policy; the caller adds shapes and the plant's tables, then calls `start`. */
export function configureWorld(engine: Engine, setup: WorldSetup): void {
  writeCapacities(engine, setup);
  writeServingCapacities(engine, setup.serving);
  engine.setF(abi.SEED, setup.seed);
  engine.setF(abi.BIN_MICROS, FIRST_BIN_MICROS);
  engine.setI(abi.LOG_ON, setup.capacities.log > 0 ? 1 : 0);
  engine.setI(abi.CACHE_DROP, setup.dropIndexesEvery ?? 0);
  writePolicy(engine, setup.policy);
  engine.call((e) => e.configure());
  writePools(engine, setup.pools);
  if (setup.serving) configureServing(engine, setup.serving);
  if (!setup.scored) return;
  writeTypical(engine, setup.scored.typical);
  engine.setI(abi.TIES, 0);
  engine.column(abi.COL_NODE_RANK, "i32").forEach((_, node, rank) => {
    rank[node] = node;
  });
}

/** Appends shapes to the engine's table. */
export function addShapes(engine: Engine, shapes: readonly ShapeSetup[], capacity: number): void {
  const first = engine.getI(abi.SHAPE_COUNT);
  if (first + shapes.length > capacity) {
    throw new WindtunnelError(
      "CAPACITY_REACHED",
      `The engine's table of distinct job shapes is full: it holds ${capacity}.`,
      "Raise it with --capacity-shapes.",
    );
  }
  const tasks = engine.column(abi.COL_SHAPE_TASKS, "i32");
  const gpu = engine.column(abi.COL_SHAPE_GPU_MILLI, "i32");
  const cpu = engine.column(abi.COL_SHAPE_CPU_MILLI, "i32");
  const memory = engine.column(abi.COL_SHAPE_MEMORY_MIB, "i32");
  const mask = engine.column(abi.COL_SHAPE_MODEL_MASK, "i32");
  shapes.forEach((shape, i) => {
    tasks[first + i] = shape.tasks;
    gpu[first + i] = shape.gpuMilli;
    cpu[first + i] = shape.cpuMilli;
    memory[first + i] = shape.memoryMib;
    mask[first + i] = shape.modelMask;
  });
  engine.setI(abi.SHAPE_COUNT, first + shapes.length);
}

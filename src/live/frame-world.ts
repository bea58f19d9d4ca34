// The world that a frame is told to: its pools, its policy, and room for as many claims and facts as there are.

import * as abi from "../engine/abi.js";
import { typicalRequests } from "../engine/typical.js";
import type { PolicySetup, PoolSetup, TypicalRequest, WorldSetup } from "../engine/world.js";
import {
  findQueuePolicy,
  isPolicyFile,
  isScored,
  type PlaceRule,
  parsePlace,
  policyName,
  userQueuePolicy,
} from "../model/policies.js";
import type { Claim } from "./claims.js";
import type { LiveConfigFile } from "./config.js";
import type { Room } from "./room.js";

export function policySetup(policy: LiveConfigFile["policy"]): PolicySetup {
  const queue = isPolicyFile(policy.queue) ? userQueuePolicy(policyName(policy.queue)) : findQueuePolicy(policy.queue)!;
  return {
    queue,
    place: isPolicyFile(policy.place) ? "plug" : (parsePlace(policy.place).place as PlaceRule),
    lasThresholdsGpuSeconds: policy.lasThresholdsGpuSeconds,
    reservationDepth: policy.reservationDepth,
  };
}

/** The same for a world in which others are moved to make room for the first that waits. */
export function movingSetup(policy: LiveConfigFile["policy"]): PolicySetup {
  const { movesMax, restMinutes } = policy.moving ?? MOVING_DEFAULTS;
  return { ...policySetup(policy), moving: { movesMax, restMicros: restMinutes * 60e6 } };
}

/** Those of a scenario. */
export const MOVING_DEFAULTS = { movesMax: 8, restMinutes: 10 };

/** The mix of requests that fragmentation is measured against: what is there now. */
export function typicalOf(claims: readonly Claim[]): TypicalRequest[] {
  return typicalRequests(
    claims.map((claim) => ({
      cpuMilli: claim.requests.cpuMilli,
      gpuMilli: Math.min(claim.gpuMilli, 1000),
      devices: Math.ceil(claim.gpuMilli / 1000),
      modelMask: 0,
      models: "",
      count: claim.tasks,
    })),
  ).map(({ models: _models, ...request }) => request);
}

const SCORED_ROWS = 256;

export function worldSetup(
  policy: PolicySetup,
  room: Room,
  { slots, shapes, tenants, clusters }: { slots: number; shapes: number; tenants: number; clusters: number },
  typical: readonly TypicalRequest[],
): WorldSetup {
  const pools: PoolSetup[] = room.pools.map((pool, p) => ({
    name: `${pool.cluster}/${pool.product}`,
    cloud: pool.clusterIndex,
    modelBit: 1 << p,
    counted: false,
    nodes: pool.nodeCount,
    gpusPerNode: pool.gpus,
    cpuMilliPerNode: Math.max(1, pool.cpuMilli),
    memoryMibPerNode: Math.max(1, pool.memoryMib),
    nodesPerRack: 0,
  }));
  const devices = room.nodes.reduce((sum, n) => sum + n.node.gpus, 0);
  const scored = policy.place === "plug" || isScored(policy.place);
  const facts = room.nodes.length + slots * 3 + devices + clusters * abi.AS_OF_KINDS + 64;
  return {
    pools,
    policy,
    seed: 1,
    capacities: {
      liveJobs: Math.max(16, slots),
      parts: devices * 4 + slots + 16,
      shapes: Math.max(16, shapes + 1),
      tenants: Math.max(1, tenants),
      input: 1,
      rows: 64,
      log: facts * 2 + devices + slots * 2 + 64,
      facts: facts + 2,
    },
    jobClasses: 1,
    links: 0,
    prices: 0,
    clusters: Math.max(1, clusters),
    ...(scored ? { scored: { rows: SCORED_ROWS, typical } } : {}),
  };
}

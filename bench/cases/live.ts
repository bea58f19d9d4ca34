// Live mode: from the snapshot of a large cluster to a plan. The alternative is what a user would write first: the same first-fit
// for the head of the line, over the same objects, in plain JavaScript.

import { engineSha256 } from "#src/engine/load.js";
import { type Claim, claimsOf } from "#src/live/claims.js";
import type { Snapshot } from "#src/live/cluster.js";
import { KINDS } from "#src/live/cluster.js";
import { parseLiveConfig } from "#src/live/config.js";
import { decideFrame, LiveDriver } from "#src/live/driver.js";
import { parseJob, parseNode, parsePod } from "#src/live/objects.js";
import { buildPlan } from "#src/live/plan.js";
import { think } from "#src/live/planner.js";
import type { Case } from "../harness.js";

const NOW = 1_800_000_000_000;
const GPUS = 8;

/** Nodes of eight GPUs, three quarters full of others' pods, small CPU pods beside them, and a queue of suspended Jobs. */
function snapshotOf(nodeCount: number, podCount: number, jobCount: number): Snapshot {
  const meta = (name: string, version: number, more = {}) => ({
    name,
    namespace: "team",
    uid: `u-${name}`,
    resourceVersion: String(version),
    creationTimestamp: "2027-01-15T07:00:00Z",
    ...more,
  });
  const nodes = Array.from({ length: nodeCount }, (_, i) => {
    const resources = { cpu: "96", memory: "1024Gi", pods: "250", "nvidia.com/gpu": String(GPUS) };
    const labels = { "nvidia.com/gpu.product": i % 2 ? "H100" : "A100", "kubernetes.io/hostname": `n${i}` };
    return parseNode({
      metadata: meta(`n${String(i).padStart(5, "0")}`, i + 1, { labels }),
      status: { allocatable: resources, capacity: resources, conditions: [{ type: "Ready", status: "True" }] },
    })!;
  });
  const pods = Array.from({ length: podCount }, (_, i) => {
    // three pods of two GPUs a node, the rest without
    const gpus = i < nodeCount * 3 ? { "nvidia.com/gpu": "2" } : {};
    return parsePod({
      metadata: meta(`p${i}`, 100_000 + i),
      spec: {
        nodeName: nodes[i % nodeCount]!.name,
        containers: [{ resources: { requests: { cpu: "2", memory: "8Gi", ...gpus } } }],
      },
      status: { phase: "Running" },
    })!;
  });
  const jobs = Array.from({ length: jobCount }, (_, i) => {
    const resources = { requests: { cpu: "4", memory: "16Gi", "nvidia.com/gpu": String([1, 1, 2, 2][i % 4]) } };
    return parseJob({
      metadata: meta(`j${i}`, 900_000 + i, { annotations: { "windtunnel.dev/sequence": String(i) } }),
      spec: {
        suspend: true,
        parallelism: 1 + (i % 5),
        completions: 1 + (i % 5),
        template: { spec: { containers: [{ resources }] } },
      },
    })!;
  });
  return {
    cluster: "a",
    server: "bench",
    takenMillis: NOW,
    ageSeconds: 0,
    state: "fresh",
    why: "",
    versions: {},
    ageSecondsOf: Object.fromEntries(KINDS.map((kind) => [kind, 0])),
    nodes,
    pods,
    namespaces: [],
    jobs,
    scalables: [],
    budgets: [],
    scaleOwners: [],
    workloads: [],
    routes: [],
  };
}

/** First come first served, first fit, as one would write it. */
function plainPlan(snapshot: Snapshot, claims: readonly Claim[]): number {
  const nodes = [...snapshot.nodes].sort((a, b) => (a.name < b.name ? -1 : 1));
  const free = new Map(nodes.map((n) => [n.name, { gpus: n.gpus, cpu: n.cpuMilli, memory: n.memoryMib }]));
  for (const pod of snapshot.pods) {
    const node = free.get(pod.nodeName);
    if (!node) continue;
    node.gpus -= pod.requests.gpus;
    node.cpu -= pod.requests.cpuMilli;
    node.memory -= pod.requests.memoryMib;
  }
  let started = 0;
  for (const claim of claims) {
    const { gpus, cpuMilli, memoryMib } = claim.requests;
    const taken: string[] = [];
    for (const node of nodes) {
      const room = free.get(node.name)!;
      while (taken.length < claim.tasks && room.gpus >= gpus && room.cpu >= cpuMilli && room.memory >= memoryMib) {
        room.gpus -= gpus;
        room.cpu -= cpuMilli;
        room.memory -= memoryMib;
        taken.push(node.name);
      }
      if (taken.length === claim.tasks) break;
    }
    if (taken.length < claim.tasks) break;
    started++;
  }
  return started;
}

function decideCase(name: string, nodeCount: number, podCount: number): Case {
  let snapshot: Snapshot;
  const config = parseLiveConfig(
    "windtunnelLive: 1\npolicy: { queue: fifo, place: first-fit }\nclusters: [{ name: a }]\n",
    "bench.yaml",
  );
  return {
    name,
    unit: "ms",
    better: "lower",
    runs: 9,
    value: ({ millis }) => millis,
    baseline: {
      name: "first-fit in plain JavaScript, without facts, guards or a plan",
      run() {
        const begun = performance.now();
        const { claims } = claimsOf(config, [snapshot]);
        const started = plainPlan(snapshot, claims);
        return { work: 1, millis: performance.now() - begun, hash: `${started}` };
      },
    },
    async setup(tiny) {
      snapshot = tiny ? snapshotOf(10, 100, 20) : snapshotOf(nodeCount, podCount, 500);
      const driver = new LiveDriver();
      return {
        async run() {
          const begun = performance.now();
          // a new one at each pass, as a view makes it: nothing that was found for the last one helps
          const fresh = { ...snapshot };
          const thought = await think(config, [fresh], { wishes: [], left: [] }, NOW, async (frame) =>
            decideFrame(driver, frame),
          );
          const plan = buildPlan({
            nowMillis: NOW,
            minutes: 10,
            policy: config.policy,
            engineSha256: engineSha256(),
            facts: thought.facts,
            decisions: thought.decisions,
            snapshots: [fresh],
            changes: thought.changes,
            refusals: [],
            claims: thought.claims,
            notes: thought.notes,
            permit: null,
          });
          return {
            work: 1,
            millis: performance.now() - begun,
            hash: `${plan.changes.length} ${thought.decisions}`,
          };
        },
      };
    },
  };
}

export function liveCases(): Case[] {
  return [decideCase("live/decide-1000-nodes", 1000, 10_000)];
}

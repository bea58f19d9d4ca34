// A simulated run as the objects of a cluster, pass by pass: every job is a gang of pods that ask for our scheduler, with what
// only a simulation knows to the microsecond in annotations.

import * as abi from "../../src/engine/abi.js";
import type { Engine } from "../../src/engine/engine.js";
import { LogReader } from "../../src/engine/log.js";
import { claimsOf } from "../../src/live/claims.js";
import { parseLiveConfig } from "../../src/live/config.js";
import { decideFrame, LiveDriver } from "../../src/live/driver.js";
import { buildFrame } from "../../src/live/frame.js";
import { replayLog } from "../../src/replay/index.js";
import type { Recorded } from "../sim/schedules/small.js";
import { nodeObject, PATHS, storeSnapshot } from "./cluster-objects.js";
import { FakeStore } from "./fake-store.js";

type Engines = Pick<Engine, "field" | "column">;
const CREATED = "1970-01-01T00:00:00Z";

function devicesOf(mask: bigint): number[] {
  return Array.from({ length: 64 }, (_, d) => d).filter((d) => (mask & (1n << BigInt(d))) !== 0n);
}

interface Held {
  node: number;
  devices: number[];
}

/** Tasks of a claim, each with its node and devices. */
function tasksOf(engine: Engines, first: number, gpuMilli: number): Held[] {
  const [node, tasks, next] = [abi.COL_PART_NODE, abi.COL_PART_TASKS, abi.COL_PART_NEXT].map((id) =>
    engine.column(id, "i32"),
  );
  const mask = engine.column(abi.COL_PART_MASK, "u64");
  const held: Held[] = [];
  for (let part = first; part > 0; part = next![part]!) {
    const devices = devicesOf(mask[part]!);
    const each = gpuMilli >= 1000 ? gpuMilli / 1000 : devices.length;
    for (let t = 0; t < tasks![part]!; t++)
      held.push({ node: node![part]!, devices: devices.slice(t * each, (t + 1) * each) });
  }
  return held;
}

function serve(engine: Engines, run: Recorded): FakeStore {
  const store = new FakeStore();
  store.nowMillis = () => 0;
  const [pool] = run.pools;
  for (let n = 0; n < pool!.nodes; n++) {
    store.put(
      PATHS.nodes,
      nodeObject(`n${n}`, pool!.gpusPerNode, {
        cpu: `${pool!.cpuMilliPerNode}m`,
        memory: `${pool!.memoryMibPerNode}Mi`,
      }),
    );
  }
  const i32 = (id: number) => engine.field(id, "i32");
  const f64 = (id: number) => engine.field(id, "f64");
  const [state, job, shape, priority, level, firstPart] = [
    abi.COL_CLAIM_STATE,
    abi.COL_CLAIM_JOB,
    abi.COL_CLAIM_SHAPE,
    abi.COL_CLAIM_PRIORITY,
    abi.COL_CLAIM_LEVEL,
    abi.COL_CLAIM_FIRST_PART,
  ].map(i32);
  const [sequence, estimate, held, entry, start] = [
    abi.COL_CLAIM_SEQUENCE,
    abi.COL_CLAIM_ESTIMATE,
    abi.COL_CLAIM_HELD,
    abi.COL_CLAIM_ENTRY,
    abi.COL_CLAIM_START,
  ].map(f64);
  for (let slot = 1; slot < state!.length; slot++) {
    if (state![slot] === abi.STATE_GONE) continue;
    const { tasks, gpuMilli, cpuMilli, memoryMib } = run.simulation.shapes[shape![slot]!]!;
    const share = gpuMilli > 0 && gpuMilli < 1000;
    const places = state![slot] === abi.STATE_QUEUED ? [] : tasksOf(engine, firstPart![slot]!, gpuMilli);
    for (let t = 0; t < tasks; t++) {
      const place = places[t];
      const requests = {
        cpu: `${cpuMilli}m`,
        memory: `${memoryMib}Mi`,
        ...(gpuMilli >= 1000 ? { "nvidia.com/gpu": String(gpuMilli / 1000) } : {}),
      };
      store.put(PATHS.pods, {
        metadata: {
          name: `j${job![slot]}-${String(t).padStart(3, "0")}`,
          namespace: "team",
          creationTimestamp: CREATED,
          labels: { "windtunnel.dev/gang": `j${job![slot]}` },
          annotations: {
            "windtunnel.dev/gang-size": String(tasks),
            "windtunnel.dev/sequence": String(sequence![slot]! + 1),
            "windtunnel.dev/estimate-seconds": (estimate![slot]! / 1e6).toFixed(6),
            "windtunnel.dev/attained-seconds": `${(held![slot]! / 1e6).toFixed(6)} ${level![slot]} ${entry![slot]}`,
            ...(share ? { "windtunnel.dev/gpu-milli": String(gpuMilli) } : {}),
            ...(place
              ? {
                  "windtunnel.dev/time-micros": String(start![slot]),
                  "windtunnel.dev/devices": place.devices.join(","),
                }
              : {}),
          },
        },
        spec: {
          schedulerName: "windtunnel",
          priority: priority![slot],
          containers: [{ resources: { requests } }],
          ...(place ? { nodeName: `n${place.node}` } : {}),
        },
        status: { phase: place ? "Running" : "Pending" },
      });
    }
  }
  return store;
}

/** Compares every pass; throws at the first that differs. */
export function compareObjects(run: Recorded, queue: string, place: string): { compared: number; decisions: number } {
  const { lasThresholdsGpuSeconds, reservationDepth } = run.setup.world.policy;
  const config = parseLiveConfig(
    `windtunnelLive: 1\npolicy: ${JSON.stringify({ queue, place, lasThresholdsGpuSeconds, reservationDepth })}\nclusters: [{ name: a }]\n`,
    "parity.yaml",
  );
  const driver = new LiveDriver();
  const reader = new LogReader(run.log);
  const counts = { compared: 0, decisions: 0 };
  let ours: string[] = [];
  replayLog(
    { world: run.setup.world, shapes: run.simulation.shapes, log: run.log },
    {
      beforePass(engine, timeMicros) {
        const snapshot = storeSnapshot(serve(engine, run), "a", 0);
        const { claims, left } = claimsOf(config, [snapshot]);
        if (left.length > 0) throw new Error(`left: ${left[0]!.what}: ${left[0]!.reason}`);
        const { frame, key } = buildFrame(config.policy, [snapshot], claims, timeMicros);
        const { decisions, surprises } = decideFrame(driver, frame);
        if (surprises > 0) throw new Error(`${surprises} surprises at ${timeMicros}`);
        ours = decisions.map((d) => {
          const name = key.claims[d.slot]!.name.replace(/-\d+$/, "");
          if (d.kind !== "start") return `${d.kind} ${name}`;
          return `start ${name} ${d.parts.map((p) => `${key.nodes[p.node]!.node.name}:${p.tasks}:${p.mask}`).join(" ")}`;
        });
      },
      afterPass(engine, timeMicros, from, to) {
        const jobs = engine.field(abi.COL_CLAIM_JOB, "i32");
        const theirs: string[] = [];
        for (let i = from; i < to; i++) {
          const { kind, slot, a, b, mask } = reader.record(i);
          if (kind === abi.DECIDE_START) theirs.push(`start j${jobs[slot]}`);
          else if (kind === abi.DECIDE_PREEMPT) theirs.push(`stop j${jobs[slot]}`);
          else if (kind === abi.DECIDE_PART) theirs.push(`${theirs.pop()} n${a}:${b}:${mask}`);
        }
        counts.compared++;
        counts.decisions += theirs.length;
        if (JSON.stringify(ours) !== JSON.stringify(theirs)) {
          throw new Error(
            `pass ${counts.compared} at ${timeMicros} µs: live ${JSON.stringify(ours)}, simulated ${JSON.stringify(theirs)}`,
          );
        }
      },
    },
  );
  return counts;
}

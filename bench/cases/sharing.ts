// Placements of the GPU-sharing study: a run on the recorded cluster, and the cost of a request as cluster and list grow.

import { copyFile, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { Engine } from "#src/engine/engine.js";
import type { TypicalKind } from "#src/engine/typical.js";
import { type Build, linkPolicies } from "#src/plug/link.js";
import { openEngine } from "#src/plug/open.js";
import { readPolicy } from "#src/plug/policy-file.js";
import { type NodeList, type PodList, readNodeList, readPodList } from "#src/replay/index.js";
import { curvesOf } from "#src/sim/sharing/curves.js";
import { type ArrivalOrder, runSharing, typicalOfPods } from "#src/sim/sharing/run.js";
import type { Case, Sample } from "../harness.js";
import { twinSharing } from "../twins/sharing.js";
import type { DataFolders } from "./jobs.js";

interface Study {
  nodes: NodeList;
  pods: PodList;
  typical: TypicalKind[];
  order: ArrivalOrder;
}

/** Twenty nodes and three hundred requests, for the smoke test. */
function tinyStudy(): Study {
  const fill = (count: number, of: (i: number) => number) => Int32Array.from({ length: count }, (_, i) => of(i));
  const texts = (count: number, text: string) => new Array<string>(count).fill(text);
  const [nodes, pods] = [20, 300];
  const list = {
    count: pods,
    names: texts(pods, "p"),
    cpuMilli: fill(pods, (i) => 1000 + 1000 * (i % 7)),
    memoryMib: fill(pods, () => 1024),
    devices: fill(pods, (i) => [0, 1, 1, 1, 2][i % 5]!),
    gpuMilli: fill(pods, (i) => [0, 1000, 460, 300, 1000][i % 5]!),
    spec: texts(pods, ""),
  };
  const cluster = {
    count: nodes,
    names: texts(nodes, "n"),
    cpuMilli: fill(nodes, () => 96_000),
    memoryMib: fill(nodes, () => 262_144),
    devices: fill(nodes, (i) => [2, 4, 8][i % 3]!),
    models: texts(nodes, "T4"),
  };
  return {
    nodes: cluster,
    pods: list,
    typical: typicalOfPods(list, cluster),
    order: { pods: fill(pods, (i) => (i * 7) % pods), nodeRank: fill(nodes, (i) => (i * 3) % nodes) },
  };
}

async function loadStudy({ data, expected }: DataFolders, tiny: boolean): Promise<Study | { missing: string }> {
  if (tiny) return tinyStudy();
  if (!data || !expected) return { missing: "WINDTUNNEL_DATA and WINDTUNNEL_EXPECTED" };
  const nodes = await readNodeList(join(data, "openb-fgd/openb_node_list_gpu_node.csv"));
  const pods = await readPodList(join(data, "openb-fgd/openb_pod_list_default.csv"));
  const text = gunzipSync(await readFile(join(expected, "gpu-sharing/orders/default.json.gz"))).toString("utf8");
  const { seeds } = JSON.parse(text) as { seeds: Record<string, { pods: number[]; nodeRank: number[] }> };
  const order = { pods: Int32Array.from(seeds["42"]!.pods), nodeRank: Int32Array.from(seeds["42"]!.nodeRank) };
  return { nodes, pods, typical: typicalOfPods(pods, nodes), order };
}

/** The same cluster and arrivals so many times over, ranks interleaved. */
function enlarged({ nodes, pods, typical, order }: Study, times: number): Study {
  const copies = <T>(list: readonly T[]) => Array.from({ length: times }, () => list).flat();
  const int = (list: Int32Array) => Int32Array.from(copies([...list]));
  return {
    nodes: {
      count: nodes.count * times,
      names: copies(nodes.names),
      cpuMilli: int(nodes.cpuMilli),
      memoryMib: int(nodes.memoryMib),
      devices: int(nodes.devices),
      models: copies(nodes.models),
    },
    pods,
    typical,
    order: {
      pods: int(order.pods),
      nodeRank: Int32Array.from({ length: nodes.count * times }, (_, i) => {
        return order.nodeRank[i % nodes.count]! * times + Math.floor(i / nodes.count);
      }),
    },
  };
}

function onceMore(study: Study, engine: Engine, policy: "06-FGD" | "plug" = "06-FGD"): Sample {
  const begun = performance.now();
  const run = runSharing({ ...study, policy, seed: 42 }, engine);
  const curves = curvesOf(run);
  return { work: 1, millis: performance.now() - begun, hash: `${run.digest} ${curves.allocation[100]}` };
}

/** The shipped example of a user's placement, compiled in, or as TypeScript beside the engine. */
async function engineWith(name: string, build: Build): Promise<Engine> {
  const folder = await mkdtemp(join(tmpdir(), "windtunnel-bench-"));
  try {
    await copyFile(OWN_FGD, join(folder, name));
    return await openEngine(await linkPolicies({ place: await readPolicy(join(folder, name)) }, folder, build));
  } finally {
    await rm(folder, { recursive: true });
  }
}

const OWN_FGD = new URL("../../../scenarios/own-policy/least-fragment.as.ts", import.meta.url);
const TWIN_ARRIVALS = 120;

export function sharingCases(folders: DataFolders): Case[] {
  let loaded: Study | undefined;
  const whole: Case = {
    name: "sharing/fgd-default",
    unit: "ms",
    better: "lower",
    runs: 9,
    value: ({ millis, work }) => millis / work,
    baseline: {
      name: "plain JavaScript that scores every node, from its first 120 requests",
      runs: 1,
      run() {
        const { nodes, pods, typical, order } = loaded!;
        const few = { ...order, pods: order.pods.slice(0, TWIN_ARRIVALS) };
        const begun = performance.now();
        const rows = twinSharing(nodes, pods, typical, few, "06-FGD");
        const millis = performance.now() - begun;
        return { work: rows.length / order.pods.length, millis, hash: String(rows.at(-1)!.usedMilli) };
      },
    },
    async setup(tiny) {
      const study = await loadStudy(folders, tiny);
      if ("missing" in study) return study;
      loaded = study;
      const engine = new Engine();
      for (let i = 0; i < 3; i++) onceMore(study, engine);
      return { run: () => onceMore(study, engine) };
    },
  };
  const written = [
    ["plug-in", "least-fragment.as.ts"],
    ["typescript", "least-fragment.ts"],
  ].map(([name, file]): Case => {
    const builtIn = new Engine();
    return {
      name: `sharing/fgd-${name}`,
      unit: "ms",
      better: "lower",
      runs: name === "plug-in" ? 9 : 3,
      value: ({ millis, work }) => millis / work,
      baseline: { name: "the engine's own fgd", runs: 9, run: () => onceMore(loaded!, builtIn) },
      async setup(tiny) {
        const study = await loadStudy(folders, tiny);
        if ("missing" in study) return study;
        loaded = study;
        const engine = await engineWith(file!, tiny ? "quick" : "optimised");
        for (const e of [engine, builtIn]) onceMore(study, e, e === engine ? "plug" : "06-FGD");
        return { run: () => onceMore(study, engine, "plug") };
      },
    };
  });
  const grown = [1, 10, 80].map(
    (times): Case => ({
      name: `sharing/fgd-request-${times}x`,
      unit: "µs",
      better: "lower",
      runs: times > 10 ? 1 : 3,
      value: ({ millis, work }) => (millis * 1000) / work,
      baseline: null,
      async setup(tiny) {
        const study = await loadStudy(folders, tiny);
        if ("missing" in study) return study;
        const large = enlarged(study, tiny ? 1 : times);
        const engine = new Engine();
        return { run: () => ({ ...onceMore(large, engine), work: large.order.pods.length }) };
      },
    }),
  );
  return [whole, ...written, ...grown];
}

// The six placements of the GPU-sharing study written down again from their definitions, plainly and slowly: every node is
// scored for every request. Shares no code with the engine. Random is left out: it draws.

import type { TypicalKind } from "#src/engine/typical.js";
import type { NodeList, PodList } from "#src/replay/index.js";
import type { ArrivalOrder, SharingPolicy } from "#src/sim/sharing/run.js";

interface Node {
  cpu: number;
  memory: number;
  gpus: number[];
  model: string;
  rank: number;
  tags: Set<string>;
}

interface Request {
  cpu: number;
  memory: number;
  devices: number;
  milli: number;
  spec: string;
}

export interface TwinRow {
  node: number;
  devices: number[];
  usedMilli: number;
  fragmentMilli: number;
}

const total = (gpus: readonly number[]) => gpus.reduce((a, b) => a + b, 0);
const allows = (spec: string, model: string) => spec === "" || spec.split("|").includes(model);

export function fragmentOf(node: Pick<Node, "cpu" | "gpus" | "model">, typical: readonly TypicalKind[]): number {
  const sums = { Q1: 0, Q2: 0, Q3: 0, Q4: 0, XL: 0, XR: 0, NA: 0 };
  const all = total(node.gpus);
  for (const pod of typical) {
    const hasCpu = node.cpu >= pod.cpuMilli;
    if (pod.devices === 0) {
      sums[hasCpu ? "XL" : "XR"] += pod.weight * all;
    } else if (!allows(pod.models, node.model)) {
      sums.NA += pod.weight * all;
    } else {
      const enough = node.gpus.filter((milli) => milli >= pod.gpuMilli).length >= pod.devices;
      if (enough && hasCpu) {
        const small = total(node.gpus.filter((milli) => milli < pod.gpuMilli));
        sums.Q2 += pod.weight * small;
        sums.Q3 += pod.weight * (all - small);
      } else sums[enough ? "Q4" : hasCpu ? "Q2" : "Q1"] += pod.weight * all;
    }
  }
  return sums.Q1 + sums.Q2 + sums.Q4 + sums.XL + sums.XR + sums.NA;
}

function fits(node: Node, r: Request): boolean {
  if (node.cpu < r.cpu || node.memory < r.memory) return false;
  if (r.devices === 0) return true;
  return allows(r.spec, node.model) && node.gpus.filter((milli) => milli >= r.milli).length >= r.devices;
}

/** Devices that a request takes unless its policy says otherwise. */
function tightest(node: Node, r: Request): number[] {
  if (r.devices === 0) return [];
  if (r.milli === 1000) return node.gpus.flatMap((milli, d) => (milli === 1000 ? [d] : [])).slice(0, r.devices);
  const order = node.gpus.map((milli, d) => ({ milli, d })).filter(({ milli }) => milli >= r.milli);
  return [order.sort((a, b) => a.milli - b.milli || a.d - b.d)[0]!.d];
}

const tagOf = (r: Request) => (r.milli < 1000 ? "share" : `${r.devices}`);

function after(node: Node, r: Request, devices: readonly number[]): Pick<Node, "cpu" | "gpus" | "model"> {
  const gpus = node.gpus.map((milli, d) => (devices.includes(d) ? milli - r.milli : milli));
  return { cpu: node.cpu - r.cpu, gpus, model: node.model };
}

interface Largest {
  cpu: number;
  gpu: number;
}

function score(
  policy: SharingPolicy,
  node: Node,
  r: Request,
  typical: readonly TypicalKind[],
  largest: Largest,
): [number, number[]] {
  const free = total(node.gpus);
  const wanted = r.devices * r.milli;
  const take = tightest(node, r);
  if (policy === "02-DotProd") {
    const dot = (node.cpu / largest.cpu) * (r.cpu / largest.cpu) + (free / largest.gpu) * (wanted / largest.gpu);
    return [Math.trunc(100 * (1 - dot / 2)), take];
  }
  if (policy === "05-BestFit") {
    const rest = ((node.cpu - r.cpu) / largest.cpu) * 0.5 + ((free - wanted) / largest.gpu) * 0.5;
    return [Math.trunc(100 * (1 - rest)), take];
  }
  if (policy === "03-GpuClustering") {
    if (r.devices === 0) return [0, take];
    const q = Math.trunc((25 * (largest.gpu - free)) / largest.gpu);
    const own = node.tags.has(tagOf(r));
    return [(node.tags.size === 0 ? 25 : own ? (node.tags.size === 1 ? 75 : 50) : 0) + q, take];
  }
  if (policy === "04-GpuPacking") {
    if (r.devices === 0) return [0, take];
    const untouched = node.gpus.filter((milli) => milli === 1000).length;
    if (untouched === node.gpus.length) return [Math.max(33 - untouched, untouched), take];
    const order = node.gpus
      .filter((milli) => milli >= r.milli)
      .sort((a, b) => a - b)
      .slice(0, r.devices);
    const fresh = order.filter((milli) => milli === 1000).length;
    if (fresh > 0) return [Math.max(50 - fresh, 33), take];
    const left = order.reduce((sum, milli) => sum + Math.trunc((milli * 100) / 1000), 0);
    return [Math.max(100 - Math.trunc(left / 10), 50), take];
  }
  const before = fragmentOf(node, typical);
  const worth = (devices: number[]) =>
    Math.trunc((1 / (1 + Math.exp(-(before - fragmentOf(after(node, r, devices), typical)) / 1000))) * 100);
  if (r.devices === 0 || r.milli === 1000) return [worth(take), take];
  let best: [number, number[]] = [-1, []];
  node.gpus.forEach((milli, d) => {
    if (milli >= r.milli && worth([d]) > best[0]) best = [worth([d]), [d]];
  });
  return best;
}

export function twinSharing(
  nodes: NodeList,
  pods: PodList,
  typical: readonly TypicalKind[],
  order: ArrivalOrder,
  policy: SharingPolicy,
): TwinRow[] {
  const cluster = Array.from({ length: nodes.count }, (_, n): Node => {
    return {
      cpu: nodes.cpuMilli[n]!,
      memory: nodes.memoryMib[n]!,
      gpus: new Array<number>(nodes.devices[n]!).fill(1000),
      model: nodes.models[n]!,
      rank: order.nodeRank[n]!,
      tags: new Set(),
    };
  });
  const largest = { cpu: Math.max(...nodes.cpuMilli), gpu: Math.max(...nodes.devices) * 1000 };
  let used = 0;
  return [...order.pods].map((p): TwinRow => {
    const r = {
      cpu: pods.cpuMilli[p]!,
      memory: pods.memoryMib[p]!,
      devices: pods.devices[p]!,
      milli: pods.gpuMilli[p]!,
      spec: pods.spec[p]!,
    };
    let best: { n: number; score: number; devices: number[] } | undefined;
    cluster.forEach((node, n) => {
      if (!fits(node, r)) return;
      const [points, devices] = score(policy, node, r, typical, largest);
      if (!best || points > best.score || (points === best.score && node.rank < cluster[best.n]!.rank))
        best = { n, score: points, devices };
    });
    if (best) {
      const node = cluster[best.n]!;
      Object.assign(node, after(node, r, best.devices));
      node.memory -= r.memory;
      if (r.devices > 0) node.tags.add(tagOf(r));
      used += r.devices * r.milli;
    }
    const fragmentMilli = total(cluster.map((node) => fragmentOf(node, typical)));
    return { node: best?.n ?? -1, devices: best?.devices ?? [], usedMilli: used, fragmentMilli };
  });
}

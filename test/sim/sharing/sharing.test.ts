import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { twinSharing } from "../../../bench/twins/sharing.js";
import { createDraws } from "../../../src/engine/draws.js";
import { typicalRequests } from "../../../src/engine/typical.js";
import type { NodeList, PodList } from "../../../src/replay/index.js";
import { curvesOf } from "../../../src/sim/sharing/curves.js";
import { runSharing, SHARING_POLICIES, type SharingPolicy, typicalOfPods } from "../../../src/sim/sharing/run.js";

const DETERMINISTIC = (Object.keys(SHARING_POLICIES) as SharingPolicy[]).filter((policy) => policy !== "01-Random");

/** Clusters and requests of every kind: shares, several GPUs, CPU only, models, more than there is room for. */
function study(seed: number, nodeCount: number, podCount: number) {
  const draws = createDraws(seed, "test/sharing");
  const pick = <T>(list: readonly T[]): T => list[draws.integer(list.length)]!;
  const nodes: NodeList = {
    count: nodeCount,
    names: [],
    cpuMilli: new Int32Array(nodeCount),
    memoryMib: new Int32Array(nodeCount),
    devices: new Int32Array(nodeCount),
    models: [],
  };
  for (let n = 0; n < nodeCount; n++) {
    const [model, devices, cpu] = pick([
      ["T4", 2, 64_000],
      ["T4", 4, 96_000],
      ["V100", 8, 96_000],
      ["A10", 1, 128_000],
      ["V100", 4, 64_000],
    ] as const);
    nodes.names.push(`n${n}`);
    nodes.models.push(model);
    nodes.devices[n] = devices;
    nodes.cpuMilli[n] = cpu;
    nodes.memoryMib[n] = pick([131_072, 262_144]);
  }
  const pods: PodList = {
    count: podCount,
    names: [],
    cpuMilli: new Int32Array(podCount),
    memoryMib: new Int32Array(podCount),
    devices: new Int32Array(podCount),
    gpuMilli: new Int32Array(podCount),
    spec: [],
  };
  for (let p = 0; p < podCount; p++) {
    const [devices, milli] = pick([
      [0, 0],
      [1, 1000],
      [1, 460],
      [1, 300],
      [1, 700],
      [2, 1000],
      [4, 1000],
      [8, 1000],
      [1, 50],
    ] as const);
    pods.names.push(`p${p}`);
    pods.devices[p] = devices;
    pods.gpuMilli[p] = milli;
    pods.cpuMilli[p] = pick([1000, 4000, 8000, 12_000, 32_000]);
    pods.memoryMib[p] = pick([0, 4096, 16_384, 65_536]);
    pods.spec.push(devices === 0 ? "" : pick(["", "", "", "T4", "V100|A10", "T4|V100|V100", "H100"]));
  }
  const permutation = (count: number) => {
    const out = Int32Array.from({ length: count }, (_, i) => i);
    for (let i = count - 1; i > 0; i--) {
      const j = draws.integer(i + 1);
      [out[i], out[j]] = [out[j]!, out[i]!];
    }
    return out;
  };
  return {
    nodes,
    pods,
    typical: typicalOfPods(pods, nodes),
    order: { pods: permutation(podCount), nodeRank: permutation(nodeCount) },
    seed,
  };
}

describe("the placements of the study agree with a plain program that scores every node for every request", () => {
  it.each(DETERMINISTIC)("%s, on any cluster and list", (policy) => {
    fc.assert(
      fc.property(
        fc.nat(1e6),
        fc.integer({ min: 1, max: 90 }),
        fc.integer({ min: 1, max: 160 }),
        (seed, nodes, pods) => {
          const setup = study(seed, nodes, pods);
          const run = runSharing({ ...setup, policy, placements: true });
          const twin = twinSharing(setup.nodes, setup.pods, setup.typical, setup.order, policy);
          twin.forEach((row, i) => {
            expect([run.placedOn![i], run.devices![i]], `arrival ${i}`).toEqual([row.node, row.devices.join("-")]);
            expect(run.usedMilli[i]).toBe(row.usedMilli);
            expect(run.fragmentMilli[i]).toBeCloseTo(row.fragmentMilli, 4);
          });
        },
      ),
      { numRuns: 40 },
    );
  });
});

describe("a run of the study", () => {
  const setup = study(7, 70, 900);

  it("keeps an account of every GPU: classes add up to what is free, fragments to all but what fits", () => {
    for (const policy of Object.keys(SHARING_POLICIES) as SharingPolicy[]) {
      const run = runSharing({ ...setup, policy });
      const last = run.usedMilli.length - 1;
      const classes = [...run.classesMilli.slice(last * 7, last * 7 + 7)];
      const free = run.gpusTotal * 1000 - run.usedMilli[last]!;
      expect(classes.reduce((a, b) => a + b, 0)).toBeCloseTo(free, 3);
      expect(run.fragmentMilli[last]!).toBeCloseTo(free - classes[2]!, 3);
      expect(run.usedMilli.every((used, i) => i === 0 || used >= run.usedMilli[i - 1]!)).toBe(true);
    }
  });

  it("is the same for the same seed; Random and random ties are others for another", () => {
    const digest = (policy: SharingPolicy, seed: number, randomTies = false) =>
      runSharing({ ...setup, policy, seed, randomTies }).digest;
    expect(digest("06-FGD", 1)).toBe(digest("06-FGD", 1));
    expect(digest("01-Random", 1)).toBe(digest("01-Random", 1));
    expect(digest("01-Random", 1)).not.toBe(digest("01-Random", 2));
    expect(runSharing({ ...setup, policy: "06-FGD", seed: 1, randomTies: true }).usedMilli).not.toEqual(
      runSharing({ ...setup, policy: "06-FGD", seed: 1 }).usedMilli,
    );
  });

  it("turns away only what no node could take, whatever the policy", () => {
    const run = runSharing({ ...setup, policy: "01-Random", placements: true });
    expect(run.dropped).toBe(run.placedOn!.filter((node) => node < 0).length);
    expect(run.dropped).toBeGreaterThan(0);
  });
});

describe("tables of the study", () => {
  it("average rows by the per cent of the cluster requested, halves to even, as two decimals", () => {
    const run = {
      arrivedMilli: Float64Array.of(0, 1000, 5000, 15_000),
      usedMilli: Float64Array.of(0, 1000, 5000, 14_000),
      fragmentMilli: Float64Array.of(10, 20, 30, 40),
      classesMilli: new Float64Array(28),
      gpusTotal: 1000,
      dropped: 0,
      digest: "",
    };
    const { allocation, fragment } = curvesOf(run);
    // 0.1 and 0.5 per cent are column 0 (half to even), 1.5 is column 2; column 1 is empty and takes both neighbours' rows
    expect(allocation.slice(0, 3)).toEqual([0.2, 0.5, 1.4]);
    expect(fragment[0]).toBe(0);
    expect(allocation).toHaveLength(131);
  });
});

describe("typical requests", () => {
  it("are the commonest that cover 95 in a hundred, larger ones first on equality, weights adding to one", () => {
    const cpus = [...new Array<number>(60).fill(1), ...new Array<number>(30).fill(2), 3, 3, 3, 4, 4, 4, 5, 6, 7, 8];
    const typical = typicalRequests(
      cpus.map((cpuMilli) => ({ cpuMilli, gpuMilli: 0, devices: 0, modelMask: 0, models: "", count: 1 })),
    );
    expect(typical.map((pod) => pod.cpuMilli)).toEqual([1, 2, 4, 3]);
    expect(typical[0]!.weight).toBe(60 / 100 / (96 / 100));
    expect(typical.reduce((sum, pod) => sum + pod.weight, 0)).toBeCloseTo(1, 12);
  });
});

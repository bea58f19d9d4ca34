// A sharing study on lists of one's own: generated orders, ties, published tables beside, and what is wrong with a file.

import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createDraws } from "../../../src/engine/draws.js";
import { readNodeList, readPodList } from "../../../src/replay/index.js";
import { generateOrder } from "../../../src/sim/sharing/generate.js";
import { runCommand } from "../../cli/run-command.js";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "windtunnel-sharing-"));
  const nodes = Array.from(
    { length: 30 },
    (_, i) => `n${String(i).padStart(2, "0")},96000,393216,${[2, 4, 8][i % 3]},T4`,
  );
  await writeFile(join(folder, "nodes.csv"), `sn,cpu_milli,memory_mib,gpu,model\n${nodes.join("\n")}\n`);
  const draws = createDraws(3, "pods");
  for (const [name, count] of [
    ["few", 60],
    ["many", 900],
  ] as const) {
    const pods = Array.from({ length: count }, (_, i) => {
      const [gpus, milli] = [
        [0, 0],
        [1, 300],
        [1, 500],
        [1, 1000],
        [2, 1000],
        [4, 1000],
      ][draws.integer(6)]!;
      return `p${String(i).padStart(4, "0")},${1000 * (1 + draws.integer(16))},4096,${gpus},${milli},`;
    });
    await writeFile(
      join(folder, `${name}.csv`),
      `name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec\n${pods.join("\n")}\n`,
    );
  }
});
afterAll(() => rm(folder, { recursive: true }));

describe("a generated order", () => {
  test.each(["few", "many"])(
    "of %s pods asks for 130 per cent of the cluster, and ranks every node once",
    async (name) => {
      const nodes = await readNodeList(join(folder, "nodes.csv"));
      const pods = await readPodList(join(folder, `${name}.csv`));
      const target = nodes.devices.reduce((a, b) => a + b, 0) * 1300;
      for (const seed of [1, 2, 3]) {
        const { pods: rows, nodeRank } = generateOrder(pods, nodes, seed);
        const sum = rows.reduce((total, row) => total + pods.devices[row]! * pods.gpuMilli[row]!, 0);
        // one that asks for several GPUs may go over by all but one of them; one that does not fit ends it
        expect(sum).toBeGreaterThan(target - 4000);
        expect(sum).toBeLessThanOrEqual(target + 3000);
        expect([...nodeRank].sort((a, b) => a - b)).toEqual(Array.from({ length: nodes.count }, (_, i) => i));
        const originals = Array.from({ length: pods.count }, (_, i) => i);
        if (name === "few") expect([...rows.slice(0, pods.count)].sort((a, b) => a - b)).toEqual(originals);
        else expect(new Set(rows).size).toBe(rows.length);
        expect(generateOrder(pods, nodes, seed)).toEqual({ pods: rows, nodeRank });
      }
    },
  );
});

const STUDY = `sharing: 1
title: small
nodes: nodes.csv
pods: { few: few.csv }
seeds: [1, 2]
policies: [05-BestFit, 06-FGD]
randomTies: true
`;

describe("windtunnel sharing", () => {
  test("runs lists beside the file, prints a table and writes a page with three pictures", async () => {
    await writeFile(join(folder, "sharing.yaml"), STUDY);
    const { stdout, stderr, status } = runCommand("sharing", folder, "--out", join(folder, "out"));
    expect(stderr).toContain("8 runs in");
    expect(status).toBe(0);
    expect(stdout).toMatch(/few\s+│ FGD, ties drawn/);
    expect(stdout).toContain("The order among equal nodes is a part of the policy.");
    const page = await readFile(join(folder, "out/report.html"), "utf8");
    expect(page.match(/<svg/g)).toHaveLength(3);
  }, 60_000);

  test("takes orders of a file and stands beside published tables", async () => {
    const orders = {
      seeds: {
        7: {
          pods: Array.from({ length: 420 }, (_, i) => (i * 7) % 60),
          nodeRank: Array.from({ length: 30 }, (_, i) => i),
        },
      },
    };
    await writeFile(join(folder, "few.json.gz"), gzipSync(JSON.stringify(orders)));
    const columns = Array.from({ length: 131 }, (_, x) => x);
    const head = ["workload", "sc_policy", "seed", ...columns].join(",");
    await writeFile(
      join(folder, "analysis_allo_discrete.csv"),
      `${head}\nopenb_pod_list_few,06-FGD,7,${columns.map(() => 50).join(",")}\n`,
    );
    await writeFile(join(folder, "with.yaml"), `${STUDY}orders: "{trace}.json.gz"\npublished: .\n`);
    const { stdout, status } = runCommand(
      "sharing",
      join(folder, "with.yaml"),
      "--json",
      "--out",
      join(folder, "out2"),
    );
    expect(status).toBe(0);
    const { rows } = JSON.parse(stdout) as {
      rows: {
        policy: string;
        ties: string;
        seeds: number;
        published: { allocation: number[][] };
        curves: { allocation: number[] }[];
        difference?: { points: number };
      }[];
    };
    const fgd = rows.find((row) => row.policy === "06-FGD" && row.ties === "rank")!;
    expect(fgd.seeds).toBe(1);
    expect(fgd.published.allocation[0]![100]).toBe(50);
    expect(fgd.difference!.points).toBeCloseTo(fgd.curves[0]!.allocation[100]! - 50, 9);
  }, 60_000);

  test.each([
    ["a list that is not there", STUDY.replace("few.csv", "none.csv"), 3, "none.csv is neither in"],
    ["an unknown key", `${STUDY}polices: []\n`, 3, 'unknown key "polices"'],
    ["an unknown placement", STUDY.replace("06-FGD", "06-FDG"), 3, "policies"],
    ["no pods", STUDY.replace("{ few: few.csv }", "{}"), 3, "at least one list"],
  ])("refuses %s", async (_, text, code, message) => {
    await writeFile(join(folder, "wrong.yaml"), text);
    const { stderr, status } = runCommand("sharing", join(folder, "wrong.yaml"), "--out", join(folder, "out3"));
    expect(stderr).toContain(message);
    expect(status).toBe(code);
  });
});

// Each adapter on a few made-up rows whose canonical values are worked out by hand.

import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Adapter } from "../../../src/replay/adapters/adapter.js";
import { dlrmAdapter, qpsAdapter, spotNodesAdapter } from "../../../src/replay/adapters/alibaba.js";
import { buildJobs } from "../../../src/replay/adapters/build-jobs.js";
import { buildNodes, buildRates } from "../../../src/replay/adapters/build-tables.js";
import { specAdapter, virtualClusters } from "../../../src/replay/adapters/clusters.js";
import { gavelAdapter7, gavelAdapter10 } from "../../../src/replay/adapters/gavel.js";
import { goodputAdapter } from "../../../src/replay/adapters/goodput.js";
import { type Imported, importTable } from "../../../src/replay/adapters/import.js";
import { openbAdapter, openbNodesAdapter, openbUntimedAdapter } from "../../../src/replay/adapters/openb.js";
import { servegenAdapter, venusAdapter } from "../../../src/replay/adapters/rates.js";
import { temporaryFolder } from "../fixtures.js";

/** Writes files into a new folder, imports those of `raw` with the side tables, and returns what came out. */
async function importFiles(
  adapter: Adapter,
  raw: Readonly<Record<string, readonly string[]>>,
  side: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {},
): Promise<Imported> {
  const folder = temporaryFolder();
  const write = (files: Readonly<Record<string, readonly string[]>>) =>
    Object.entries(files).map(([name, lines]) => {
      const path = join(folder, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, `${lines.join("\n")}\n`);
      return path;
    });
  const sides = Object.fromEntries(Object.entries(side).map(([table, files]) => [table, write(files)]));
  return importTable({ raw: write(raw), side: sides }, adapter, false);
}

const POD =
  "name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos,pod_phase,creation_time,deletion_time,scheduled_time";

describe("openb", () => {
  test("pods become jobs with shares, models, waits and how they ended", async () => {
    const imported = await importFiles(openbAdapter, {
      "pods.csv": [
        POD,
        "a,4000,1024,1,460,,LS,Running,100,400,103",
        "b,8000,2048,8,1000,V100M16|V100M32|V100M32,BE,Succeeded,110,111,111",
        "c,2000,512,0,0,,LS,Failed,120,220,120",
        "d,2000,512,1,1000,G2,LS,Pending,130,190,",
      ],
    });
    const { jobs, names } = buildJobs(imported);
    expect(imported.rejected).toEqual([]);
    expect(names).toEqual({ tenants: [""], gpuModels: ["G2", "V100M16", "V100M32"], jobClasses: ["BE", "LS"] });
    expect(imported.texts.name).toEqual(["a", "b", "c", "d"]);
    expect([...jobs.submitMicros]).toEqual([0, 10e6, 20e6, 30e6]);
    // from scheduling to deletion, one second at least; never scheduled: from creation
    expect([...jobs.runMicros]).toEqual([297e6, 1e6, 100e6, 60e6]);
    expect([...jobs.waitMicros]).toEqual([3e6, 1e6, 0, Number.NaN]);
    expect([...jobs.tasks]).toEqual([1, 1, 1, 1]);
    expect([...jobs.gpuMilli]).toEqual([460, 8000, 0, 1000]);
    expect([...jobs.cpuMilli]).toEqual([4000, 8000, 2000, 2000]);
    expect([...jobs.memoryMib]).toEqual([1024, 2048, 512, 512]);
    expect([...jobs.modelMask]).toEqual([0, 0b110, 0, 0b001]);
    expect([...jobs.endStatus]).toEqual([0, 0, 1, 2]);
  });

  test("pods without times arrive one a second", async () => {
    const lines = ["name,cpu_milli,memory_mib,num_gpu,gpu_milli", "a,1000,1,1,500", "b,1000,1,2,1000"];
    const { jobs } = buildJobs(await importFiles(openbUntimedAdapter, { "pods.csv": lines }));
    expect([[...jobs.submitMicros], [...jobs.gpuMilli]]).toEqual([
      [0, 1e6],
      [500, 2000],
    ]);
  });

  test("a share of several GPUs and more than a whole GPU are rejected", async () => {
    const { rejected } = await importFiles(openbUntimedAdapter, {
      "pods.csv": ["name,cpu_milli,memory_mib,num_gpu,gpu_milli", "a,1000,1,1,500", "b,1000,1,1,1500", "c,1,1,1,-2"],
    });
    expect(rejected.map((r) => [r.line, r.column, r.value, r.reason])).toEqual([
      [3, "gpu_milli", "1500", "expected at most 1000 thousandths of a GPU"],
      [4, "gpu_milli", "-2", "expected a whole number of thousandths of a GPU, at least 1"],
    ]);
  });

  test("nodes keep their order, and those without GPU have no model", async () => {
    const lines = ["sn,cpu_milli,memory_mib,gpu,model", "n0,32000,262144,0,", "n1,96000,1024,8,G2", "n2,1,1,2,A10"];
    const { names, nodes } = buildNodes(await importFiles(openbNodesAdapter, { "nodes.csv": lines }));
    expect(names).toEqual({ gpuModels: ["A10", "G2"], nodes: ["n0", "n1", "n2"] });
    expect([[...nodes.gpus], [...nodes.model], [...nodes.cpuMilli]]).toEqual([
      [0, 8, 2],
      [-1, 1, 0],
      [32_000, 96_000, 1],
    ]);
  });
});

describe("gavel", () => {
  const throughputs = {
    "t.json": [
      JSON.stringify({
        v100: {
          "('ResNet-18 (batch size 16)', 1)": { null: 10, "('A3C', 1)": [5, 1] },
          "('ResNet-18 (batch size 16)', 4)": { null: 40 },
        },
      }),
    ],
  };
  const job = (steps: number, arrival: number, gpus: number, type = "ResNet-18 (batch size 16)") =>
    [type, `python3 "main.py" -b 16`, "-n", "1", steps, arrival, gpus].join("\t");

  test("run times are steps over the speed at the job's size, or the largest measured one within it", async () => {
    const imported = await importFiles(
      gavelAdapter7,
      { "a.trace": [job(1000, 0, 1), job(1000, 5.5, 4), job(1000, 7, 7), job(100, 8, 2, "unheard of")] },
      { throughputs },
    );
    expect([...buildJobs(imported).jobs.runMicros]).toEqual([100e6, 25e6, 25e6]);
    expect(imported.rejected).toMatchObject([{ line: 4, column: "run", reason: "expected a duration above 0" }]);
  });

  test("lists of the physical cluster have ten fields", async () => {
    const row = "ResNet-18 (batch size 16)\tpython3 x\tfolder\t--steps\t1\t800\t4\t1\t-1.000000\t30";
    const { jobs, names } = buildJobs(await importFiles(gavelAdapter10, { "a.trace": [row] }, { throughputs }));
    expect([jobs.runMicros[0], jobs.tasks[0], names.jobClasses]).toEqual([20e6, 4, ["ResNet-18 (batch size 16)"]]);
  });
});

test("run times of Pollux and Sia come from the nearest curve and step, with gradients accumulated", async () => {
  const side = {
    validations: {
      "traces/bert/validation-12.csv": ["progress,iteration", "1,100", "2,200"],
      "traces/bert/validation-48.csv": ["progress,iteration", "1,60"],
    },
    placements: {
      "traces/bert/placements.csv": [
        "placement,local_bsz,step_time,sync_time",
        "1,4,0.5,0",
        "1,12,1.0,0.0",
        "11,6,9.0,1",
        "2,6,2.0,0.5",
        "2,12,3.0,1.0",
      ],
    },
    scalability: {
      "traces/bert/scalability.csv": ["num_nodes,num_replicas,local_bsz,step_time,sync_time", "6,6,4,1,1"],
    },
  };
  const imported = await importFiles(
    goodputAdapter,
    {
      "w.csv": [
        "name,time,application,num_replicas,batch_size",
        "a,10,bert,1,12",
        "b,20,bert,2,12",
        "c,30,bert,2,48",
        "d,40,gpt,1,1",
      ],
    },
    side,
  );
  const { jobs } = buildJobs(imported);
  // a: 200 iterations x 1.0 s. b: two GPUs on one node, local batch 6: 200 x 2.0 s. c: local batch 24 is larger than 12,
  // so 2 steps of 12, of which one synchronises: 60 x (2 x 3.0 - 1.0) s
  expect([...jobs.runMicros]).toEqual([200e6, 400e6, 300e6]);
  expect(imported.rejected).toMatchObject([{ line: 5, column: "run" }]);
});

test("instances of services begin at 0 or their creation and end with deletion or the trace", async () => {
  const header =
    "instance_sn,role,app_name,cpu_request,gpu_request,memory_request,creation_time,scheduled_time,deletion_time";
  const { jobs, names } = buildJobs(
    await importFiles(dlrmAdapter, {
      "d.csv": [
        header,
        "i0,HN,app_1,12,1,120.0,,,",
        "i1,CN,app_0,8.5,0,16.5,475.00000000000006,500,600.0",
        "i2,CN,app_0,8,0,16,480,480,480",
      ],
    }),
  );
  expect(names).toMatchObject({ tenants: ["app_0", "app_1"], jobClasses: ["CN", "HN"] });
  expect([...jobs.runMicros]).toEqual([2_677_541e6, 100e6, 1e6]);
  expect([...jobs.waitMicros]).toEqual([Number.NaN, 25e6, 0]);
  expect([...jobs.gpuMilli]).toEqual([1000, 0, 0]);
  expect([jobs.cpuMilli[1], jobs.memoryMib[1]]).toEqual([8_500, 16_896]);
});

describe("fleets", () => {
  test("given as a specification have switches times nodes", async () => {
    const lines = ["num_switch,num_node_p_switch,num_gpu_p_node,num_cpu_p_node,mem_p_node", "2,3,8,64,256"];
    const { nodes } = buildNodes(await importFiles(specAdapter, { "c.csv": lines }));
    expect([nodes.count, nodes.gpus[5], nodes.cpuMilli[5], nodes.memoryMib[5]]).toEqual([6, 8, 64_000, 262_144]);
  });

  test("given by virtual cluster are named after it, also where the column has no name", async () => {
    const { names, nodes } = buildNodes(
      await importFiles(virtualClusters("column1", "num"), { "v.csv": [",num", "vcA,2", "vcB,1"] }),
    );
    expect([names.nodes, [...nodes.gpus]]).toEqual([
      ["vcA-0", "vcA-1", "vcB-0"],
      [8, 8, 8],
    ]);
  });

  test("of spot nodes have model, GPUs and CPU", async () => {
    const { names, nodes } = buildNodes(
      await importFiles(spotNodesAdapter, {
        "n.csv": ["gpu_model,gpu_capacity_num,cpu_num,node_name", "H800,8,192,7"],
      }),
    );
    expect([names, nodes.gpus[0], nodes.cpuMilli[0]]).toEqual([{ gpuModels: ["H800"], nodes: ["7"] }, 8, 192_000]);
  });
});

describe("rates", () => {
  test("of Venus are counts over ten minutes", async () => {
    const lines = ["time,submit_gpu_job", "2020-04-01 00:00:00,3", "2020-04-01 00:10:00,600"];
    const { rates } = buildRates(await importFiles(venusAdapter("submit_gpu_job"), { "v.csv": lines }));
    expect([[...rates.startMicros], [...rates.perSecond]]).toEqual([
      [0, 600e6],
      [0.005, 1],
    ]);
  });

  test("of ServeGen are a series a client, and no traffic has no variation", async () => {
    const { rates, names } = buildRates(
      await importFiles(servegenAdapter, {
        "chunk-0-trace.csv": ["0,5.5,1.2,Gamma,1,0.2", "600,0,0,,0,0"],
        "chunk-12-trace.csv": ["0,1,0.9,Weibull,1,1", "600,2,1,Gamma,1,1"],
      }),
    );
    expect(names.series).toEqual(["0", "12"]);
    expect([...rates.series]).toEqual([0, 1, 0, 1]);
    expect([...rates.perSecond]).toEqual([5.5, 1, 0, 2]);
    expect([...rates.cv]).toEqual([1.2, 0.9, Number.NaN, 1]);
  });

  test("of image generation are a series a kind of request and container", async () => {
    const { names } = buildRates(
      await importFiles(qpsAdapter, {
        "q.csv": ["timestamp_anon,value,container_ip,request_type", "57.0,0.09,,API Requests", "114.0,1,c1,Generative"],
      }),
    );
    expect(names.series).toEqual(["API Requests", "Generative c1"]);
  });

  test("below zero are rejected with the file they are in", async () => {
    const { rejected } = await importFiles(servegenAdapter, {
      "chunk-0-trace.csv": ["0,5,1,Gamma,1,1"],
      "chunk-1-trace.csv": ["0,5,1,Gamma,1,1", "600,-1,1,Gamma,1,1"],
    });
    expect(rejected).toMatchObject([{ line: 2, column: "rate", value: "-1" }]);
    expect(rejected[0]!.file).toMatch(/chunk-1-trace\.csv$/);
  });
});

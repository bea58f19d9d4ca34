// Rates, and the fleet that goes with one of them.

import { virtualClusters } from "../adapters/clusters.js";
import { servegenAdapter, venusAdapter } from "../adapters/rates.js";
import { type DataFile, type Dataset, listParts } from "./dataset.js";
import { mLargeChunks, mMidChunks } from "./servegen-large.js";
import { deepseekR1Chunks, mmImageChunks, mSmallChunks } from "./servegen-small.js";

const LUCID = { repository: "S-Lab-System-Group/Lucid", commit: "63685a3ab7d15d8e940bb47ef98b6d5cca472b13" };
const HELIOS_CITATION =
  "Hu et al., Characterization and Prediction of Deep Learning Workloads in Large-Scale GPU Datacenters (Helios), SC 2021; Lucid, ASPLOS 2023";
const VENUS = {
  path: "helios-lucid/lucid/cluster_throughput.csv",
  sha256: "69642494d5f3cb9dff382de90ce1b2fac6c53f63c765e0c3eed9741cb20d4674",
  count: 26_064,
};

export const heliosVenus: Dataset = {
  name: "helios-venus",
  title: "GPU jobs submitted and started on Helios' Venus, by ten minutes over six months",
  address: "https://github.com/S-Lab-System-Group/Lucid",
  licence: "S-Lab Licence 1.0 (non-commercial)",
  citation: HELIOS_CITATION,
  adapter: venusAdapter("submit_gpu_job"),
  parts: [
    { ...VENUS, name: "submitted", total: 125_214 },
    { ...VENUS, name: "started", total: 125219, adapter: venusAdapter("start_gpu_job") },
  ],
  origin: {
    ...LUCID,
    paths: { "helios-lucid/lucid/cluster_throughput.csv": "simulation/data/Venus/cluster_throughput.csv" },
  },
  quirks: ["The log of jobs behind the counts is not at hand: sizes and run times are not known."],
  missing: ["Single arrivals, sizes and run times are not recorded."],
  assumptions: ["Within ten minutes the rate is constant.", "Timestamps are read as UTC."],
};

const NODES_MISSING = ["GPUs a node, models, CPU and memory are not recorded."];
const NODES_ASSUMPTIONS = ["A node has 8 GPUs.", "The virtual cluster is kept in the node's name."];

export const heliosNodes: Dataset = {
  name: "helios-nodes",
  title: "Nodes of Helios' Venus by virtual cluster",
  address: "https://github.com/S-Lab-System-Group/Lucid",
  licence: "S-Lab Licence 1.0 (non-commercial)",
  citation: HELIOS_CITATION,
  adapter: virtualClusters("column1", "num"),
  parts: listParts(
    "helios-lucid/lucid",
    `
    e25f63eecc9d19e905f55c37dceddffcd3a797bf83895fc7efe63c8cde6ca524 135 1080 vc_config.csv`,
    () => "",
  ),
  origin: { ...LUCID, paths: { "helios-lucid/lucid/vc_config.csv": "simulation/data/Venus/vc_config.csv" } },
  quirks: ["The first column has no name."],
  missing: NODES_MISSING,
  assumptions: NODES_ASSUMPTIONS,
};

export const phillyNodes: Dataset = {
  name: "philly-nodes",
  title: "Nodes of Philly by virtual cluster, as used with Helios",
  address: "https://github.com/S-Lab-System-Group/HeliosArtifact",
  licence: "MIT",
  citation: HELIOS_CITATION,
  adapter: virtualClusters("vc", "node num"),
  parts: listParts(
    "helios-lucid/helios",
    `
    a6873abd7d94a09c646961ad7a0f011faf4069dcdf0c1f7717521613fd6156f7 352 2816 philly_vc.csv`,
    () => "",
  ),
  origin: {
    repository: "S-Lab-System-Group/HeliosArtifact",
    commit: "bdaae109c21f8038a2331e6a23a582d5ae78ab5b",
    paths: { "helios-lucid/helios/philly_vc.csv": "framework/QSSF Service/data/philly_vc.csv" },
  },
  quirks: ["11 of Philly's 15 virtual clusters are listed."],
  missing: NODES_MISSING,
  assumptions: NODES_ASSUMPTIONS,
};

const CHUNKS: Readonly<Record<string, readonly DataFile[]>> = {
  "m-large": mLargeChunks,
  "m-mid": mMidChunks,
  "m-small": mSmallChunks,
  "deepseek-r1": deepseekR1Chunks,
  "mm-image": mmImageChunks,
};

export const servegen: Dataset = {
  name: "servegen",
  title: "ServeGen: request rates of the clients of five LLM services, by ten minutes",
  address: "https://github.com/alibaba/ServeGen",
  licence: "Apache-2.0",
  citation:
    "Xiang et al., ServeGen: Workload Characterization and Generation of Large Language Model Serving in Production, 2025, arXiv 2505.09999",
  adapter: servegenAdapter,
  parts: listParts(
    "servegen",
    `
    8aa7987e210ccc51c96882185c182a3655e88acdc04458bfc25aa6e888fa7ff0 326592 236892826 m-large-trace/*.csv
    6944f7422a21b26141deacba0a59a7509976d838b760d2dcf530133f47f9fbfd 219744 2165253970 m-mid-trace/*.csv
    68418b0504671f3c683ce9e2d36c321f281dbc66ccdba0d3d2a8de6fe2e1cc3e 86688 1420558786 m-small-trace/*.csv
    26813ead9127dc3fa89772852dda91d2ba32880627cb4530baaae860d9f53849 10512 1383669 deepseek-r1-trace/*.csv
    2bb2182b48b30455814deabc3fa8313aa46957d3810b16c770db3da45facbfb9 5040 818610 mm-image-trace/*.csv`,
    (file) => file.replace(/-trace.*/, ""),
  ).map((part) => ({ ...part, files: CHUNKS[part.name]! })),
  origin: {
    repository: "alibaba/ServeGen",
    commit: "f891d1189eb32b3868dfc443800c4150548c282a",
    paths: {
      "servegen/m-large-trace": "data/language/m-large",
      "servegen/m-mid-trace": "data/language/m-mid",
      "servegen/m-small-trace": "data/language/m-small",
      "servegen/deepseek-r1-trace": "data/reason/deepseek-r1",
      "servegen/mm-image-trace": "data/multimodal/mm-image",
    },
  },
  quirks: ["Every client has every window; a window without a pattern has no traffic, and its cv of 0 is none."],
  missing: ["The weekday and hour of second 0 are not stated."],
  assumptions: ["A client is a series; within ten minutes its rate is constant."],
};

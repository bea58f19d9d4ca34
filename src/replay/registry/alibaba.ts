import { dlrmAdapter, qpsAdapter, spotNodesAdapter } from "../adapters/alibaba.js";
import { type Dataset, listParts } from "./dataset.js";
import { NO_ESTIMATE, NO_MODEL, ORIGIN } from "./sentences.js";

const ADDRESS = "https://github.com/alibaba/clusterdata";
const COMMIT = { repository: "alibaba/clusterdata", commit: "7a6c496e4f4b6ce6150be8f881cb051bf2abff42" };

export const alibabaDlrm: Dataset = {
  name: "alibaba-dlrm",
  title: "Instances of recommendation services at Alibaba (2025)",
  address: ADDRESS,
  licence: "none stated; the publisher asks for a citation",
  citation: "Yang et al., GPU-Disaggregated Serving for Deep Learning Recommendation Models at Scale, NSDI 2025",
  adapter: dlrmAdapter,
  parts: listParts(
    "alibaba-dlrm-v2025",
    `
    fb17bc4b3f412d5280f70f04a1bdf2adfc4429d1e61237a5b106e86206414295 23871 2375875.4811 disaggregated_DLRM_trace.csv`,
    () => "",
  ),
  origin: { ...COMMIT, paths: { "alibaba-dlrm-v2025": "cluster-trace-gpu-v2025" } },
  quirks: [
    "Rows are in order of the instance's number, not of time: they are sorted here.",
    "Times carry noise of floating point and are rounded to seconds.",
    "RDMA requests are per cent of one card and are not read: they constrain nothing here.",
  ],
  missing: ["Nodes, GPU models and the load of the services are not recorded.", NO_ESTIMATE, NO_MODEL],
  assumptions: [
    "An instance of a service is taken as a job that ends with its deletion; its application is the tenant, its role the class.",
    "Instances without a time of creation existed before the trace and begin at 0; those without a deletion end with it, at 2,677,541 s.",
    "Roles: CN has no GPU, HN exactly one.",
    ORIGIN,
  ],
};

export const alibabaSpotNodes: Dataset = {
  name: "alibaba-spot-nodes",
  title: "A mixed GPU fleet at Alibaba (2026)",
  address: ADDRESS,
  licence: "none stated; the publisher asks for a citation",
  citation: "Duan et al., ASPLOS 2026 (cluster-trace-v2026-spot-gpu)",
  adapter: spotNodesAdapter,
  parts: listParts(
    "alibaba-spot-gpu-v2026",
    `
    1aba161961a5a4a1a61aa581383c5e5abe3400b59f8597ba8c4eef7597bc9d18 4278 10412 node_info_df.csv`,
    () => "",
  ),
  origin: { ...COMMIT, paths: { "alibaba-spot-gpu-v2026": "cluster-trace-v2026-spot-gpu" } },
  quirks: ["The two GPU-series are undisclosed models.", "Names of nodes are numbers with gaps."],
  missing: ["Memory, network and prices are not recorded.", "The list of jobs on this fleet is not at hand."],
  assumptions: ["All nodes are there from the beginning to the end."],
};

export const alibabaGenaiQps: Dataset = {
  name: "alibaba-genai-qps",
  title: "Requests a second of an image generation service at Alibaba, by container (2026)",
  address: ADDRESS,
  licence: "none stated; the publisher asks for a citation",
  citation: "Alibaba cluster-trace-v2026-GenAI, SoCC 2025 and EuroSys 2026",
  adapter: qpsAdapter,
  parts: listParts(
    "alibaba-genai-v2026",
    `
    d09dab823927592e4767ada367314be761553ba2a44e49a5825d31651663d2de 24627 201007.935 qps/qps.csv`,
    () => "",
  ),
  origin: {
    ...COMMIT,
    paths: { "alibaba-genai-v2026/qps.tar.gz": "cluster-trace-v2026-GenAI/qps.tar.gz" },
    archives: {
      "alibaba-genai-v2026/qps.tar.gz": "6bd1a21e3f916740df1e768fc43346148f1598b15fcc68c658a8faf1f87461c6",
    },
  },
  quirks: [
    "Samples lie on a grid of 57 s, and most containers are missing from most samples.",
    "The request file of the same publication has another clock.",
    "1,114 rows of API requests name no container.",
  ],
  missing: ["What happens between two samples is not recorded."],
  assumptions: [
    "A sample holds for its 57 s; a window without a sample is no row, which is not the same as no traffic.",
  ],
};

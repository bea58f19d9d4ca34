// Smaller lists of jobs and the clusters that belong to them.

import { specAdapter } from "../adapters/clusters.js";
import { plainJobs } from "../adapters/plain.js";
import { type Dataset, listParts } from "./dataset.js";
import { BARE, ONE_GPU_TASKS, ONE_TENANT, ORIGIN, PLAIN } from "./sentences.js";

const HOURS = plainJobs(
  { submit: "arrival_time", run: "length", gpus: "cpus" },
  { units: { submit: "hours", run: "hours" } },
);
const SECONDS = plainJobs({ submit: "arrival_time", run: "length", gpus: "cpus" });

export const gaia: Dataset = {
  name: "gaia",
  title: "GAIA's year-long lists resampled from Alibaba PAI, Azure and Mustang, and one of a week",
  address: "https://github.com/umassos/GAIA",
  licence: "MIT; PAI and Azure sources CC BY 4.0, the terms of the Mustang source are not stated",
  citation:
    "Hanafy et al., Going Green for Less Green: Optimizing the Cost of Reducing Cloud Carbon Emissions, ASPLOS 2024",
  adapter: HOURS,
  parts: listParts(
    "gaia-cluster-traces",
    `
    b2325599b3b3ac19dcf7377f2452633f9c02cd0e4a8f1e0cf553f63b68558a2d 99998 1011245.8514 pai-100k.csv
    5ade611d7ed3a577032e9d028d3560254504d29f8d06e0a1d800dab85a259868 99988 1407948 azure-100k.csv
    a914ff95e1fc5ec497e0856dc2197d735f7f47548426d9e1c75415a8bc6a8b7d 100000 4547545.3067 mustang-trace-2015-100k.csv
    f1fb822a29bff1a12948a482423f761d68ac7c88ae541f646fe4e6e149361069 1000 3192.5756 pai_1k.csv`,
  ).map((part) => (part.name === "pai_1k" ? { ...part, adapter: SECONDS } : part)),
  origin: {
    repository: "umassos/GAIA",
    commit: "62a5efccb20fa04d6e507e12350eb4468eab9888",
    paths: { "gaia-cluster-traces": "src/cluster_traces" },
  },
  quirks: [
    "Times are hours, except in pai_1k: seconds.",
    "Lengths are cut to at least 301 s (PAI, Mustang) and 600 s (Azure): short jobs are absent.",
  ],
  missing: ["Users and waits are not recorded.", ...BARE],
  assumptions: [
    "cpus is the authors' unit of demand: one of it is taken as one whole GPU, so GPU-hours are their unit-hours.",
    ...PLAIN,
  ],
};

const TIRESIAS = {
  address: "https://github.com/SymbioticLab/Tiresias",
  licence: "Apache-2.0",
  citation: "Gu et al., Tiresias: A GPU Cluster Manager for Distributed Deep Learning, NSDI 2019",
  origin: {
    repository: "SymbioticLab/Tiresias",
    commit: "959f9b08f44fa1b4f2b3aed79b01e4d439264a94",
    paths: { tiresias: "simulator" },
  },
};

export const tiresias: Dataset = {
  name: "tiresias",
  title: "Tiresias' toy list of 60 jobs",
  ...TIRESIAS,
  adapter: plainJobs({ submit: "submit_time", run: "duration", gpus: "num_gpu", class: "model_name" }),
  parts: listParts(
    "tiresias",
    `
    17575949a6e570960db42bc5576739de9c334ed4c664859841c4f01ede38bd1b 60 7.3956 60_job.csv`,
    () => "",
  ),
  quirks: ["A toy: half an hour of submissions, 170 GPUs in all."],
  missing: ["It is made up: no user, no wait, no result is recorded.", ...BARE],
  assumptions: ["The class of a job is its model.", ...PLAIN],
};

const SPEC_MISSING = ["GPU models and prices are not given."];
const SPEC_ASSUMPTIONS = ["The specification's switches are not kept: nodes are alike.", "Memory is read as GiB."];

export const tiresiasClusters: Dataset = {
  name: "tiresias-clusters",
  title: "Tiresias' cluster specifications",
  ...TIRESIAS,
  adapter: specAdapter,
  parts: listParts(
    "tiresias",
    `
    c0e2448b1228fc470474cb8df943589a38dea4ca9f439f386ee33bf9f7a16f27 1 4 n1g4.csv
    ca71313259ebdaad478afbe118b0dc92d5c1c59b2463f8500aa540dd92e77144 32 128 n32g4.csv
    fce43270fc374e465862a062b3dc90fde93c2bd98800adb5e1b4efae7cfa5abe 160 1280 n160g8.csv
    a4aee773acf4b1707a75b5813a5a5d314776c4374c58e7f3e07cec066347d817 256 2048 n256g8.csv`,
  ),
  quirks: ["Some files lack the last line break."],
  missing: SPEC_MISSING,
  assumptions: SPEC_ASSUMPTIONS,
};

const ELASTICFLOW = {
  address: "https://github.com/pkusys/ElasticFlow",
  licence: "Apache-2.0",
  citation:
    "Gu et al., ElasticFlow: An Elastic Serverless Training Platform for Distributed Deep Learning, ASPLOS 2023",
  origin: {
    repository: "pkusys/ElasticFlow",
    commit: "04a0109a6acdd7d89f4cb31b6a6a7a128bee6bb0",
    paths: {
      "elasticflow-fig10": "plot_figure/logs/figure10",
      "elasticflow-fig10/traces": "ElasticFlow/traces_for_ElasticFlow",
      "elasticflow-fig10/cluster_specs": "ElasticFlow/scheduler/cluster_specs",
    },
  },
};
const LISTED = plainJobs({
  submit: "submit_time",
  run: "duration",
  gpus: "num_gpu",
  deadline: "ddl",
  class: "model_name",
});
const PLAYED: typeof LISTED = {
  ...plainJobs({ submit: "submit_time", run: "executed_time", gpus: "num_gpu", deadline: "ddl" }),
  required: ["submit_time", "start_time", "executed_time", "num_gpu", "ddl"],
  select: `SELECT _row, submit_time AS submit, executed_time AS run, num_gpu AS gpus, ddl AS deadline,
                  start_time::DOUBLE - submit_time::DOUBLE AS wait FROM raw`,
};

export const elasticflow: Dataset = {
  name: "elasticflow",
  title: "ElasticFlow's deadline jobs: the 100 of its figure 10, and three lists",
  ...ELASTICFLOW,
  adapter: LISTED,
  fleet: "elasticflow-cluster",
  parts: listParts(
    "elasticflow-fig10",
    `
    e1dc9694519163fa8939d324e2c29babd58c7e2ee7a0c106ecba7077ff34fab4 100 3829.2867 dlas-gpu/job.csv
    1ee30d2cc87e4161521c19dc7508945b90f9c5c0e10811eec9b804753657f792 876 42816.0775 traces/philly_103959.csv
    b904030b4426d480a9eca8a841f7f3a9f889edca7f55d85109bae0f36aafbd7f 195 9293.8497 traces/elasticVpollux_e.csv
    c0ecea90eb139a0ae05fe77514c552bcfb60517dbd4cb8c5f46c00e527e9044e 5 6.0228 traces/resnet_cifar_trace.csv`,
    (file) => (file.startsWith("dlas") ? "fig10" : file.replace(/^traces\/(.*)\.csv$/, "$1")),
  ).map((part) =>
    part.name === "fig10"
      ? {
          ...part,
          adapter: PLAYED,
          assumptions: [
            "The list itself is not published: it is rebuilt from what Tiresias (dlas-gpu) made of it, the time executed as run time; waits are those under Tiresias on 128 GPUs.",
          ],
        }
      : part,
  ),
  quirks: ["In the results of edf and ef-accessctrl num_gpu is the grant, not the request: dlas-gpu has the request."],
  missing: ["Users are not recorded.", ...BARE],
  assumptions: [
    "Deadlines (ddl) are the publishers' choice, and where there is a model it is the class of the job.",
    ONE_TENANT,
    ONE_GPU_TASKS,
    ORIGIN,
  ],
};

export const elasticflowCluster: Dataset = {
  name: "elasticflow-cluster",
  title: "The cluster of ElasticFlow's figure 10",
  ...ELASTICFLOW,
  adapter: specAdapter,
  parts: listParts(
    "elasticflow-fig10/cluster_specs",
    `
    af9543c1cbdb5ad297fe42ca5a1d932f37703b70dd689d3f61606d715fb913dc 16 128 n16g8.csv`,
    () => "",
  ),
  quirks: ["One row stands for all nodes."],
  missing: SPEC_MISSING,
  assumptions: SPEC_ASSUMPTIONS,
};

// The registry of public data sets: where each comes from, what it may be used for, what it lacks.
// Digests are of the inner files, so that a repacked archive is the same data.

import type { AdapterName } from "./adapters/adapter.js";

export interface DatasetPart {
  /** `cluster01`, or "" where the data set is one part. */
  name: string;
  /** Path of the raw file: inside the archive if there is one, else inside the data folder. */
  file: string;
  /** SHA-256 of that file. */
  sha256: string;
}

export interface Dataset {
  name: string;
  title: string;
  /** Public page of the source. */
  address: string;
  licence: string;
  citation: string;
  adapter: AdapterName;
  /** Path of the archive inside the data folder, where the files are packed. */
  archive?: string;
  parts: readonly DatasetPart[];
  /** What a reader of the raw files trips over. */
  quirks: readonly string[];
  /** One sentence for each thing that the source lacks. */
  missing: readonly string[];
  /** One sentence for each thing assumed instead. */
  assumptions: readonly string[];
}

const NO_DURATION_ZERO =
  "A row with a duration of zero or less, or fewer than one whole GPU, is rejected: it is no work.";
const NO_STATUS = "How a job ended is not recorded: every job is taken as completed after its recorded duration.";
const NO_ESTIMATE = "Users' run time estimates are not recorded.";
const NO_MODEL = "The GPU model is not recorded: every job may run on any model.";
const NO_CPU_MEMORY = "CPU and memory requests are not recorded: neither constrains a job.";
const ONE_GPU_TASKS = "A job of k GPUs is a gang of k tasks of one whole GPU each.";
const ORIGIN = "Time zero is the first submission of the part.";

export const DATASETS: readonly Dataset[] = [
  {
    name: "itp",
    title: "Microsoft ITP training jobs (ElasticFlow raw traces), clusters 01 to 06",
    address: "https://github.com/microsoft/elasticflow-traces",
    licence: "MIT, (c) Microsoft Corporation",
    citation:
      "Gu et al., ElasticFlow: An Elastic Serverless Training Platform for Distributed Deep Learning, ASPLOS 2023",
    adapter: "itp",
    archive: "itp-elasticflow/raw-traces.tar.gz",
    parts: [
      {
        name: "cluster01",
        file: "cluster01.csv",
        sha256: "27d707f576fce5637f9efec43f610da3d335f36e3c6fd4ded2f5bccfce05974a",
      },
      {
        name: "cluster02",
        file: "cluster02.csv",
        sha256: "7a5849e73aff9f9bc33f87c9bacadf8aab2f3a9e7bc5d70956f5cbf40126526c",
      },
      {
        name: "cluster03",
        file: "cluster03.csv",
        sha256: "282d765c5289ab0ba870f494dd2c67893f9d16d726fdc8a51f13b7412515dbf8",
      },
      {
        name: "cluster04",
        file: "cluster04.csv",
        sha256: "247850e4265f35749e98d15e82a67765301e81272334265f1fe60d65787892a9",
      },
      {
        name: "cluster05",
        file: "cluster05.csv",
        sha256: "1553359ddd673a0ffc531ca10e73ba729dbacbce905ce878dbb8499d2dbed0fb",
      },
      {
        name: "cluster06",
        file: "cluster06.csv",
        sha256: "52c0d9247d1de9b19a8bdafc25137daf6fa04f274ad3a2eb6dac51226ac2362e",
      },
    ],
    quirks: [
      "No job is shorter than 600 s: shorter ones were filtered out before publication.",
      "GPU counts are powers of two, 1 to 64.",
      "Submission times are whole seconds since the start of the collection (2021-03-04, time zone not given).",
      "Durations are run times: they do not include waiting.",
      "The archive upstream holds ten clusters; six are registered here.",
    ],
    missing: [
      "Users, cluster sizes and the time zone are not recorded.",
      NO_STATUS,
      NO_ESTIMATE,
      NO_MODEL,
      NO_CPU_MEMORY,
    ],
    assumptions: ["All jobs of a part belong to one tenant.", ONE_GPU_TASKS, ORIGIN, NO_DURATION_ZERO],
  },
  {
    name: "philly",
    title: "Microsoft Philly training jobs, the filtered list published with Sia",
    address: "https://github.com/siasosp23/artifacts",
    licence:
      "CC BY 4.0 for the underlying Philly traces (msr-fiddle/philly-traces); the list's own repository names no licence",
    citation:
      "Jeon et al., Analysis of Large-Scale Multi-Tenant GPU Clusters for DNN Training Workloads, ATC 2019; list: Jayaram Subramanya et al., Sia, SOSP 2023",
    adapter: "philly",
    parts: [
      {
        name: "",
        file: "philly-sia/philly.csv",
        sha256: "ebffb3dd1589bdf4e7bcd74496201c5ded1d557d498ee14f560463f37ec353da",
      },
    ],
    quirks: [
      "Rows are not in order of submission: they are sorted here, ties in the order of the file.",
      "It is a filtered list of 82,247 jobs; the original traces have 117,325.",
      "Timestamps are local time without a zone, so the hour repeated at the end of summer time (2017-11-05) is ambiguous.",
      "gpu_time is duration times num_gpus in every row and is not read.",
      "The shortest job lasts 1 s: no row has a duration of zero.",
    ],
    missing: [
      "Users, cluster sizes and the time zone are not recorded.",
      NO_STATUS,
      NO_ESTIMATE,
      NO_MODEL,
      NO_CPU_MEMORY,
    ],
    assumptions: [
      "The virtual cluster is the tenant, and all virtual clusters share one pool.",
      "Timestamps are read as UTC, so differences across the change of clocks are off by one hour.",
      ONE_GPU_TASKS,
      ORIGIN,
      NO_DURATION_ZERO,
    ],
  },
];

/** Every name that `loadTrace` takes: `itp/cluster01` ... `philly`. */
export function traceNames(datasets: readonly Dataset[] = DATASETS): string[] {
  return datasets.flatMap((dataset) => dataset.parts.map((part) => traceName(dataset, part)));
}

export function traceName(dataset: Dataset, part: DatasetPart): string {
  return part.name === "" ? dataset.name : `${dataset.name}/${part.name}`;
}

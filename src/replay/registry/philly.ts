import { phillyAdapter } from "../adapters/philly.js";
import type { Dataset } from "./dataset.js";
import { BARE, NO_DURATION_ZERO, ONE_GPU_TASKS, ORIGIN } from "./sentences.js";

export const philly: Dataset = {
  name: "philly",
  title: "Microsoft Philly training jobs, the filtered list published with Sia",
  address: "https://github.com/siasosp23/artifacts",
  licence:
    "CC BY 4.0 for the underlying Philly traces (msr-fiddle/philly-traces); the list's own repository names no licence",
  citation:
    "Jeon et al., Analysis of Large-Scale Multi-Tenant GPU Clusters for DNN Training Workloads, ATC 2019; list: Jayaram Subramanya et al., Sia, SOSP 2023",
  adapter: phillyAdapter,
  parts: [
    {
      name: "",
      path: "philly-sia/philly.csv",
      sha256: "ebffb3dd1589bdf4e7bcd74496201c5ded1d557d498ee14f560463f37ec353da",
      count: 82_247,
      total: 978_078.4728,
    },
  ],
  origin: {
    repository: "siasosp23/artifacts",
    commit: "aaf7a0de7b6cb5eab06ea020467ede5d2fd18e70",
    paths: { "philly-sia/philly.csv": "sia-simulator/traces/philly.csv" },
  },
  quirks: [
    "Rows are not in order of submission: they are sorted here, ties in the order of the file.",
    "It is a filtered list of 82,247 jobs; the original traces have 117,325.",
    "Timestamps are local time without a zone, so the hour repeated at the end of summer time (2017-11-05) is ambiguous.",
    "gpu_time is duration times num_gpus in every row and is not read.",
    "The shortest job lasts 1 s: no row has a duration of zero.",
  ],
  missing: ["Users, cluster sizes and the time zone are not recorded.", ...BARE],
  assumptions: [
    "The virtual cluster is the tenant, and all virtual clusters share one pool.",
    "Timestamps are read as UTC, so differences across the change of clocks are off by one hour.",
    ONE_GPU_TASKS,
    ORIGIN,
    NO_DURATION_ZERO,
  ],
};

// The registry of public data sets: where each comes from, what it may be used for, what it lacks, and how it is read.

import { alibabaDlrm, alibabaGenaiQps, alibabaSpotNodes } from "./registry/alibaba.js";
import type { Dataset, DatasetPart } from "./registry/dataset.js";
import { gavel, gavelPhysical } from "./registry/gavel.js";
import { itp, itpDeadlines } from "./registry/itp.js";
import { elasticflow, elasticflowCluster, gaia, tiresias, tiresiasClusters } from "./registry/lists.js";
import { openb, openbNodes } from "./registry/openb.js";
import { philly } from "./registry/philly.js";
import { pollux } from "./registry/pollux.js";
import { heliosNodes, heliosVenus, phillyNodes, servegen } from "./registry/rates.js";
import { azureLlm, genaiRequests, mooncake } from "./registry/requests.js";
import { sia } from "./registry/sia.js";

export type { DataFile, Dataset, DatasetPart } from "./registry/dataset.js";

export const DATASETS: readonly Dataset[] = [
  itp,
  itpDeadlines,
  philly,
  openb,
  gavel,
  gavelPhysical,
  pollux,
  sia,
  gaia,
  tiresias,
  elasticflow,
  alibabaDlrm,
  openbNodes,
  alibabaSpotNodes,
  tiresiasClusters,
  elasticflowCluster,
  heliosNodes,
  phillyNodes,
  heliosVenus,
  servegen,
  alibabaGenaiQps,
  azureLlm,
  mooncake,
  genaiRequests,
];

/** Every name that `loadTrace` and its like take: `itp/cluster01` ... `philly`. */
export function traceNames(datasets: readonly Dataset[] = DATASETS): string[] {
  return datasets.flatMap((dataset) => dataset.parts.map((part) => traceName(dataset, part)));
}

export function traceName(dataset: Dataset, part: DatasetPart): string {
  return part.name === "" ? dataset.name : `${dataset.name}/${part.name}`;
}

// From checked columns to the tables of nodes and of rates.

import type { Fleet, Rates } from "../../model/demand.js";
import { numberNames } from "./build-jobs.js";
import type { Imported } from "./import.js";

/** Nodes in the order of the record. */
export function buildNodes({ count, numbers, texts }: Imported): Pick<Fleet, "names" | "nodes"> {
  const models = (texts.model ?? new Array<string>(count).fill("")).map((name) => name.trim());
  const gpuModels = [...new Set(models.filter((name) => name !== ""))].sort();
  return {
    names: { gpuModels, nodes: texts.node ?? Array.from({ length: count }, (_, i) => `node-${i}`) },
    nodes: {
      count,
      gpus: Int32Array.from(numbers.gpus!),
      model: Int32Array.from(models, (name) => gpuModels.indexOf(name)),
      cpuMilli: (numbers.cpu ?? new Float64Array(count)).map((milli) => Math.round(milli || 0)),
      memoryMib: (numbers.memory ?? new Float64Array(count)).map((mib) => Math.round(mib || 0)),
    },
  };
}

/** Rates from time zero, the begin of the first window; series numbered in the order of their names. */
export function buildRates({ count, numbers, texts }: Imported): Pick<Rates, "names" | "rates"> {
  const series = new Int32Array(count);
  const names = numberNames(texts.series, series);
  const origin = Math.round(numbers.start![0]!);
  return {
    names: { series: names },
    rates: {
      count,
      startMicros: numbers.start!.map((micros) => Math.round(micros) - origin),
      windowMicros: numbers.window!.map(Math.round),
      series,
      perSecond: numbers.rate!,
      cv: numbers.cv ?? new Float64Array(count).fill(Number.NaN),
    },
  };
}

// From checked columns to the tables of nodes, of rates and of requests.

import type { Fleet, Rates, Requests } from "../../model/demand.js";
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

/** Requests from time zero, the first arrival; names numbered in their order. */
export function buildRequests({ count, numbers, texts }: Imported): Pick<Requests, "names" | "requests"> {
  const numbered = (column: string): [names: string[], index: Int32Array] => {
    const index = new Int32Array(count);
    return [numberNames(texts[column], index), index];
  };
  const [tenants, tenant] = numbered("tenant");
  const [models, model] = numbered("model");
  const [classes, serviceClass] = numbered("class");
  const [sessions, session] = numbered("session");
  const [origins, origin] = numbered("origin");
  const origin0 = Math.round(numbers.arrival![0]!);
  const lists = (texts.blocks ?? new Array<string>(count).fill("")).map((list) => (list === "" ? [] : list.split("|")));
  const blockFirst = new Int32Array(count + 1);
  lists.forEach((list, i) => {
    blockFirst[i + 1] = blockFirst[i]! + list.length;
  });
  const tokens = (column: Float64Array | undefined) =>
    Int32Array.from(column ?? new Float64Array(count), (n) => n || 0);
  return {
    names: { tenants, models, classes, sessions, origins },
    requests: {
      count,
      atMicros: numbers.arrival!.map((micros) => Math.round(micros) - origin0),
      promptTokens: tokens(numbers.prompt),
      outputTokens: tokens(numbers.output),
      runMicros: (numbers.run ?? new Float64Array(count).fill(Number.NaN)).map(Math.round),
      tenant,
      model,
      serviceClass,
      session,
      origin,
      blockFirst,
      blocks: Int32Array.from(lists.flat(), Number),
    },
  };
}

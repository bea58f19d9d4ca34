// A synthetic trace from fitted parameters and a seed. Only the engine's draws and + - * / are used: the same
// parameters and seed give the same bytes on every machine.

import { createDraws } from "../../engine/draws.js";
import { createJobTable, type Trace } from "../../model/jobs.js";
import { MICROS_PER_HOUR } from "../../model/units.js";
import { digestOfText } from "../digest.js";
import { createArrivalProcess } from "./arrival-process.js";
import { createBodyProcess, pick } from "./body-process.js";
import { quantileAt } from "./quantiles.js";
import type { SynthParams } from "./schema.js";
import { distanceSentence } from "./words.js";

export interface GenerateOptions {
  /** Seed of the streams, a non-negative integer. */
  seed: number;
  /** Exactly so many jobs, however long that takes; absent: what falls into params.spanDays. */
  jobs?: number;
}

interface Row {
  submitMicros: number;
  runMicros: number;
  gpus: number;
  tenant: number;
}

/** Generates a trace; its time zero is hour 0 of the fitted week, so that the first job may come later. */
export function generateTrace(params: SynthParams, { seed, jobs }: GenerateOptions): Trace {
  const rows = generateRows(params, seed, jobs ?? Number.POSITIVE_INFINITY, jobs === undefined);
  const table = createJobTable(rows.length);
  rows.forEach((row, i) => {
    table.submitMicros[i] = row.submitMicros;
    table.runMicros[i] = row.runMicros;
    table.tasks[i] = row.gpus;
    table.tenant[i] = row.tenant;
  });
  const { source } = params;
  const name = source.part === "" ? source.dataset : `${source.dataset}/${source.part}`;
  return {
    names: { tenants: params.tenants.map((tenant) => tenant.name), gpuModels: [], jobClasses: ["default"] },
    jobs: table,
    provenance: {
      dataset: `${source.dataset} (generated)`,
      part: source.part,
      digest: digestOfText(JSON.stringify([params, seed, jobs ?? null])),
      licence: source.licence,
      citation: source.citation,
      assumptions: [
        `The jobs are generated, not recorded: drawn with seed ${seed} from parameters fitted to ${name} (SHA-256 ${source.digest}).`,
        distanceSentence(params),
        "Generated jobs all complete; they have no estimate, no deadline, and may run on any GPU model.",
        "A job of k GPUs is a gang of k tasks of one whole GPU each.",
      ],
    },
    rejected: [],
  };
}

function generateRows(params: SynthParams, seed: number, countMax: number, bySpan: boolean): Row[] {
  const { arrivals, resolutionMicros } = params;
  const endMicros = bySpan ? params.spanDays * 24 * MICROS_PER_HOUR : Number.POSITIVE_INFINITY;
  const starts = createArrivalProcess(arrivals, seed);
  const bodies = createBodyProcess(params, seed);
  const gapDraws = createDraws(seed, "synth/gaps");
  const tenantDraws = createDraws(seed, "synth/tenants");
  const tenantShares = params.tenants.map((tenant) => tenant.share);
  const round = (micros: number): number => Math.round(micros / resolutionMicros) * resolutionMicros;
  const rows: Row[] = [];
  let freeFrom = 0;
  let lastMicros = 0;
  while (rows.length < countMax) {
    let at = starts.next(freeFrom);
    if (at >= endMicros) break;
    const { batchSize, ...head } = bodies.head(at - lastMicros);
    const tenant = pick(tenantShares, tenantDraws.uniform());
    for (let k = 0; k < batchSize && rows.length < countMax; k++) {
      if (k > 0) at += quantileAt(arrivals.gapMicros, gapDraws.uniform());
      const { gpus, runMicros } = k === 0 ? head : bodies.member();
      rows.push({ submitMicros: round(at), runMicros: Math.max(resolutionMicros, round(runMicros)), gpus, tenant });
    }
    lastMicros = at;
    freeFrom = at + arrivals.batchGapMicros;
  }
  return rows;
}

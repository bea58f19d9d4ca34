import type { Adapter, RawFormat } from "./adapter.js";
import { RELATIVE_TIMES } from "./plain.js";

const tabs = (columns: readonly string[]): RawFormat => ({ kind: "csv", delimiter: "\t", quote: false, columns });

/** Run time = steps over the steps a second measured alone on the reference GPU, at the largest measured size within. */
function gavelAdapter(columns: readonly string[]): Adapter {
  return {
    kind: "jobs",
    format: tabs(columns),
    required: [],
    raw: { submit: "arrival", gpus: "gpus" },
    select: `
      WITH keys AS (
        SELECT regexp_extract(key, '^\\(''(.*)'', (\\d+)\\)$', ['model', 'gpus']) AS k,
               json_extract(value, '$."null"')::DOUBLE AS steps_a_second
        FROM throughputs, json_each(content, '$.v100')),
      speed AS (SELECT k.model, k.gpus::DOUBLE AS gpus, steps_a_second FROM keys)
      SELECT raw._row, raw.arrival AS submit, raw.gpus, raw.job_type AS class,
             TRY_CAST(raw.steps AS DOUBLE) / speed.steps_a_second AS run
      FROM raw ASOF LEFT JOIN speed ON raw.job_type = speed.model AND TRY_CAST(raw.gpus AS DOUBLE) >= speed.gpus`,
    tables: { throughputs: { format: { kind: "text" }, required: [] } },
    submitRange: RELATIVE_TIMES,
  };
}

/** Simulated lists, seven fields. */
export const gavelAdapter7 = gavelAdapter([
  "job_type",
  "command",
  "steps_flag",
  "needs_data",
  "steps",
  "arrival",
  "gpus",
]);

/** Lists of the physical cluster, ten fields. */
export const gavelAdapter10 = gavelAdapter([
  "job_type",
  "command",
  "folder",
  "steps_flag",
  "needs_data",
  "steps",
  "gpus",
  "priority",
  "slo",
  "arrival",
]);

import { type Adapter, COMMA } from "./adapter.js";
import { RELATIVE_TIMES } from "./plain.js";

const APP = (file: string) => `regexp_extract(_file, '([^/\\\\]+)[/\\\\]${file}', 1)`;
/** How far apart two sizes are, as a ratio: nearest on a logarithmic scale without a logarithm. */
const RATIO = (a: string, b: string) => `greatest(${a} / ${b}, ${b} / ${a})`;

/**
 * Pollux' and Sia's workloads (`name,time,application,num_replicas,batch_size`) as jobs of fixed size. Work is defined
 * by convergence, so the run time is computed: the iterations that the measured run at the nearest batch size took, times
 * the step time measured at the nearest number of GPUs on the fewest nodes, at the nearest local batch. A batch that is
 * larger than any measured one accumulates gradients over k steps, of which only the last synchronises.
 */
export const goodputAdapter: Adapter = {
  kind: "jobs",
  format: COMMA,
  required: ["name", "time", "application", "num_replicas", "batch_size"],
  raw: { submit: "time", gpus: "num_replicas" },
  select: `
    WITH curves AS (
      SELECT ${APP("validation-")} AS app, regexp_extract(_file, 'validation-(\\d+)', 1)::DOUBLE AS batch,
             max(iteration::DOUBLE) AS iterations
      FROM validations GROUP BY ALL),
    steps AS (
      SELECT ${APP("placements")} AS app, length(placement)::DOUBLE AS nodes, local_bsz::DOUBLE AS batch,
             list_sum(list_transform(string_split(placement, ''), lambda digit: digit::INTEGER))::DOUBLE AS gpus,
             step_time::DOUBLE AS step, sync_time::DOUBLE AS sync
      FROM placements
      UNION ALL
      SELECT ${APP("scalability")}, num_nodes::DOUBLE, local_bsz::DOUBLE, num_replicas::DOUBLE, step_time::DOUBLE,
             sync_time::DOUBLE
      FROM scalability),
    asked AS (
      SELECT DISTINCT application AS app, TRY_CAST(num_replicas AS DOUBLE) AS gpus, TRY_CAST(batch_size AS DOUBLE) AS batch
      FROM raw WHERE gpus > 0 AND batch > 0),
    curve AS (
      SELECT a.app, a.gpus, a.batch, arg_min(c.iterations, (${RATIO("c.batch", "a.batch")}, c.batch)) AS iterations
      FROM asked a JOIN curves c USING (app) GROUP BY ALL),
    sized AS (
      SELECT a.*, s.* EXCLUDE (app, gpus, batch), s.batch AS local, s.gpus AS measured
      FROM asked a JOIN steps s USING (app)
      QUALIFY rank() OVER (PARTITION BY a.app, a.gpus, a.batch ORDER BY ${RATIO("s.gpus", "a.gpus")}, s.gpus, s.nodes) = 1),
    rounds AS (
      SELECT *, ceil(batch / gpus / max(local) OVER (PARTITION BY app, gpus, batch)) AS k FROM sized),
    speed AS (
      SELECT app, gpus, batch, arg_min(k * step - (k - 1) * sync, (${RATIO("local", "(batch / gpus / k)")}, local, step)) AS seconds
      FROM rounds GROUP BY ALL)
    SELECT raw._row, raw.time AS submit, raw.num_replicas AS gpus, raw.application AS class,
           curve.iterations * speed.seconds AS run
    FROM raw LEFT JOIN curve ON raw.application = curve.app AND TRY_CAST(raw.num_replicas AS DOUBLE) = curve.gpus
                            AND TRY_CAST(raw.batch_size AS DOUBLE) = curve.batch
             LEFT JOIN speed USING (app, gpus, batch)`,
  tables: {
    placements: { format: COMMA, required: ["placement", "local_bsz", "step_time", "sync_time"] },
    scalability: { format: COMMA, required: ["num_nodes", "num_replicas", "local_bsz", "step_time", "sync_time"] },
    validations: { format: COMMA, required: ["iteration"] },
  },
  submitRange: RELATIVE_TIMES,
};

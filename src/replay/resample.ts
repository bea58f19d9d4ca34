// Replications of a record by redrawing its days: a block bootstrap (Künsch, Annals of Statistics 17, 1989) with blocks
// of 24 hours from the origin. What happens within a day stays as it was; what depends on the day before is lost.

import { createDraws } from "../engine/draws.js";
import { WindtunnelError } from "../model/errors.js";
import { type Trace, takeJobs } from "../model/jobs.js";
import { MICROS_PER_HOUR } from "../model/units.js";

const MICROS_PER_DAY = 24 * MICROS_PER_HOUR;
const DAYS_PER_WEEK = 7;
/** Fewer candidates of one weekday than this would mostly redraw the same day. */
const SAME_WEEKDAY_MIN = 3;

/**
 * A trace of as many days as `trace` has whole ones, each redrawn with replacement: among the days of the same weekday
 * (index modulo 7) if there are three at least, else among all. The rest after the last whole day is not used.
 * Throws TRACE_TOO_SHORT below two whole days.
 */
export function resampleDays(trace: Trace, seed: number): Trace {
  const { jobs, provenance } = trace;
  const days = jobs.count === 0 ? 0 : Math.floor(jobs.submitMicros[jobs.count - 1]! / MICROS_PER_DAY);
  if (days < 2) {
    throw new WindtunnelError(
      "TRACE_TOO_SHORT",
      `Days cannot be redrawn: the record has ${days} whole days, 2 at least are needed.`,
      "Use replications.method: none or generate, or more jobs.",
    );
  }
  const rowsOfDay = groupByDay(jobs.submitMicros, days);
  const draws = createDraws(seed, "replay/days");
  const rows: number[] = [];
  const shiftMicros: number[] = [];
  for (let day = 0; day < days; day++) {
    const drawn = drawDay(day, days, draws.integer);
    for (const row of rowsOfDay[drawn]!) {
      rows.push(row);
      shiftMicros.push((day - drawn) * MICROS_PER_DAY);
    }
  }
  const drawn = takeJobs(jobs, rows);
  for (let i = 0; i < drawn.count; i++) {
    drawn.submitMicros[i]! += shiftMicros[i]!;
    drawn.deadlineMicros[i]! += shiftMicros[i]!;
  }
  const assumption = `The ${days} whole days of the record are redrawn with replacement, ${days >= DAYS_PER_WEEK * SAME_WEEKDAY_MIN ? "each among the days of its weekday" : "weekdays kept where there are three of them"} (seed ${seed}); what follows the last whole day is left out.`;
  return { ...trace, jobs: drawn, provenance: { ...provenance, assumptions: [...provenance.assumptions, assumption] } };
}

function groupByDay(submitMicros: Float64Array, days: number): number[][] {
  const rowsOfDay: number[][] = Array.from({ length: days }, () => []);
  submitMicros.forEach((micros, row) => {
    rowsOfDay[Math.floor(micros / MICROS_PER_DAY)]?.push(row);
  });
  return rowsOfDay;
}

/** Index of the day that takes the place of `day`. */
function drawDay(day: number, days: number, integer: (count: number) => number): number {
  const weekday = day % DAYS_PER_WEEK;
  const alike = Math.ceil((days - weekday) / DAYS_PER_WEEK);
  return alike >= SAME_WEEKDAY_MIN ? weekday + DAYS_PER_WEEK * integer(alike) : integer(days);
}

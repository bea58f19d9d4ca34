// A run's jobs in a table of a database: any number of them, in memory that does not grow.

import { END_STATUS } from "../model/jobs.js";
import type { Cell, RunTable } from "./run-table.js";
import {
  alike,
  DISTRIBUTIONS,
  type DistributionName,
  evenRanks,
  type Fairness,
  type Grouping,
  type JobSummary,
  PERCENTILE_SHARES,
  quantileOf,
  type RunJobs,
  type Truth,
  timesOf,
  type WholeRun,
} from "./summarise.js";

const COUNTS_AND_MEANS = [
  "count(*) AS jobs",
  "sum(restarts)::DOUBLE AS restarts",
  ...DISTRIBUTIONS.flatMap((name) => [`count(${name}) AS ${name}Count`, `favg(${name}) AS ${name}Mean`]),
].join(", ");

/** Jobs of the trace from `cutJobs` on. */
function countedFrom(cutJobs: number): string {
  return `(SELECT * FROM jobs WHERE job >= ${cutJobs})`;
}

/** SQL over `jobs`: number of the part a job belongs to, null for none. */
function partOf(grouping: Grouping | undefined): string {
  if (grouping === undefined) return "0";
  if (grouping.by === "pool") return `[${grouping.parts.join(", ")}][pool + 1]`; // an index outside gives nothing
  if (grouping.by === "tenant") {
    const { tenants } = grouping;
    return `coalesce(list_position([${tenants.join(", ")}]::INTEGER[], tenant) - 1, ${tenants.length})`;
  }
  const cases = grouping.bounds.map((most, i) => `WHEN gpus <= ${most} THEN ${i}`);
  return `CASE ${cases.join(" ")} ELSE ${grouping.bounds.length} END`;
}

type Percentiles = Record<DistributionName, number[]>;

export class TableJobs implements RunJobs {
  readonly #table: RunTable;
  #truth = false;

  constructor(table: RunTable) {
    this.#table = table;
  }

  get count(): number {
    return this.#table.count;
  }

  async summarise(cutJobs: number, grouping?: Grouping): Promise<{ group: number; summary: JobSummary }[]> {
    const part = `(${partOf(grouping)})::INTEGER AS part`;
    const from = `(SELECT *, ${part} FROM ${countedFrom(cutJobs)} WHERE part IS NOT NULL)`;
    const rows = await this.#table.query(`SELECT part, ${COUNTS_AND_MEANS} FROM ${from} GROUP BY part ORDER BY part`);
    const percentiles = await this.#percentiles(from, rows);
    return rows.map((row, i) => ({ group: number(row.part), summary: jobSummary(row, percentiles[i]!) }));
  }

  /** Sorted by part and value, on disk if need be, and read at the ranks wanted. */
  async #percentiles(from: string, parts: readonly Record<string, Cell>[]): Promise<Percentiles[]> {
    const found = parts.map(() => alike<number[]>([]) as Percentiles);
    for (const name of DISTRIBUTIONS) {
      const counts = parts.map((part) => number(part[`${name}Count`]));
      const ranks = new Set<number>();
      let before = 0;
      for (const count of counts) {
        // every rank that quantileOf will ask for; those of neighbouring shares may cross where there are few jobs
        for (const share of count > 0 ? PERCENTILE_SHARES : []) {
          quantileOf(count, share, (rank) => {
            ranks.add(before + rank);
            return 0;
          });
        }
        before += count;
      }
      const ascending = [...ranks].sort((a, b) => a - b);
      const sql = `SELECT ${name} FROM ${from} WHERE ${name} IS NOT NULL ORDER BY part, ${name}`;
      const values = await this.#table.pick(sql, ascending);
      const at = new Map(ascending.map((rank, k) => [rank, values[k]!]));
      let first = 0;
      counts.forEach((count, i) => {
        const start = first;
        const shares = count > 0 ? PERCENTILE_SHARES : [];
        found[i]![name] = shares.map((share) => quantileOf(count, share, (rank) => at.get(start + rank)!));
        first += count;
      });
    }
    return found;
  }

  async whole(): Promise<WholeRun> {
    const [whole] = await this.#table.query(
      `SELECT count(*) AS count, count(finish) AS finished, max(finish) - min(submitMicros) AS makespan,
         count(*) FILTER (finish IS NOT NULL AND endStatus = ${END_STATUS.failed}) AS failed,
         count(*) FILTER (finish IS NOT NULL AND endStatus = ${END_STATUS.killed}) AS killed,
         fsum(heldMicros * gpus) AS held, fsum(lostGpuMicros) AS lost, fsum(jct) AS jct FROM jobs`,
    );
    return {
      count: number(whole!.count),
      finishedCount: number(whole!.finished),
      failedCount: number(whole!.failed),
      killedCount: number(whole!.killed),
      makespanMicros: number(whole!.makespan),
      heldGpuMicros: number(whole!.held ?? 0),
      lostGpuMicros: number(whole!.lost ?? 0),
      jctSeconds: number(whole!.jct ?? 0),
    };
  }

  async serviceByTenant(cutJobs: number): Promise<number[]> {
    const tenants = await this.#table.query(
      `SELECT favg(heldMicros / jctMicros) AS service FROM ${countedFrom(cutJobs)}
       WHERE finish IS NOT NULL GROUP BY tenant ORDER BY tenant`,
    );
    return tenants.map(({ service }) => number(service));
  }

  async tenantsByJobs(cutJobs: number, most: number): Promise<number[]> {
    const shown = await this.#table.query(
      `SELECT tenant FROM jobs WHERE job >= ${cutJobs} GROUP BY tenant ORDER BY count(*) DESC, tenant LIMIT ${most}`,
    );
    return shown.map(({ tenant }) => Number(tenant));
  }

  async fairness(cutJobs: number, truth: Truth, jobsPerGpu: number): Promise<Fairness> {
    await this.#addTruth(truth);
    const [row] = await this.#table.query(
      `SELECT max(rho) AS worst, favg((rho > 1)::DOUBLE) AS unfair FROM (
         SELECT jctMicros / (runMicros * greatest(1, gpus * ${jobsPerGpu}::DOUBLE)) AS rho
         FROM ${countedFrom(cutJobs)} JOIN truth USING (job) WHERE finish IS NOT NULL)`,
    );
    return { rhoWorst: row!.worst === null ? undefined : number(row!.worst), unfairShare: number(row!.unfair) };
  }

  async deadlineMisses(cutJobs: number, truth: Truth): Promise<number | undefined> {
    await this.#addTruth(truth);
    const [row] = await this.#table.query(
      `SELECT favg((finish IS NULL OR finish > deadlineMicros)::DOUBLE) AS missed
       FROM ${countedFrom(cutJobs)} JOIN truth USING (job) WHERE NOT isnan(deadlineMicros)`,
    );
    return row!.missed === null ? undefined : number(row!.missed);
  }

  async #addTruth({ runMicros, deadlineMicros }: Truth): Promise<void> {
    if (this.#truth) return;
    this.#truth = true;
    await this.#table.addTruth({ runMicros, deadlineMicros });
  }

  async bySubmission(
    whole: boolean,
    visit: (jctSeconds: number, job: number, waitSeconds: number) => void,
  ): Promise<void> {
    // every column more is carried through the sort: 200 MB of ten million jobs
    const columns = whole ? "jct, job, wait" : "jct";
    await this.#table.scan(`SELECT ${columns} FROM jobs ORDER BY job`, ([jct, job, wait]) => {
      visit(jct!, job ?? Number.NaN, wait ?? Number.NaN);
    });
  }

  async evenQuantiles(cutJobs: number, column: DistributionName, points: number): Promise<Float64Array> {
    const [counted] = await this.#table.query(`SELECT count(${column}) AS jobs FROM ${countedFrom(cutJobs)}`);
    const ranks = evenRanks(number(counted!.jobs), points);
    if (ranks.length === 0) return new Float64Array(0);
    // one sort: a list of so many quantile_cont takes many times as long
    const sql = `SELECT ${column} FROM ${countedFrom(cutJobs)} WHERE ${column} IS NOT NULL ORDER BY ${column}`;
    return this.#table.pick(sql, ranks);
  }
}

function jobSummary(row: Record<string, Cell>, percentiles: Percentiles): JobSummary {
  const means = Object.fromEntries(DISTRIBUTIONS.map((name) => [name, number(row[`${name}Mean`])]));
  return {
    jobs: number(row.jobs),
    startedCount: number(row.waitCount),
    restarts: number(row.restarts ?? 0),
    times: timesOf(means as Record<DistributionName, number>, percentiles),
  };
}

/** Counts come as big integers, and nothing as null. */
function number(cell: unknown): number {
  return cell === null || cell === undefined ? Number.NaN : Number(cell);
}

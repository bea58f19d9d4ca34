// The tables of a study of services: one of each service, one of what stands before its replicas, one of training.

import type { Interval } from "../model/results.js";
import type { ServiceStudy } from "../model/service-study.js";
import type { ArmCost, Block } from "../report/index.js";
import type { Arm } from "../sim/services/arms.js";
import type { FluidFidelity } from "../sim/services/fluid/study.js";
import type { StageRow } from "../sim/services/stages.js";
import type { LendingRow, StudyResult, StudyRow } from "../sim/services/study.js";
import { interval } from "../sim/statistics.js";
import { armColumns, armTable, number, text } from "./arm-table.js";
import { partTables } from "./services-parts.js";

const NONE: Interval = interval([]);

const COLUMNS: readonly [head: string, of: (m: StudyRow["metrics"]) => Interval, scale: number][] = [
  ["within bounds, %", (m) => m.attainment, 100],
  ["TTFT P50, s", (m) => m.ttftSecondsP50, 1],
  ["TTFT P99, s", (m) => m.ttftSecondsP99, 1],
  ["TPOT P99, ms", (m) => m.tpotSecondsP99, 1000],
  ["ITL P99, ms", (m) => m.itlSecondsP99, 1000],
  ["replicas", (m) => m.replicasMean, 1],
  ["USD", (m) => m.costUsd, 1],
  ["USD a 1000 met", (m) => m.usdPerThousandMet, 1],
  ["busy, GPU-h", (m) => m.busyGpuHours, 1],
  ["idle", (m) => m.idleGpuHours, 1],
  ["starting", (m) => m.startingGpuHours, 1],
  ["scalings", (m) => m.scalings, 1],
];

/** Shown where a service has them in some arm. */
const OPTIONAL_COLUMNS: readonly [head: string, of: (m: StudyRow["metrics"]) => Interval | undefined, scale: number][] =
  [
    ["prefix found, %", (m) => m.prefixHitShare, 100],
    ["saved by it, GPU-h", (m) => m.prefixSavedGpuHours, 1],
    ["weights there, %", (m) => m.residentShare, 100],
    ["loads", (m) => m.weightLoads, 1],
    ["loading, GPU-h", (m) => m.weightLoadGpuHours, 1],
    ["devices", (m) => m.devicesMean, 1],
    ["held by nobody, GPU-h", (m) => m.unheldGpuHours, 1],
    ["stages, USD", (m) => m.stagesUsd, 1],
    ["crashes", (m) => m.crashes, 1],
    ["alerts fired", (m) => m.alertsFired, 1],
    ["while alerts fired, h", (m) => m.alertHours, 1],
    ["preemptions", (m) => (m.swappedShare ? m.preemptions : undefined), 1],
    ["of them swapped, %", (m) => m.swappedShare, 100],
    ["drafts accepted, %", (m) => m.acceptedShare, 100],
    ["handed over in, ms", (m) => m.handoffSecondsMean, 1000],
    ["not at the nearest place, %", (m) => m.crossPlaceShare, 100],
    ["moves of origins", (m) => m.moves, 1],
    ["Jain over tenants", (m) => m.jainIndexTenants, 1],
    ["worst tenant within bounds, %", (m) => m.attainmentTenantWorst, 100],
  ];

/** What the gateway did; a second table where there is one. */
const GATEWAY_COLUMNS: typeof OPTIONAL_COLUMNS = [
  ["attempts a request", (m) => m.attemptsPerRequest, 1],
  ["retries, %", (m) => m.retriedShare, 100],
  ["refused by the budget, %", (m) => m.deniedShare, 100],
  ["hedges, %", (m) => m.hedgedShare, 100],
  ["waited at the gateway, %", (m) => m.heldShare, 100],
  ["shed, %", (m) => m.shedShare, 100],
  ["of these displaced, %", (m) => m.displacedShare, 100],
  ["out of time, %", (m) => m.expiredShare, 100],
  ["failed, %", (m) => m.failedShare, 100],
  ["fell back, %", (m) => m.fellBackShare, 100],
  ["ejections", (m) => m.ejections, 1],
  ["computed for nobody, %", (m) => m.wastedShare, 100],
  ["cache hits, %", (m) => m.cacheHitShare, 100],
  ["saved by the cache, MB", (m) => m.cacheMegabytes, 1],
  ["tokens not computed", (m) => m.cacheTokens, 1],
];

const STAGE_COLUMNS: readonly [head: string, of: (m: StageRow["metrics"]) => Interval, scale: number][] = [
  ["wait, ms", (m) => m.waitSecondsMean, 1000],
  ["in all, ms", (m) => m.secondsMean, 1000],
  ["busy, %", (m) => m.busyShare, 100],
  ["USD", (m) => m.costUsd, 1],
];

/** Those of optional columns in which some row has something to say. */
function saying(columns: typeof OPTIONAL_COLUMNS, rows: readonly StudyRow[]): typeof COLUMNS {
  return columns
    .filter(([, of]) => rows.some(({ metrics }) => (of(metrics)?.mean ?? 0) !== 0))
    .map(([head, of, scale]) => [head, (m) => of(m) ?? NONE, scale] as (typeof COLUMNS)[number]);
}

function columnsOf(rows: readonly StudyRow[]): typeof COLUMNS {
  const own = OPTIONAL_COLUMNS.filter(([, of]) => rows.some(({ metrics }) => of(metrics)));
  return [
    ...COLUMNS,
    ...own.map(([head, of, scale]) => [head, (m) => of(m) ?? NONE, scale] as (typeof COLUMNS)[number]),
  ];
}

/** All tables, the answer of each, and the digest. */
export function studyBlocks(study: ServiceStudy, result: StudyResult): Block[] {
  const arms = armColumns(study, "controller");
  const out: Block[] = [];
  for (const { name } of study.services) {
    const rows = result.rows.filter((row) => row.service === name);
    const lines = rows.map((row) => ({ arm: row, row: row.metrics }));
    // a cold start is not for the controller to choose: one answer at each
    const starts = [...new Set(rows.map((row) => row.coldStartSeconds))];
    const best = starts.length === 1 ? rows.indexOf(bestOf(study, rows)!) : -1;
    out.push(
      { heading: `${name}: ${text(rows[0]!.metrics.requests)} requests a run` },
      armTable(arms, columnsOf(rows), lines, best),
    );
    if (rows.some(({ metrics }) => metrics.attemptsPerRequest))
      out.push("At its gateway, shares of requests:", armTable(arms, saying(GATEWAY_COLUMNS, rows), lines));
    const stages = result.stages?.filter((row) => row.service === name) ?? [];
    if (stages.length > 0)
      out.push(
        "Its stages on CPUs:",
        armTable(
          { heads: ["stage", "side", ...arms.heads], of: arms.of },
          STAGE_COLUMNS,
          stages.map((row) => ({ arm: row, row: row.metrics, first: [row.stage, row.side] })),
        ),
      );
    for (const at of starts) {
      const own = rows.filter((row) => row.coldStartSeconds === at);
      out.push({ answer: `${name}: ${answer(study, own)}` });
    }
    out.push(...partTables(arms, name, result.parts));
  }
  if (result.lending) out.push(...lendingTable(study, result.lending.rows));
  return [...out, "", `Digest: ${result.digest}`];
}

/** What every arm costs, by service, and whether it reaches the target; for a chart. */
export function armCosts(study: ServiceStudy, result: StudyResult): { service: string; arms: ArmCost[] }[] {
  return study.services.map(({ name }) => ({
    service: name,
    arms: result.rows
      .filter((row) => row.service === name)
      .map((row) => {
        const { mean, low, high } = row.metrics.costUsd;
        const finite = Number.isFinite(low) ? { low, high } : { low: mean, high: mean };
        return { arm: armName(study, row), usd: mean, ...finite, reaches: reaches(study, row) };
      }),
  }));
}

/** How far the fluid is from requests, and how far it went. */
export function fidelityBlocks(all: readonly FluidFidelity[]): Block[] {
  const out: Block[] = [];
  for (const { service, variant, replicas, errors, border, beyond } of all) {
    const heads = ["load", "within bounds, %", "TTFT P50, s", "TTFT P99, s", "E2E mean, s"];
    const both = ({ fluid, requests }: { fluid: number; requests: number }, by = 1) =>
      `${number(fluid * by)} (${number(requests * by)})`;
    const rows = errors.map((e) => [
      `${e.load}`,
      both(e.attainment, 100),
      both(e.ttftSecondsP50),
      both(e.ttftSecondsP99),
      both(e.e2eSecondsMean),
    ]);
    const far = beyond.map(({ controller, share }) => `${controller} ${number(share * 100)} %`).join(", ");
    out.push(
      {
        heading: `${service}${variant === null ? "" : `, ${variant}`}: fluid, and in brackets requests, at constant loads on ${replicas} replicas`,
      },
      { table: { heads, keys: 0, rows } },
      border > 0
        ? `Do not trust it beyond a load of ${border}. Requests beyond: ${far}.`
        : "Do not trust it: it is off at every load that was tried.",
    );
  }
  return out;
}

type LendingMetrics = LendingRow["metrics"];
const LENDING_COLUMNS: readonly [head: string, of: (m: LendingMetrics) => Interval, scale: number][] = [
  ["GPUs for training, mean", (m) => m.gpusMean, 1],
  ["mean JCT, h", (m) => m.jctHoursMean, 1],
  ["saved by lending, h", (m) => m.savedHoursMean, 1],
  ["done by the end, %", (m) => m.doneShare, 100],
  ["stops per job", (m) => m.stopsPerJob, 1],
  ["GPU-hours lost", (m) => m.lostGpuHours, 1],
];

/** Training beside each arm's services, the row without lending first. */
function lendingTable(study: ServiceStudy, rows: readonly LendingRow[]): Block[] {
  const lines = rows.map(({ arm, metrics }) => ({ arm, row: metrics }));
  const { gpus, queue } = study.training!;
  return [
    {
      heading: `Training, ${text(rows[0]!.metrics.jobs)} jobs under ${queue} on what services leave of ${gpus} GPUs`,
    },
    armTable(armColumns(study, "GPUs lent under"), LENDING_COLUMNS, lines),
    ...lendingAnswer(study, rows),
  ];
}

/** What lending earns at its best, and what it throws away there. */
function lendingAnswer(study: ServiceStudy, rows: readonly LendingRow[]): Block[] {
  const lent = rows.filter(({ arm }) => arm !== null);
  const best = lent.sort((a, b) => b.metrics.savedHoursMean.mean - a.metrics.savedHoursMean.mean)[0];
  if (!best) return [];
  const { savedHoursMean, lostGpuHours } = best.metrics;
  const under = armName(study, best.arm!);
  return [
    {
      answer: `training: jobs end soonest where GPUs are lent under ${under}: ${text(savedHoursMean)} h sooner in the mean than without lending; ${text(lostGpuHours)} GPU-hours of work are lost to stops.`,
    },
  ];
}

/** What tells an arm from the study's others, in a few words. */
function armName({ controllers }: ServiceStudy, { variant, controller, coldStartSeconds }: Arm): string {
  return [
    ...(variant === null ? [] : [variant]),
    ...(variant === null || controllers.length > 1 ? [controller] : []),
    ...(coldStartSeconds === null ? [] : [`cold start ${coldStartSeconds} s`]),
  ].join(", ");
}

/** Its interval, or its one value, reaches the target. */
function reaches({ attainmentShare }: ServiceStudy, { metrics: { attainment } }: StudyRow): boolean {
  return (attainment.low || attainment.mean) >= attainmentShare;
}

/** The cheapest arm that reaches the target. */
function bestOf(study: ServiceStudy, rows: readonly StudyRow[]): StudyRow | undefined {
  const able = rows.filter((row) => reaches(study, row));
  return able.sort((a, b) => a.metrics.costUsd.mean - b.metrics.costUsd.mean)[0];
}

/** The cheapest arm whose interval meets the target, in a sentence. */
function answer(study: ServiceStudy, rows: readonly StudyRow[]): string {
  const target = `${number(study.attainmentShare * 100)} % within bounds`;
  const best = bestOf(study, rows);
  const coldStart = rows[0]!.coldStartSeconds;
  const at = coldStart === null ? "" : `cold start ${coldStart} s: `;
  const name = ({ variant, controller }: Arm) => (variant === null ? controller : `${variant} with ${controller}`);
  if (!best) return `${at}nothing that was tried reaches ${target}.`;
  return `${at}cheapest of those that reach ${target}: ${name(best)}, USD ${text(best.metrics.costUsd)}.`;
}

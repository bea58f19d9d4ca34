// The tables of a study of services: one of each service, one of what stands before its replicas, one of training.

import type { Interval } from "../model/results.js";
import type { ServiceStudy } from "../model/service-study.js";
import type { Arm } from "../sim/services/arms.js";
import type { FluidFidelity } from "../sim/services/fluid/study.js";
import type { StageRow } from "../sim/services/stages.js";
import type { LendingRow, StudyResult, StudyRow } from "../sim/services/study.js";
import { interval } from "../sim/statistics.js";
import { armColumns, drawTable, number, text } from "./arm-table.js";
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
export async function studyTables(study: ServiceStudy, result: StudyResult): Promise<string> {
  const arms = armColumns(study, "controller");
  const parts = [study.title, ""];
  for (const { name } of study.services) {
    const rows = result.rows.filter((row) => row.service === name);
    const lines = rows.map((row) => ({ arm: row, row: row.metrics }));
    parts.push(
      `${name}: ${text(rows[0]!.metrics.requests)} requests a run`,
      await drawTable(arms, columnsOf(rows), lines),
    );
    if (rows.some(({ metrics }) => metrics.attemptsPerRequest))
      parts.push("At its gateway, shares of requests:", await drawTable(arms, saying(GATEWAY_COLUMNS, rows), lines));
    const stages = result.stages?.filter((row) => row.service === name) ?? [];
    if (stages.length > 0)
      parts.push(
        "Its stages on CPUs:",
        await drawTable(
          { heads: ["stage", "side", ...arms.heads], of: arms.of },
          STAGE_COLUMNS,
          stages.map((row) => ({ arm: row, row: row.metrics, first: [row.stage, row.side] })),
        ),
      );
    // a cold start is not for the controller to choose: one answer at each
    for (const at of new Set(rows.map((row) => row.coldStartSeconds))) {
      const own = rows.filter((row) => row.coldStartSeconds === at);
      parts.push(answer(study, own));
    }
    parts.push(...(await partTables(arms, name, result.parts)));
    parts.push("");
  }
  if (result.lending) parts.push(await lendingTable(study, result.lending.rows), "");
  return [...parts, `Digest: ${result.digest}`].join("\n");
}

/** How far the fluid is from requests, and how far it went. */
export async function fidelityTable(all: readonly FluidFidelity[]): Promise<string> {
  const { default: Table } = await import("cli-table3");
  const parts: string[] = [];
  for (const { service, variant, replicas, errors, border, beyond } of all) {
    const heads = ["load", "within bounds, %", "TTFT P50, s", "TTFT P99, s", "E2E mean, s"];
    const table = new Table({
      head: heads,
      colAligns: heads.map(() => "right" as const),
      style: { head: [], border: [], compact: true },
    });
    const both = ({ fluid, requests }: { fluid: number; requests: number }, by = 1) =>
      `${number(fluid * by)} (${number(requests * by)})`;
    for (const e of errors)
      table.push([
        `${e.load}`,
        both(e.attainment, 100),
        both(e.ttftSecondsP50),
        both(e.ttftSecondsP99),
        both(e.e2eSecondsMean),
      ]);
    const far = beyond.map(({ controller, share }) => `${controller} ${number(share * 100)} %`).join(", ");
    parts.push(
      `${service}${variant === null ? "" : `, ${variant}`}: fluid, and in brackets requests, at constant loads on ${replicas} replicas:`,
      table.toString(),
      border > 0
        ? `Do not trust it beyond a load of ${border}. Requests beyond: ${far}.`
        : "Do not trust it: it is off at every load that was tried.",
      "",
    );
  }
  return parts.join("\n");
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
async function lendingTable(study: ServiceStudy, rows: readonly LendingRow[]): Promise<string> {
  const lines = rows.map(({ arm, metrics }) => ({ arm, row: metrics }));
  const { gpus, queue } = study.training!;
  const table = await drawTable(armColumns(study, "GPUs lent under"), LENDING_COLUMNS, lines);
  return `Training, ${text(rows[0]!.metrics.jobs)} jobs under ${queue} on what services leave of ${gpus} GPUs:\n${table}`;
}

/** The cheapest arm whose interval meets the target, in a sentence. */
function answer({ attainmentShare }: ServiceStudy, rows: readonly StudyRow[]): string {
  const target = `${number(attainmentShare * 100)} % within bounds`;
  const able = rows.filter(({ metrics: { attainment } }) => (attainment.low || attainment.mean) >= attainmentShare);
  const [best] = [...able].sort((a, b) => a.metrics.costUsd.mean - b.metrics.costUsd.mean);
  const coldStart = rows[0]!.coldStartSeconds;
  const at = coldStart === null ? "" : `Cold start ${coldStart} s: `;
  const name = ({ variant, controller }: Arm) => (variant === null ? controller : `${variant} with ${controller}`);
  if (!best) return `${at}no controller reaches ${target}.`;
  return `${at}cheapest of those that reach ${target}: ${name(best)}, USD ${text(best.metrics.costUsd)}.`;
}

// Tables, charts and assumptions of an ensemble service's study, for those who run one.

import type { ServeSpec } from "../model/answer-study.js";
import type { Interval } from "../model/results.js";
import { type AnswerLine, type Block, timeChart, tradeChart } from "../report/index.js";
import { type AnswerResult, type AnswerRow, cloudsOf } from "../sim/ensembles/study.js";

const SHOWN = 4;

const part = ({ mean, halfWidth }: Interval, by: number, digits: number) =>
  `${(mean * by).toFixed(digits)} ± ${(halfWidth * by).toFixed(digits)}`;
const short = (value: number) => (Number.isNaN(value) ? "–" : String(Number(value.toPrecision(3))));
const percent = (value: number) => (Number.isNaN(value) ? "–" : (100 * value).toFixed(1));

const COLUMNS: [string, (row: AnswerRow) => string][] = [
  ["policy", (row) => row.point],
  ["accuracy, %", (row) => part(row.accuracy, 100, 2)],
  ["answered, %", (row) => part(row.answered, 100, 2)],
  ["P50, ms", (row) => part(row.latencyP50, 1000, 1)],
  ["P99, ms", (row) => part(row.latencyP99, 1000, 1)],
  ["members", (row) => row.membersMean.mean.toFixed(2)],
  ["by deadline, %", (row) => (100 * row.byDeadline.mean).toFixed(1)],
  ["USD a 1000, held", (row) => short(row.usdHeld.mean)],
  ["worked", (row) => short(row.usdWorked.mean)],
];

const table = (heads: string[], rows: string[][]): Block => ({ table: { heads, keys: 1, rows } });

export function answerBlocks(spec: ServeSpec, result: AnswerResult): Block[] {
  const out: Block[] = [
    `Members alone: ${result.alone.map((one) => `${one.member} ${percent(one.accuracy)} %`).join(", ")}.`,
    table(
      COLUMNS.map(([head]) => head),
      result.rows.map((row) => COLUMNS.map(([, cell]) => cell(row))),
    ),
  ];
  for (const event of new Set(result.dips.map((dip) => dip.event))) {
    const rows = result.dips
      .filter((dip) => dip.event === event)
      .map(({ point, before, unnoticed, noticed }) => [
        point,
        ...[before, unnoticed, noticed].map((phase) => percent(phase.accuracy)),
        ...[before, unnoticed, noticed].map((phase) => short(1000 * phase.latencySeconds)),
      ]);
    const head = ["policy", "accuracy before, %", "unnoticed", "noticed", "mean ms before", "unnoticed", "noticed"];
    out.push({ heading: `${event}: what it does to answers until it is noticed, and then` }, table(head, rows));
  }
  if (result.choices.length > 0) {
    const clouds = cloudsOf(spec);
    const rows = result.choices.map(({ target, choice }) => [
      percent(target),
      choice
        ? choice.members.map((m, i) => `${spec.members[m]!.name} in ${clouds[choice.clouds[i]!]}`).join(", ")
        : "none reaches it",
      choice ? percent(choice.accuracy) : "–",
      choice ? short(choice.usd) : "–",
      choice
        ? choice.exact
          ? "exact"
          : `at most ${percent(choice.usd / choice.usdAtLeast - 1)} % above the least`
        : "–",
    ]);
    const head = ["accuracy wanted, %", "members to run", "reached, %", "USD an hour", ""];
    out.push(
      { heading: "Which members to run, answers weighted and averaged, all in time" },
      { table: { heads: head, keys: 2, rows } },
    );
  }
  if (result.watch.length > 0) out.push(...watchTable(spec, result));
  return [...out, "", `Digest: ${result.digest}`];
}

/** What alert rules made of the answers: one line a policy. */
function watchTable(spec: ServeSpec, { watch }: AnswerResult): Block[] {
  const surges = spec.events.filter(({ what }) => what === "surge");
  const heads = watch[0]!.delays.map(
    ({ surge, rule }) => `${rule}, surge at ${surges[surge]!.atMinutes} min: after, s`,
  );
  const rows = watch.map(({ point, delays, falseAlarms }) => [
    point,
    ...delays.map(({ found, seconds }) =>
      found === 0
        ? "never"
        : `${seconds.count > 1 ? part(seconds, 1, 0) : seconds.mean.toFixed(0)}${found < 1 ? ` (${percent(found)} %)` : ""}`,
    ),
    part(falseAlarms, 1, 1),
  ]);
  return [
    {
      heading: `Alerts on what is answered, in the last ${spec.watch!.windowSeconds} s (in brackets the share of runs in which the surge was told)`,
    },
    table(["policy", ...heads, "false alarms a run"], rows),
  ];
}

export function answerCharts(spec: ServeSpec, result: AnswerResult) {
  const points = (cost: (row: AnswerRow) => number) =>
    result.rows.map((row) => ({
      policy: row.policy,
      point: row.point,
      accuracy: row.accuracy.mean,
      low: row.accuracy.low,
      high: row.accuracy.high,
      cost: cost(row),
    }));
  const windows = spec.events.map(({ atMinutes, minutes, member, what }) => ({
    from: atMinutes,
    to: atMinutes + minutes,
    what: what === "surge" ? "surge" : `${member} is ${what === "cut" ? "cut off" : "broken"}`,
  }));
  // one line a policy, its first point, and not more than can be told apart
  const firsts = spec.policies
    .map((policy) => result.rows.find((row) => row.policy === policy.name)!.point)
    .slice(0, SHOWN + 2);
  const trails = result.trails.filter((trail) => firsts.includes(trail.point));
  const lines = (key: "accuracy" | "latencySeconds" | "members"): AnswerLine[] =>
    trails.map((trail) => ({ point: trail.point, minutes: trail.minutes, values: trail[key] }));
  return [
    tradeChart(
      "accuracy-latency",
      "Accuracy against latency",
      "99th percentile of latency, s",
      points((row) => row.latencyP99.mean),
    ),
    tradeChart(
      "accuracy-usd",
      "Accuracy against money",
      "USD a 1000 requests, servers paid for while they work",
      points((row) => row.usdWorked.mean),
    ),
    timeChart("accuracy-time", "Accuracy over time", "accuracy", ".0%", lines("accuracy"), windows),
    timeChart("latency-time", "Latency over time", "mean latency, s", "~g", lines("latencySeconds"), windows),
    timeChart("members-time", "Members that were fused", "mean", "~g", lines("members"), windows),
    ...(result.watch.length > 0 ? [watchChart(result, firsts, windows)] : []),
  ];
}

/** The watched share as answered by each policy, and in truth, of the first replication. */
function watchChart({ watch }: AnswerResult, firsts: readonly string[], windows: Parameters<typeof timeChart>[5]) {
  const minutes = watch[0]!.first.trail.map(({ atSeconds }) => atSeconds / 60);
  const shown = watch.filter(({ point }) => firsts.includes(point)).slice(0, SHOWN);
  return timeChart(
    "watch",
    "Share of watched classes among answers of the last window",
    "share",
    ".0%",
    [
      ...shown.map(({ point, first }) => ({ point, minutes, values: first.trail.map(({ share }) => share) })),
      { point: "in truth", minutes, values: watch[0]!.first.trail.map(({ truth }) => truth) },
    ],
    windows,
  );
}

export function answerAssumptions(spec: ServeSpec): string[] {
  const members = spec.members
    .map(
      (m) =>
        `${m.name} ${m.replicas} x (${m.millisBase} + ${m.millisPerRequest} ms a request, batches to ${m.batchMax}), ${m.latencyMillis} ms away`,
    )
    .join("; ");
  return [
    `${spec.requestsPerSecond} requests a second for ${spec.minutes} minutes, each about a sample drawn by chance; all policies meet the same.`,
    `Members: ${members}.`,
    "Accuracy counts all requests: one without an answer is wrong. What a closed request still gets is paid for and lost.",
    "Messages are not lost but by a cut, ways take always the same time and are not shared; servers do not fail and take no time to start.",
    "Worked: servers paid for while a batch runs; held: all servers, all the time. Both with what leaves clouds.",
  ];
}

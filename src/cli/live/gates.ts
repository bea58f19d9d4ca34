// The gates of a permit: scenarios and studies of services run under a policy, and conditions held against their bounds.

import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { z } from "zod";
import { engineSha256 } from "../../engine/load.js";
import { ACTIONS, liveConfigSchema } from "../../live/config.js";
import { MOVING_DEFAULTS } from "../../live/frame-world.js";
import { type Envelope, formatPermit, type GateResult, type PermitBody, signPermit } from "../../live/permit.js";
import { WindtunnelError } from "../../model/errors.js";
import { findQueuePolicy, isPolicyFile, parsePlace } from "../../model/policies.js";
import type { Experiment, Interval } from "../../model/results.js";
import { AUTOSCALERS, type ServiceStudy } from "../../model/service-study.js";
import { forecastErrorOf } from "../../plan/predictive.js";
import { digestOfText, nearestName, parseYaml } from "../../replay/index.js";
import { METRICS } from "../../sim/metrics.js";
import { parseScenario } from "../../sim/scenario-file.js";
import { loadLengths } from "../../sim/services/records.js";
import { runServiceStudy, type StudyResult } from "../../sim/services/study.js";
import { readServiceStudy } from "../../sim/services/study-file.js";
import { interval } from "../../sim/statistics.js";
import { readExperiment } from "../../sim/store.js";
import { writeWholeText } from "../../sim/store-files.js";
import type { CommandContext } from "../context.js";
import { runExperiment } from "../run-experiment.js";
import { version } from "../version.js";
import type { Options } from "./open.js";

import { privateKeyOf, textOf } from "./permit.js";

/** Every bound is one-sided at this confidence: a two-sided 95 % Student-t interval's end. */
const CONFIDENCE = 0.975;

const condition = z.string().regex(/^\w+\s*(<=|>=|<|>)\s*-?\d+(\.\d+)?(e[+-]?\d+)?$/i, "METRIC <= NUMBER, or >=");

export const gatesSchema = z.strictObject({
  windtunnelGates: z.literal(1).describe("Version of the format."),
  policy: liveConfigSchema.shape.policy.describe("The policy, as in the live configuration."),
  actions: z.array(z.enum(ACTIONS)).min(1).describe("What the permit allows."),
  controllers: z.array(z.enum(AUTOSCALERS)).default([]).describe("Rules of scaling that gates on services cover."),
  days: z.number().positive().max(366).default(30).describe("How long the permit is valid."),
  scenarios: z
    .array(
      z.strictObject({
        path: z.string().min(1).describe("Scenario, relative to this file."),
        dataset: z.string().optional().describe("Recorded data set in place of its workload."),
        loads: z.array(z.number().positive()).optional().describe("Offered loads, in place of its own."),
        replications: z.number().int().min(2).default(5).describe("An interval needs two."),
        jobs: z.number().int().positive().optional().describe("At most so many jobs of the trace."),
        gates: z.array(condition).min(1).describe("Conditions on metrics of a run; each must hold with its bound."),
      }),
    )
    .default([])
    .describe(
      "Studies of jobs. Failures and start-up are those of the scenario: give one with faults as a case of its own.",
    ),
  services: z
    .array(
      z.strictObject({
        path: z.string().min(1).describe("Folder with services.yaml, relative to this file."),
        gates: z.array(condition).min(1).describe("Conditions on attainment, costUsd and the like, for each service."),
      }),
    )
    .default([])
    .describe("Studies of services, under each of `controllers`."),
  envelope: z
    .strictObject({
      gpusSlack: z
        .number()
        .min(0)
        .max(10)
        .default(0.25)
        .describe("Share by which real clusters may be smaller or larger."),
      mixDistanceMost: z.number().min(0).max(1).default(0.3).describe("Total variation from the mix of sizes covered."),
      usdPerGpuHour: z
        .tuple([z.number().nonnegative(), z.number().positive()])
        .optional()
        .describe("Prices covered; absent: those of the scenarios' pools and of the services, with priceSlack."),
      priceSlack: z
        .number()
        .min(0)
        .max(10)
        .default(0.25)
        .describe("Share by which real prices may be lower or higher than simulated ones."),
      forecastSlack: z
        .number()
        .min(0)
        .max(10)
        .default(0.5)
        .describe("Share by which live forecasts may be off more than in the studies of services."),
    })
    .prefault({})
    .describe("Conditions that the permit covers, beside those that follow from the runs."),
});
type Gates = z.output<typeof gatesSchema>;

const KIND = {
  code: "LIVE_CONFIG_INVALID",
  noun: "gates",
  versionKey: "windtunnelGates",
  reference: "docs/live.md",
} as const;

interface Evidence {
  gates: GateResult[];
  scenarios: PermitBody["scenarios"];
  loadMost: number;
  gpus: number[];
  sizes: Map<number, number>;
  usdPerGpuHour: number[];
  /** By how much the predictive controller's forecasts were off, by service. */
  forecastErrors: number[];
}

export async function issuePermit(context: CommandContext, file: string, options: Options): Promise<void> {
  const key = await privateKeyOf(options);
  const gates = parseYaml(await textOf(file, "file of gates"), file, gatesSchema, KIND);
  checkGates(gates, file);
  const folder =
    options.results === undefined
      ? await mkdtemp(join(tmpdir(), "windtunnel-permit-"))
      : resolve(String(options.results));
  const evidence: Evidence = {
    gates: [],
    scenarios: [],
    loadMost: 0,
    gpus: [],
    sizes: new Map(),
    usdPerGpuHour: [],
    forecastErrors: [],
  };
  try {
    for (const [i, scenario] of gates.scenarios.entries())
      await runScenario(context, gates, scenario, file, join(folder, `scenario-${i}`), evidence);
    for (const service of gates.services) await runService(context, gates, service, file, evidence);
  } finally {
    if (options.results === undefined) await rm(folder, { recursive: true, force: true });
  }
  for (const g of evidence.gates)
    context.say(
      `passed: ${g.scenario}: ${g.condition} (mean ${g.mean.toPrecision(4)}, bound ${g.bound.toPrecision(4)}, ${g.runs} runs)`,
    );
  const now = context.now().getTime();
  const body: PermitBody = {
    serial: randomUUID(),
    issuedAt: new Date(now).toISOString(),
    expiresAt: new Date(now + gates.days * 86_400_000).toISOString(),
    policy: gates.policy,
    policySha256: await policyDigest(gates, file),
    controllers: gates.controllers,
    actions: gates.actions,
    engineSha256: engineSha256(),
    version: version(),
    scenarios: evidence.scenarios,
    gates: evidence.gates,
    envelope: envelopeOf(gates, evidence),
  };
  const out = String(options.out ?? "permit.json");
  await writeWholeText(out, formatPermit(signPermit(body, key)));
  context.out(
    `${out}: permit ${body.serial} for ${gates.policy.queue} + ${gates.policy.place}, ${evidence.gates.length} gates passed, good until ${body.expiresAt}.`,
  );
}

function checkGates(gates: Gates, file: string): void {
  const refuse = (what: string, hint: string) => new WindtunnelError("LIVE_CONFIG_INVALID", `${file}: ${what}`, hint);
  if (gates.scenarios.length + gates.services.length === 0)
    throw refuse("there is nothing to pass.", "Give `scenarios`, `services` or both.");
  const information = findQueuePolicy(gates.policy.queue)?.information;
  if (information === "oracle" || information === "history") {
    throw refuse(
      `${gates.policy.queue} wants what no cluster can tell it, so no permit is issued for it.`,
      "Gate the variant that goes by estimates.",
    );
  }
  if (gates.actions.includes("scale") && (gates.controllers.length === 0 || gates.services.length === 0)) {
    throw refuse(
      "the action scale needs `controllers` and `services` that they pass on.",
      "Add them, or take scale out.",
    );
  }
  if (gates.actions.some((a) => a !== "scale" && a !== "route") && gates.scenarios.length === 0) {
    throw refuse("actions on jobs need `scenarios` that the policy passes on.", "Add them.");
  }
  const names = METRICS.map((m) => m.name);
  for (const text of gates.scenarios.flatMap((s) => s.gates)) {
    const metric = /^\w+/.exec(text)![0];
    if (names.includes(metric)) continue;
    const nearest = nearestName(metric, names);
    throw refuse(
      `there is no metric "${metric}"${nearest ? `; the nearest name is "${nearest}"` : ""}.`,
      "See `windtunnel metrics`.",
    );
  }
}

async function policyDigest(gates: Gates, file: string): Promise<string | null> {
  const files = [gates.policy.queue, gates.policy.place].filter(isPolicyFile);
  if (files.length === 0) return null;
  const texts = await Promise.all(files.map((f) => textOf(resolve(dirname(file), f), "policy")));
  return digestOfText(texts.join(""));
}

/** Holds a condition against the end of the interval that is least in favour; throws where it does not hold. */
export function judgeGate(
  scenario: string,
  text: string,
  seen: Pick<Interval, "mean" | "low" | "high" | "count">,
): GateResult {
  const [, metric, operator, number] = /^(\w+)\s*(<=|>=|<|>)\s*(\S+)$/.exec(text.trim())!;
  const upper = operator === "<=" || operator === "<";
  const bound = upper ? seen.high : seen.low;
  const threshold = Number(number);
  const equal = operator === "<=" || operator === ">=";
  // of one value there is no bound: NaN, which holds for nothing
  const holds = (upper ? bound < threshold : bound > threshold) || (equal && bound === threshold);
  const { mean, count: runs } = seen;
  if (holds) return { scenario, metric: metric!, condition: text.trim(), runs, mean, bound, confidence: CONFIDENCE };
  throw new WindtunnelError(
    "GATE_FAILED",
    `${scenario}: ${text.trim()} does not hold: mean ${mean.toPrecision(4)}, ${upper ? "upper" : "lower"} bound ${bound.toPrecision(4)} at ${CONFIDENCE * 100} % from ${runs} runs.`,
    "No permit was issued. More replications narrow the bound; another policy may pass.",
  );
}

async function runScenario(
  context: CommandContext,
  gates: Gates,
  spec: Gates["scenarios"][number],
  file: string,
  out: string,
  evidence: Evidence,
): Promise<void> {
  const own = (entry: string) => (isPolicyFile(entry) ? resolve(dirname(file), entry) : entry);
  await runExperiment({ ...context, out: () => undefined }, resolve(dirname(file), spec.path), {
    out,
    replace: true,
    quiet: true,
    queue: [own(gates.policy.queue)],
    place: [own(gates.policy.place)],
    replications: spec.replications,
    ...(spec.dataset ? { dataset: spec.dataset } : {}),
    ...(spec.loads ? { loads: spec.loads } : {}),
    ...(spec.jobs ? { jobs: spec.jobs } : {}),
  });
  const experiment = await readExperiment(out, { rows: () => true });
  const { manifest } = experiment;
  checkParameters(experiment, gates, spec.path);
  evidence.scenarios.push({
    name: spec.path,
    sha256: manifest.scenarioSha256,
    dataDigest: manifest.provenance.digest,
    resultDigest: manifest.digest,
  });
  for (const pool of parseScenario(manifest.scenarioText, spec.path).pools)
    evidence.usdPerGpuHour.push(...pool.prices.map((p) => p.usdPerGpuHour));
  const runs = experiment.runs.filter((run) => run.spec.shake === null);
  for (const load of new Set(runs.map((run) => run.spec.load))) {
    const mine = runs.filter((run) => run.spec.load === load);
    const name = load === null ? spec.path : `${spec.path} at load ${load}`;
    for (const text of spec.gates) {
      const metric = /^\w+/.exec(text)![0];
      evidence.gates.push(judgeGate(name, text, interval(mine.map((run) => run.metrics[metric] ?? Number.NaN))));
    }
  }
  for (const run of runs) noteConditions(run, evidence);
}

/** The parameters of las and of reservations are the scenario's: they must be those that the permit will name. */
function checkParameters({ manifest }: Experiment, gates: Gates, path: string): void {
  const { lasThresholdsGpuSeconds, reservationDepth, moving } = parseScenario(manifest.scenarioText, path).policies;
  const moves = JSON.stringify(gates.policy.moving ?? MOVING_DEFAULTS);
  const same =
    JSON.stringify(lasThresholdsGpuSeconds) === JSON.stringify(gates.policy.lasThresholdsGpuSeconds) &&
    reservationDepth === gates.policy.reservationDepth &&
    (!parsePlace(gates.policy.place).moving || JSON.stringify(moving) === moves);
  if (same) return;
  throw new WindtunnelError(
    "LIVE_CONFIG_INVALID",
    `${path}: its lasThresholdsGpuSeconds, reservationDepth or moving are not those of the gates.`,
    "A permit is for one set of parameters: make them equal.",
  );
}

/** Load as a cluster would show it: what holds and what waits, over what there is; most of the time at most so much. */
function noteConditions(run: Experiment["runs"][number], evidence: Evidence): void {
  evidence.gpus.push(run.gpusTotal);
  const { gpusAllocated, jobsWaiting } = run.series;
  let gpus = 0;
  for (let i = 0; i < run.rows.count; i++) {
    const size = Math.ceil(run.rows.gpuMilli[i]! / 1000);
    gpus += run.rows.gpuMilli[i]! / 1000;
    evidence.sizes.set(size, (evidence.sizes.get(size) ?? 0) + 1);
  }
  const each = run.rows.count === 0 ? 0 : gpus / run.rows.count;
  for (let i = 0; i < gpusAllocated.length; i++) {
    evidence.loadMost = Math.max(evidence.loadMost, (gpusAllocated[i]! + jobsWaiting[i]! * each) / run.gpusTotal);
  }
}

async function runService(
  context: CommandContext,
  gates: Gates,
  spec: Gates["services"][number],
  file: string,
  evidence: Evidence,
): Promise<void> {
  const study = { ...(await readServiceStudy(resolve(dirname(file), spec.path))), controllers: gates.controllers };
  const { lengths } = await loadLengths(study, context);
  const { rows, digest, trails } = runServiceStudy(study, lengths);
  noteForecasts(study, trails, spec.path, evidence);
  evidence.usdPerGpuHour.push(...study.services.map((s) => s.usdPerGpuHour));
  const name = `${spec.path} (services)`;
  for (const row of rows) {
    for (const text of spec.gates) {
      const metric = /^\w+/.exec(text)![0];
      const seen = (
        row.metrics as unknown as Record<string, { mean: number; low: number; high: number; count: number } | undefined>
      )[metric];
      if (!seen)
        throw new WindtunnelError(
          "LIVE_CONFIG_INVALID",
          `${spec.path}: studies of services have no metric "${metric}".`,
          `They have: ${Object.keys(row.metrics).join(", ")}.`,
        );
      evidence.gates.push(judgeGate(`${name}: ${row.service} under ${row.controller}`, text, seen));
    }
  }
  evidence.scenarios.push({ name, sha256: digestOfText(JSON.stringify(study)), dataDigest: "", resultDigest: digest });
}

/** Forecasts of the first replication, made again from what its ticks saw: as an instance makes them from a gauge. */
function noteForecasts(study: ServiceStudy, trails: StudyResult["trails"], path: string, evidence: Evidence): void {
  for (const trail of trails.filter((t) => t.controller === "predictive")) {
    const service = study.services.find((s) => s.name === trail.service)!;
    const ticks = trail.ticks.map(({ atMicros, outstanding }) => ({ atSeconds: atMicros / 1e6, outstanding }));
    const lead = (study.coldStartsSeconds[0] ?? service.coldStartSeconds) + study.controlSeconds;
    const error = forecastErrorOf(ticks, service.forecast, lead);
    if (error === undefined) {
      throw new WindtunnelError(
        "GATE_FAILED",
        `${path}: ${service.name} under predictive: nothing was forecast, so nothing is known of its errors.`,
        "Simulate for longer than a season of the forecast and twelve stretches.",
      );
    }
    evidence.forecastErrors.push(error);
  }
}

function envelopeOf(gates: Gates, evidence: Evidence): Envelope {
  const { gpusSlack, mixDistanceMost, forecastSlack } = gates.envelope;
  const { forecastErrors } = evidence;
  const jobs = [...evidence.sizes.values()].reduce((s, n) => s + n, 0);
  const hasJobs = evidence.gpus.length > 0;
  return {
    load: { least: 0, most: hasJobs ? Math.ceil(evidence.loadMost * 100) / 100 : 1000 },
    gpus: hasJobs
      ? {
          least: Math.floor(Math.min(...evidence.gpus) * (1 - Math.min(1, gpusSlack))),
          most: Math.ceil(Math.max(...evidence.gpus) * (1 + gpusSlack)),
        }
      : { least: 0, most: 1_000_000 },
    mix: [...evidence.sizes]
      .sort(([a], [b]) => a - b)
      .map(([gpus, count]) => ({ gpus, share: Math.round((count / jobs) * 1e6) / 1e6 })),
    mixDistanceMost: hasJobs ? mixDistanceMost : 1,
    usdPerGpuHour: pricesOf(gates, evidence),
    forecastErrorMost:
      forecastErrors.length === 0 ? null : Math.ceil(Math.max(...forecastErrors) * (1 + forecastSlack) * 1000) / 1000,
  };
}

function pricesOf({ envelope }: Gates, { usdPerGpuHour: seen }: Evidence): Envelope["usdPerGpuHour"] {
  const { usdPerGpuHour: given, priceSlack } = envelope;
  if (given) return { least: given[0], most: given[1] };
  if (seen.length === 0) return null;
  const cents = (usd: number) => Math.round(usd * 100) / 100;
  return { least: cents(Math.min(...seen) / (1 + priceSlack)), most: cents(Math.max(...seen) * (1 + priceSlack)) };
}

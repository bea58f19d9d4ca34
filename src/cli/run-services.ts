// What `run` does with a study of services, and what `capacity` does.

import { join } from "node:path";
import { WindtunnelError } from "../model/errors.js";
import type { Trace } from "../model/jobs.js";
import type { ServiceStudy, TrainingSpec } from "../model/service-study.js";
import { renderServicesPage } from "../report/index.js";
import { makeFolder } from "../sim/folders.js";
import { findCapacity } from "../sim/services/capacity.js";
import { runFluidStudy } from "../sim/services/fluid/study.js";
import { loadRecorded, recordedNotes } from "../sim/services/recorded.js";
import { loadLengths } from "../sim/services/records.js";
import { type AlertRow, runServiceStudy } from "../sim/services/study.js";
import { readServiceStudy } from "../sim/services/study-file.js";
import { loadTraining } from "../sim/services/training.js";
import { writeWholeText } from "../sim/store-files.js";
import { number, text } from "./arm-table.js";
import { blocksText } from "./blocks-text.js";
import type { CommandContext } from "./context.js";
import { csvText } from "./csv.js";
import { writeParts } from "./services-parts.js";
import { armCosts, fidelityBlocks, studyBlocks } from "./services-tables.js";

function trainingNotes({ gpus, checkpointSeconds, restartSeconds }: TrainingSpec, traces: readonly Trace[]): string[] {
  return [
    ...(traces[0]?.provenance.assumptions ?? []),
    `Services and training share ${gpus} GPUs that are alike. Services come first: a replica that is ordered has its GPUs at once, and the jobs that started last are stopped for it, without notice; they lose what they did since their last checkpoint (every ${checkpointSeconds} s of work), wait again, and take ${restartSeconds} s more to start. So services are served as without training.`,
    "Not lent: training has only the GPUs that no service may ever have. After the services' run it begins again, until all jobs are done.",
  ];
}

function assumptionsOf(study: ServiceStudy, notes: readonly string[], fluid: boolean): string[] {
  return [
    ...(study.source === "" ? [] : [study.source]),
    ...notes,
    fluid
      ? "Rates in place of requests (--fluid): arrivals are as many as expected, so nothing differs from run to run and there are no intervals; the tables say how far that is from requests, which single bursts and queues make. See docs/models/fluid.md."
      : `Intervals are 95 % over ${study.replications} replications, other requests of the same kind; every controller meets the same requests. They do not cover another kind of demand.`,
    `Percentiles are right to within 1/256. TTFT and waits count from arrival; TPOT by request, ITL by token. Refused requests and those too long for a replica are misses.`,
    `Decisions every ${study.controlSeconds} s. A replica is paid for from its order to its end${study.services.some((s) => s.start?.spread || s.start?.measuredLoad) ? "" : "; a cold start takes always the same time"}. Nodes are never short${study.services.some((s) => s.crashes) ? "" : ", and replicas never fail"}.`,
    ...(study.controllers.includes("oracle")
      ? [
          "oracle knows the demand to come by stretches of five minutes: a bound to compare with, and nothing that could be run.",
        ]
      : []),
  ];
}

/** Requests of a run of `capacity` unless it is told otherwise. */
const CAPACITY_REQUESTS = 20_000;

/** Options of `run` that mean nothing to a study of services: refused, so that none is silently without effect. */
function refuseOthers(options: Readonly<Record<string, unknown>>): void {
  const others = ["dataset", "queue", "place", "loads", "shakes", "jobs", "resume", "workers", "strict"];
  const given = others.find((name) => options[name] !== undefined && options[name] !== false);
  if (given === undefined) return;
  throw new WindtunnelError(
    "USAGE",
    `--${given} does not apply to a study of services.`,
    "Of run's options, --out, --replace, --seed, --replications, --json and --quiet do.",
  );
}

/** What alert rules changed to, a line each. */
function alertsCsv(alerts: readonly AlertRow[]): string {
  return csvText(
    "variant,controller,service,rule,at_seconds,state,value,since_seconds",
    alerts.map((a) => [
      a.variant ?? "",
      a.controller,
      a.service,
      a.rule,
      a.atSeconds,
      a.state,
      a.value,
      a.sinceSeconds,
    ]),
  );
}

export async function runServices(
  context: CommandContext,
  path: string,
  options: Readonly<Record<string, unknown>>,
): Promise<void> {
  refuseOthers(options);
  const read = await readServiceStudy(path);
  const study: ServiceStudy = {
    ...read,
    ...(options.seed === undefined ? {} : { seed: options.seed as number }),
    ...(options.replications === undefined ? {} : { replications: options.replications as number }),
  };
  const { lengths, notes } = await loadLengths(study, context);
  const training = study.training ? await loadTraining(study, study.training, context) : [];
  const recorded = await loadRecorded(study, context);
  const begun = context.clock();
  const told = (done: number, total: number) => {
    if (!options.quiet && (done === total || done % 5 === 0)) context.say(`${done} of ${total} runs`);
  };
  const fluid = options.fluid ? runFluidStudy(study, lengths) : undefined;
  const result = fluid ?? runServiceStudy(study, lengths, told, training, recorded);
  const seconds = (context.clock() - begun) / 1000;
  const requests = result.runs.reduce((sum, run) => sum + run.services.reduce((n, s) => n + s.requests, 0), 0);
  const folder = (options.out as string | undefined) ?? join("results", path.split("/").filter(Boolean).at(-1)!);
  const assumptions = assumptionsOf(
    study,
    [
      ...notes,
      ...result.notes,
      ...recordedNotes(study, recorded),
      ...(study.training ? trainingNotes(study.training, training) : []),
    ],
    fluid !== undefined,
  );
  const blocks = [...studyBlocks(study, result), ...(fluid ? fidelityBlocks(fluid.fidelity) : [])];
  const page = await renderServicesPage({
    title: study.title,
    description: study.description,
    blocks,
    costs: armCosts(study, result),
    target: `${study.attainmentShare * 100} %`,
    trails: result.trails,
    alerts: result.alerts,
    held: result.lending?.held ?? [],
    gpusTotal: study.training?.gpus ?? 0,
    notes: assumptions,
  });
  await makeFolder(folder);
  const { trails: _, ...kept } = result;
  const file = { format: 1, title: study.title, study, assumptions, ...kept };
  await writeWholeText(join(folder, "services.json"), `${JSON.stringify(file, null, 1)}\n`);
  await writeWholeText(join(folder, "report.html"), page);
  await writeParts(folder, result.runs);
  if (result.alerts.length > 0) await writeWholeText(join(folder, "alerts.csv"), alertsCsv(result.alerts));
  if (options.json) context.out(JSON.stringify(file));
  else {
    const shown = await blocksText([study.title, ...blocks], context.columns);
    context.out([shown, ...assumptions.map((a) => `  - ${a}`)].join("\n"));
  }
  if (options.quiet) return;
  context.say(`${requests} requests in ${seconds.toFixed(1)} s. ${join(folder, "report.html")} has the pictures.`);
}

export async function answerCapacity(
  context: CommandContext,
  path: string,
  options: Readonly<Record<string, unknown>>,
): Promise<void> {
  const study = await readServiceStudy(path);
  const named = options.service as string | undefined;
  const services = named === undefined ? study.services : study.services.filter((s) => s.name === named);
  if (services.length === 0) {
    throw new WindtunnelError(
      "USAGE",
      `--service: there is no service "${named}" in the study.`,
      `Services: ${study.services.map((s) => s.name).join(", ")}.`,
    );
  }
  const count = (options.requests as number | undefined) ?? CAPACITY_REQUESTS;
  const target = (options.target as number | undefined) ?? study.attainmentShare;
  const answers = [];
  for (const spec of services) {
    const one = { ...study, services: [spec] };
    const { lengths } = await loadLengths(one, context);
    answers.push(findCapacity(one, lengths, count, target));
  }
  if (options.json) {
    context.out(JSON.stringify(answers, null, 2));
    return;
  }
  const lines = answers.map((a) => {
    return `${a.service}: ${text(a.perSecond)} requests/s on ${a.replicas} replicas (${number(a.perSecondPerReplica)} each) keep ${number(target * 100)} % within bounds; TTFT P99 there ${number(a.ttftSecondsP99)} s. ${a.runs} runs.`;
  });
  context.out(
    [
      ...lines,
      `Bisection to 1 % on ${count} requests at a constant rate, ${study.replications} replications, 95 % intervals.`,
    ].join("\n"),
  );
}

// What `sharing` does: reads the study, finds its files, runs it, prints a table and writes the page.

import { readFile, stat } from "node:fs/promises";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { WindtunnelError } from "../model/errors.js";
import { parseYaml } from "../replay/index.js";
import { type Block, fragmentChart, freeChart, renderDemandPage, tiesChart } from "../report/index.js";
import { CLASSES } from "../sim/sharing/curves.js";
import { readPublished } from "../sim/sharing/reproduce.js";
import {
  runStudy,
  type SharingFiles,
  type SharingRow,
  type SharingStudy,
  sharingSchema,
} from "../sim/sharing/study.js";
import { interval, mean } from "../sim/statistics.js";
import { writeWholeText } from "../sim/store-files.js";
import { blocksText } from "./blocks-text.js";
import type { CommandContext } from "./context.js";
import { createProgress, type Progress } from "./progress.js";

type Options = Readonly<Record<string, unknown>>;

const AT = 100;

export async function studySharing(context: CommandContext, path: string, options: Options): Promise<void> {
  const begun = context.clock();
  const file = (await isFile(path)) ? path : join(path, "sharing.yaml");
  const study = await readStudy(file, options);
  const files = await findFiles(context, study, dirname(resolve(file)));
  let progress: Progress | undefined;
  let total = 0;
  const rows = await runStudy(study, files, {
    workers: (options.workers as number | undefined) ?? context.cores,
    onRun: (done, of) => {
      total = of;
      progress ??= createProgress(context.interactive, of, 0);
      progress.update(done);
    },
  }).finally(() => progress?.stop());
  const seconds = (context.clock() - begun) / 1000;
  const generated = study.orders === "generate";
  const notes = notesOf(study, rows, generated);
  if (options.json === true) {
    context.out(JSON.stringify({ title: study.title, seconds, rows }, null, 1));
  } else {
    const shown = [study.title, tableOf(rows), ...notes.map((note) => `  - ${note}`)];
    context.out(await blocksText(shown, context.columns));
  }
  const out = resolve(String(options.out ?? join("results", "gpu-sharing")), "report.html");
  await writeWholeText(
    out,
    await renderDemandPage({
      title: study.title,
      facts: [tableOf(rows)],
      charts: chartsOf(rows),
      notes: [study.description, study.source, ...notes].filter((n) => n !== ""),
    }),
  );
  context.say(`Report: ${out}\n${total} runs in ${seconds.toFixed(1)} s.`);
}

async function readStudy(file: string, options: Options): Promise<SharingStudy> {
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    throw new WindtunnelError(
      "SCENARIO_NOT_FOUND",
      `There is no study at ${file}.`,
      "Give a file, or a folder with sharing.yaml, for example scenarios/gpu-sharing.",
      { cause },
    );
  });
  const study = parseYaml(text, file, sharingSchema, {
    code: "SCENARIO_INVALID",
    noun: "study",
    versionKey: "sharing",
    reference: "docs/models/gpu-sharing.md",
  });
  const orders = options.orders === undefined ? study.orders : String(options.orders);
  const traces = options.trace as string[] | undefined;
  if (!traces) return { ...study, orders };
  const missing = traces.find((trace) => !(trace in study.pods));
  if (missing !== undefined) {
    throw new WindtunnelError(
      "USAGE",
      `--trace: ${file} has no pods "${missing}".`,
      `It has ${Object.keys(study.pods).join(", ")}.`,
    );
  }
  return { ...study, orders, pods: Object.fromEntries(traces.map((trace) => [trace, study.pods[trace]!])) };
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() === true;
}

/** Where the study's files are: beside it, or in the folder of the environment. */
async function findFiles(context: CommandContext, study: SharingStudy, folder: string): Promise<SharingFiles> {
  const find = async (path: string, variable: string, base: string | undefined): Promise<string> => {
    const places = isAbsolute(path) ? [path] : [join(folder, path), ...(base === undefined ? [] : [join(base, path)])];
    for (const place of places) if (await stat(place).catch(() => undefined)) return place;
    throw new WindtunnelError(
      "TRACE_NOT_FOUND",
      `${path} is neither in ${folder} nor in ${variable}${base === undefined ? ", which is not set" : ""}.`,
      `Set ${variable}, get openb's lists with \`windtunnel trace get openb\`, or correct the path.`,
    );
  };
  const data = (path: string) => find(path, "WINDTUNNEL_DATA", context.dataFolder);
  const expected = (path: string) => find(path, "WINDTUNNEL_EXPECTED", context.expectedFolder);
  const pods = new Map<string, string>();
  const orders = new Map<string, string>();
  for (const [trace, path] of Object.entries(study.pods)) {
    pods.set(trace, await data(path));
    if (study.orders !== "generate") orders.set(trace, await expected(study.orders.replaceAll("{trace}", trace)));
  }
  // tables are to compare with: a study runs without them
  const tables = study.published === undefined ? undefined : await expected(study.published).catch(() => undefined);
  const published = tables === undefined ? new Map() : await readPublished(tables);
  return { nodes: await data(study.nodes), pods, ordersOf: (trace) => orders.get(trace), published };
}

function nameOf({ policy, ties }: SharingRow): string {
  const name = policy.replace(/^\d\d-/, "");
  return ties === "drawn" && policy !== "01-Random" ? `${name}, ties drawn` : name;
}

const at100 = (row: SharingRow) => row.curves.map((curves) => curves.allocation[AT]!);

function tableOf(rows: readonly SharingRow[]): Block {
  const heads = ["trace", "placement", "seeds", "at 100 %", "at 130 %", "fragments of idle", "published", "difference"];
  const cells = rows.map((row) => {
    const own = interval(at100(row));
    const theirs = row.published.allocation.map((curve) => curve[AT]!);
    const compared = row.ties === "rank" || row.policy === "01-Random";
    return [
      row.trace,
      nameOf(row),
      `${row.seeds}`,
      Number.isFinite(own.halfWidth) ? `${percent(own.mean)} ± ${own.halfWidth.toFixed(2)}` : percent(own.mean),
      percent(mean(row.curves.map((c) => c.allocation[130]!))),
      percent(mean(row.curves.map((c) => c.fragmentRatio[AT]!))),
      theirs.length === 0 || !compared ? "–" : percent(mean(theirs)),
      row.difference ? `${signed(row.difference.points)} (± ${row.difference.within.toFixed(2)})` : "–",
    ];
  });
  return { table: { heads, keys: 2, rows: cells } };
}

function percent(value: number): string {
  return Number.isFinite(value) ? `${value.toFixed(2)} %` : "never asked for";
}

function signed(value: number): string {
  return `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(2)}`;
}

function notesOf(study: SharingStudy, rows: readonly SharingRow[], generated: boolean): string[] {
  const compared = rows.filter((row) => row.difference);
  const within = compared.filter(({ difference }) => Math.abs(difference!.points) <= difference!.within);
  const notes = [
    "The table says how much of all GPU is allocated when as much has been requested as there is (100 %), and at the end (130 %); ± is a 95 % interval over arrival orders. Requests are placed or turned away for good; nothing leaves.",
    generated
      ? "Arrival orders are generated here by the study's recipe with another random generator, so that single seeds differ from the published ones and means over seeds agree within chance: in brackets is how far chance takes a difference of two such means in 99 of 100 cases."
      : "Arrival orders are those of the files, so that placements that do not draw give the published numbers seed by seed: `windtunnel reproduce gpu-sharing` compares every column.",
  ];
  if (generated && compared.length > 0) {
    notes.push(
      `${within.length} of ${compared.length} placements are as near to the published means as chance allows.`,
    );
  }
  return [...notes, ...finding(study, rows)];
}

/** What ties do to FGD, in one sentence a trace. */
function finding({ randomTies }: SharingStudy, rows: readonly SharingRow[]): string[] {
  if (!randomTies) return [];
  return [...new Set(rows.map((row) => row.trace))].flatMap((trace) => {
    const of = (policy: string, ties: SharingRow["ties"]) =>
      rows.find((r) => r.trace === trace && r.policy === policy && r.ties === ties);
    const [fgd, drawn, bestFit] = [of("06-FGD", "rank"), of("06-FGD", "drawn"), of("05-BestFit", "rank")];
    if (!fgd || !drawn || !bestFit || !at100(fgd).every(Number.isFinite)) return [];
    const [a, b, c] = [fgd, drawn, bestFit].map((row) => mean(at100(row)).toFixed(2));
    return [
      `${trace}: FGD allocates ${a} % where ties go to the lowest rank and ${b} % where they are drawn; BestFit allocates ${c} %. The order among equal nodes is a part of the policy.`,
    ];
  });
}

function chartsOf(rows: readonly SharingRow[]) {
  return [...new Set(rows.map((row) => row.trace))].flatMap((trace) => {
    // nothing can be said of what orders that end early never ask for
    const own = rows.filter((row) => row.trace === trace && at100(row).every(Number.isFinite));
    if (own.length === 0) return [];
    const main = own.filter((row) => row.ties === "rank" || row.policy === "01-Random");
    const free = (curves: readonly number[][]) => curves.map((curve) => curve.map((value) => 100 - value));
    const lines = main.map((row) => ({
      name: nameOf(row),
      free: free(row.curves.map((c) => c.allocation)),
      published: free(row.published.allocation),
    }));
    const parts = main.map((row) => ({
      name: nameOf(row),
      parts: Object.fromEntries(
        CLASSES.map((name, c) => [name, mean(row.curves.map((curves) => curves.classes[c]![AT]!))]),
      ),
    }));
    const tied = own.filter((row) => own.some((other) => other.policy === row.policy && other.ties !== row.ties));
    const ties = tied.map((row) => ({
      name: row.policy.replace(/^\d\d-/, ""),
      ties: row.ties === "rank" ? ("lowest rank" as const) : ("drawn" as const),
      allocated: at100(row),
    }));
    return [freeChart(trace, lines), fragmentChart(trace, parts), ...(ties.length > 0 ? [tiesChart(trace, ties)] : [])];
  });
}

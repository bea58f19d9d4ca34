// `trace check`: imports what is here and compares digests, counts and sums with the registry.

import { WindtunnelError } from "../../model/errors.js";
import { countsOf, DATASETS, type Dataset, type DatasetPart, loadDemand, traceName } from "../../replay/index.js";
import type { CommandContext } from "../context.js";
import { CountedTraces } from "./counted.js";
import { agrees, columns, findDataset, TOTAL_OF } from "./list.js";
import { loadOptions } from "./open.js";

interface Line {
  name: string;
  kind: string;
  verdict: "ok" | "other file" | "differs" | "unreadable" | "not here";
  found: string;
  expected: string;
}

export async function checkTraces(context: CommandContext, names: readonly string[], json: boolean): Promise<void> {
  const memory = await CountedTraces.open(context);
  const wanted =
    names.length > 0 ? names.map(findDataset) : DATASETS.map((dataset) => ({ dataset, parts: dataset.parts }));
  const lines: Line[] = [];
  try {
    for (const { dataset, parts } of wanted) {
      const own: Line[] = [];
      for (const part of parts) own.push(await checkPart(context, memory, dataset, part));
      lines.push(...own);
      if (!json) context.out(inWords(dataset, own));
    }
  } finally {
    await memory.save();
  }
  if (json) context.out(JSON.stringify(lines, null, 2));
  const wrong = lines.filter((line) => line.verdict === "differs" || line.verdict === "unreadable");
  if (wrong.length > 0) {
    throw new WindtunnelError(
      "TRACE_COUNTS_DIFFER",
      `${wrong.length} of ${lines.length} traces are not what the registry says: ${wrong
        .slice(0, 5)
        .map((line) => line.name)
        .join(", ")}${wrong.length > 5 ? ", …" : ""}.`,
      "Fetch the files again from their source, or, if they are another edition, describe them in a trace file of your own.",
    );
  }
}

async function checkPart(
  context: CommandContext,
  memory: CountedTraces,
  dataset: Dataset,
  part: DatasetPart,
): Promise<Line> {
  const name = traceName(dataset, part);
  const { kind } = dataset.adapter;
  const say = (count: number, total: number) => `${count} ${kind}, ${total.toFixed(1)} ${TOTAL_OF[kind]}`;
  const line = { name, kind, expected: say(part.count, part.total) };
  const { source } = await memory.find(name, part.path);
  if (source === undefined) return { ...line, verdict: "not here", found: "" };
  try {
    const demand = await loadDemand(name, loadOptions(context, name, {}));
    const counts = countsOf(demand);
    const registered = !demand.provenance.assumptions.some((sentence) =>
      sentence.includes("is not the registered one"),
    );
    const found = { ...counts, rejected: demand.rejected.length, registered };
    await memory.remember(name, source, found);
    const verdict = !agrees({ ...part, found }) ? "differs" : registered ? "ok" : "other file";
    const rejected = found.rejected > 0 ? `, ${found.rejected} rows rejected` : "";
    return { ...line, verdict, found: `${say(counts.count, counts.total)}${rejected}` };
  } catch (error) {
    if (!(error instanceof WindtunnelError)) throw error;
    return { ...line, verdict: "unreadable", found: error.message };
  }
}

function inWords(dataset: Dataset, lines: readonly Line[]): string {
  const count = (verdict: Line["verdict"]) => lines.filter((line) => line.verdict === verdict).length;
  const parts = (["ok", "other file", "differs", "unreadable", "not here"] as const)
    .filter((verdict) => count(verdict) > 0)
    .map((verdict) => `${count(verdict)} ${verdict}`);
  const head = `${dataset.name}: ${parts.join(", ")}`;
  const bad = lines.filter((line) => line.verdict === "differs" || line.verdict === "unreadable");
  if (bad.length === 0) return head;
  return [head, columns(bad.map((line) => [`  ${line.name}`, line.found, `registered: ${line.expected}`]))].join("\n");
}

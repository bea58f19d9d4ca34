// docs/trace-file.md and its schema: every key of a trace file and every canonical column, from what checks them.

import { z } from "zod";
import {
  CANONICAL,
  DEMAND_KINDS,
  SACCT_ASSUMPTIONS,
  SWF_ASSUMPTIONS,
  sacctAdapter,
  swfAdapter,
  traceFileSchema,
  UNITS,
} from "../../replay/index.js";
import { buildPage, buildTable, code, sentence } from "./page.js";
import { listSections, renderSection, type Schema } from "./scenario.js";

function jsonSchema(): Schema {
  const schema = z.toJSONSchema(traceFileSchema, { io: "input" }) as Schema & Record<string, unknown>;
  return { ...schema, title: "Windtunnel trace file", description: "Where a trace lies and how it is read." } as Schema;
}

export function renderTraceFileSchema(): string {
  return `${JSON.stringify(jsonSchema(), null, 2)}\n`;
}

export function renderTraceFilePage(): string {
  const sections = listSections(jsonSchema());
  return buildPage("Trace file", [
    "A trace file is one YAML file that brings in a trace of your own: where its files are, one SELECT that gives their " +
      "columns the names below, units, licence, and what is assumed. Its path is used wherever a data set's name is: " +
      "`windtunnel trace describe my.yaml`, `windtunnel run STUDY --dataset my.yaml`, `workload.dataset` of a scenario. " +
      "The [guide](guide.md#a-trace-of-your-own) walks through one.",
    "Editors complete it with [trace-file.schema.json](trace-file.schema.json).",
    ...sections.flatMap(renderSection),
    "## The SELECT",
    "It is read by DuckDB, over table `raw`: the columns of the file, all of them text, with `_row` (from 1) and `_file`. " +
      "Values need no conversion: text is turned into numbers and times afterwards, by the units, and what cannot be read is " +
      "rejected with file, line, column and value; for arithmetic use `TRY_CAST(x AS DOUBLE)`. Yield `_row` too, so that " +
      "a rejected row can be found. The SELECT can read the tables of the trace and nothing else, and write nothing.",
    ...DEMAND_KINDS.flatMap((kind) => [
      `### Columns of ${kind}`,
      buildTable(
        ["column", "needed", "units, the default first", "meaning"],
        CANONICAL[kind].map((rule) => [
          code(rule.name),
          rule.required ? "yes" : "",
          [...UNITS[rule.quantity], ...(rule.quantity === "time" ? ["pattern with %"] : [])].join(", "),
          sentence(rule.meaning),
        ]),
      ),
    ]),
    "`clock` is `[days-]hours:minutes:seconds`; `timestamp` is `2025-05-01 08:30:00`, with or without a zone (UTC without); a pattern is that of strptime, such as `%d.%m.%Y %H:%M`.",
    "## Formats with a SELECT of their own",
    "**swf**, the Standard Workload Format of HPC archives (version 2.2). A SELECT of your own sees the fields as " +
      `${columnsOf(swfAdapter.format)}. Assumed by ours:`,
    list(SWF_ASSUMPTIONS),
    "**sacct**, Slurm's accounting: `sacct --parsable2 --allusers --format=JobID,User,Partition,State,Submit,Start,Elapsed,Timelimit,ReqTRES,AllocTRES` with a period of your choice. " +
      `Needed are ${sacctAdapter.required.map(code).join(", ")}; read where there: ${sacctAdapter.optional!.map(code).join(", ")}. Assumed by ours:`,
    list(SACCT_ASSUMPTIONS),
  ]);
}

function columnsOf(format: (typeof swfAdapter)["format"]): string {
  return "columns" in format ? format.columns!.map(code).join(", ") : "";
}

function list(sentences: readonly string[]): string {
  return sentences.map((text) => `- ${text}`).join("\n");
}

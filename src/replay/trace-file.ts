// A user's own trace: a YAML file that says where the raw files are, how to read them, and what to assume. It becomes
// what an entry of the registry is.

import { readFile } from "node:fs/promises";
import { basename, dirname, isAbsolute, resolve } from "node:path";
import { z } from "zod";
import { WindtunnelError } from "../model/errors.js";
import { type Adapter, DEMAND_KINDS, type RawFormat } from "./adapters/adapter.js";
import { CANONICAL } from "./adapters/columns.js";
import { SACCT_ASSUMPTIONS, sacctAdapter } from "./adapters/sacct.js";
import { SWF_ASSUMPTIONS, swfAdapter } from "./adapters/swf.js";
import { isUnitOf, UNITS } from "./adapters/units.js";
import { digestOfText } from "./digest.js";
import { parseYaml } from "./yaml-file.js";

const text = z.string().min(1);
const paths = z.union([text, z.array(text).min(1)]).transform((value) => (Array.isArray(value) ? value : [value]));
const FORMATS = ["csv", "tsv", "blanks", "parquet", "json", "swf", "sacct"] as const;

const BUILT_IN = {
  swf: { adapter: swfAdapter, assumptions: SWF_ASSUMPTIONS },
  sacct: { adapter: sacctAdapter, assumptions: SACCT_ASSUMPTIONS },
} as const;

const readingShape = {
  files: paths.describe(
    "Path of the raw file, or a list of them; relative to this file. `.gz` is unpacked; `*` in the last part stands for any.",
  ),
  format: z
    .enum(FORMATS)
    .default("csv")
    .describe("csv, tsv (tabs), blanks (fields between blanks), parquet, json, swf (HPC archives), sacct (Slurm)."),
  delimiter: z.string().length(1).optional().describe("csv: what separates fields, `,` unless given."),
  columns: z.array(text).min(1).optional().describe("Names of the columns, where the file has no header."),
  comment: text.default("#").describe("blanks: what a line of comment begins with."),
};

const traceFileShape = z.strictObject({
  windtunnelTrace: z.literal(1).describe("Version of the format."),
  title: text.describe("One line."),
  kind: z
    .enum(DEMAND_KINDS)
    .default("jobs")
    .describe("What the rows are: jobs, nodes of a fleet, rates of arrivals, or requests to services."),
  ...readingShape,
  tables: z
    .record(
      z.string().regex(/^[a-z][a-z0-9_]*$/, "a name of small letters, digits and _"),
      z.strictObject(readingShape),
    )
    .default({})
    .describe("Further files that the SELECT joins, by the name of their table."),
  select: text
    .optional()
    .describe(
      "One SELECT over table raw, all of whose columns are text, that yields _row and canonical columns. swf and sacct have one.",
    ),
  units: z
    .record(z.string(), z.string())
    .default({})
    .describe("Unit of a canonical column; a time may also be timestamp, or a pattern with %."),
  cpuOnly: z.boolean().default(false).describe("true: a job may ask for no GPU."),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, "64 digits of hexadecimal")
    .optional()
    .describe("SHA-256 of the raw file; another file is still read, and the answer says so."),
  licence: text.describe("Who may use the data for what, in words: printed with every answer."),
  citation: z.string().default("").describe("What to cite."),
  missing: z.array(text).default([]).describe("A sentence for each thing that the source lacks."),
  assumptions: z.array(text).default([]).describe("A sentence for each thing assumed instead."),
});
type TraceYaml = z.output<typeof traceFileShape>;
type Reading = Pick<TraceYaml, "files" | "format" | "delimiter" | "columns" | "comment">;

/** The whole of what a trace file must be; each fault names its key, so that it is reported with its line. */
export const traceFileSchema = traceFileShape.superRefine((yaml, context) => {
  const fault = (path: string[], message: string) => context.addIssue({ code: "custom", path, message });
  const rules = CANONICAL[yaml.kind];
  for (const [column, unit] of Object.entries(yaml.units)) {
    const rule = rules.find(({ name }) => name === column);
    const units = rule ? UNITS[rule.quantity] : [];
    if (!rule) {
      const withUnits = rules.filter(({ quantity }) => UNITS[quantity].length > 0).map(({ name }) => name);
      fault(["units", column], `no column of ${yaml.kind}; those with units are ${withUnits.join(", ")}`);
    } else if (units.length === 0) fault(["units", column], "this column has no unit");
    else if (!isUnitOf(rule.quantity, unit)) {
      fault(
        ["units", column],
        `expected ${units.join(", ")}${rule.quantity === "time" ? ", or a pattern with %" : ""}`,
      );
    }
  }
  if (yaml.select === undefined && !(yaml.format in BUILT_IN)) {
    const required = rules.filter((rule) => rule.required).map(({ name }) => name);
    fault(
      ["select"],
      `write one SELECT over table raw that yields _row, ${required.join(", ")} and what else there is`,
    );
  }
  if (yaml.select === undefined && yaml.kind !== "jobs")
    fault(["select"], `format ${yaml.format} has one for jobs only`);
  for (const name of ["raw", "selected"]) {
    if (name in yaml.tables) fault(["tables", name], "this name is taken: choose another");
  }
  for (const [path, reading] of [
    [[], yaml] as const,
    ...Object.entries(yaml.tables).map(([name, table]) => [["tables", name], table] as const),
  ]) {
    if (reading.format === "blanks" && reading.columns === undefined)
      fault([...path, "columns"], "a file of format blanks has no header: name its columns here");
    if (reading.delimiter !== undefined && reading.format !== "csv")
      fault([...path, "delimiter"], `format ${reading.format} has its own`);
  }
});

export interface TraceFile {
  name: string;
  title: string;
  adapter: Adapter;
  /** Absolute paths, as given: compressed or with `*`. */
  files: string[];
  side: Record<string, string[]>;
  sha256: string | undefined;
  licence: string;
  citation: string;
  assumptions: string[];
  /** SHA-256 of the file itself. */
  digest: string;
}

/** True for a name that is the path of a trace file rather than a data set. */
export function isTraceFile(name: string): boolean {
  return /\.ya?ml$/.test(name);
}

/** Reads and checks a trace file. Throws TRACE_NOT_FOUND or TRACE_FILE_INVALID. */
export async function readTraceFile(path: string): Promise<TraceFile> {
  const content = await readFile(path, "utf8").catch((cause) => {
    throw new WindtunnelError("TRACE_NOT_FOUND", `There is no trace file ${path}.`, "Check the path.", { cause });
  });
  const yaml = parseYaml(content, path, traceFileSchema, {
    code: "TRACE_FILE_INVALID",
    noun: "trace file",
    versionKey: "windtunnelTrace",
    reference: "docs/trace-file.md",
  });
  const absolute = (file: string) => (isAbsolute(file) ? file : resolve(dirname(path), file));
  const tables = Object.entries(yaml.tables);
  const { adapter, assumptions } = adapterOf(yaml);
  return {
    name: basename(path).replace(/\.ya?ml$/, ""),
    title: yaml.title,
    adapter: {
      ...adapter,
      ...(yaml.select === undefined ? {} : { selectAt: `${path}:${lineOfSelect(content)}` }),
      tables: Object.fromEntries(tables.map(([name, table]) => [name, { format: formatOf(table), required: [] }])),
    },
    files: yaml.files.map(absolute),
    side: Object.fromEntries(tables.map(([name, table]) => [name, table.files.map(absolute)])),
    sha256: yaml.sha256,
    licence: yaml.licence,
    citation: yaml.citation,
    assumptions: [...yaml.missing, ...yaml.assumptions, ...assumptions],
    digest: digestOfText(content),
  };
}

/** 1-based; the schema has seen that there is one. */
function lineOfSelect(content: string): number {
  return content.split("\n").findIndex((line) => /^["']?select["']?\s*:/.test(line)) + 1;
}

function adapterOf(yaml: TraceYaml): { adapter: Adapter; assumptions: readonly string[] } {
  const { format, select, kind } = yaml;
  const own = { units: yaml.units, cpuOnly: yaml.cpuOnly };
  if (select !== undefined) {
    const optional = format === "sacct" ? { optional: sacctAdapter.optional! } : {};
    return { adapter: { kind, format: formatOf(yaml), required: [], ...optional, select, ...own }, assumptions: [] };
  }
  const { adapter, assumptions } = BUILT_IN[format as keyof typeof BUILT_IN];
  return { adapter: { ...adapter, units: { ...adapter.units, ...yaml.units } }, assumptions };
}

function formatOf({ format, delimiter, columns, comment }: Reading): RawFormat {
  if (format === "swf") return swfAdapter.format;
  if (format === "sacct") return sacctAdapter.format;
  if (format === "parquet" || format === "json") return { kind: format };
  if (format === "blanks") return { kind: "blanks", comment, columns: columns ?? [] };
  const separator = delimiter ?? (format === "tsv" ? "\t" : ",");
  return { kind: "csv", delimiter: separator, quote: format !== "tsv", ...(columns === undefined ? {} : { columns }) };
}

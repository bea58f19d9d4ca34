// Problem files: YAML and JSON by schema, CSV as a transport matrix, DIMACS .min as a flow.

import { readFile } from "node:fs/promises";
import { extname } from "node:path";
import { parse } from "yaml";
import { WindtunnelError } from "../../model/errors.js";
import { type Problem, type ProblemOf, problemSchema } from "./schema.js";

function invalid(where: string, what: string): WindtunnelError {
  return new WindtunnelError("SOLVE_INVALID", `${where}: ${what}`, "See `windtunnel solve --help` and docs/models.");
}

export async function readProblem(path: string): Promise<Problem> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw invalid(path, error.code === "ENOENT" ? "there is no such file." : `cannot be read (${error.code}).`);
  });
  const kind = extname(path).toLowerCase();
  if (kind === ".csv") return parseMatrix(text, path);
  if (kind === ".min" || kind === ".dimacs") return parseDimacs(text, path);
  return parseDocument(text, path);
}

function parseDocument(text: string, path: string): Problem {
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    throw invalid(path, `not valid YAML or JSON: ${(error as Error).message.split("\n")[0]}`);
  }
  const parsed = problemSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  throw invalid(path, `${issue.path.join(".") || "the file"}: ${issue.message}.`);
}

/** Number of a cell; empty, "-" and "inf" are null: never. */
function cell(text: string, where: string): number | null {
  const trimmed = text.trim().toLowerCase();
  if (trimmed === "" || trimmed === "-" || trimmed === "inf" || trimmed === "infinity") return null;
  const value = Number(trimmed);
  if (Number.isNaN(value)) throw invalid(where, `"${text.trim()}" is no number.`);
  return value;
}

/** Header: a corner, the targets' names, `supply`. A row a source. Last row: `demand`, amounts. */
export function parseMatrix(text: string, path: string): ProblemOf<"transport"> {
  const lines = text
    .split(/\r?\n/)
    .map((line, i) => ({ cells: line.split(","), where: `${path}:${i + 1}` }))
    .filter(({ cells }) => cells.some((c) => c.trim() !== ""));
  const [header, ...rows] = lines;
  if (!header || rows.length < 2)
    throw invalid(path, "a header, at least one source and the row of demands are needed.");
  const names = header.cells.map((c) => c.trim());
  if (names.at(-1)?.toLowerCase() !== "supply") throw invalid(header.where, "the last column must be named supply.");
  const last = rows.pop()!;
  if (last.cells[0]?.trim().toLowerCase() !== "demand")
    throw invalid(last.where, "the last row must begin with demand.");
  for (const row of [...rows, last]) {
    const wanted = row === last ? names.length - 1 : names.length;
    if (row.cells.length !== wanted && row.cells.length !== names.length) {
      throw invalid(row.where, `${row.cells.length} cells, expected ${wanted}.`);
    }
  }
  const amountOf = (text: string | undefined, where: string) => {
    const value = cell(text ?? "", where);
    if (value === null || value < 0) throw invalid(where, `"${text ?? ""}" is no amount >= 0.`);
    return value;
  };
  return {
    problem: "transport",
    title: path,
    sources: rows.map((row) => {
      return { name: row.cells[0]!.trim(), supply: amountOf(row.cells.at(-1), row.where), surplusCost: 0 };
    }),
    targets: names.slice(1, -1).map((name, j) => {
      return { name, demand: amountOf(last.cells[j + 1], last.where), shortagePrice: null };
    }),
    costs: rows.map((row) => row.cells.slice(1, -1).map((c) => cell(c, row.where))),
  };
}

/** DIMACS: `p min NODES ARCS`, `n ID FLOW`, `a FROM TO LOWER CAPACITY COST`; nodes from 1. */
export function parseDimacs(text: string, path: string): ProblemOf<"flow"> {
  let size: { nodes: number; arcs: number } | undefined;
  const supplies = new Map<number, number>();
  const arcs: ProblemOf<"flow">["arcs"] = [];
  text.split(/\r?\n/).forEach((line, i) => {
    const where = `${path}:${i + 1}`;
    const [kind, ...words] = line.trim().split(/\s+/);
    if (kind === undefined || kind === "" || kind === "c") return;
    const numbers = words.slice(kind === "p" ? 1 : 0).map((word) => cell(word, where) ?? Number.POSITIVE_INFINITY);
    const node = (id: number | undefined) => {
      if (!size) throw invalid(where, "the line `p min NODES ARCS` must come first.");
      if (id === undefined || !Number.isInteger(id) || id < 1 || id > size.nodes) {
        throw invalid(where, `node ${id} is not within 1 .. ${size.nodes}.`);
      }
      return String(id);
    };
    if (kind === "p") {
      if (words[0] !== "min" || numbers.length !== 2) throw invalid(where, "expected `p min NODES ARCS`.");
      size = { nodes: numbers[0]!, arcs: numbers[1]! };
    } else if (kind === "n") {
      if (numbers.length !== 2) throw invalid(where, "expected `n ID FLOW`.");
      supplies.set(Number(node(numbers[0])), numbers[1]!);
    } else if (kind === "a") {
      if (numbers.length !== 5) throw invalid(where, "expected `a FROM TO LOWER CAPACITY COST`.");
      const [from, to, lower, capacity, cost] = numbers as [number, number, number, number, number];
      const bounded = capacity < 0 || capacity === Number.POSITIVE_INFINITY ? null : capacity;
      arcs.push({ from: node(from), to: node(to), lower, capacity: bounded, cost });
    } else throw invalid(where, `"${kind}" is no line of the format.`);
  });
  if (!size) throw invalid(path, "there is no line `p min NODES ARCS`.");
  if (arcs.length !== size.arcs) throw invalid(path, `${arcs.length} arcs, but the problem line says ${size.arcs}.`);
  const nodes = Array.from({ length: size.nodes }, (_, x) => {
    return { name: String(x + 1), supply: supplies.get(x + 1) ?? 0, surplusCost: null, shortagePrice: null };
  });
  return { problem: "flow", title: path, nodes, arcs };
}

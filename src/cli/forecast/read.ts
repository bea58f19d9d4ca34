// The series that a back-test is of: rates of a data set or trace file, or a table of numbers, a row a series.

import { readFile } from "node:fs/promises";
import { gunzipSync } from "node:zlib";
import { WindtunnelError } from "../../model/errors.js";
import { type RegularSeries, seriesOfRates, totalOf } from "../../plan/forecast/index.js";
import { loadRates } from "../../replay/index.js";
import type { CommandContext } from "../context.js";
import { loadOptions } from "../traces/open.js";

/** `which`: total, each, or the name of one series. */
export async function readSeries(context: CommandContext, name: string, which: string): Promise<RegularSeries[]> {
  const list = /\.csv(\.gz)?$/.test(name)
    ? await readTable(name)
    : seriesOfRates(await loadRates(name, loadOptions(context, name, {})));
  if (which === "each") return list;
  if (which === "total") return [totalOf(list)];
  const one = list.filter((series) => series.name === which);
  if (one.length > 0) return one;
  const names = list.map((series) => series.name).slice(0, 12);
  throw new WindtunnelError(
    "USAGE",
    `--series: "${name}" has no series "${which}".`,
    `Use total, each, or a name: ${names.join(", ")}${list.length > 12 ? ", …" : ""}.`,
  );
}

/** A row a series, without a head; an empty cell was not seen. Throws TRACE_UNREADABLE. */
export async function readTable(path: string): Promise<RegularSeries[]> {
  const bytes = await readFile(path).catch((cause) => {
    throw new WindtunnelError("TRACE_NOT_FOUND", `${path} cannot be read.`, "Check the path.", { cause });
  });
  const text = (path.endsWith(".gz") ? unpack(path, bytes) : bytes).toString("utf8");
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const list = lines.map((line, row) => {
    const values = Float64Array.from(line.split(","), (cell, column) => {
      const value = cell.trim() === "" ? Number.NaN : Number(cell);
      if (Number.isFinite(value) || cell.trim() === "") return value;
      throw new WindtunnelError(
        "TRACE_UNREADABLE",
        `${path}:${row + 1}: value ${column + 1} is "${cell.trim()}": expected a number, or nothing where none was seen.`,
        "A row is a series, its values between commas, without a head.",
      );
    });
    if (values.length === lines[0]!.split(",").length)
      return { name: `row ${row + 1}`, stepSeconds: Number.NaN, values };
    throw new WindtunnelError(
      "TRACE_UNREADABLE",
      `${path}:${row + 1}: ${values.length} values: expected ${lines[0]!.split(",").length}, as in the first row.`,
      "All series of a file must be of one length; leave a value empty where none was seen.",
    );
  });
  if (list.length > 0) return list;
  throw new WindtunnelError("TRACE_UNREADABLE", `${path} is empty: expected a series a row.`, "Check the file.");
}

function unpack(path: string, bytes: Uint8Array): Buffer {
  try {
    return gunzipSync(bytes);
  } catch (cause) {
    throw new WindtunnelError("TRACE_UNREADABLE", `${path} is not a gzip file.`, "Unpack it, or rename it.", { cause });
  }
}

export function refuseSeries(path: string, what: string, expected: string): never {
  throw new WindtunnelError(
    "TRACE_UNREADABLE",
    `${path}: ${what}: expected ${expected}.`,
    "Give a longer record, or fewer days.",
  );
}

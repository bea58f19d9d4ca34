// Units of raw columns, as SQL that turns a text or a number into microseconds, milli-cores or MiB. What is no such
// value becomes NULL.

import { END_STATUS } from "../../model/jobs.js";
import { quoteSql } from "../duckdb.js";

const MICROS_PER: Readonly<Record<string, number>> = {
  microseconds: 1,
  milliseconds: 1e3,
  seconds: 1e6,
  minutes: 60e6,
  hours: 3_600e6,
  days: 86_400e6,
};
const MIB_PER: Readonly<Record<string, number>> = {
  bytes: 1 / 1_048_576,
  kib: 1 / 1_024,
  mib: 1,
  gib: 1_024,
  mb: 1e6 / 1_048_576,
  gb: 1e9 / 1_048_576,
};
const MILLI_PER: Readonly<Record<string, number>> = { cores: 1_000, milli: 1 };

const FACTORS: Readonly<Partial<Record<string, Readonly<Record<string, number>>>>> = {
  time: MICROS_PER,
  duration: MICROS_PER,
  cpu: MILLI_PER,
  memory: MIB_PER,
};

/** What a canonical column holds once converted. */
export type Quantity = "time" | "duration" | "cpu" | "memory" | "number" | "status" | "text";

/** A name of UNITS for the quantity, or for a time a pattern of strptime with `%`. */
export type Unit = string;

/** Names of units that a quantity may have, the default first. */
export const UNITS: Readonly<Record<Quantity, readonly string[]>> = {
  time: ["seconds", "microseconds", "milliseconds", "minutes", "hours", "days", "timestamp"],
  duration: ["seconds", "microseconds", "milliseconds", "minutes", "hours", "days", "clock"],
  cpu: ["cores", "milli"],
  memory: ["mib", "kib", "gib", "bytes", "mb", "gb"],
  number: [],
  status: [],
  text: [],
};

export function isUnitOf(quantity: Quantity, unit: Unit): boolean {
  return UNITS[quantity].includes(unit) || (quantity === "time" && unit.includes("%"));
}

/** SQL of type DOUBLE that converts `column`: µs, milli-cores, MiB or the number itself. */
export function converted(column: string, quantity: Quantity, unit: Unit = UNITS[quantity][0] ?? ""): string {
  const number = `TRY_CAST(${column} AS DOUBLE)`;
  if (quantity === "time" && unit.includes("%"))
    return `epoch_us(TRY_STRPTIME(${column}::VARCHAR, ${quoteSql(unit)}))::DOUBLE`;
  if (unit === "timestamp") return `epoch_us(TRY_CAST(${column} AS TIMESTAMPTZ))::DOUBLE`;
  if (unit === "clock") return clock(`${column}::VARCHAR`);
  if (quantity === "status") return status(`lower(trim(${column}::VARCHAR))`);
  const factor = FACTORS[quantity]?.[unit];
  return factor === undefined || factor === 1 ? number : `${number} * ${factor}`;
}

function status(text: string): string {
  const cases = Object.entries(END_STATUS).map(([name, number]) => `WHEN '${name}' THEN ${number}`);
  return `(CASE ${text} ${cases.join(" ")} END)::DOUBLE`;
}

/** `[days-]hours:minutes:seconds[.fraction]`, as Slurm prints times. */
function clock(text: string): string {
  const part = (pattern: string) => `coalesce(TRY_CAST(regexp_extract(${text}, '${pattern}', 1) AS DOUBLE), 0)`;
  return `CASE WHEN regexp_full_match(${text}, '(\\d+-)?\\d+:\\d+:\\d+(\\.\\d+)?') THEN
    (${part("^(\\d+)-")} * 86400 + ${part("(\\d+):\\d+:\\d+")} * 3600 + ${part(":(\\d+):")} * 60 + ${part(":([\\d.]+)$")}) * 1e6 END`;
}

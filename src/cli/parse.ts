// Values of options: converted once, refused with the value seen and what was expected.

import { WindtunnelError } from "../model/errors.js";

function refuse(flags: string, text: string, expected: string): WindtunnelError {
  return new WindtunnelError("USAGE", `${flags.split(" ")[0]}: got "${text}", expected ${expected}.`, "See --help.");
}

export function parseCount(text: string, flags: string): number {
  const n = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(n) || n < 1)
    throw refuse(flags, text, "a whole number of at least 1");
  return n;
}

export function parseSeed(text: string, flags: string): number {
  const n = Number(text);
  // seeds of replications are seed x 1,000,003 + replication and must stay exact
  if (!/^\d+$/.test(text) || n > 1e9) throw refuse(flags, text, "a whole number from 0 to 1,000,000,000");
  return n;
}

export function parsePositive(text: string, flags: string): number {
  const n = Number(text);
  if (text.trim() === "" || !Number.isFinite(n) || n <= 0) throw refuse(flags, text, "a number above 0");
  return n;
}

export function parseList(text: string, flags: string): string[] {
  const items = text.split(",").map((item) => item.trim());
  if (items.some((item) => item === "")) throw refuse(flags, text, "names separated by commas");
  return items;
}

export function parsePositiveList(text: string, flags: string): number[] {
  return parseList(text, flags).map((item) => parsePositive(item, flags));
}

/** Numbers of at least 0. */
export function parseNumbers(text: string, flags: string): number[] {
  return parseList(text, flags).map((item) => {
    const n = Number(item);
    if (!Number.isFinite(n) || n < 0) throw refuse(flags, item, "numbers of at least 0 between commas");
    return n;
  });
}

export function parseWhole(text: string, flags: string): number {
  const n = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(n)) throw refuse(flags, text, "a whole number");
  return n;
}

const SECONDS_OF: Record<string, number> = { "": 1, s: 1, min: 60, h: 3600, d: 86_400 };

/** Seconds. */
export function parseDuration(text: string, flags: string): number {
  const [, digits, unit] = /^(\d+(?:\.\d+)?)\s*(s|min|h|d|)$/.exec(text.trim()) ?? [];
  if (digits === undefined) throw refuse(flags, text, "a time such as 36h, 2d, 90min or 600 (seconds)");
  return Number(digits) * SECONDS_OF[unit!]!;
}

/** One of a few words. */
export function parseChoice(choices: readonly string[]): (text: string, flags: string) => string {
  return (text, flags) => {
    if (!choices.includes(text)) throw refuse(flags, text, `${choices.slice(0, -1).join(", ")} or ${choices.at(-1)}`);
    return text;
  };
}

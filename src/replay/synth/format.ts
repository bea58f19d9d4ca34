import type { SynthParams } from "./schema.js";

/** The text of a parameter file: indented, rows of numbers on one line each, so that a difference can be read. */
export function formatSynthParams(params: SynthParams): string {
  const text = JSON.stringify(params, null, 2);
  const numbersOnOneLine = text.replace(
    /\[\s*(-?[\d.e+-]+(?:,\s*-?[\d.e+-]+)*)\s*\]/g,
    (_, items: string) => `[${items.replace(/\s+/g, " ")}]`,
  );
  return `${numbersOnOneLine}\n`;
}

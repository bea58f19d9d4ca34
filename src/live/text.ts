// What may be shown of texts that others wrote: names in clusters may hold terminal escapes, HTML or secrets.

/** A text on one line without control characters, bidirectional marks or escapes, and not longer than asked. */
export function plain(text: string, lengthMax = 253): string {
  const shown = Array.from(text, (c) => (/[\p{C}\p{Zl}\p{Zp}]/u.test(c) ? "\uFFFD" : c)).join("");
  return shown.length > lengthMax ? `${shown.slice(0, lengthMax - 1)}…` : shown;
}

/** A word that says why, as API servers give it (`Conflict`); anything else is not shown, since it may hold a secret. */
export function reasonWord(text: unknown): string | undefined {
  return typeof text === "string" && /^[A-Z][A-Za-z]{1,39}$/.test(text) ? text : undefined;
}

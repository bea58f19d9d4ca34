// Text that goes into a page: a title from a scenario file must never become markup or end a script.

const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/** For text and for quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character]!);
}

/** JSON for a script element: neither `</script` nor `<!--` can occur in it, and it parses to the same value. */
export function scriptJson(value: unknown): string {
  return JSON.stringify(value).replaceAll("<", "\\u003c");
}

/**
 * JavaScript source for a script element. Inside strings and regular expressions, the only places where a library has
 * them, `<\/script` and `\x3c!--` mean the same as what they replace.
 */
export function scriptSource(source: string): string {
  return source.replaceAll(/<\/script/gi, "<\\/script").replaceAll("<!--", "\\x3c!--");
}

// Reading what an API server sent without trusting its form: every access says what it expects and gets that or nothing.

export type Json = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** An own property of an object; never what a prototype holds. */
export function own(value: unknown, key: string): unknown {
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

/** The value at a path of keys. */
export function at(value: unknown, ...path: string[]): unknown {
  let here = value;
  for (const key of path) here = own(here, key);
  return here;
}

export function textAt(value: unknown, ...path: string[]): string | undefined {
  const found = at(value, ...path);
  return typeof found === "string" ? found : undefined;
}

export function numberAt(value: unknown, ...path: string[]): number | undefined {
  const found = at(value, ...path);
  return typeof found === "number" && Number.isFinite(found) ? found : undefined;
}

export function listAt(value: unknown, ...path: string[]): readonly unknown[] {
  const found = at(value, ...path);
  return Array.isArray(found) ? found : [];
}

const NONE: ReadonlyMap<string, string> = new Map();

/** Labels and the like: names to texts, in a Map so that no name is special. */
export function mapAt(value: unknown, ...path: string[]): ReadonlyMap<string, string> {
  const found = at(value, ...path);
  if (!isObject(found)) return NONE;
  const entries = Object.entries(found).filter((entry): entry is [string, string] => typeof entry[1] === "string");
  return entries.length === 0 ? NONE : new Map(entries);
}

/** JSON with the keys of every object in order, so that equal values have equal texts. Throws (our bug) on what JSON has not. */
export function canonical(value: unknown): string {
  if (value === null || typeof value === "boolean" || typeof value === "string") return JSON.stringify(value);
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw new Error(`${value} has no canonical form`);
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) {
    let text = "[";
    for (let i = 0; i < value.length; i++) text += `${i === 0 ? "" : ","}${canonical(value[i])}`;
    return `${text}]`;
  }
  if (isObject(value)) {
    let text = "{";
    for (const key of Object.keys(value).sort()) {
      const inner = value[key];
      if (inner !== undefined) text += `${text === "{" ? "" : ","}${JSON.stringify(key)}:${canonical(inner)}`;
    }
    return `${text}}`;
  }
  throw new Error(`${typeof value} has no canonical form`);
}

// Who owns which field: managers and server-side apply, as far as the contract goes. Maps are owned key by key; a list, a number
// or a text is owned whole (the merge keys of lists are a schema's business, and the fake has none).

import { copy, failure } from "./fake-kinds.js";
import type { FakeAnswer, Obj } from "./fake-store.js";

type Path = readonly string[];
type Fields = { [key: string]: Fields };

interface Entry {
  manager: string;
  operation: "Apply" | "Update";
  subresource?: string;
  fieldsType: "FieldsV1";
  fieldsV1: Fields;
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Paths of everything that may be owned in an object. */
function leaves(object: unknown): Map<string, { path: Path; value: unknown }> {
  const found = new Map<string, { path: Path; value: unknown }>();
  const visit = (value: unknown, path: Path): void => {
    // an empty map is nobody's: there is nothing in it to own
    if (isMap(value)) {
      for (const [key, inner] of Object.entries(value)) visit(inner, [...path, key]);
    } else found.set(JSON.stringify(path), { path, value });
  };
  if (!isMap(object)) return found;
  const { apiVersion: _version, kind: _kind, metadata, ...rest } = object;
  const { labels, annotations } = (metadata ?? {}) as Record<string, unknown>;
  visit({ ...rest, metadata: { ...(labels ? { labels } : {}), ...(annotations ? { annotations } : {}) } }, []);
  return found;
}

function fieldsOf(paths: Iterable<string>): Fields {
  const root: Fields = {};
  for (const text of paths) {
    let here = root;
    for (const key of JSON.parse(text) as string[]) {
      here[`f:${key}`] ??= {};
      here = here[`f:${key}`]!;
    }
  }
  return root;
}

function pathsOf(fields: Fields): Set<string> {
  const found = new Set<string>();
  const visit = (here: Fields, path: Path): void => {
    const keys = Object.keys(here);
    if (keys.length === 0) found.add(JSON.stringify(path));
    for (const key of keys) visit(here[key]!, [...path, key.slice(2)]);
  };
  if (Object.keys(fields).length > 0) visit(fields, []);
  return found;
}

const entriesOf = (object: Obj): Entry[] => (object.metadata.managedFields as Entry[] | undefined) ?? [];

function withEntries(object: Obj, entries: readonly (Omit<Entry, "fieldsV1"> & { paths: Set<string> })[]): Obj {
  const managedFields = entries
    .filter((e) => e.paths.size > 0)
    .map(({ paths, ...rest }) => ({ ...rest, fieldsV1: fieldsOf(paths) }));
  return { ...object, metadata: { ...object.metadata, managedFields } };
}

/** An object after a write that is no apply: whoever owned what has changed owns it no more. */
export function updatedBy(before: Obj | undefined, after: Obj, manager: string | undefined, subresource = ""): Obj {
  if (manager === undefined) return after;
  const old = leaves(before);
  const changed = [...leaves(after)]
    .filter(([key, { value }]) => JSON.stringify(old.get(key)?.value) !== JSON.stringify(value))
    .map(([key]) => key);
  const entries = entriesOf(after).map((e) => ({ ...e, paths: pathsOf(e.fieldsV1) }));
  for (const entry of entries) for (const key of changed) entry.paths.delete(key);
  const mine = entries.find(
    (e) => e.manager === manager && e.operation === "Update" && (e.subresource ?? "") === subresource,
  );
  if (mine) for (const key of changed) mine.paths.add(key);
  else {
    const entry = { manager, operation: "Update" as const, fieldsType: "FieldsV1" as const, paths: new Set(changed) };
    entries.push({ ...entry, fieldsV1: {}, ...(subresource === "" ? {} : { subresource }) });
  }
  return withEntries(
    after,
    entries.map(({ fieldsV1: _f, ...e }) => e),
  );
}

function put(object: Obj, path: Path, value: unknown): void {
  let here = object as Record<string, unknown>;
  for (const key of path.slice(0, -1)) {
    if (!isMap(here[key])) here[key] = {};
    here = here[key] as Record<string, unknown>;
  }
  if (value === undefined) delete here[path.at(-1)!];
  else here[path.at(-1)!] = copy(value);
}

/** What server-side apply makes of an object, or the conflict. */
export function applied(
  before: Obj,
  given: Record<string, unknown>,
  manager: string,
  force: boolean,
): { next: Obj } | { refused: FakeAnswer } {
  const intended = leaves(given);
  const seen = leaves(before);
  const differs = (key: string) =>
    JSON.stringify(seen.get(key)?.value) !== JSON.stringify(intended.get(key)?.value) && seen.has(key);
  const entries = entriesOf(before).map((e) => ({ ...e, paths: pathsOf(e.fieldsV1) }));
  const isMine = (e: Entry) => e.manager === manager && e.operation === "Apply";
  const others = entries.filter((e) => !isMine(e));
  for (const other of others) {
    const clash = [...intended.keys()].find((key) => other.paths.has(key) && differs(key));
    if (clash === undefined) continue;
    if (!force) {
      const causes = [{ reason: "FieldManagerConflict", message: `conflict with "${other.manager}"`, field: clash }];
      const message = `Apply failed with 1 conflict: conflict with "${other.manager}"`;
      return { refused: failure(409, "Conflict", message, { causes }) };
    }
  }
  const after = copy(before);
  const mine = entries.find(isMine);
  for (const key of mine?.paths ?? []) {
    if (!intended.has(key) && !others.some((o) => o.paths.has(key))) put(after, JSON.parse(key) as Path, undefined);
  }
  for (const [key, { path, value }] of intended) {
    if (differs(key)) for (const other of others) other.paths.delete(key);
    put(after, path, value);
  }
  const own = {
    manager,
    operation: "Apply" as const,
    fieldsType: "FieldsV1" as const,
    paths: new Set(intended.keys()),
  };
  return { next: withEntries(after, [...others.map(({ fieldsV1: _f, ...e }) => e), own]) };
}

// A YAML file checked against a schema, with file, line, column and the nearest right key in every message.

import { type Document, isMap, isNode, LineCounter, parseDocument } from "yaml";
import { z } from "zod";
import { type ErrorCode, WindtunnelError } from "../model/errors.js";
import { nearestName } from "./nearest.js";

export interface YamlKind {
  code: ErrorCode;
  /** "scenario", for messages. */
  noun: string;
  /** Key that holds the version of the format, which is 1. */
  versionKey: string;
  /** Where every key is described. */
  reference: string;
}

/** Parses and checks the text of a YAML file; `file` is for messages. Throws `kind.code`. */
export function parseYaml<T extends z.ZodType>(text: string, file: string, schema: T, kind: YamlKind): z.output<T> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const [broken] = document.errors;
  if (broken) {
    const at = lines.linePos(broken.pos[0]);
    throw new WindtunnelError(
      kind.code,
      `${file}:${at.line}:${at.col}: not valid YAML: ${broken.message.split("\n")[0]}`,
      "Correct the line; YAML indents with spaces.",
    );
  }
  const parsed = schema.safeParse(document.toJS());
  if (!parsed.success) throw explain(parsed.error.issues, { document, lines, file, schema, kind });
  return parsed.data;
}

interface Context {
  document: Document;
  lines: LineCounter;
  file: string;
  schema: z.ZodType;
  kind: YamlKind;
}

function explain(issues: z.core.$ZodIssue[], context: Context): WindtunnelError {
  const { document, lines, file, schema, kind } = context;
  // a misspelt key is also a missing one: the misspelling is what to tell
  let issue = issues.find((i) => i.code === "unrecognized_keys") ?? issues[0]!;
  let path = issue.path;
  // a union's branches hide what is really wrong: take the branch that got furthest
  while (issue.code === "invalid_union" && issue.errors.length > 0) {
    const names = (branch: z.core.$ZodIssue[]) => (branch[0]!.code === "invalid_value" ? 1 : 0);
    // of equals the one that lists names: a misspelt name is likelier than a bad path
    const branches = issue.errors
      .filter((b) => b.length > 0)
      .sort((a, b) => b[0]!.path.length - a[0]!.path.length || names(b) - names(a));
    if (!branches[0]) break;
    issue = branches[0][0]!;
    path = [...path, ...issue.path];
  }
  const unknown = issue.code === "unrecognized_keys" ? issue.keys[0] : undefined;
  const full = unknown === undefined ? path : [...path, unknown];
  const at = position(document, lines, full);
  const where = `${file}:${at.line}:${at.col}`;
  const name = full.join(".") || "the file";
  if (unknown !== undefined) {
    const known = keysAt(schema, path);
    const nearest = nearestName(unknown, known);
    return new WindtunnelError(
      kind.code,
      `${where}: unknown key "${name}".`,
      nearest ? `Did you mean "${nearest}"?` : `Known keys here: ${known.join(", ")}.`,
    );
  }
  const value = document.getIn(path);
  if (full.join(".") === kind.versionKey && value !== undefined) {
    return new WindtunnelError(
      kind.code,
      `${where}: the ${kind.noun} is of format ${JSON.stringify(value)}; this version of Windtunnel reads format 1.`,
      `Use the version of Windtunnel that the ${kind.noun} was written for.`,
    );
  }
  const seen =
    value === undefined ? "it is missing" : `found ${JSON.stringify(isNode(value) ? value.toJSON() : value)}`;
  return new WindtunnelError(
    kind.code,
    `${where}: ${name}: ${issue.message} (${seen}).`,
    nearestValue(issue, value) ?? `See ${kind.reference} for every key, its unit and its default.`,
  );
}

/** "Did you mean" for a misspelt name, where one of those allowed is near. */
function nearestValue(issue: z.core.$ZodIssue, value: unknown): string | undefined {
  const seen = isNode(value) ? value.toJSON() : value;
  if (issue.code !== "invalid_value" || typeof seen !== "string") return undefined;
  const nearest = nearestName(
    seen,
    issue.values.filter((name) => typeof name === "string"),
  );
  return nearest === undefined ? undefined : `Did you mean "${nearest}"?`;
}

/** Where a path stands in the text; of the nearest ancestor if it is missing. */
function position(document: Document, lines: LineCounter, path: readonly PropertyKey[]): { line: number; col: number } {
  for (let n = path.length; n > 0; n--) {
    const parent = n === 1 ? document.contents : document.getIn(path.slice(0, n - 1), true);
    if (isMap(parent)) {
      const pair = parent.items.find((p) => String(p.key) === String(path[n - 1]));
      if (pair && isNode(pair.key) && pair.key.range) return lines.linePos(pair.key.range[0]);
    }
    const node = document.getIn(path.slice(0, n), true);
    if (isNode(node) && node.range) return lines.linePos(node.range[0]);
  }
  return { line: 1, col: 1 };
}

/** Keys that the schema knows at a path. */
function keysAt(whole: z.ZodType, path: readonly PropertyKey[]): string[] {
  let schema = z.toJSONSchema(whole, { io: "input" }) as Record<string, unknown>;
  for (const step of path) {
    const inner = schema as { properties?: Record<string, never>; items?: never; anyOf?: never[] };
    const next = typeof step === "number" ? inner.items : inner.properties?.[String(step)];
    if (!next) return [];
    schema = next;
  }
  const branches = (schema.anyOf as Record<string, unknown>[] | undefined) ?? [schema];
  return branches.flatMap((b) => Object.keys((b.properties as object | undefined) ?? {}));
}

// docs/scenario.md and docs/scenario.schema.json: every key of a scenario, from the schema that checks it.

import { z } from "zod";
import { scenarioSchema } from "../../model/scenario.js";
import { buildPage, buildTable, code } from "./page.js";

/** The part of JSON Schema that our schemas use. */
export interface Schema {
  type?: string;
  description?: string;
  default?: unknown;
  const?: unknown;
  enum?: unknown[];
  anyOf?: Schema[];
  items?: Schema;
  prefixItems?: Schema[];
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: Schema | boolean;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  minItems?: number;
  maxItems?: number;
  minLength?: number;
}

export function scenarioJsonSchema(): Schema {
  const schema = z.toJSONSchema(scenarioSchema, { io: "input" }) as Schema & Record<string, unknown>;
  const title = "Windtunnel scenario";
  return { ...schema, title, description: "One study: pools, workload, policies, replications." } as Schema;
}

export function renderScenarioSchema(): string {
  return `${JSON.stringify(scenarioJsonSchema(), null, 2)}\n`;
}

export function renderScenarioPage(): string {
  const sections = listSections(scenarioJsonSchema());
  return buildPage("Scenario", [
    "A scenario is one YAML file (or a folder with `scenario.yaml`). It says everything that a run needs, and names the data " +
      "that it takes. Unknown keys are errors, answered with file, line and the nearest right key.",
    "Editors check and complete a scenario with [scenario.schema.json](scenario.schema.json); for the YAML language server, " +
      "make this the first line of the file:",
    "```yaml\n# yaml-language-server: $schema=docs/scenario.schema.json\n```",
    ...sections.flatMap(renderSection),
  ]);
}

export interface Section {
  /** Path of the object, `""` for the file; lists end in `[]`. */
  path: string;
  description: string;
  keys: Key[];
}

export interface Key {
  name: string;
  type: string;
  required: boolean;
  default: string;
  meaning: string;
}

/** One section an object, in the order of the schema. */
export function listSections(schema: Schema, path = ""): Section[] {
  const own: Section = { path, description: schema.description ?? "", keys: [] };
  const below: Section[] = [];
  for (const [name, value] of Object.entries(schema.properties ?? {})) {
    const at = path === "" ? name : `${path}.${name}`;
    const required = value.default === undefined && schema.required?.includes(name) === true;
    own.keys.push({
      name,
      type: typeText(value),
      required,
      default: value.default === undefined ? (required ? "required" : "absent") : code(JSON.stringify(value.default)),
      meaning: value.description ?? "",
    });
    below.push(...(value.anyOf ? eitherSection(value.anyOf, at) : sectionsBelow(value, at)));
  }
  return [own, ...below];
}

/** The branches of a choice between objects, as one section. */
function eitherSection(branches: readonly Schema[], path: string): Section[] {
  const sections = branches.flatMap((branch) => sectionsBelow(branch, path)).filter((section) => section.path === path);
  if (sections.length === 0) return [];
  const keys = sections.flatMap((section) => section.keys);
  return [{ path, description: `One of ${keys.map((key) => code(key.name)).join(" and ")}.`, keys }];
}

function sectionsBelow(schema: Schema, path: string): Section[] {
  if (schema.properties) return listSections(schema, path);
  if (typeof schema.additionalProperties === "object")
    return sectionsBelow(schema.additionalProperties, `${path}.NAME`);
  if (schema.items?.properties) return listSections(schema.items, `${path}[]`);
  return [];
}

/** A type in words, with its bounds. */
export function typeText(schema: Schema): string {
  if (schema.const !== undefined) return `always ${code(JSON.stringify(schema.const))}`;
  if (schema.enum) return `one of ${schema.enum.map((value) => code(String(value))).join(", ")}`;
  if (schema.anyOf) return schema.anyOf.map(typeText).join(" or ");
  if (schema.prefixItems) return `[${schema.prefixItems.map(typeText).join(", ")}]`;
  if (schema.type === "array") {
    const { minItems, maxItems } = schema;
    const size = [
      ...(minItems === undefined ? [] : [`at least ${minItems}`]),
      ...(maxItems === undefined ? [] : [`at most ${maxItems}`]),
    ];
    const items = schema.items?.type === "object" ? "objects" : typeText(schema.items ?? {});
    return `list of ${items}${size.length > 0 ? `, ${size.join(", ")}` : ""}`;
  }
  const { additionalProperties: values } = schema;
  if (schema.type === "object" && typeof values === "object") return `map of names to ${typeText(values)}`;
  if (schema.type === "object")
    return `object with ${Object.keys(schema.properties ?? {})
      .map(code)
      .join(", ")}`;
  if (schema.type === "integer" || schema.type === "number") return numberText(schema);
  if (schema.type === "string") return "text";
  if (schema.type === "boolean") return "`true` or `false`";
  return "anything";
}

function numberText({ type, minimum, maximum, exclusiveMinimum }: Schema): string {
  const kind = type === "integer" ? "whole number" : "number";
  const isLimit = (bound: number | undefined): bound is number => {
    return bound !== undefined && Math.abs(bound) < Number.MAX_SAFE_INTEGER;
  };
  const bounds = [
    ...(isLimit(exclusiveMinimum) ? [`> ${exclusiveMinimum}`] : []),
    ...(isLimit(minimum) ? [`≥ ${minimum}`] : []),
    ...(isLimit(maximum) ? [`≤ ${maximum}`] : []),
  ];
  return [kind, ...bounds].join(" ");
}

export function renderSection({ path, description, keys }: Section): string[] {
  const rows = keys.map((key) => [code(key.name), key.type, key.default, key.meaning]);
  return [
    `## ${path === "" ? "The file" : path}`,
    ...(description === "" ? [] : [description]),
    buildTable(["key", "type", "default", "meaning"], rows),
  ];
}

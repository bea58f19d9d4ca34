// A policy in TypeScript: its types are stripped, and it is run as it is, beside the engine. Trusted code, for a quick try.

import { transformSync } from "@swc/wasm-typescript";
import { WindtunnelError } from "../model/errors.js";
import { FEATURES } from "../model/features.js";
import { BIND } from "./bind.js";

export interface HostSource {
  /** JavaScript that imports nothing. */
  source: string;
  exports: Set<string>;
  skips: boolean;
}

/** @throws WindtunnelError POLICY_REFUSED with the parser's message, or for an import of something else than features. */
export function hostSource({ path, text }: { path: string; text: string }): HostSource {
  const code = strip(path, text);
  const bindings: string[] = [];
  const locals: string[] = [];
  const body = code.replace(/^[ \t]*import\s*\{([^}]*)\}\s*from\s*(["'])features\2;?/gm, (_, list: string) => {
    for (const entry of list.split(",").map((part) => part.trim())) {
      if (entry === "") continue;
      const [name = "", local = name] = entry.split(/\s+as\s+/);
      if (!FEATURES.some((feature) => feature.name === name)) {
        throw refuse(path, `there is no feature "${name}"`, "See `windtunnel policies --features`.");
      }
      locals.push(local);
      bindings.push(`${local} = features.${name};`);
    }
    return "";
  });
  const other = /^[ \t]*import\b.*?(["'][^"']+["'])/m.exec(body);
  if (other) throw refuse(path, `it imports ${other[1]}`, 'A policy is one file that imports only from "features".');
  const declared = locals.length > 0 ? `let ${locals.join(", ")};` : "";
  const exported = [...body.matchAll(/^[ \t]*export\s+(?:function|const)\s+(\w+)/gm)].map(([, name]) => name!);
  return {
    source: `${declared}${body}\nexport function ${BIND}(features) { ${bindings.join(" ")} }\n`,
    exports: new Set(exported),
    skips: /^[ \t]*export\s+const\s+skips\s*=\s*true\b/m.test(body),
  };
}

function strip(path: string, text: string): string {
  try {
    return transformSync(text, { mode: "strip-only", filename: path }).code;
  } catch (cause) {
    const what = (cause as { message?: string }).message ?? String(cause);
    throw refuse(path, what.trim().split("\n")[0]!, "Only types are stripped: no enums, no namespaces.", cause);
  }
}

function refuse(path: string, what: string, hint: string, cause?: unknown): WindtunnelError {
  return new WindtunnelError("POLICY_REFUSED", `${path}: ${what}.`, hint, { cause });
}

// Sources as plain JavaScript in a folder of their own, for tests that must run a real child process (to kill it).

import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import ts from "typescript";

/** Transpiles src/<folder>/*.ts into <target>/src/<folder>/, with the repository's packages at hand. */
export function transpileSources(target: string, folders: readonly string[]): void {
  const root = resolve(import.meta.dirname, "../..");
  symlinkSync(join(root, "node_modules"), join(target, "node_modules"));
  writeFileSync(join(target, "package.json"), `{"type":"module"}`);
  const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 };
  for (const folder of folders) {
    mkdirSync(join(target, "src", folder), { recursive: true });
    for (const name of readdirSync(join(root, "src", folder)).filter((file) => file.endsWith(".ts"))) {
      const source = readFileSync(join(root, "src", folder, name), "utf8");
      const { outputText } = ts.transpileModule(source, { compilerOptions });
      writeFileSync(join(target, "src", folder, name.replace(/\.ts$/, ".js")), outputText);
    }
  }
}

// What the tidy tests look at: the repository's own files, as text and as syntax trees.

import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, posix, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** A broken rule; printed as `file:line: rule: what`. */
export interface Fault {
  file: string;
  line: number;
  rule: string;
  what: string;
}

export function inWords(faults: readonly Fault[]): string[] {
  return faults.map((f) => `${f.file}:${f.line}: ${f.rule}: ${f.what}`);
}

/** Paths of all files below a folder of the repository, with forward slashes, sorted; none if there is no such folder. */
export function filesBelow(folder: string, ends = ".ts"): string[] {
  const path = join(ROOT, folder);
  if (!existsSync(path)) return [];
  return readdirSync(path)
    .sort()
    .flatMap((name) => {
      const below = posix.join(folder, name);
      if (statSync(join(ROOT, below)).isDirectory()) return filesBelow(below, ends);
      return below.endsWith(ends) ? [below] : [];
    });
}

/** Files that git tracks and that are still there. */
export function trackedFiles(): string[] {
  const out = execFileSync("git", ["ls-files", "-z"], { cwd: ROOT, encoding: "utf8", maxBuffer: 16 << 20 });
  return out
    .split("\0")
    .filter((file) => file !== "" && existsSync(join(ROOT, file)))
    .sort();
}

export function textOf(file: string): string {
  return readFileSync(join(ROOT, file), "utf8");
}

/**
 * The syntax tree of a file. AssemblyScript is close enough to TypeScript for its imports, functions and calls to be
 * found where they stand; what differs (decorated functions) the parser complains about and goes on.
 */
export function treeOf(file: string, text = textOf(file)): ts.SourceFile {
  return ts.createSourceFile(file, text, ts.ScriptTarget.ES2023, true);
}

export function lineOf(tree: ts.SourceFile, node: ts.Node): number {
  return tree.getLineAndCharacterOfPosition(node.getStart(tree)).line + 1;
}

export interface Import {
  line: number;
  /** As written. */
  specifier: string;
  /** The repository's file that is meant; undefined for packages. */
  target: string | undefined;
}

/** Every import of a file: static, re-export, dynamic, in types, and modules named by `new URL("…", import.meta.url)`. */
export function importsOf(file: string, tree = treeOf(file)): Import[] {
  const found: Import[] = [];
  const add = (literal: ts.Node | undefined) => {
    if (!literal || !ts.isStringLiteralLike(literal)) return;
    found.push({ line: lineOf(tree, literal), specifier: literal.text, target: targetOf(file, literal.text) });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) add(node.moduleSpecifier);
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) add(node.arguments[0]);
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(node.argument.literal);
    else if (ts.isNewExpression(node) && node.expression.getText(tree) === "URL") add(node.arguments?.[0]);
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return found;
}

function targetOf(file: string, specifier: string): string | undefined {
  if (!specifier.startsWith(".")) return undefined;
  const path = relative(ROOT, resolve(ROOT, dirname(file), specifier)).replaceAll("\\", "/");
  // a module of dist/ is built from src/
  const source = path.replace(/^dist\//, "src/");
  const candidates = [source, source.replace(/\.js$/, ".ts"), `${source}.ts`, source.replace(/\.js$/, ".d.ts")];
  return candidates.find((candidate) => existsSync(join(ROOT, candidate)) && candidate.endsWith(".ts"));
}

import { existsSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { describe, expect, it } from "vitest";
import { type Fault, filesBelow, inWords, ROOT, textOf } from "./sources.js";

const TOP = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md"];

interface Link {
  line: number;
  target: string;
}

function linksOf(text: string): Link[] {
  let fenced = false;
  return text.split("\n").flatMap((line, i) => {
    if (line.startsWith("```")) fenced = !fenced;
    if (fenced) return [];
    return [...line.matchAll(/\]\(([^)\s]+)\)/g)].map((m) => ({ line: i + 1, target: m[1]! }));
  });
}

/** The anchor that a heading gets: lower case, punctuation dropped, spaces to dashes. */
function anchorsOf(text: string): Set<string> {
  const headings = [...text.matchAll(/^#+ (.+)$/gm)].map((m) => m[1]!);
  return new Set(
    headings.map((h) =>
      h
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
        .replaceAll(" ", "-"),
    ),
  );
}

function broken(file: string): Fault[] {
  return linksOf(textOf(file)).flatMap(({ line, target }): Fault[] => {
    if (/^[a-z]+:/.test(target)) return [];
    const [path = "", anchor] = target.split("#");
    const to = path === "" ? file : posix.join(dirname(file), path);
    const fault = (what: string) => [{ file, line, rule: "broken link", what }];
    if (!existsSync(join(ROOT, to))) return fault(`${target}: there is no ${to}`);
    if (anchor !== undefined && to.endsWith(".md") && !anchorsOf(textOf(to)).has(anchor)) {
      return fault(`${target}: ${to} has no such heading`);
    }
    return [];
  });
}

/** Paths of the repository that a page names in code, such as `src/sim/run.ts`. */
function missingPaths(file: string): Fault[] {
  return textOf(file)
    .split("\n")
    .flatMap((text, i) =>
      [...text.matchAll(/`((?:assembly|src|test|scripts|scenarios|docs|bench|bin)\/[\w./-]*[\w])`/g)].flatMap(
        (m): Fault[] => {
          const path = m[1]!;
          if (existsSync(join(ROOT, path))) return [];
          return [{ file, line: i + 1, rule: "broken path", what: `there is no ${path}` }];
        },
      ),
    );
}

describe("pages", () => {
  const pages = [...TOP, ...filesBelow("docs", ".md")];

  it("link to what is there", () => {
    expect(inWords(pages.flatMap(broken))).toEqual([]);
  });

  it("name files that are there", () => {
    // what was and what will be may be named in the log of changes and in decisions
    const present = pages.filter((file) => file !== "CHANGELOG.md" && !file.startsWith("docs/decisions/"));
    expect(inWords(present.flatMap(missingPaths))).toEqual([]);
  });

  it("of models are all listed in the guide's index", () => {
    const index = textOf("docs/README.md");
    const missing = filesBelow("docs", ".md").filter(
      (file) => file !== "docs/README.md" && !index.includes(`](${file.slice("docs/".length)})`),
    );
    expect(missing.map((file) => `${file}:1: unlisted page: docs/README.md does not name it`)).toEqual([]);
  });

  it("of models say what is modelled, what is not, where, and which test shows it", () => {
    const wanted: [string, RegExp][] = [
      ["what it models", /\*\*What (it models|they model)\.\*\*/],
      ["what it leaves out", /\*\*What (it|they) (does|do) not (model|do)\.\*\*/],
      ["its parameters", /\*\*Parameters\.\*\*|^\| (symbol|key|field) \|/m],
      ["its file", /\*\*Where\.\*\*/],
      ["the test that shows it", /\*\*Shown by\.\*\*[^*]*`test\//],
    ];
    const missing = filesBelow("docs/models", ".md").flatMap((file) =>
      wanted
        .filter(([, pattern]) => !pattern.test(textOf(file)))
        .map(([what]): Fault => ({ file, line: 1, rule: "incomplete page", what: `it does not say ${what}` })),
    );
    expect(inWords(missing)).toEqual([]);
  });
});

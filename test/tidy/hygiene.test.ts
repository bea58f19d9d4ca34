import { describe, expect, it } from "vitest";
import { type Fault, inWords, textOf, trackedFiles } from "./sources.js";

// The words are put together here so that this file does not break its own rules.
const join = (...parts: string[]) => parts.join("");

interface Rule {
  name: string;
  pattern: RegExp;
  what: string;
  /** Files that are let off, and why. */
  except?: Record<string, string>;
  only?: RegExp;
}

const RULES: readonly Rule[] = [
  {
    name: "machine path",
    pattern: new RegExp(join("(?<![\\w.~-])/(wo", "rk|ro", "ot|Us", "ers|ho", "me)/[\\w.-]+")),
    what: "a path of one machine",
  },
  {
    name: "machine path",
    pattern: new RegExp(join("\\.\\./sha", "red\\b")),
    what: "a folder beside the repository",
    except: { ".ci/run": "the one place that knows where data sets may lie" },
  },
  {
    name: "registry host",
    pattern: new RegExp(
      join("regi", "stry\\.(npmjs|yarnpkg|npmmirror)|npm\\.pkg\\.git", "hub|artif", "actory|_authTo", "ken"),
      "i",
    ),
    what: "the address or a credential of a package registry",
  },
  {
    name: "unfinished",
    pattern: new RegExp(join("\\b(TO", "DO|FIX", "ME|XX", "X|HA", "CK)\\b")),
    what: "a mark of unfinished work: finish it, or say the limit in words",
    except: { "package-lock.json": "hashes" },
  },
  {
    name: "test left out",
    pattern: new RegExp(
      join(
        "\\b(describe|it|test|suite|bench)(\\.\\w+)*\\.(sk",
        "ip|on",
        "ly|to",
        "do)\\(|\\b(xit|xdescribe|fdescribe)\\(",
      ),
    ),
    what: "a test that does not run, or keeps others from running",
    only: /^test\/.*\.ts$/,
    except: { "test/replay/real-data.ts": "without the records their tests cannot run; in CI they fail instead" },
  },
  {
    name: "debugger",
    pattern: new RegExp(join("^\\s*debug", "ger;")),
    what: "a breakpoint",
  },
];

const BINARY = /\.(png|ico|wasm|parquet|gz|tgz|woff2?)$/;

function faultsOf(file: string, text: string): Fault[] {
  const rules = RULES.filter((rule) => !(rule.except && file in rule.except) && (rule.only?.test(file) ?? true));
  return text.split("\n").flatMap((line, i) =>
    rules.flatMap((rule): Fault[] => {
      const found = rule.pattern.exec(line);
      return found ? [{ file, line: i + 1, rule: rule.name, what: `"${found[0].trim()}": ${rule.what}` }] : [];
    }),
  );
}

describe("tracked files", () => {
  it("hold no path of a machine, no registry's host, no mark of unfinished work, no test left out", () => {
    const files = trackedFiles().filter((file) => !BINARY.test(file));
    expect(files.length).toBeGreaterThan(100);
    expect(inWords(files.flatMap((file) => faultsOf(file, textOf(file))))).toEqual([]);
  });

  it("would be noticed if they did", () => {
    const found = (text: string, file = "test/x.test.ts") => faultsOf(file, text).map((f) => f.rule);
    expect(found(join("see /ho", "me/me/data"))).toEqual(["machine path"]);
    expect(found(`see ~/home/x and .${"/work"}/y and https://example.org/home/z`)).toEqual([]);
    expect(found(join("// TO", "DO: later"))).toEqual(["unfinished"]);
    expect(found(join("it.on", "ly(", '"x")'))).toEqual(["test left out"]);
    expect(found('it.skipIf(!browser)("x")')).toEqual([]);
    expect(found(join("https://regi", "stry.npmjs.org/"))).toEqual(["registry host"]);
  });

  it("say nowhere in package-lock.json where a package was fetched", () => {
    const lock = JSON.parse(textOf("package-lock.json")) as { packages: Record<string, { resolved?: string }> };
    const resolved = Object.entries(lock.packages).filter(([, entry]) => entry.resolved !== undefined);
    expect(resolved.map(([name]) => `package-lock.json:1: registry host: ${name} has "resolved"`)).toEqual([]);
  });

  it("hold nothing that is built or fetched", () => {
    const stray = trackedFiles().filter((file) =>
      /^(node_modules|dist|build|coverage|results)\/|\.(tgz|log)$/.test(file),
    );
    expect(stray.map((file) => `${file}:1: stray file: it is built, fetched or written by a run`)).toEqual([]);
  });
});

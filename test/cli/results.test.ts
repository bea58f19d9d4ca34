// Commands on results, as a user meets them: one small experiment, looked at from every side.

import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
let work: string;
let results: string;

function windtunnel(...args: string[]) {
  const { WINDTUNNEL_DATA: _data, WINDTUNNEL_EXPECTED: _expected, ...env } = process.env;
  const options = { cwd: ROOT, encoding: "utf8", env, maxBuffer: 1 << 26 } as const;
  return spawnSync(process.execPath, [join(ROOT, "bin/windtunnel.js"), ...args], options);
}

beforeAll(() => {
  work = mkdtempSync(join(tmpdir(), "windtunnel-results-"));
  results = join(work, "study");
  const options = [
    "--jobs",
    "300",
    "--replications",
    "3",
    "--shakes",
    "2",
    "--queue",
    "fifo,las",
    "--place",
    "first-fit",
  ];
  const run = windtunnel("run", "scenarios/first-study", ...options, "--quiet", "--out", results);
  expect(run.stderr).toBe("");
}, 60_000);
afterAll(() => rmSync(work, { recursive: true, force: true }));

describe("compare", () => {
  it("finds no difference between an experiment and itself, and passes any gate on worse", () => {
    const same = windtunnel("compare", results, results, "--fail-if", "jctSecondsMean > +0 %", "waitSecondsMean > +0");
    expect(same.status).toBe(0);
    expect(same.stdout).toContain("the same");
  });

  it("compares two pairs of one experiment, and fails the gate with exit code 4, naming pair and numbers", () => {
    const pairs = ["--a", "las+first-fit", "--b", "fifo+first-fit"];
    const gate = windtunnel("compare", results, results, ...pairs, "--fail-if", "jctSecondsMean > +2 %");
    expect(gate.status).toBe(4);
    expect(gate.stderr).toMatch(
      /error COMPARE_FAILED: 1 of 1 judgements failed; the first: "jctSecondsMean > \+2 %" is met by las \+ first-fit at load 0.9: \d/,
    );
    const json = JSON.parse(windtunnel("compare", results, results, ...pairs, "--json").stdout) as {
      rows: { paired: boolean }[];
    };
    expect(json.rows.every((row) => row.paired)).toBe(true);
  });

  it("refuses a condition that nothing could meet, and wrong names with the nearest right one", () => {
    expect(windtunnel("compare", results, results, "--fail-if", "costUsd > +2 %").stderr).toMatch(
      /no compared run has the metric costUsd/,
    );
    const wrong = windtunnel("compare", results, results, "--a", "lass+first-fit");
    expect([wrong.status, wrong.stderr]).toEqual([2, expect.stringContaining('Did you mean "las+first-fit"?')]);
  });
});

describe("bundle", () => {
  it("packs the same bytes twice, opens whole, and its runs are proved where it was opened", () => {
    const [one, two] = ["one.tar.gz", "two.tar.gz"].map((name) => join(work, name)) as [string, string];
    for (const out of [one, two]) expect(windtunnel("bundle", results, "--out", out).status).toBe(0);
    expect(readFileSync(one).equals(readFileSync(two))).toBe(true);
    const copy = join(work, "copy");
    expect(windtunnel("bundle", one, "--open", "--out", copy).stdout).toMatch(/each as its checksum says/);
    expect(windtunnel("replay", copy, "--run", "las+first-fit+load0.9+r0").stdout).toContain("byte for byte");
    expect(windtunnel("bundle", one, "--open", "--out", copy).stderr).toMatch(/is not empty/);
    for (const out of [work, "/dev/null/x.tar.gz"]) {
      const nowhere = windtunnel("bundle", results, "--out", out);
      expect([nowhere.status, nowhere.stderr]).toEqual([3, expect.stringMatching(/^error OUTPUT_UNWRITABLE: /)]);
    }
    const report = windtunnel("report", results, "--out", work);
    expect(report.stderr).toMatch(/error OUTPUT_UNWRITABLE: .* cannot be written: it is a folder/);
  });

  it("is refused whole when it is cut or changed, and leaves nothing behind", () => {
    const bundle = join(work, "bad.tar.gz");
    windtunnel("bundle", results, "--out", bundle);
    const bytes = readFileSync(bundle);
    writeFileSync(bundle, bytes.subarray(0, bytes.length >> 1));
    const cut = windtunnel("bundle", bundle, "--open", "--out", join(work, "never"));
    expect([cut.status, cut.stderr]).toEqual([3, expect.stringMatching(/cannot be unpacked/)]);
    writeFileSync(bundle, "not an archive");
    expect(windtunnel("bundle", bundle, "--open", "--out", join(work, "never")).stderr).toMatch(/cannot open bundle/);
    expect(readdirSync(work).filter((name) => name.startsWith("never"))).toEqual([]);
  });
});

describe("report", () => {
  it("writes charts as PNG with the font that is shipped, and the ranking as CSV and JSON", () => {
    const charts = join(work, "charts");
    expect(windtunnel("report", results, "--format", "png", "--out", charts).status).toBe(0);
    const names = readdirSync(charts);
    expect(names).toContain("ranking-0.png");
    expect(names).toContain("waits-0.png");
    for (const name of names) {
      const bytes = readFileSync(join(charts, name));
      expect(bytes.subarray(1, 4).toString()).toBe("PNG");
      expect(bytes.readUInt32BE(16), `${name} is as wide as asked`).toBeGreaterThan(1300);
    }
    const [head, ...lines] = windtunnel("report", results, "--format", "csv").stdout.trim().split("\n");
    expect(head).toMatch(/^queue,place,load,oracle,ratioToBest,.*,jctSecondsMean,jctSecondsMeanLow,/);
    expect(lines).toHaveLength(2);
    for (const line of lines) expect(line.split(",")).toHaveLength(head!.split(",").length);
    const json = JSON.parse(windtunnel("report", results, "--format", "json").stdout) as { robustness: unknown[] };
    expect(json.robustness).toHaveLength(1);
  });
});

describe("a folder that lacks a run, or holds a changed one", () => {
  it.each([
    ["is missing", (file: string) => rmSync(file), /it is not there/],
    [
      "was changed",
      (file: string) => writeFileSync(file, readFileSync(file, "utf8").replace(/jctSecondsMean":/, "$&1")),
      /was changed/,
    ],
  ])("is not packed: a file %s", (_what, damage, message) => {
    const copy = mkdtempSync(join(tmpdir(), "windtunnel-damaged-"));
    cpSync(results, copy, { recursive: true });
    damage(join(copy, "runs", "las+first-fit+load0.9+r1.json"));
    const out = join(copy, "never.tar.gz");
    const packed = windtunnel("bundle", copy, "--out", out);
    expect([packed.status, packed.stderr]).toEqual([3, expect.stringMatching(message)]);
    expect(existsSync(out)).toBe(false);
    rmSync(copy, { recursive: true });
  });
});

describe("explain and whatif", () => {
  it("explain the job that waited longest, or the one asked for", () => {
    const longest = windtunnel("explain", results, "--run", "fifo+first-fit+load0.9+r0");
    expect(longest.stdout).toMatch(
      /^Job \d+ of run fifo\+first-fit\+load0\.9\+r0: .*\nIt waited .* in all:\n {2}\d+d /,
    );
    expect(windtunnel("explain", results, "--job", "0").stdout).toContain("It never waited");
    const missing = windtunnel("explain", results, "--job", "999");
    expect([missing.status, missing.stderr]).toEqual([
      2,
      expect.stringMatching(/has no job 999; its jobs are 0 to 299/),
    ]);
  });

  it("fork a run under another policy", () => {
    const fork = windtunnel("whatif", results, "--run", "fifo+first-fit+load0.9+r0", "--queue", "las");
    expect(fork.stdout).toMatch(/Of \d+ jobs, \d+ end sooner and \d+ later/);
    expect(windtunnel("whatif", results, "--at", "soon").stderr).toMatch(
      /--at: got "soon", expected a time such as 36h/,
    );
    expect(windtunnel("whatif", results, "--queue", "lass").stderr).toMatch(/nearest name is "las"/);
    expect(windtunnel("whatif", results).stderr).toMatch(/There is nothing to compare: run las\+first-fit/);
    expect(windtunnel("whatif", results, "--at", "9999d", "--queue", "fifo").stderr).toMatch(
      /--at: every job of run .* is done/,
    );
  });
});

describe("before a run", () => {
  it("a pilot of one replication is refused", () => {
    const one = windtunnel("estimate", "scenarios/first-study", "--pilot", "1");
    expect([one.status, one.stderr]).toEqual([2, expect.stringMatching(/--pilot: got "1", expected .* at least 2/)]);
  });

  it("estimate says time, disk, memory and replications", () => {
    const out = windtunnel(
      "estimate",
      "scenarios/first-study",
      "--jobs",
      "200",
      "--queue",
      "fifo,las",
      "--place",
      "first-fit",
      "--json",
      "--quiet",
    );
    const found = JSON.parse(out.stdout) as { runs: number; bytes: number; needed: { forWidth: number | null }[] };
    expect(found.runs).toBe(10);
    expect(found.bytes).toBeGreaterThan(1000);
    expect(found.needed.map((row) => row.forWidth === null || row.forWidth >= 2)).toEqual([true, true]);
  });

  it("scenario check finds a job that could never run, before any folder is opened", () => {
    const file = join(work, "small.yaml");
    const text = readFileSync(join(ROOT, "scenarios/first-study/scenario.yaml"), "utf8")
      .replace(/size:\n\s+offeredLoad: 0.9/, "size: { nodes: 1 }")
      .replace("itp-cluster02.synth.json", join(ROOT, "scenarios/first-study/itp-cluster02.synth.json"));
    writeFileSync(file, text);
    for (const args of [
      ["scenario", "check", file],
      ["run", file, "--out", join(work, "unopened")],
    ]) {
      const refused = windtunnel(...args);
      expect([refused.status, refused.stderr]).toEqual([
        3,
        expect.stringMatching(
          /error JOB_INFEASIBLE: Job \d+ asks for \d+ tasks of 1 GPU, which no pool could hold even when empty under placement first-fit/,
        ),
      ]);
    }
    expect(readdirSync(work)).not.toContain("unopened");
    expect(windtunnel("scenario", "check", "scenarios/first-study").stdout).toContain("every one fits into a pool");
  });

  it("lists metrics, prints the schema, and completes commands in a shell", () => {
    expect(windtunnel("metrics").stdout).toContain("unfairJobShare");
    expect(JSON.parse(windtunnel("scenario", "schema").stdout)).toHaveProperty("properties.shaking");
    const script = windtunnel("completion", "bash").stdout;
    const ask = (...words: string[]) => {
      const line = `COMP_WORDS=(windtunnel ${words.join(" ")}); COMP_CWORD=${words.length}; _windtunnel; echo "\${COMPREPLY[@]}"`;
      return spawnSync("bash", ["-c", `${script}\n${line}`], { encoding: "utf8" }).stdout.trim();
    };
    expect(ask("repo")).toBe("report");
    expect(ask("trace", "li")).toBe("list");
    expect(ask("run", "x", "--shak")).toBe("--shakes");
    expect(windtunnel("completion", "tcsh").stderr).toMatch(/expected bash, zsh or fish/);
  });
});

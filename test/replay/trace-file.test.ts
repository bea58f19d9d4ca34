import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { WindtunnelError } from "../../src/model/errors.js";
import { loadDemand, loadFleet, loadTrace } from "../../src/replay/load.js";
import { packTarGz, temporaryFolder } from "./fixtures.js";

const CSV = "user;when;minutes;cards\nann;2025-05-01 08:00:00;90;4\nbob;2025-05-01 08:05:00;30;1\n";
const YAML = `windtunnelTrace: 1
title: Our jobs
files: jobs.csv
delimiter: ";"
select: >
  SELECT _row, "when" AS submit, minutes AS run, cards AS gpus, user AS tenant FROM raw
units: { submit: timestamp, run: minutes }
licence: internal
`;

/** Writes files into a new folder; the path of trace.yaml and options to load it without any data folder. */
function written(files: Readonly<Record<string, string | Buffer>>): string {
  const folder = temporaryFolder();
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return join(folder, "trace.yaml");
}

const options = { dataFolder: "", cacheFolder: temporaryFolder() };

async function failure(files: Readonly<Record<string, string | Buffer>>): Promise<string> {
  const path = written(files);
  const error = await loadDemand(path, options).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof WindtunnelError)) throw new Error(`expected a WindtunnelError, got ${String(error)}`);
  return `${error.code} ${error.message} ${error.hint}`.replaceAll(`${dirname(path)}/`, "");
}

describe("a trace file", () => {
  test("brings in jobs of a format never seen, with units, tenants, licence and digests", async () => {
    const trace = await loadTrace(written({ "trace.yaml": YAML, "jobs.csv": CSV }), options);
    expect([...trace.jobs.submitMicros]).toEqual([0, 300e6]);
    expect([...trace.jobs.runMicros]).toEqual([5_400e6, 1_800e6]);
    expect([...trace.jobs.tasks]).toEqual([4, 1]);
    expect(trace.names.tenants).toEqual(["ann", "bob"]);
    expect(trace.provenance).toMatchObject({ dataset: "trace", licence: "internal" });
    expect(trace.provenance.assumptions.join()).toMatch(
      /SHA-256 [0-9a-f]{64}\) says, from files with SHA-256 [0-9a-f]{64}/,
    );
  });

  test("is another trace when its SELECT or its data change", async () => {
    const digest = async (yaml: string, csv: string) =>
      (await loadTrace(written({ "trace.yaml": yaml, "jobs.csv": csv }), options)).provenance.digest;
    const first = await digest(YAML, CSV);
    expect(await digest(YAML, CSV)).toBe(first);
    expect(await digest(YAML, CSV.replace("90", "91"))).not.toBe(first);
    expect(await digest(YAML.replace("user AS tenant", "'x' AS tenant"), CSV)).not.toBe(first);
  });

  test("says when the raw file is not the one it was written for", async () => {
    const yaml = `${YAML}sha256: ${"a".repeat(64)}\n`;
    const trace = await loadTrace(written({ "trace.yaml": yaml, "jobs.csv": CSV }), options);
    expect(trace.provenance.assumptions.join()).toContain("not the one that the trace file was written for");
  });

  test.each([
    ["compressed", { "jobs.csv.gz": gzipSync(CSV) }, "jobs.csv"],
    ["compressed and named so", { "jobs.csv.gz": gzipSync(CSV) }, "jobs.csv.gz"],
    ["several, by a pattern", { "a-1.csv": CSV, "a-2.csv": CSV.replaceAll("2025", "2026") }, "a-*.csv"],
  ])("reads files that are %s", async (_, files, path) => {
    const yaml = YAML.replace("files: jobs.csv", `files: "${path}"`);
    const trace = await loadTrace(written({ "trace.yaml": yaml, ...files }), options);
    expect(trace.jobs.count).toBe(path.includes("*") ? 4 : 2);
  });

  test("reads a file in an archive in place of its folder", async () => {
    const yaml = YAML.replace("files: jobs.csv", "files: dump/jobs.csv");
    const archive = await packTarGz([{ name: "jobs.csv", text: CSV }]);
    expect((await loadTrace(written({ "trace.yaml": yaml, "dump.tar.gz": archive }), options)).jobs.count).toBe(2);
  });

  test("joins further tables", async () => {
    const yaml = `windtunnelTrace: 1
title: Joined
files: jobs.tsv
format: tsv
tables:
  models: { files: models.txt, format: blanks, columns: [type, card, share] }
select: |
  SELECT raw._row, "at" AS submit, "time" AS run, 1 AS gpus, models.card AS models, share AS gpu_milli -- a comment
  FROM raw LEFT JOIN models USING (type);
units: { run: clock }
licence: internal
`;
    const { jobs, names } = await loadTrace(
      written({
        "trace.yaml": yaml,
        "jobs.tsv": "at\ttype\ttime\n0\tbig\t1-00:00:01\n7.5\tsmall\t00:02:00.5\n",
        "models.txt": "# the cards\nbig  A100\t1000\n\nsmall T4 250\n",
      }),
      options,
    );
    expect([...jobs.runMicros]).toEqual([86_401e6, 120.5e6]);
    expect([names.gpuModels, [...jobs.modelMask], [...jobs.gpuMilli]]).toEqual([
      ["A100", "T4"],
      [1, 2],
      [1000, 250],
    ]);
  });

  test("reads JSON lines", async () => {
    const yaml = YAML.replace('files: jobs.csv\ndelimiter: ";"', "files: jobs.json\nformat: json");
    const json =
      '{"user":"ann","when":"2025-05-01 08:00:00","minutes":90,"cards":4}\n{"user":"b","when":"x","minutes":1,"cards":1}\n';
    const trace = await loadTrace(written({ "trace.yaml": yaml, "jobs.json": json }), options);
    expect(trace.jobs.runMicros[0]).toBe(5_400e6);
    expect(trace.rejected).toMatchObject([
      { line: 2, column: "submit", value: "x", reason: "expected a time in the declared unit" },
    ]);
  });

  test("brings in a fleet, and is refused where jobs are wanted", async () => {
    const yaml = YAML.replace("title: Our jobs", "title: Our nodes\nkind: nodes")
      .replace(/SELECT.*raw/, "SELECT _row, cards AS gpus, user AS node FROM raw")
      .replace(/units:.*/, "");
    const path = written({ "trace.yaml": yaml, "jobs.csv": CSV });
    expect([...(await loadFleet(path, options)).nodes.gpus]).toEqual([4, 1]);
    await expect(loadTrace(path, options)).rejects.toMatchObject({
      code: "TRACE_UNKNOWN",
      message: expect.stringContaining("holds nodes, and jobs are wanted"),
    });
  });
});

describe("a trace file that is wrong is refused with line, column and what to do", () => {
  const replaced = (from: string | RegExp, to: string) => ({ "trace.yaml": YAML.replace(from, to), "jobs.csv": CSV });
  test.each([
    [
      "a key misspelt",
      replaced("title", "titel"),
      'TRACE_FILE_INVALID trace.yaml:2:1: unknown key "titel". Did you mean "title"?',
    ],
    [
      "no licence",
      replaced("licence: internal\n", ""),
      "trace.yaml:1:1: licence: Invalid input: expected string, received undefined (it is missing)",
    ],
    [
      "another version",
      replaced("windtunnelTrace: 1", "windtunnelTrace: 2"),
      "trace.yaml:1:1: the trace file is of format 2; this version of Windtunnel reads format 1.",
    ],
    ["broken YAML", replaced("units: {", "units: ["), "trace.yaml:7:"],
    [
      "a unit that there is not",
      replaced("run: minutes", "run: fortnights"),
      'trace.yaml:7:29: units.run: expected seconds, microseconds, milliseconds, minutes, hours, days, clock (found "fortnights")',
    ],
    [
      "a unit for no column",
      replaced("run: minutes", "runtime: minutes"),
      "trace.yaml:7:29: units.runtime: no column of jobs; those with units are submit, run, cpu, memory",
    ],
    ["a unit where there is none", replaced("run: minutes", "gpus: cores"), "units.gpus: this column has no unit"],
    [
      "no select",
      replaced(/select:.*\n.*\n/, ""),
      "trace.yaml:1:1: select: write one SELECT over table raw that yields _row, submit, run, gpus",
    ],
    [
      "blanks without columns",
      replaced('delimiter: ";"', "format: blanks"),
      "columns: a file of format blanks has no header",
    ],
    [
      "a table called raw",
      replaced("licence:", "tables: { raw: { files: x } }\nlicence:"),
      "trace.yaml:8:11: tables.raw: this name is taken",
    ],
    [
      "a file that is not there",
      replaced("jobs.csv", "job.csv"),
      "TRACE_NOT_FOUND trace.yaml: there is no file job.csv. Correct files",
    ],
    [
      "two statements",
      replaced("SELECT _row", "DELETE FROM raw; SELECT _row"),
      "trace.yaml:5: the select is 2 statements.",
    ],
    [
      "no SELECT",
      replaced(/SELECT.*raw/, "DELETE FROM raw"),
      "trace.yaml:5: the select is no SELECT. Write one SELECT",
    ],
    ["writing a file", replaced(/SELECT.*raw/, "COPY raw TO 'stolen.csv'"), "file system operations are disabled"],
    ["reading another file", replaced("FROM raw", "FROM read_csv('jobs.csv')"), "file system operations are disabled"],
    ["lifting that", replaced(/SELECT.*raw/, "SET enable_external_access = true"), "no SELECT"],
    [
      "a column that is not there",
      replaced("cards AS", "kards AS"),
      'does not run: Binder Error: Referenced column "kards" not found in FROM clause! raw has _row, user, when, minutes, cards, _file (all text).',
    ],
    [
      "a yield that nobody knows",
      replaced("AS run", "AS runtime"),
      'trace.yaml:5: the select yields "runtime", which is no column of jobs; the nearest is "run". Columns of jobs: _row, submit, run, gpus',
    ],
    [
      "a yield too few",
      replaced("cards AS gpus, ", ""),
      'trace.yaml:5: the select does not yield "gpus" (whole GPUs of all its tasks together). It yields _row, submit, run, tenant; jobs need submit, run, gpus.',
    ],
    [
      "another delimiter than the file's",
      replaced('delimiter: ";"', ""),
      "TRACE_FILE_INVALID trace.yaml:5: the select does not run",
    ],
  ])("%s", async (_, files, message) => {
    expect(await failure(files)).toContain(message);
  });

  test("a trace file that is not there", async () => {
    await expect(loadTrace("nowhere.yaml", options)).rejects.toMatchObject({
      code: "TRACE_NOT_FOUND",
      message: "There is no trace file nowhere.yaml.",
    });
  });
});

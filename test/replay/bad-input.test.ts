// What a person sees who brings in a bad file. Each case asserts the whole message: where, what was seen, what was
// expected, what to do.

import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { WindtunnelError } from "../../src/model/errors.js";
import { loadTrace } from "../../src/replay/load.js";
import { packTarGz, temporaryFolder } from "./fixtures.js";

const HEADER = "who,submitted,seconds,cards";
const GOOD = ["ann,2025-05-01 08:00:00,90,4", "bob,2025-05-01 08:05:00,30,1"];
const many = Array.from({ length: 4_000 }, (_, i) => `ann,2025-05-01 08:${10 + (i % 50)}:00,${(i * 7919) % 1000},1`);

function describeTrace(file: string, more = ""): string {
  return `windtunnelTrace: 1
title: t
files: "${file}"
select: SELECT _row, submitted AS submit, seconds AS run, cards AS gpus, who AS tenant FROM raw
units: { submit: timestamp }
licence: none
${more}`;
}

async function load(name: string, content: string | Uint8Array, more = "", strict = false) {
  const folder = temporaryFolder();
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), content);
  const yaml = join(folder, "t.yaml");
  writeFileSync(yaml, describeTrace(name.replace(/\.tar\.gz$/, "/jobs.csv"), more));
  const clean = (text: string) => text.replaceAll(`${folder}/`, "").replaceAll(/cache\/[0-9a-f]{64}\//g, "");
  try {
    const trace = await loadTrace(yaml, { dataFolder: "", cacheFolder: join(folder, "cache"), strict });
    return {
      jobs: trace.jobs.count,
      said: trace.provenance.assumptions.join("\n"),
      rejected: trace.rejected.map((r) => clean(`${r.file}:${r.line}: ${r.column} "${r.value}": ${r.reason}`)),
    };
  } catch (error) {
    if (error instanceof WindtunnelError) return { failed: clean(`${error.code}: ${error.message} ${error.hint}`) };
    throw error;
  }
}

const lines = (...rows: readonly string[]) => `${[HEADER, ...GOOD, ...rows].join("\n")}\n`;

describe("a bad row is left out, and said to be", () => {
  test.each([
    ["negative duration", "cem,2025-05-01 09:00:00,-5,1", 'jobs.csv:4: run "-5": expected a duration above 0'],
    ["duration of zero", "cem,2025-05-01 09:00:00,0,1", 'jobs.csv:4: run "0": expected a duration above 0'],
    ["NaN for a duration", "cem,2025-05-01 09:00:00,NaN,1", 'jobs.csv:4: run "NaN": expected a duration above 0'],
    ["nothing for a duration", "cem,2025-05-01 09:00:00,,1", 'jobs.csv:4: run "": expected a duration above 0'],
    ["words for a duration", "cem,2025-05-01 09:00:00,soon,1", 'jobs.csv:4: run "soon": expected a duration above 0'],
    ["comma for a point", 'cem,2025-05-01 09:00:00,"1,5",1', 'jobs.csv:4: run "1,5": expected a duration above 0'],
    [
      "gigantic duration",
      "cem,2025-05-01 09:00:00,1e12,1",
      'jobs.csv:4: run "1e12": expected at most 316224000 seconds (ten years)',
    ],
    [
      "endless duration",
      "cem,2025-05-01 09:00:00,inf,1",
      'jobs.csv:4: run "inf": expected at most 316224000 seconds (ten years)',
    ],
    ["zero GPUs", "cem,2025-05-01 09:00:00,5,0", 'jobs.csv:4: gpus "0": expected a whole number of GPUs, at least 1'],
    [
      "half a GPU",
      "cem,2025-05-01 09:00:00,5,0.5",
      'jobs.csv:4: gpus "0.5": expected a whole number of GPUs, at least 1',
    ],
    [
      "gigantic number of GPUs",
      "cem,2025-05-01 09:00:00,5,99999999",
      'jobs.csv:4: gpus "99999999": expected at most 1000000 GPUs',
    ],
    [
      "day that there is not",
      "cem,2025-02-30 09:00:00,5,1",
      'jobs.csv:4: submit "2025-02-30 09:00:00": expected a time in the declared unit',
    ],
    [
      "time of another format",
      "cem,01/05/2025 9am,5,1",
      'jobs.csv:4: submit "01/05/2025 9am": expected a time in the declared unit',
    ],
    ["infinite time", "cem,infinity,5,1", 'jobs.csv:4: submit "infinity": expected a time in the declared unit'],
    [
      "row that is cut short",
      "cem,2025-05-01 09",
      'jobs.csv:4:  "cem,2025-05-01 09": not a row of this file: missing columns (seconds, cards)',
    ],
    [
      "row too long",
      "cem,2025-05-01 09:00:00,5,1,9",
      'jobs.csv:4:  "cem,2025-05-01 09:00:00,5,1,9": not a row of this file: too many columns',
    ],
  ])("%s", async (_, row, message) => {
    const result = await load("jobs.csv", lines(row));
    expect(result).toMatchObject({ jobs: 2, rejected: [message] });
    expect(result.said).toContain("1 row of the record could not be used and is left out.");
  });

  test("text that is not UTF-8", async () => {
    const bytes = Buffer.concat([
      Buffer.from(lines()),
      Buffer.from([0xfc]),
      Buffer.from("li,2025-05-01 09:00:00,5,1\n"),
    ]);
    expect(await load("jobs.csv", bytes)).toMatchObject({
      jobs: 2,
      rejected: [expect.stringMatching(/^jobs\.csv:4: .*invalid encoding$/)],
    });
  });

  test("what may be absent may be empty, but not nonsense", async () => {
    const folder = temporaryFolder();
    const values = ["", "NaN", "never", "-1", "60"];
    writeFileSync(join(folder, "jobs.csv"), `at,limit\n${values.map((value, i) => `${i},${value}`).join("\n")}\n`);
    const select = 'SELECT _row, "at" AS submit, 1 AS run, 1 AS gpus, "limit" AS estimate FROM raw';
    writeFileSync(
      join(folder, "t.yaml"),
      `windtunnelTrace: 1\ntitle: t\nfiles: jobs.csv\nselect: >\n  ${select}\nlicence: none\n`,
    );
    const { jobs, rejected } = await loadTrace(join(folder, "t.yaml"), { dataFolder: "", cacheFolder: folder });
    expect([...jobs.estimateMicros]).toEqual([Number.NaN, 60e6]);
    expect(rejected.map((r) => [r.line, r.column, r.value])).toEqual([
      [3, "estimate", "NaN"],
      [4, "estimate", "never"],
      [5, "estimate", "-1"],
    ]);
  });

  test("a clock that runs backwards is sorted, and said to be", async () => {
    const { jobs, said } = await load("jobs.csv", lines("cem,2025-05-01 07:00:00,5,1", "cem,2025-05-01 09:00:00,5,1"));
    expect(jobs).toBe(4);
    expect(said).toContain("1 rows go back in time against the row before: all are sorted here.");
  });

  test("under --strict the first is fatal, with its line", async () => {
    expect(await load("jobs.csv", lines("cem,2025-05-01 09:00:00,5,0", "x"), "", true)).toEqual({
      failed:
        'TRACE_ROW_INVALID: jobs.csv:4: gpus is "0"; expected a whole number of GPUs, at least 1. ' +
        "Correct or remove the row, or leave out --strict to have such rows rejected and listed.",
    });
  });
});

describe("a bad file is refused with what to do", () => {
  const whole = Buffer.from(lines(...many));
  const gz = gzipSync(whole);
  const RIGHT =
    "Check that it is the right file and whole: compare its size and SHA-256 with the source's, or fetch it again.";
  const DAMAGED = "The file is damaged or incomplete: compare its size with the source's and fetch it again.";
  test.each<[string, string, string | Uint8Array, string]>([
    [
      "an empty file",
      "jobs.csv",
      "",
      `TRACE_UNREADABLE: jobs.csv: the file is empty or starts with an empty line. ${RIGHT}`,
    ],
    [
      "a header alone",
      "jobs.csv",
      `${HEADER}\n`,
      "TRACE_UNREADABLE: jobs.csv: none of its 0 rows can be used. Check that the file is the one that is meant, and that its units are those declared.",
    ],
    [
      "no good row",
      "jobs.csv",
      `${HEADER}\na,2025-05-01,0,1\n`,
      'TRACE_UNREADABLE: jobs.csv: none of its 1 rows can be used; the first, line 2, fails with: run expected a duration above 0, found "0". Check that the file is the one that is meant, and that its units are those declared.',
    ],
    [
      "UTF-16",
      "jobs.csv",
      Buffer.from(`\ufeff${lines()}`, "utf16le"),
      "TRACE_UNREADABLE: jobs.csv:1: the header is not UTF-8 text but UTF-16. Convert the file: `iconv -f UTF-16 -t UTF-8 old.csv > new.csv`.",
    ],
    [
      "Latin-1 in the header",
      "jobs.csv",
      Buffer.from("gr\xfc\xdfe,b\n1,2\n", "latin1"),
      "TRACE_UNREADABLE: jobs.csv:1: the header is not UTF-8 text. Convert the file, for example `iconv -f LATIN1 -t UTF-8 old.csv > new.csv`; a compressed file must keep its ending .gz.",
    ],
    [
      "a name twice in the header",
      "jobs.csv",
      "who,who,seconds,cards\n1,2,3,4\n",
      'TRACE_UNREADABLE: jobs.csv:1: two columns are named "who". Rename one of them in the header.',
    ],
    [
      "gzip cut in the middle",
      "jobs.csv.gz",
      gz.subarray(0, gz.length >> 1),
      `TRACE_UNREADABLE: jobs.csv.gz: the archive cannot be unpacked: unexpected end of file. ${DAMAGED}`,
    ],
    [
      "gzip cut by one byte",
      "jobs.csv.gz",
      gz.subarray(0, -1),
      `TRACE_UNREADABLE: jobs.csv.gz: the archive cannot be unpacked: unexpected end of file. ${DAMAGED}`,
    ],
    [
      "gzip that is none",
      "jobs.csv.gz",
      whole,
      `TRACE_UNREADABLE: jobs.csv.gz: the archive cannot be unpacked: incorrect header check. ${DAMAGED}`,
    ],
    [
      "gzip without its ending",
      "jobs.csv",
      gz,
      "TRACE_UNREADABLE: jobs.csv:1: the header is not UTF-8 text. Convert the file, for example `iconv -f LATIN1 -t UTF-8 old.csv > new.csv`; a compressed file must keep its ending .gz.",
    ],
  ])("%s", async (_, name, content, message) => {
    expect(await load(name, content)).toEqual({ failed: message });
  });

  test("an archive cut in the middle", async () => {
    const archive = await packTarGz([{ name: "jobs.csv", text: lines(...many) }]);
    expect(await load("dump.tar.gz", archive.subarray(0, archive.length >> 1))).toEqual({
      failed: `TRACE_UNREADABLE: dump.tar.gz: the archive cannot be unpacked: unexpected end of file. ${DAMAGED}`,
    });
  });

  test("an archive without the file", async () => {
    const archive = await packTarGz([{ name: "other.csv", text: lines() }]);
    expect(await load("dump.tar.gz", archive)).toMatchObject({
      failed: expect.stringMatching(/^TRACE_NOT_FOUND: t\.yaml: there is no file dump\/jobs\.csv\./),
    });
  });

  test.each([
    [
      "JSON that breaks off",
      "json",
      '{"who":"a","submitted":"2025-05-01","seconds":1,"cards":1}\n{"who":"b"',
      /^TRACE_UNREADABLE: jobs\.csv: cannot be read: .*(JSON|json)/,
    ],
    [
      "Parquet that is none",
      "parquet",
      "PAR1 and nothing",
      /^TRACE_UNREADABLE: jobs\.csv: cannot be read: .*No magic bytes found/,
    ],
  ])("%s", async (_, format, content, message) => {
    expect(await load("jobs.csv", content, `format: ${format}`)).toMatchObject({
      failed: expect.stringMatching(message),
    });
  });

  test("another delimiter", async () => {
    expect(await load("jobs.csv", lines().replaceAll(",", ";"))).toMatchObject({
      failed: expect.stringMatching(
        /^TRACE_FILE_INVALID: t\.yaml:4: the select does not run: .*"submitted" not found.* raw has _row, who;submitted;seconds;cards, _file/,
      ),
    });
  });
});

test("line ends of Windows, a byte order mark, blanks around numbers and no last line end are no fault", async () => {
  const text = `\ufeff${HEADER}\r\nann,2025-05-01 08:00:00, 90 ,4\r\n\r\nbob,2025-05-01T08:05:00Z,30,1`;
  expect(await load("jobs.csv", text)).toMatchObject({ jobs: 2, rejected: [] });
});

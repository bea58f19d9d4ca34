// A server on this machine that does what servers do: cuts, lies, stalls, ignores, redirects, and now and then serves.

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { basename, dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { DATASETS } from "../../src/replay/datasets.js";
import { type DownloadOptions, download } from "../../src/replay/download.js";
import { remoteFiles } from "../../src/replay/origin.js";
import { temporaryFolder } from "./fixtures.js";

const BODY = Buffer.from(Array.from({ length: 40_000 }, (_, i) => `${i * 7919}`).join("\n"));
const SHA256 = createHash("sha256").update(BODY).digest("hex");

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

let server: Server;
let answers: Answer[];
let ranges: (string | undefined)[];
let path: string;

beforeEach(async () => {
  answers = [];
  ranges = [];
  path = join(temporaryFolder(), "file.csv");
  server = createServer((request, response) => {
    ranges.push(request.headers.range);
    // the last answer is given for ever
    (answers.length > 1 ? answers.shift()! : answers[0]!)(request, response);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
});

const address = (name = "file.csv") => `http://127.0.0.1:${(server.address() as AddressInfo).port}/${name}`;

function get(options: DownloadOptions = {}, sha256 = SHA256) {
  return download({ url: address(), path, sha256 }, { sleep: async () => undefined, stallMillis: 300, ...options });
}

const whole: Answer = (_, response) => void response.writeHead(200, { "content-length": BODY.length }).end(BODY);
const ranged: Answer = (request, response) => {
  const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0);
  if (from >= BODY.length) return void response.writeHead(416).end();
  const headers = {
    "content-length": BODY.length - from,
    "content-range": `bytes ${from}-${BODY.length - 1}/${BODY.length}`,
  };
  response.writeHead(from > 0 ? 206 : 200, headers).end(BODY.subarray(from));
};
/** Promises all, sends a part from where it was asked, and breaks off. */
const cutAt =
  (bytes: number): Answer =>
  (request, response) => {
    const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0);
    response.writeHead(from > 0 ? 206 : 200, {
      "content-length": BODY.length - from,
      ...(from > 0 ? { "content-range": `bytes ${from}-${BODY.length - 1}/${BODY.length}` } : {}),
    });
    // a little later, so that what was sent arrives
    response.write(BODY.subarray(from, from + bytes), () => setTimeout(() => response.destroy(), 40));
  };
const stalled: Answer = (_, response) => {
  response.writeHead(200, { "content-length": BODY.length });
  response.write(BODY.subarray(0, 1000));
};
const status =
  (code: number): Answer =>
  (_, response) =>
    void response.writeHead(code).end("sorry");

/** The file is whole under its name and nothing is left beside it. */
function expectWhole(): void {
  expect(readFileSync(path).equals(BODY)).toBe(true);
  expect(readdirSync(dirname(path))).toEqual(["file.csv"]);
}

describe("a download", () => {
  test("arrives, with its progress", async () => {
    answers = [whole];
    const seen: [number, number | undefined][] = [];
    await get({ onProgress: (bytes, total) => seen.push([bytes, total]) });
    expectWhole();
    expect(seen.at(-1)).toEqual([BODY.length, BODY.length]);
    expect(seen.every(([bytes], i) => i === 0 || bytes > seen[i - 1]![0])).toBe(true);
  });

  test("that is cut, twice, goes on where it stopped", async () => {
    answers = [cutAt(50_000), cutAt(60_000), ranged];
    const retries: string[] = [];
    await get({ onRetry: (reason) => retries.push(reason) });
    expectWhole();
    expect(ranges[0]).toBeUndefined();
    const starts = ranges.slice(1).map((range) => Number(/bytes=(\d+)-/.exec(range!)![1]));
    expect(starts[0]).toBeGreaterThan(0);
    expect(starts[1]).toBeGreaterThan(starts[0]!);
    expect(retries[0]).toMatch(/^the connection broke after \d+ bytes of \d+: /);
  });

  test("that was cut in an earlier call goes on in the next", async () => {
    answers = [cutAt(50_000)];
    await expect(get({ tries: 1 })).rejects.toMatchObject({
      code: "DOWNLOAD_FAILED",
      hint: expect.stringContaining("kept and continued"),
    });
    expect(readdirSync(dirname(path))).toEqual(["file.csv.part"]);
    answers = [ranged];
    await get();
    expectWhole();
    expect(ranges.at(-1)).toMatch(/^bytes=[1-9]/);
  });

  test("begins anew where the server ignores ranges", async () => {
    answers = [cutAt(50_000), whole];
    const retries: string[] = [];
    await get({ onRetry: (reason) => retries.push(reason) });
    expectWhole();
    // the second answer was all that it took
    expect(ranges).toHaveLength(2);
    expect(retries).toEqual([expect.stringMatching(/^the connection broke/)]);
  });

  test("begins anew where the server answers with another range", async () => {
    const other: Answer = (_, response) =>
      void response.writeHead(206, { "content-range": `bytes 10-19/${BODY.length}` }).end(BODY.subarray(10, 20));
    answers = [cutAt(50_000), other, whole];
    const retries: string[] = [];
    await get({ onRetry: (reason) => retries.push(reason) });
    expectWhole();
    expect(retries[1]).toMatch(/^asked for bytes from \d+ on, got "bytes 10-19\/\d+"$/);
    expect(ranges[2]).toBeUndefined();
  });

  test("is finished if all of it was there and only the name was missing", async () => {
    writeFileSync(`${path}.part`, BODY);
    answers = [ranged];
    await get();
    expectWhole();
  });

  test("begins anew if what was there is something else", async () => {
    writeFileSync(`${path}.part`, Buffer.alloc(BODY.length + 5, 120));
    answers = [ranged];
    await get();
    expectWhole();
    writeFileSync(`${path}.part`, "not the beginning");
    answers = [ranged];
    await get();
    expectWhole();
  });

  test("that stalls is given up and tried again", async () => {
    answers = [stalled, ranged];
    const retries: string[] = [];
    await get({ onRetry: (reason) => retries.push(reason) });
    expectWhole();
    expect(retries).toEqual(["no byte came for 0.3 s"]);
  });

  test("waits longer after each try while the server is busy", async () => {
    answers = [status(503), status(429), status(500), whole];
    const sleeps: number[] = [];
    await get({ sleep: async (millis) => void sleeps.push(millis) });
    expectWhole();
    expect(sleeps).toEqual([1_000, 2_000, 4_000]);
  });

  test("follows a redirect", async () => {
    answers = [(_, response) => void response.writeHead(302, { location: address("elsewhere") }).end(), whole];
    await get();
    expectWhole();
  });
});

describe("a download that fails says why and leaves nothing under the file's name", () => {
  const never = (at: string) => expect(existsSync(at)).toBe(false);
  test.each<[string, Answer[], RegExp]>([
    ["404", [status(404)], /^http:\S+file\.csv: the server answers 404 Not Found\.$/],
    ["403", [status(403)], /the server answers 403 Forbidden\.$/],
    ["503 for ever", [status(503)], /the server answers 503 Service Unavailable\.$/],
    ["a stall for ever", [stalled], /no byte came for 0\.3 s\.$/],
    ["an answer that never comes", [() => undefined], /no byte came for 0\.3 s\.$/],
    ["a cut for ever, at the same byte", [cutAt(0)], /the connection (broke|failed)/],
    [
      "a length that is too long",
      [
        (_, response) =>
          void response.writeHead(200, { "content-length": BODY.length + 10 }).write(BODY, () => response.destroy()),
      ],
      /the connection broke after \d+ bytes of \d+/,
    ],
    [
      "a length that is too short",
      [
        (_, response) => {
          response.writeHead(200, { "content-length": 1000 });
          response.end(BODY.subarray(0, 1000));
        },
      ],
      new RegExp(`its SHA-256 is [0-9a-f]{64}, the registered one is ${SHA256}\\.$`),
    ],
    ["other content", [(_, response) => void response.end("<html>please log in</html>")], /its SHA-256 is/],
    [
      "a redirect to http elsewhere",
      [(_, r) => void r.writeHead(302, { location: "http://localhost.example.org/" }).end()],
      /the connection failed|not https/,
    ],
    [
      "a redirect in a circle",
      [(_, r) => void r.writeHead(302, { location: address() }).end()],
      /the connection failed: redirect count exceeded/,
    ],
  ])("%s", async (_, given, message) => {
    answers = given;
    await expect(get({ tries: 3 })).rejects.toMatchObject({
      code: "DOWNLOAD_FAILED",
      message: expect.stringMatching(message),
    });
    never(path);
  });

  test("wrong content twice is not asked for a third time, and not kept", async () => {
    answers = [(_, response) => void response.end("lies")];
    await expect(get({ tries: 5 })).rejects.toThrow(/SHA-256/);
    expect(ranges).toHaveLength(2);
    expect(readdirSync(dirname(path))).toEqual([]);
  });

  test("a file without end", async () => {
    answers = [whole];
    await expect(get({ bytesMax: 1000 })).rejects.toThrow("larger than 1000 bytes");
    never(path);
  });

  test("an address that is not https", async () => {
    const file = { url: "http://example.org/x", path, sha256: SHA256 };
    await expect(download(file)).rejects.toThrow(
      "http://example.org/x: it leads to http://example.org/x, which is not https.",
    );
  });

  test("nobody there", async () => {
    const file = { url: "http://127.0.0.1:1/x", path, sha256: SHA256 };
    await expect(download(file, { tries: 2, sleep: async () => undefined })).rejects.toThrow(/the connection failed: /);
  });

  test("a folder that is not there", async () => {
    answers = [whole];
    await expect(
      download({ url: address(), path: join(dirname(path), "no", "x"), sha256: SHA256 }),
    ).rejects.toMatchObject({ code: "OUTPUT_UNWRITABLE" });
  });

  test("a folder in the place of the file", async () => {
    answers = [whole];
    mkdirSync(path);
    await expect(get()).rejects.toMatchObject({ code: "OUTPUT_UNWRITABLE" });
  });
});

describe("the registry's addresses", () => {
  const dataset = (name: string) => DATASETS.find((d) => d.name === name)!;

  test("exist for every file of every data set, on https, at a commit", () => {
    for (const d of DATASETS) {
      const files = remoteFiles(d, d.parts);
      expect(files.length).toBeGreaterThan(0);
      for (const file of files) {
        expect(file.url).toMatch(/^https:\/\/raw\.githubusercontent\.com\/[\w-]+\/[\w-]+\/[0-9a-f]{40}\/\S+$/);
        expect(file.sha256).toMatch(/^[0-9a-f]{64}$/);
      }
    }
  });

  test("name an archive once, and side tables with their list", () => {
    expect(remoteFiles(dataset("itp"), dataset("itp").parts)).toEqual([
      {
        url: "https://raw.githubusercontent.com/microsoft/elasticflow-traces/277ed24d0e908c31a1c98145819e2e3853d8ac00/data/raw-traces.tar.gz",
        path: "itp-elasticflow/raw-traces.tar.gz",
        sha256: "67398e1a89245c50ae0881bf997e6cda0c95f9f47980af5bc56d67998965669f",
      },
    ]);
    const [list, speeds] = remoteFiles(dataset("gavel"), dataset("gavel").parts.slice(0, 1));
    expect(list!.url).toMatch(/scheduler\/traces\/msr\/seed%3D0\/0e4a51\.trace$/);
    expect(speeds!.url).toMatch(/scheduler\/simulation_throughputs\.json$/);
  });

  test("of a pattern are those of all its files, whose list has the part's digest", () => {
    const part = dataset("servegen").parts.find(({ name }) => name === "mm-image")!;
    const files = remoteFiles(dataset("servegen"), [part]);
    expect(files).toHaveLength(35);
    expect(files[34]!.url).toMatch(/data\/multimodal\/mm-image\/chunk-34-trace\.csv$/);
    const lines = files.map((file) => `${file.sha256}  ${basename(file.path)}\n`);
    const list = lines.sort((a, b) => (a.slice(66) < b.slice(66) ? -1 : 1)).join("");
    expect(createHash("sha256").update(list).digest("hex")).toBe(part.sha256);
  });

  test("that are not known are said to be", () => {
    const { origin: _, ...without } = dataset("tiresias");
    expect(() => remoteFiles(without, without.parts)).toThrow(
      expect.objectContaining({
        code: "DOWNLOAD_FAILED",
        hint: expect.stringContaining("Get them from https://github.com/SymbioticLab/Tiresias"),
      }),
    );
  });
});

import { execFile, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { testOnRecords } from "../replay/real-data.js";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const STAND_IN = "scenarios/first-study/itp-cluster02.synth.json";

function trace(args: string[], data?: string, more: Record<string, string> = {}) {
  const { WINDTUNNEL_DATA: _data, ...rest } = process.env;
  const env = { ...rest, ...(data === undefined ? {} : { WINDTUNNEL_DATA: data }), ...more };
  return spawnSync(process.execPath, ["bin/windtunnel.js", "trace", ...args], { cwd: ROOT, encoding: "utf8", env });
}

function traceAsync(args: string[]): Promise<{ status: number | null; stdout: string; stderr: string }> {
  return new Promise((done) => {
    execFile(process.execPath, ["bin/windtunnel.js", "trace", ...args], { cwd: ROOT }, (error, stdout, stderr) =>
      done({ status: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });
}

describe("windtunnel trace", () => {
  it("lists every data set with kind, rows and licence, and says what is missing to have it", () => {
    const run = trace(["list"]);
    expect(run.stdout).toMatch(/^itp +jobs +0\/6 +32211 +\? +MIT, \(c\) Microsoft Corporation$/m);
    expect(run.stdout).toMatch(/^openb-nodes +nodes +0\/2 +2736 /m);
    expect(run.stdout).toContain("WINDTUNNEL_DATA is not set");
    const rows = JSON.parse(trace(["list", "--json"]).stdout) as { name: string; parts: { here: boolean }[] }[];
    expect(rows.map((r) => r.name)).toContain("philly");
    expect(rows.every((r) => r.parts.every((part) => !part.here))).toBe(true);
  });

  it("lists the parts of one with its quirks, cuts no word, and names the nearest for a wrong name", () => {
    const run = trace(["list", "openb"]);
    expect(run.stdout).toMatch(/^openb\/gpushare40 +no +8152 /m);
    expect(run.stdout).toContain("https://github.com/hkust-adsl/kubernetes-scheduler-simulator");
    expect(trace(["list", "opemb"]).stderr).toContain('the nearest name is "openb"');
  });

  it("fetches a data set from a mirror, once, and lists it as it is", async () => {
    const files: Record<string, string> = { "60_job.csv": "job_id,num_gpu\n" };
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url!);
      const body = files[basename(request.url!)];
      if (body === undefined) response.writeHead(404).end();
      else response.end(body);
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    try {
      const from = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const to = mkdtempSync(join(tmpdir(), "windtunnel-get-"));
      const get = (name: string) => traceAsync(["get", name, "--from", from, "--to", to]);
      const lied = await get("tiresias");
      expect(lied.status).toBe(4);
      expect(lied.stderr).toMatch(
        /error DOWNLOAD_FAILED: .*60_job\.csv: its SHA-256 is [0-9a-f]{64}, the registered one is 1757/,
      );
      expect(readdirSync(join(to, "tiresias"))).toEqual([]);
      expect(asked[0]).toBe("/SymbioticLab/Tiresias/959f9b08f44fa1b4f2b3aed79b01e4d439264a94/simulator/60_job.csv");
      const absent = await get("tiresias-clusters/n1g4");
      expect(absent.stderr).toMatch(/n1g4\.csv: the server answers 404 Not Found\.\n.*put it below WINDTUNNEL_DATA/);
      // what is there is not fetched again
      writeFileSync(join(to, "tiresias/60_job.csv"), "mine");
      const before = asked.length;
      expect((await get("tiresias")).stdout).toBe("tiresias: 0 files fetched and verified, 1 were here already\n");
      expect(asked).toHaveLength(before);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

  testOnRecords("counts what is here, and list says so until the file changes", async ({ dataFolder }) => {
    const WINDTUNNEL_CACHE = mkdtempSync(join(tmpdir(), "windtunnel-cache-"));
    const data = mkdtempSync(join(tmpdir(), "windtunnel-data-"));
    cpSync(join(dataFolder, "tiresias"), join(data, "tiresias"), { recursive: true });
    expect(trace(["list"], data, { WINDTUNNEL_CACHE }).stdout).toMatch(
      /^tiresias +jobs +1\/1 +60 +\? +not counted yet/m,
    );
    const check = trace(["check"], data, { WINDTUNNEL_CACHE });
    expect(check.stdout).toMatch(/^tiresias: 1 ok$/m);
    expect(check.stdout).toMatch(/^philly: 1 not here$/m);
    expect(trace(["list"], data, { WINDTUNNEL_CACHE }).stdout).toMatch(/^tiresias +jobs +1\/1 +60 +60 +as registered/m);
    const file = join(data, "tiresias/60_job.csv");
    writeFileSync(file, readFileSync(file, "utf8").split("\n").slice(0, 31).join("\n"));
    expect(trace(["list"], data, { WINDTUNNEL_CACHE }).stdout).toMatch(
      /^tiresias +jobs +1\/1 +60 +\? +not counted yet/m,
    );
    const again = trace(["check", "tiresias"], data, { WINDTUNNEL_CACHE });
    expect(again.stdout).toMatch(/^ {2}tiresias +30 jobs, \S+ GPU-hours +registered: 60 jobs, 7\.4 GPU-hours$/m);
    expect(again.stderr).toContain(
      "error TRACE_COUNTS_DIFFER: 1 of 1 traces are not what the registry says: tiresias.",
    );
    expect(again.status).toBe(3);
  });

  it("describes the stand-in, the same jobs for the same seed", () => {
    const describeSeed = (seed: string) => JSON.parse(trace(["describe", STAND_IN, "--json", "--seed", seed]).stdout);
    expect(describeSeed("3")).toEqual(describeSeed("3"));
    expect(describeSeed("3").jobs).not.toBe(describeSeed("4").jobs);
  });

  it("names the nearest trace for a wrong name", () => {
    const run = trace(["describe", "itp/cluster22"]);
    expect(run.stderr).toMatch(/nearest name is "itp\/cluster02"/);
    expect(run.status).toBe(3);
  });

  testOnRecords("fits the generator that the first study ships with", async ({ dataFolder }) => {
    const file = join(mkdtempSync(join(tmpdir(), "windtunnel-synth-")), "a.synth.json");
    const fit = trace(["synth", "itp/cluster02", "--out", file], dataFolder);
    expect(fit.status, fit.stderr).toBe(0);
    expect(readFileSync(file, "utf8")).toBe(readFileSync(join(ROOT, STAND_IN), "utf8"));
  });
});

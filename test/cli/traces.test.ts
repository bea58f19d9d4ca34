import { execFile, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { parseScenario } from "../../src/sim/scenario-file.js";
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

  it("draws what is in a trace, in the terminal and as a page", () => {
    const page = join(mkdtempSync(join(tmpdir(), "windtunnel-page-")), "a.html");
    const run = trace(["describe", STAND_IN, "--html", page]);
    expect(run.stdout).toMatch(/^ +1 +\d+\.\d % {2}█+$/m);
    expect(run.stdout).toMatch(/^GPUs in use if nobody waited: 0 to \S+, a block is \S+ h\n {2}[▁▂▃▄▅▆▇█]{72}$/m);
    const html = readFileSync(page, "utf8");
    expect(html.match(/<svg/g)).toHaveLength(5);
    expect(html).not.toContain("<script");
  });

  it("imports generated jobs into a file that is a trace itself, and makes them anonymous", () => {
    const folder = mkdtempSync(join(tmpdir(), "windtunnel-import-"));
    const csv = join(folder, "jobs.csv");
    expect(trace(["import", STAND_IN, "--out", csv]).status).toBe(0);
    const facts = (name: string) => JSON.parse(trace(["describe", name, "--json"]).stdout);
    const { trace: _a, provenance: _b, ...generated } = facts(STAND_IN);
    expect(facts(join(folder, "jobs.yaml"))).toMatchObject({ ...generated, spanDays: expect.any(Number) });
    const key = join(folder, "key");
    writeFileSync(key, "0123456789abcdef\n");
    const hidden = trace([
      "anonymize",
      join(folder, "jobs.yaml"),
      "--key",
      key,
      "--coarsen-seconds",
      "60",
      "--out",
      join(folder, "x.csv"),
    ]);
    expect(hidden.stdout).toContain("Kept: submissions to 60 s");
    expect(facts(join(folder, "x.yaml")).jobs).toBe(generated.jobs);
    expect(trace(["anonymize", csv.replace(".csv", ".yaml"), "--out", join(folder, "y.csv")]).stderr).toMatch(
      /There is no key for the names.\n.*openssl rand/,
    );
    writeFileSync(key, "short");
    expect(trace(["anonymize", csv.replace(".csv", ".yaml"), "--key", key]).stderr).toContain(
      "holds 5 characters; expected 16 at least",
    );
    expect(trace(["import", STAND_IN, "--out", "x.parquet"]).stderr).toContain(
      '--out: got "x.parquet", expected a name that ends with .csv',
    );
  });

  it("never writes over a trace of one's own, only over what it wrote before", () => {
    const folder = mkdtempSync(join(tmpdir(), "windtunnel-source-"));
    const source = join(folder, "jobs.csv");
    const yaml = join(folder, "ours.yaml");
    writeFileSync(source, "began,took,cards\n0,60,1\n5,60,2\n");
    const text =
      "windtunnelTrace: 1\ntitle: t\nfiles: jobs.csv\nlicence: none\n" +
      "select: SELECT _row, began AS submit, took AS run, cards AS gpus FROM raw\n";
    writeFileSync(yaml, text);
    for (const out of ["jobs.csv", "ours.csv"]) {
      const refused = trace(["import", yaml, "--out", join(folder, out)]);
      expect([refused.status, refused.stderr]).toEqual([3, expect.stringContaining("is there already")]);
    }
    expect(readFileSync(source, "utf8")).toContain("began,took,cards");
    expect(readFileSync(yaml, "utf8")).toBe(text);
    const again = () => trace(["import", yaml, "--out", join(folder, "canonical.csv")]).status;
    expect([again(), again()]).toEqual([0, 0]);
  });

  it("prints a fleet as pools that a scenario takes", () => {
    const folder = mkdtempSync(join(tmpdir(), "windtunnel-fleet-"));
    writeFileSync(join(folder, "nodes.csv"), "name,card,cards,cores\na,T4,2,16\nb,T4,2,16\nc,T4,2,32\nd,,0,64\n");
    writeFileSync(
      join(folder, "fleet.yaml"),
      "windtunnelTrace: 1\ntitle: f\nkind: nodes\nfiles: nodes.csv\nselect: SELECT _row, name AS node, card AS model, cards AS gpus, cores AS cpu FROM raw\nlicence: none\n",
    );
    const run = trace(["pools", join(folder, "fleet.yaml")]);
    expect(run.stderr).toContain("1 nodes without GPU are left out");
    const rest =
      "title: t\nwindtunnel: 1\nworkload: { dataset: philly }\npolicies: { queue: [fifo], place: [first-fit] }\nreplications: { method: none }\n";
    const { pools } = parseScenario(`${run.stdout}${rest}`, "pools");
    expect(pools.map((p) => [p.name, p.size, p.cpuCoresPerNode])).toEqual([
      ["T4-x2", { nodes: 2 }, 16],
      ["T4-x2-2", { nodes: 1 }, 32],
    ]);
  });

  it("calibrates: a queue whose waits are known is predicted, one that has other waits is not", () => {
    // one GPU, first in first out: each job waits until the one before it is done (Lindley's recursion)
    const folder = mkdtempSync(join(tmpdir(), "windtunnel-calibrate-"));
    const rows: string[] = [];
    let free = 0;
    for (let i = 0; i < 200; i++) {
      const submit = i * 100;
      const run = 10 + ((i * 7919) % 170);
      const wait = Math.max(0, free - submit);
      free = submit + wait + run;
      rows.push(`${submit},${run},${wait}`);
    }
    writeFileSync(join(folder, "jobs.csv"), `came,took,waited\n${rows.join("\n")}\n`);
    writeFileSync(join(folder, "nodes.csv"), "cards\n1\n");
    const yaml = (kind: string, file: string, select: string) =>
      `windtunnelTrace: 1\ntitle: t\nkind: ${kind}\nfiles: ${file}\nselect: SELECT _row, ${select} FROM raw\nlicence: none\n`;
    const jobs = join(folder, "jobs.yaml");
    writeFileSync(jobs, yaml("jobs", "jobs.csv", "came AS submit, took AS run, 1 AS gpus, waited AS wait"));
    writeFileSync(join(folder, "fleet.yaml"), yaml("nodes", "nodes.csv", "cards AS gpus"));
    const args = ["calibrate", jobs, "--fleet", join(folder, "fleet.yaml"), "--queue", "fifo", "--place", "first-fit"];
    const { all } = JSON.parse(trace([...args, "--json"]).stdout);
    expect(all).toMatchObject({ jobs: 200, distance: 0 });
    expect(all.recorded.mean).toBeGreaterThan(1);
    expect(trace(args).stdout).toContain("The same size: queueing on this fleet explains the recorded waits");
    // ten seconds of something else before every start
    writeFileSync(
      jobs,
      yaml("jobs", "jobs.csv", "came AS submit, took AS run, 1 AS gpus, TRY_CAST(waited AS DOUBLE) * 9 + 100 AS wait"),
    );
    expect(trace(args).stdout).toContain("Too little: other jobs than those recorded stood in the way");
    expect(trace(["calibrate", STAND_IN, "--fleet", "x"]).stderr).toContain("records no waits");
  });

  testOnRecords(
    "calibrates openb, and says that its waits are not those of a queue for GPUs",
    async ({ dataFolder }) => {
      const { all, gpusInUse, gpus } = JSON.parse(trace(["calibrate", "openb/default", "--json"], dataFolder).stdout);
      expect(all.jobs).toBe(8_152 - 897);
      expect(all.recorded.mean).toBeCloseTo(61.3, 1);
      expect(all.simulated.mean).toBe(0);
      expect(gpusInUse.most / gpus).toBeLessThan(0.02);
      expect(trace(["calibrate", "openb/default"], dataFolder).stdout).toContain("hardly anybody waited for GPUs");
    },
  );

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

import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { listFinishedRuns, readRun } from "../../src/sim/store.js";

const ROWS = 20_000;
/** The compiled product, as a worker would load it. */
const DIST = new URL("../../dist/", import.meta.url);
/** Writes run after run, and says the id of each that is done. */
const WRITER = `
import { writeRun } from "${DIST}sim/store.js";
import { createRows } from "${DIST}sim/row-columns.js";
const [folder, first] = process.argv.slice(2);
const rows = createRows(${ROWS});
for (let i = 0; i < ${ROWS}; i++) rows.finishMicros[i] = (i * 7919) % 104729;
const series = { binMicros: 1, endMicros: 1000, gpusAllocated: new Float64Array(1000), gpusStranded: new Float64Array(1000), jobsWaiting: new Float64Array(1000) };
process.stdout.write("ready\\n");
for (let replication = Number(first); ; replication++) {
  const spec = { id: "run-" + replication, queue: "fifo", place: "first-fit", load: 1, replication, shake: null, seed: 1 };
  const rest = { stays: [], warmupJobs: 0, cutJobs: 0, within: null, groups: [], curves: { jctSecondsQuantiles: [], jctSecondsByStretch: [], jobs: 0 }, waits: null };
  await writeRun(folder, { spec, metrics: {}, digest: "0", gpusTotal: 1, nodesTotal: 1, events: 0, engineMillis: 0, rows, series, ...rest });
  process.stdout.write(spec.id + "\\n");
}`;

let work: string;
beforeAll(() => {
  work = mkdtempSync(join(tmpdir(), "windtunnel-killed-"));
  writeFileSync(join(work, "writer.mjs"), WRITER);
});
afterAll(() => rmSync(work, { recursive: true, force: true }));

/** Runs the writer, kills it so many ms after it began to write, and returns the ids it said were done. */
function writeUntilKilled(folder: string, first: number, afterMillis: number): Promise<string[]> {
  const child = spawn(process.execPath, [join(work, "writer.mjs"), folder, String(first)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  return new Promise((resolve, reject) => {
    let said = "";
    child.stdout.on("data", (data) => {
      if (said === "") setTimeout(() => child.kill("SIGKILL"), afterMillis);
      said += data;
    });
    child.on("error", reject);
    child.on("close", (code, signal) => {
      if (signal !== "SIGKILL") reject(new Error(`the writer ended by itself with code ${code}`));
      else resolve(said.split("\n").slice(1, -1));
    });
  });
}

describe("a writer that is killed at any moment", () => {
  it("leaves only whole runs behind, all that it finished among them", async () => {
    const folder = join(work, "results");
    mkdirSync(join(folder, "runs"), { recursive: true });
    const done: string[] = [];
    let leftovers = 0;
    // At least six moments, and on a slow machine as many later ones as it takes to have hit both cases.
    for (let round = 0; round < 6 || (round < 20 && (done.length === 0 || leftovers === 0)); round++) {
      done.push(...(await writeUntilKilled(folder, round * 1000, 15 + round * 53)));
      leftovers += readdirSync(join(folder, "runs")).filter((name) => name.endsWith(".tmp")).length;
      const finished = await listFinishedRuns(folder);
      expect(finished).toEqual(expect.arrayContaining(done));
      for (const id of finished) expect((await readRun(folder, id)).rows.count).toBe(ROWS);
      expect(readdirSync(join(folder, "runs")).filter((name) => name.endsWith(".tmp"))).toEqual([]);
    }
    expect(done.length).toBeGreaterThan(0);
    // Else no kill hit a write, and the test shows nothing.
    expect(leftovers).toBeGreaterThan(0);
  });
});

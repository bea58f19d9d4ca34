import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { WorkerPool } from "../../src/engine/pool.js";

interface Manners {
  double(n: number): Promise<number>;
  whoami(): Promise<number>;
  fail(message: string): Promise<never>;
  crashes(file: string): Promise<string>;
  hangs(file: string): Promise<string>;
}

const pools: WorkerPool<Manners>[] = [];

function open(size: number, taskMillisMax = 20_000): WorkerPool<Manners> {
  const url = new URL("./pool-fixture.mjs", import.meta.url);
  const pool = new WorkerPool<Manners>({ url, size, taskMillisMax, attempts: 2 });
  pools.push(pool);
  return pool;
}

function counter(left: number): string {
  const file = join(mkdtempSync(join(tmpdir(), "windtunnel-pool-")), "left");
  writeFileSync(file, String(left));
  return file;
}

afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.close()));
});

describe("a pool of workers", () => {
  it("runs more tasks than it has workers and gives each its own answer", async () => {
    const pool = open(2);
    const answers = await Promise.all([1, 2, 3, 4, 5].map((n) => pool.run(`double ${n}`, (api) => api.double(n))));
    expect(answers).toEqual([2, 4, 6, 8, 10]);
    expect(pool.replaced).toBe(0);
  });

  it("gives tasks of one key to one worker, so that what it keeps is of use", async () => {
    const pool = open(2);
    const keys = ["a", "b", "a", "b", "a", "b"];
    const workers = await Promise.all(keys.map((key) => pool.run(key, (api) => api.whoami(), key)));
    const workersOf = (key: string) => new Set(workers.filter((_, i) => keys[i] === key)).size;
    // whoever is done first helps with the other's key: one of the two stays whole
    expect(Math.min(workersOf("a"), workersOf("b"))).toBe(1);
    expect(new Set(workers.slice(0, 2)).size).toBe(2);
  });

  it("hands on what a task throws and keeps the worker", async () => {
    const pool = open(1);
    await expect(pool.run("fail", (api) => api.fail("no such thing"))).rejects.toThrow("no such thing");
    expect(await pool.run("double", (api) => api.double(4))).toBe(8);
    expect(pool.replaced).toBe(0);
  });

  it("repeats the task of a worker that crashed", async () => {
    const pool = open(1);
    const file = counter(1);
    expect(await pool.run("crash", (api) => api.crashes(file))).toBe("survived");
    expect(pool.replaced).toBe(1);
  });

  it("ends a worker that hangs and repeats its task, while others go on", async () => {
    const pool = open(2, 1_500);
    const file = counter(1);
    const [hung, other] = await Promise.all([
      pool.run("hang", (api) => api.hangs(file)),
      pool.run("double", (api) => api.double(21)),
    ]);
    expect([hung, other]).toEqual(["survived", 42]);
    expect(pool.replaced).toBe(1);
  });

  it("reports a task whose workers are lost every time, and goes on with the next", async () => {
    const pool = open(1);
    const file = counter(9);
    await expect(pool.run("run fifo+r0", (api) => api.crashes(file))).rejects.toMatchObject({
      code: "WORKER_LOST",
      message: expect.stringMatching(/run fifo\+r0: its worker was lost 2 times; the last time it crashed: boom/),
    });
    expect(await pool.run("double", (api) => api.double(1))).toBe(2);
  });
});

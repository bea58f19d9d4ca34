// A large cluster, and long trouble: 1,000 nodes and 5,000 pods on a real API server; watches that end again and again.

import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ClusterView } from "../../src/live/cluster.js";
import { connect } from "../../src/live/kubeconfig.js";
import { realPacing } from "../../src/live/pacing.js";
import { HttpApi } from "../../src/live/transport.js";
import { buildBinaries } from "./build.mjs";
import { type Setting, startSetting, USER, until, writeConfig } from "./setting.js";

const NODES = 1000;
const PODS = 5000;
let setting: Setting;

beforeAll(async () => {
  // versions are forgotten soon, so that watches become too old
  setting = await startSetting(await buildBinaries(), ["big"], NODES, 8, ["--etcd-compaction-interval=5s"]);
});
afterAll(async () => setting?.close());

const MAIN = fileURLToPath(new URL("../../bin/windtunnel.js", import.meta.url));

test(`${NODES} nodes and ${PODS} pods are seen, decided on and followed; memory and lag are printed`, async () => {
  const [plane] = setting.planes;
  const template = {
    spec: {
      restartPolicy: "Always",
      nodeSelector: { nowhere: "at-all" },
      containers: [{ name: "c", image: "none", resources: { limits: { "nvidia.com/gpu": "1" } } }],
    },
  };
  const began = Date.now();
  for (let i = 0; i < PODS; i += 50) {
    await Promise.all(
      Array.from({ length: 50 }, (_, n) =>
        plane!.create("/api/v1/namespaces/team/pods", { metadata: { name: `p${i + n}` }, ...template }),
      ),
    );
  }
  const made = (Date.now() - began) / 1000;
  const cluster = { name: "big", kubeconfig: plane!.kubeconfig(USER), context: "big", execCommands: [] };
  const api = new HttpApi(await connect(cluster, "/", Date.now), realPacing, { readsPerSecond: 1000, readBurst: 1000 });
  let drift = 0;
  const restarts: string[] = [];
  const onlooker = () => ({
    restart: (reason: string) => void restarts.push(reason),
    drift: (n: number) => {
      drift += n;
    },
  });
  const reflector = {
    watchSecondsLeast: 2,
    watchSecondsMost: 4,
    checkMillis: 8_000,
    settleMillis: 2_000,
    restMillis: 200,
  };
  const view = new ClusterView(
    api,
    {
      name: "big",
      server: plane!.server,
      freshMillisMax: 120_000,
      lostMillis: 900_000,
      targets: [],
      reflector,
      onlooker,
    },
    realPacing,
  );
  global.gc?.();
  const before = process.memoryUsage().rss;
  const listed = Date.now();
  view.start();
  await until("all is seen", async () => view.sizes.pods === PODS && view.sizes.nodes === NODES, 60);
  const seconds = (Date.now() - listed) / 1000;
  // lag: from a change's answer until the view has it
  const lags: number[] = [];
  for (let i = 0; i < 20; i++) {
    const name = `late-${i}`;
    await plane!.create("/api/v1/namespaces/team/pods", { metadata: { name }, ...template });
    const at = performance.now();
    await until("it is seen", async () => view.snapshot().pods.some((p) => p.name === name), 30);
    lags.push(performance.now() - at);
  }
  await new Promise((resolve) => setTimeout(resolve, 15_000));
  const grown = (process.memoryUsage().rss - before) / 2 ** 20;
  lags.sort((a, b) => a - b);
  console.log(
    `made in ${made.toFixed(1)} s; seen in ${seconds.toFixed(2)} s; ${grown.toFixed(0)} MiB more; lag median ${lags[10]!.toFixed(0)} ms, longest ${lags[19]!.toFixed(0)} ms; ${restarts.length} watches ended; drift ${drift}; control plane ${plane!.residentMib()} MiB`,
  );
  expect([drift, view.badLines]).toEqual([0, 0]);
  expect(view.sizes.pods).toBe(PODS + 20);
  expect(restarts.filter((r) => r === "error").length).toBe(0);
  await view.stop();
  api.close();
}, 240_000);

test("a plan for it is made by the shipped program; its memory is printed", async () => {
  const config = writeConfig(setting, "big", { mode: "observe" });
  const child = spawn(
    process.execPath,
    [MAIN, "live", "watch", "--config", config, "--cycles", "3", "--port", "0", "--probe-port", "0"],
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  let [log, most] = ["", 0];
  child.stderr.on("data", (c) => {
    log += String(c);
  });
  const timer = setInterval(() => {
    try {
      most = Math.max(
        most,
        Number(/VmRSS:\s+(\d+)/.exec(readFileSync(join("/proc", String(child.pid), "status"), "utf8"))?.[1] ?? 0),
      );
    } catch {
      // it has ended
    }
  }, 200);
  expect(await new Promise((resolve) => child.once("close", resolve))).toBe(0);
  clearInterval(timer);
  const passes = log
    .split("\n")
    .filter((l) => l.includes('"event":"pass"'))
    .map((l) => JSON.parse(l).seconds as number);
  console.log(
    `passes took ${passes.map((s) => `${(s * 1000).toFixed(0)} ms`).join(", ")}; at most ${(most / 1024).toFixed(0)} MiB`,
  );
  expect(passes.length).toBe(3);
}, 120_000);

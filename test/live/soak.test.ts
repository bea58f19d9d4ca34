// As many broken watches as in an hour of trouble, one after another over real sockets: memory, sockets and drift stay flat.

import { expect, test } from "vitest";
import { ClusterView } from "../../src/live/cluster.js";
import { realPacing } from "../../src/live/pacing.js";
import { HttpApi } from "../../src/live/transport.js";
import { nodeObject, PATHS, podObject } from "./cluster-objects.js";
import { startFake } from "./fake-server.js";

const ENDS = ["clean", "truncated", "error410"] as const;

test("a thousand disconnects leave nothing behind", async () => {
  const server = await startFake();
  for (let n = 0; n < 20; n++) server.store.put(PATHS.nodes, nodeObject(`n${n}`));
  let broken = 0;
  let drift = 0;
  server.bookmarkMillis = 10;
  server.fault((_request, isWatch) => (isWatch ? { kind: "watch", lines: 2, end: ENDS[broken++ % 3]! } : undefined));
  const connection = {
    server: server.url,
    user: "u",
    credentials: async () => ({ headers: {}, tls: {}, key: "k" }),
    renew: () => undefined,
  };
  const api = new HttpApi(connection, realPacing, { readsPerSecond: 1e6, readBurst: 1e6 });
  const reflector = {
    restMillis: 1,
    backoffMostMillis: 10,
    watchSecondsLeast: 5,
    watchSecondsMost: 5,
    checkMillis: 400,
    settleMillis: 100,
    healthyMillis: 1,
  };
  const onlooker = () => ({
    drift: (n: number) => {
      drift += n;
    },
  });
  const view = new ClusterView(
    api,
    { name: "a", server: server.url, freshMillisMax: 60_000, lostMillis: 60_000, targets: [], reflector, onlooker },
    realPacing,
  );
  view.start();
  const until = async (count: number) => {
    for (let i = 0; broken < count && i < 2000; i++) {
      server.store.put(PATHS.pods, podObject(`p${i % 50}`, 1, { labels: { i: String(i) } }));
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  await until(300);
  const before = { heap: process.memoryUsage().heapUsed, sockets: server.sockets().open };
  await until(1300);
  const after = { heap: process.memoryUsage().heapUsed, sockets: server.sockets().open };
  expect(broken).toBeGreaterThanOrEqual(1300);
  // what the watch tells and what a list says agree in the end
  server.fault(() => undefined);
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(view.sizes).toMatchObject({ nodes: 20, pods: server.store.all(PATHS.pods).length });
  console.log(
    `${broken} disconnects; sockets ${before.sockets} then ${after.sockets}; heap ${(before.heap / 2 ** 20).toFixed(0)} then ${(after.heap / 2 ** 20).toFixed(0)} MiB; drift ${drift}`,
  );
  expect(after.sockets).toBeLessThanOrEqual(30);
  expect(after.heap - before.heap).toBeLessThan(60 * 2 ** 20);
  await view.stop();
  api.close();
  await server.close();
}, 60_000);

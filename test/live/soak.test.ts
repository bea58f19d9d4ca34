// An hour of disconnects, 600 times as fast: the clock of the views and of the server runs ahead, the sockets are real. Memory,
// sockets and drift stay flat, and what is seen in the end is what is there.

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { ClusterView } from "../../src/live/cluster.js";
import { realPacing } from "../../src/live/pacing.js";
import { HttpApi } from "../../src/live/transport.js";
import { randomOf } from "../plan/random.js";
import { nodeObject, PATHS, podObject } from "./cluster-objects.js";
import { startFake } from "./fake-server.js";

const SPEED = 600;
const ENDS = ["clean", "truncated", "error410", "silent"] as const;
const MINUTE_MILLIS = 60_000;

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

test("an hour of disconnects leaves nothing behind", async () => {
  const next = randomOf(11);
  const server = await startFake();
  const { store } = server;
  server.speed = SPEED;
  server.bookmarkMillis = 50;
  for (let n = 0; n < 20; n++) store.put(PATHS.nodes, nodeObject(`n${n}`));
  let [broken, drift] = [0, 0];
  // one watch in five ends badly, as some do; beside that all connections are cut again and again
  server.fault((_request, isWatch) => {
    if (!isWatch || next() > 0.2) return undefined;
    broken++;
    return { kind: "watch", lines: 1 + Math.floor(next() * 3), end: ENDS[Math.floor(next() * ENDS.length)]! };
  });
  const begun = performance.now();
  const pacing = {
    now: () => (performance.now() - begun) * SPEED,
    random: next,
    sleep: (millis: number, signal?: AbortSignal) => realPacing.sleep(millis / SPEED, signal),
  };
  const connection = {
    server: server.url,
    user: "u",
    credentials: async () => ({ headers: {}, tls: {}, key: "k" }),
    renew: () => undefined,
  };
  const api = new HttpApi(connection, pacing, { readsPerSecond: 1e6, readBurst: 1e6 });
  const onlooker = () => ({
    drift: (n: number) => {
      drift += n;
    },
  });
  // the network is not faster than it is: what a check finds gets a real quarter of a second to arrive
  const reflector = { settleMillis: 150_000, restMillis: 1000, backoffMostMillis: 30_000 };
  const view = new ClusterView(
    api,
    { name: "a", server: server.url, freshMillisMax: 1e9, lostMillis: 1e9, targets: [], reflector, onlooker },
    pacing,
  );
  view.start();
  const run = async (untilMinute: number) => {
    let cut = pacing.now();
    for (let i = 0; pacing.now() < untilMinute * MINUTE_MILLIS; i++) {
      const name = `p${Math.floor(next() * 50)}`;
      if (next() < 0.2) store.remove(PATHS.pods, "team", name);
      else store.put(PATHS.pods, podObject(name, 1, { labels: { i: String(i) } }));
      if (pacing.now() - cut > 20_000) {
        cut = pacing.now();
        broken += server.sockets().open;
        server.disconnect();
      }
      await new Promise((resolve) => setTimeout(resolve, 4));
    }
    collect();
    return { heap: process.memoryUsage().heapUsed, sockets: server.sockets().open };
  };
  const early = await run(15);
  // what the server itself keeps is not what is measured
  store.compact();
  const late = await run(60);
  server.fault(() => undefined);
  // nothing is cut any more: what goes now is told by watches alone, or found missing by a check
  for (let i = 0; i < 50; i += 2) store.remove(PATHS.pods, "team", `p${i}`);
  const wanted = { nodes: 20, pods: store.all(PATHS.pods).length };
  for (let i = 0; i < 400 && view.sizes.pods !== wanted.pods; i++)
    await new Promise((resolve) => setTimeout(resolve, 10));
  collect();
  const heap = process.memoryUsage().heapUsed;
  const mib = (bytes: number) => (bytes / 2 ** 20).toFixed(1);
  console.log(
    `${broken} disconnects in an hour; sockets ${early.sockets} then ${late.sockets}; heap ${mib(early.heap)} then ${mib(heap)} MiB; drift ${drift}`,
  );
  expect(view.sizes).toMatchObject(wanted);
  expect(broken).toBeGreaterThan(300);
  // a watch a kind and a few for lists
  expect(late.sockets).toBeLessThanOrEqual(30);
  expect(heap - early.heap).toBeLessThan(8 * 2 ** 20);
  // a watch that is cut loses nothing: what a check finds different would be lost
  expect(drift).toBe(0);
  await view.stop();
  api.close();
  await server.close();
}, 60_000);

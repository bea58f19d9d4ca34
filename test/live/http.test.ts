// Transport and watching against a server that misbehaves, over real sockets.

import { afterEach, describe, expect, test } from "vitest";
import { ApiError } from "../../src/live/api.js";
import { RESOURCES } from "../../src/live/cluster.js";
import type { Connection } from "../../src/live/kubeconfig.js";
import type { Pod } from "../../src/live/objects.js";
import { realPacing } from "../../src/live/pacing.js";
import { Reflector, type ReflectorOptions } from "../../src/live/reflector.js";
import { HttpApi, type TransportOptions } from "../../src/live/transport.js";
import { PATHS, podObject } from "./cluster-objects.js";
import { failure } from "./fake-kinds.js";
import { type FakeServer, startFake } from "./fake-server.js";

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

function connectionTo(url: string, headers: Record<string, string> = {}): Connection & { renewed: number } {
  return {
    server: url,
    user: "test",
    renewed: 0,
    credentials: async () => ({ headers, tls: {}, key: "k" }),
    renew() {
      this.renewed++;
    },
  };
}

async function fake(): Promise<FakeServer> {
  const server = await startFake();
  open.push(server);
  return server;
}

function apiTo(
  server: FakeServer,
  options: Partial<TransportOptions> = {},
  connection = connectionTo(server.url),
): HttpApi {
  // waits are shortened, so that a test of retries takes no seconds
  const pacing = {
    ...realPacing,
    sleep: (ms: number, signal?: AbortSignal) => realPacing.sleep(Math.min(ms, 20), signal),
  };
  const api = new HttpApi(connection, pacing, {
    readsPerSecond: 10_000,
    readBurst: 10_000,
    writesPerSecond: 10_000,
    writeBurst: 10_000,
    ...options,
  });
  open.push(api);
  return api;
}

const get = (api: HttpApi, path = "/version") => api.call({ method: "GET", path });
const caught = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: ApiError) => error,
  );

describe("the transport", () => {
  test("keeps to one connection for many requests", async () => {
    const server = await fake();
    const api = apiTo(server);
    for (let i = 0; i < 20; i++) await get(api);
    expect(server.sockets().total).toBe(1);
  });

  test("repeats reads that failed in passing, and never a write", async () => {
    const server = await fake();
    let left = 2;
    server.fault(() => (left-- > 0 ? { kind: "answer", answer: failure(503, "ServiceUnavailable") } : undefined));
    expect((await get(apiTo(server))).status).toBe(200);
    left = 2;
    const before = server.requests.length;
    const error = await caught(
      apiTo(server).call({ method: "POST", path: "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", body: {} }),
    );
    expect(error?.status).toBe(503);
    expect(server.requests.length - before).toBe(1);
  });

  test("waits as long as it is told to", async () => {
    const server = await fake();
    let left = 1;
    const slept: number[] = [];
    server.fault(() =>
      left-- > 0
        ? { kind: "answer", answer: failure(429, "TooManyRequests", "", undefined, { "retry-after": "7" }) }
        : undefined,
    );
    const pacing = { ...realPacing, sleep: async (ms: number) => void slept.push(ms) };
    const api = new HttpApi(connectionTo(server.url), pacing, {});
    open.push(api);
    await get(api);
    expect(Math.max(...slept)).toBeGreaterThanOrEqual(7000);
  });

  test.each([
    ["hang", "DeadlineExceeded"],
    ["reset", "ECONNRESET"],
  ] as const)("gives a server up that does %s", async (kind, reason) => {
    const server = await fake();
    server.fault(() => ({ kind }));
    const error = await caught(get(apiTo(server, { timeoutMillis: 150, attemptsMax: 1 })));
    expect(error).toBeInstanceOf(ApiError);
    expect([error?.status, error?.reason]).toEqual([0, reason]);
  });

  test("reads its credentials again when they are refused, once", async () => {
    const server = await fake();
    server.fault(() => ({ kind: "answer", answer: failure(401, "Unauthorized") }));
    const connection = connectionTo(server.url);
    const error = await caught(get(apiTo(server, {}, connection)));
    expect([error?.status, connection.renewed]).toEqual([401, 1]);
  });

  test("tells nothing of what a server or its own headers say", async () => {
    const server = await fake();
    server.fault(() => ({ kind: "answer", answer: failure(403, "Forbidden", "token sekrit-1 is bad") }));
    const error = await caught(get(apiTo(server, {}, connectionTo(server.url, { authorization: "Bearer sekrit-2" }))));
    expect(JSON.stringify([error, error?.message, error?.stack, (error as { cause?: unknown })?.cause])).not.toContain(
      "sekrit",
    );
    server.fault(() => ({ kind: "text", status: 500, text: "<h1>sekrit-3</h1>" }));
    const other = await caught(get(apiTo(server, { attemptsMax: 1 })));
    expect(`${other?.message} ${other?.stack}`).not.toContain("sekrit");
  });

  test("refuses an answer that is not JSON", async () => {
    const server = await fake();
    server.fault(() => ({ kind: "text", status: 200, text: "hello" }));
    expect((await caught(get(apiTo(server))))?.reason).toBe("AnswerNotJson");
  });
});

const QUICK: Partial<ReflectorOptions> = {
  watchSecondsLeast: 1,
  watchSecondsMost: 1,
  graceMillis: 300,
  checkMillis: 0,
  restMillis: 5,
  backoffMostMillis: 40,
  healthyMillis: 200,
  settleMillis: 50,
  pageLimit: 3,
};

interface Watching {
  reflector: Reflector<Pod>;
  restarts: string[];
  drift: number;
}

function watchPods(
  server: FakeServer,
  options: Partial<ReflectorOptions> = {},
  transport: Partial<TransportOptions> = {},
): Watching {
  const stop = new AbortController();
  const watching: Watching = { restarts: [], drift: 0 } as unknown as Watching;
  const api = new HttpApi(connectionTo(server.url), realPacing, {
    readsPerSecond: 10_000,
    readBurst: 10_000,
    timeoutMillis: 400,
    attemptsMax: 1,
    ...transport,
  });
  watching.reflector = new Reflector(
    api,
    RESOURCES.pods,
    realPacing,
    { ...QUICK, ...options },
    {
      restart: (reason) => void watching.restarts.push(reason),
      drift: (objects) => {
        watching.drift += objects;
      },
    },
  );
  const done = watching.reflector.run(stop.signal);
  open.push({
    close: async () => {
      stop.abort();
      api.close();
      await done;
    },
  });
  return watching;
}

const names = (w: Watching) =>
  w.reflector
    .objects()
    .map((p) => p.name)
    .sort()
    .join(" ");

async function until(what: () => boolean, millis = 4000): Promise<void> {
  const end = Date.now() + millis;
  while (!what()) {
    if (Date.now() > end) throw new Error("it did not come to pass");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

describe("a watch", () => {
  test("lists in pages and follows what is made, changed and deleted", async () => {
    const server = await fake();
    for (let i = 0; i < 8; i++) server.store.put(PATHS.pods, podObject(`p${i}`, 1));
    const w = watchPods(server);
    await until(() => w.reflector.size === 8);
    server.store.put(PATHS.pods, podObject("new", 1));
    server.store.remove(PATHS.pods, "team", "p0");
    await until(() => names(w) === "new p1 p2 p3 p4 p5 p6 p7");
    expect(server.requests.filter((r) => r.query.has("continue")).length).toBe(2);
    // one that is over holds nothing and is not kept
    server.store.change(PATHS.pods, "team", "p1", { status: { phase: "Succeeded" } });
    await until(() => w.reflector.size === 7);
  });

  test.each(["clean", "truncated", "error410", "error403"] as const)(
    "goes on after an end that is %s, and loses nothing",
    async (end) => {
      const server = await fake();
      let bad = 3;
      server.fault((_r, isWatch) => (isWatch && bad-- > 0 ? { kind: "watch", lines: 1, end } : undefined));
      const w = watchPods(server);
      await until(() => w.reflector.version !== "");
      for (let i = 0; i < 12; i++) {
        server.store.put(PATHS.pods, podObject(`p${i}`, 1));
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      await until(() => w.reflector.size === 12);
      expect(w.restarts.length).toBeGreaterThan(0);
      if (end === "truncated") expect(w.reflector.badLines).toBeGreaterThan(0);
    },
  );

  test("notices that a server has gone silent, and how old its view is", async () => {
    const server = await fake();
    let silent = true;
    server.fault((_r, isWatch) => (isWatch && silent ? { kind: "watch", lines: 0, end: "silent" } : undefined));
    const w = watchPods(server);
    await until(() => w.restarts.includes("silent") || w.restarts.includes("end"), 6000);
    const before = w.reflector.asOfMillis;
    server.store.put(PATHS.pods, podObject("late", 1));
    silent = false;
    await until(() => w.reflector.size === 1 && w.reflector.asOfMillis > before);
  });

  test("lists again after compaction", async () => {
    const server = await fake();
    server.store.put(PATHS.pods, podObject("a", 1));
    const w = watchPods(server);
    await until(() => w.reflector.size === 1);
    server.fault((_r, isWatch) => (isWatch ? { kind: "reset" } : undefined));
    await new Promise((resolve) => setTimeout(resolve, 1200));
    server.store.remove(PATHS.pods, "team", "a");
    server.store.put(PATHS.pods, podObject("b", 1));
    server.store.compact();
    server.fault(() => undefined);
    await until(() => names(w) === "b");
    expect(w.restarts).toContain("gone");
  });

  test("begins a list again whose token has expired", async () => {
    const server = await fake();
    for (let i = 0; i < 8; i++) server.store.put(PATHS.pods, podObject(`p${i}`, 1));
    let once = true;
    server.fault((r) => {
      if (once && r.query.has("continue")) {
        once = false;
        server.store.compact();
      }
      return undefined;
    });
    const w = watchPods(server);
    await until(() => w.reflector.size === 8);
    expect(once).toBe(false);
  });

  test("says that it is refused, and recovers when it is let in", async () => {
    const server = await fake();
    server.store.mayDo = () => false;
    const w = watchPods(server);
    await until(() => w.reflector.failure?.status === 403);
    server.store.mayDo = undefined;
    await until(() => w.reflector.version !== "" && w.reflector.failure === undefined);
  });

  test("finds what a watch has not told", async () => {
    const server = await fake();
    server.store.put(PATHS.pods, podObject("a", 1));
    // a watch that never says a thing, and lives long
    server.fault((_r, isWatch) => (isWatch ? { kind: "watch", lines: 0, end: "silent" } : undefined));
    const w = watchPods(server, { watchSecondsLeast: 60, watchSecondsMost: 60, checkMillis: 100 });
    await until(() => w.reflector.size === 1);
    server.store.put(PATHS.pods, podObject("b", 1));
    await until(() => w.drift > 0 && w.reflector.size === 2);
  });

  test("does not open watches in a hot loop when each is closed at once", async () => {
    const server = await fake();
    server.fault((_r, isWatch) => (isWatch ? { kind: "watch", lines: 0, end: "clean" } : undefined));
    server.bookmarkMillis = 1;
    watchPods(server, { restMillis: 100 });
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect(server.requests.filter((r) => r.query.get("watch") === "1").length).toBeLessThan(12);
  });

  test("takes hostile names and prototypes for what they are", async () => {
    const server = await fake();
    const pod = podObject("x", 1, {
      labels: JSON.parse('{"__proto__": "y", "constructor": "z", "<script>": "\\u001b[31m"}'),
    });
    server.store.put(PATHS.pods, pod);
    const w = watchPods(server);
    await until(() => w.reflector.size === 1);
    const [seen] = w.reflector.objects();
    expect(({} as Record<string, unknown>).y).toBeUndefined();
    expect(seen!.labels.get("__proto__")).toBe("y");
    expect(Object.getPrototypeOf({})).toBe(Object.prototype);
  });
});

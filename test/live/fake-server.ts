// The fake's memory behind HTTP on the loopback interface, with faults by script: what goes wrong is asked of a function for
// every request. TLS where a test is about it.

import http from "node:http";
import https from "node:https";
import type { AddressInfo } from "node:net";
import type { ApiAnswer, ApiRequest, KubeApi } from "../../src/live/api.js";
import { errorOf, inWords, PATCH_TYPES } from "../../src/live/api.js";
import { failure } from "./fake-kinds.js";
import { type FakeAnswer, type FakeRequest, FakeStore } from "./fake-store.js";

export type Fault =
  | { kind: "answer"; answer: FakeAnswer }
  /** Accept and never answer. */
  | { kind: "hang" }
  /** Close the connection without an answer. */
  | { kind: "reset" }
  /** Of a watch: end after so many lines, cleanly, in mid-line, or go silent. */
  | { kind: "watch"; lines: number; end: "clean" | "truncated" | "silent" | "error410" | "error403" }
  | { kind: "slow"; millis: number }
  | { kind: "text"; status: number; text: string }
  | undefined;

export interface FakeServer {
  store: FakeStore;
  url: string;
  /** Open connections now, and all that there were. */
  sockets(): { open: number; total: number };
  requests: FakeRequest[];
  fault(script: (request: FakeRequest, isWatch: boolean) => Fault): void;
  clockOffsetMillis: number;
  bookmarkMillis: number;
  /** By how much its seconds are shorter than real ones. */
  speed: number;
  /** Cuts every connection. */
  disconnect(): void;
  close(): Promise<void>;
}

interface State {
  script: (request: FakeRequest, isWatch: boolean) => Fault;
}

export async function startFake(
  store = new FakeStore(),
  tls?: { key: string; cert: string },
  users: ReadonlyMap<string, string> = new Map(),
): Promise<FakeServer> {
  const state: State = { script: () => undefined };
  const requests: FakeRequest[] = [];
  const sockets = new Set<import("node:net").Socket>();
  let total = 0;
  const listener = (req: http.IncomingMessage, res: http.ServerResponse) => {
    const url = new URL(req.url!, "http://fake");
    const chunks: Buffer[] = [];
    req.on("data", (c: Buffer) => chunks.push(c));
    req.on("end", () => {
      const text = Buffer.concat(chunks).toString("utf8");
      const token = /^Bearer (.+)$/.exec(req.headers.authorization ?? "")?.[1] ?? "";
      const request: FakeRequest = {
        method: req.method!,
        path: decodeURI(url.pathname) === url.pathname ? url.pathname : url.pathname,
        query: new Map(url.searchParams),
        body: text === "" ? undefined : JSON.parse(text),
        ...(req.headers["content-type"] ? { contentType: req.headers["content-type"] } : {}),
        user: users.get(token) ?? token,
      };
      requests.push(request);
      respond(server, state, request, res, users.size > 0 && !users.has(token));
    });
  };
  const web = tls ? https.createServer(tls, listener) : http.createServer(listener);
  web.on(tls ? "secureConnection" : "connection", (socket) => {
    total++;
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => undefined);
  });
  await new Promise<void>((resolve) => web.listen(0, "127.0.0.1", resolve));
  const { port } = web.address() as AddressInfo;
  const server: FakeServer = {
    store,
    url: `${tls ? "https" : "http"}://127.0.0.1:${port}`,
    requests,
    sockets: () => ({ open: sockets.size, total }),
    fault: (script) => {
      state.script = script;
    },
    clockOffsetMillis: 0,
    bookmarkMillis: 1000,
    speed: 1,
    disconnect: () => {
      for (const socket of sockets) socket.destroy();
    },
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        web.close(() => resolve());
      }),
  };
  return server;
}

function respond(
  server: FakeServer,
  state: State,
  request: FakeRequest,
  res: http.ServerResponse,
  unknown: boolean,
): void {
  const isWatch = request.query.get("watch") === "1";
  const fault = state.script(request, isWatch);
  res.sendDate = false;
  const send = ({ status, body, headers }: FakeAnswer) => {
    const date = new Date(Date.now() + server.clockOffsetMillis).toUTCString();
    res.writeHead(status, { "content-type": "application/json", date, ...headers });
    res.end(JSON.stringify(body));
  };
  if (fault?.kind === "hang") return;
  if (fault?.kind === "reset") {
    res.socket?.destroy();
    return;
  }
  if (fault?.kind === "answer") {
    send(fault.answer);
    return;
  }
  if (fault?.kind === "text") {
    res.writeHead(fault.status, { "content-type": "text/plain" });
    res.end(fault.text);
    return;
  }
  if (unknown) {
    send(failure(401, "Unauthorized"));
    return;
  }
  const go = () =>
    isWatch
      ? watch(server, request, res, fault?.kind === "watch" ? fault : undefined)
      : send(server.store.handle(request));
  if (fault?.kind === "slow") setTimeout(go, fault.millis);
  else go();
}

function watch(
  server: FakeServer,
  request: FakeRequest,
  res: http.ServerResponse,
  fault: Extract<Fault, { kind: "watch" }> | undefined,
): void {
  const { store } = server;
  const match = /^(\/apis?(?:\/[^/]+){1,2})(?:\/namespaces\/([^/]+))?\/([^/]+)$/.exec(request.path);
  const collection = `${match?.[1]}/${match?.[3]}`;
  const namespace = match?.[2] ?? "";
  if (!store.collections.has(collection)) {
    res.writeHead(404, { "content-type": "application/json" });
    res.end(JSON.stringify(failure(404, "NotFound").body));
    return;
  }
  const allowed = store.mayDo?.(request.user ?? "", "watch", collection.split("/").at(-1)!, namespace) ?? true;
  if (!allowed) {
    res.writeHead(403, { "content-type": "application/json" });
    res.end(JSON.stringify(failure(403, "Forbidden").body));
    return;
  }
  res.writeHead(200, { "content-type": "application/json" });
  res.flushHeaders();
  let at = Number(request.query.get("resourceVersion"));
  let left = fault ? fault.lines : Number.POSITIVE_INFINITY;
  let silent = false;
  const write = (event: unknown) => {
    if (silent || res.writableEnded) return;
    if (left-- > 0) {
      res.write(`${JSON.stringify(event)}\n`);
      return;
    }
    if (fault?.end === "silent") silent = true;
    else if (fault?.end === "truncated") {
      res.write(JSON.stringify(event).slice(0, 20));
      res.end();
    } else if (fault?.end === "error410") {
      res.write(`${JSON.stringify({ type: "ERROR", object: failure(410, "Expired").body })}\n`);
      res.end();
    } else if (fault?.end === "error403") {
      res.write(`${JSON.stringify({ type: "ERROR", object: failure(403, "Forbidden").body })}\n`);
      res.end();
    } else res.end();
  };
  const push = () => {
    const events = store.eventsAfter(collection, at, namespace);
    if (events === undefined) {
      res.write(`${JSON.stringify({ type: "ERROR", object: failure(410, "Expired").body })}\n`);
      res.end();
      return;
    }
    for (const event of events) {
      at = event.version;
      write({ type: event.type, object: event.object });
    }
  };
  const stop = store.onChange((changed) => {
    if (changed === collection) push();
  });
  const bookmark = setInterval(() => {
    at = Number(store.version);
    write({ type: "BOOKMARK", object: { kind: "Bookmark", metadata: { resourceVersion: store.version } } });
  }, server.bookmarkMillis);
  const seconds = Number(request.query.get("timeoutSeconds") ?? "300");
  const timer = setTimeout(() => res.end(), (seconds * 1000) / server.speed);
  const finish = () => {
    stop();
    clearInterval(bookmark);
    clearTimeout(timer);
  };
  res.on("close", finish);
  push();
}

/** The store without HTTP, for tests of what is above the transport. */
export function directApi(store: FakeStore, user = "windtunnel"): KubeApi {
  return {
    async call(request: ApiRequest): Promise<ApiAnswer> {
      const answer = store.handle(toFake(request, user));
      if (answer.status > 299)
        throw errorOf(answer.status, answer.body, inWords(request), answer.headers?.["retry-after"]);
      return { status: answer.status, body: answer.body };
    },
    lines: () => Promise.reject(new Error("the direct API has no watches")),
  };
}

export function toFake(request: ApiRequest, user: string): FakeRequest {
  return {
    method: request.method,
    path: request.path,
    query: new Map(Object.entries(request.query ?? {})),
    // what goes over a wire is text: nothing is shared
    body: request.body === undefined ? undefined : JSON.parse(JSON.stringify(request.body)),
    contentType: request.patch ? PATCH_TYPES[request.patch] : "application/json",
    user,
  };
}

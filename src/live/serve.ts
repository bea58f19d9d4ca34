// Two small servers: metrics and the page on one port, probes on another, so that whoever may ask for health need not see the rest.
// Loopback unless told otherwise; the page wants a token.

import { createHash, timingSafeEqual } from "node:crypto";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { renderLivePage } from "./page.js";
import type { LiveStatus } from "./status.js";

export interface ServeOptions {
  host: string;
  port: number;
  probePort: number;
  /** What the page asks for, as `?token=` or a bearer token. */
  token: string;
  metrics(): string;
  status(): LiveStatus;
  /** Why it is not alive, or not ready; empty: it is. */
  alive(): string;
  ready(): string;
}

export interface Served {
  url: string;
  probeUrl: string;
  close(): Promise<void>;
}

const HEADERS = {
  "cache-control": "no-store",
  "content-security-policy":
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

const digest = (text: string) => createHash("sha256").update(text).digest();

function isAllowed(request: http.IncomingMessage, url: URL, token: string): boolean {
  const bearer = /^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1];
  const given = bearer ?? url.searchParams.get("token") ?? "";
  return timingSafeEqual(digest(given), digest(token));
}

function listen(server: http.Server, host: string, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      const { port: got } = server.address() as AddressInfo;
      resolve(`http://${host.includes(":") ? `[${host}]` : host}:${got}`);
    });
  });
}

export async function serve(options: ServeOptions): Promise<Served> {
  const web = http.createServer((request, response) => {
    const send = (status: number, type: string, text: string) => {
      response.writeHead(status, { ...HEADERS, "content-type": `${type}; charset=utf-8` });
      response.end(request.method === "HEAD" ? "" : text);
    };
    const url = new URL(request.url ?? "/", "http://here");
    if (request.method !== "GET" && request.method !== "HEAD") return send(405, "text/plain", "read-only\n");
    if (url.pathname === "/metrics") return send(200, "text/plain; version=0.0.4", options.metrics());
    if (!isAllowed(request, url, options.token)) return send(401, "text/plain", "give the token: ?token=...\n");
    if (url.pathname === "/") return send(200, "text/html", renderLivePage(options.status()));
    if (url.pathname === "/status.json")
      return send(200, "application/json", `${JSON.stringify(options.status(), null, 2)}\n`);
    return send(404, "text/plain", "not found\n");
  });
  const probes = http.createServer((request, response) => {
    const path = new URL(request.url ?? "/", "http://here").pathname;
    const why = path === "/livez" ? options.alive() : path === "/readyz" ? options.ready() : undefined;
    response.writeHead(why === undefined ? 404 : why === "" ? 200 : 503, {
      ...HEADERS,
      "content-type": "text/plain; charset=utf-8",
    });
    response.end(why === undefined ? "not found\n" : why === "" ? "ok\n" : `${why}\n`);
  });
  const url = await listen(web, options.host, options.port);
  const probeUrl = await listen(probes, options.host, options.probePort);
  const close = (server: http.Server) =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { url, probeUrl, close: async () => void (await Promise.all([close(web), close(probes)])) };
}

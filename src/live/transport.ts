// HTTPS to one API server: one keep-alive agent, two rate limits, retries of reads alone, deadlines of our own. Of a failure
// only status and reason leave this file: bodies, headers and paths of credentials may hold secrets.

import http from "node:http";
import https from "node:https";
import { createBrotliDecompress, createGunzip } from "node:zlib";
import {
  type ApiAnswer,
  ApiError,
  type ApiRequest,
  errorOf,
  inWords,
  isDistrust,
  type KubeApi,
  PATCH_TYPES,
} from "./api.js";
import type { Connection, Credentials } from "./kubeconfig.js";
import { backoffMillis, type Pacing, TokenBucket } from "./limiter.js";
import { parseTime } from "./time.js";

export interface TransportOptions {
  readsPerSecond: number;
  readBurst: number;
  writesPerSecond: number;
  writeBurst: number;
  connectionsMax: number;
  timeoutMillis: number;
  attemptsMax: number;
}

export const TRANSPORT_DEFAULTS: TransportOptions = {
  readsPerSecond: 20,
  readBurst: 40,
  writesPerSecond: 5,
  writeBurst: 10,
  connectionsMax: 8,
  timeoutMillis: 30_000,
  attemptsMax: 4,
};

/** Told of every request that ended, for metrics. */
export type OnRequest = (request: ApiRequest, status: number, millis: number) => void;

const BODY_BYTES_MAX = 256 << 20;
const LINE_CHARACTERS_MAX = 32 << 20;

export class HttpApi implements KubeApi {
  readonly #connection: Connection;
  readonly #options: TransportOptions;
  readonly #pacing: Pacing;
  readonly #reads: TokenBucket;
  readonly #writes: TokenBucket;
  readonly #onRequest: OnRequest;
  #agent: { key: string; agent: http.Agent } | undefined;
  #aheadMillis: number | undefined;

  constructor(
    connection: Connection,
    pacing: Pacing,
    options: Partial<TransportOptions> = {},
    onRequest: OnRequest = () => undefined,
  ) {
    this.#connection = connection;
    this.#options = { ...TRANSPORT_DEFAULTS, ...options };
    this.#pacing = pacing;
    this.#onRequest = onRequest;
    const o = this.#options;
    this.#reads = new TokenBucket(o.readsPerSecond, o.readBurst, pacing);
    this.#writes = new TokenBucket(o.writesPerSecond, o.writeBurst, pacing);
  }

  get aheadMillis(): number | undefined {
    return this.#aheadMillis;
  }

  get throttledMillis(): number {
    return this.#reads.waitedMillis + this.#writes.waitedMillis;
  }

  close(): void {
    this.#agent?.agent.destroy();
    this.#agent = undefined;
  }

  async call(request: ApiRequest): Promise<ApiAnswer> {
    const { timeoutMillis, attemptsMax } = this.#options;
    const until = this.#pacing.now() + (request.timeoutMillis ?? timeoutMillis);
    const isRead = request.method === "GET";
    let renewed = false;
    for (let attempt = 0; ; attempt++) {
      await (isRead ? this.#reads : this.#writes).take();
      try {
        return await this.#once(request, Math.max(1, until - this.#pacing.now()));
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        // a token may have expired: read the credentials again, once
        if (error.status === 401 && !renewed) {
          renewed = true;
          this.#connection.renew();
          continue;
        }
        const passing = (error.status === 0 && !isDistrust(error)) || error.status === 429 || error.status >= 500;
        const wait = Math.max((error.retryAfterSeconds ?? 0) * 1000, backoffMillis(attempt, this.#pacing.random()));
        if (!isRead || !passing || attempt + 1 >= attemptsMax || this.#pacing.now() + wait >= until) throw error;
        await this.#pacing.sleep(wait);
      }
    }
  }

  async #once(request: ApiRequest, timeoutMillis: number): Promise<ApiAnswer> {
    const begun = this.#pacing.now();
    let status = 0;
    try {
      const answer = await withDeadline(timeoutMillis, request, async (signal) => {
        const response = await this.#send(request, signal);
        status = response.statusCode ?? 0;
        this.#readClock(response, begun);
        const body = await readBody(response, request);
        if (status < 200 || status > 299) {
          throw errorOf(status, body, inWords(request), header(response, "retry-after"));
        }
        const dateMillis = parseTime(header(response, "date") ?? "");
        return { status, body, ...(Number.isNaN(dateMillis) ? {} : { dateMillis }) };
      });
      return answer;
    } finally {
      this.#onRequest(request, status, this.#pacing.now() - begun);
    }
  }

  /** Whole seconds, cut off: the middle of that second is held against the middle of the time that the answer took. */
  #readClock(response: http.IncomingMessage, begun: number): void {
    const date = parseTime(header(response, "date") ?? "");
    if (!Number.isNaN(date)) this.#aheadMillis = date + 500 - (begun + this.#pacing.now()) / 2;
  }

  async lines(
    request: ApiRequest,
    signal: AbortSignal,
    onLine: (line: string) => void,
    onOpen: () => void,
  ): Promise<void> {
    await this.#reads.take();
    const own = new AbortController();
    const stop = () => own.abort();
    signal.addEventListener("abort", stop, { once: true });
    try {
      await this.#stream(request, own, onLine, onOpen);
    } finally {
      signal.removeEventListener("abort", stop);
      own.abort();
    }
  }

  async #stream(
    request: ApiRequest,
    own: AbortController,
    onLine: (line: string) => void,
    onOpen: () => void,
  ): Promise<void> {
    // the deadline is for the answer's head; how long the stream may be silent is the caller's to judge
    const response = await withDeadline(
      this.#options.timeoutMillis,
      request,
      () => this.#send(request, own.signal),
      own,
    ).catch((error: unknown) => {
      this.#onRequest(request, 0, 0);
      throw error;
    });
    const status = response.statusCode ?? 0;
    this.#onRequest(request, status, 0);
    if (status !== 200) {
      const body = await readBody(response, request);
      if (status === 401) this.#connection.renew();
      throw errorOf(status, body, inWords(request), header(response, "retry-after"));
    }
    onOpen();
    let rest = "";
    const stream = decoded(response);
    stream.setEncoding("utf8");
    try {
      for await (const chunk of stream as AsyncIterable<string>) {
        rest += chunk;
        let end = rest.indexOf("\n");
        if (end < 0 && rest.length > LINE_CHARACTERS_MAX) throw new ApiError(0, "LineTooLong", inWords(request));
        let from = 0;
        for (; end >= 0; end = rest.indexOf("\n", from)) {
          if (end > from) onLine(rest.slice(from, end));
          from = end + 1;
        }
        if (from > 0) rest = rest.slice(from);
      }
    } catch (error) {
      throw asApiError(error, request);
    }
    // a line without its end was cut off
    if (rest !== "") onLine(rest);
  }

  async #send(request: ApiRequest, signal: AbortSignal): Promise<http.IncomingMessage> {
    let credentials: Credentials;
    try {
      credentials = await this.#connection.credentials();
    } catch {
      throw new ApiError(0, "CredentialsUnavailable", inWords(request));
    }
    const url = new URL(this.#connection.server.replace(/\/$/, "") + request.path);
    for (const [name, value] of Object.entries(request.query ?? {})) url.searchParams.set(name, value);
    const data = request.body === undefined ? undefined : Buffer.from(JSON.stringify(request.body));
    const headers: Record<string, string> = {
      accept: "application/json",
      "accept-encoding": "gzip",
      "user-agent": "windtunnel",
      ...credentials.headers,
    };
    if (data) {
      headers["content-type"] = request.patch ? PATCH_TYPES[request.patch] : "application/json";
      headers["content-length"] = String(data.byteLength);
    }
    const secure = url.protocol === "https:";
    const options = { method: request.method, headers, agent: this.#agentFor(credentials, secure) };
    return new Promise((resolve, reject) => {
      let open: http.IncomingMessage | undefined;
      const sent = (secure ? https : http).request(url, options, (response) => {
        open = response;
        // whoever reads it is told; one that nobody reads any more must not end the process
        response.on("error", () => undefined);
        resolve(response);
      });
      // not Node's own `signal`: it destroys the socket with an error that nobody listens for once the agent has it back
      const abort = () => {
        (open ?? sent).destroy();
        reject(new ApiError(0, "Aborted", inWords(request)));
      };
      signal.addEventListener("abort", abort, { once: true });
      sent.on("close", () => signal.removeEventListener("abort", abort));
      sent.on("error", (error) => reject(asApiError(error, request)));
      sent.setSocketKeepAlive(true, 30_000);
      sent.end(data);
    });
  }

  #agentFor(credentials: Credentials, secure: boolean): http.Agent {
    if (this.#agent?.key === credentials.key) return this.#agent.agent;
    this.#agent?.agent.destroy();
    // watches hold a connection each, for as long as they last
    const common = { keepAlive: true, keepAliveMsecs: 30_000, maxSockets: this.#options.connectionsMax + 16 };
    const agent = secure ? new https.Agent({ ...common, ...credentials.tls }) : new http.Agent(common);
    this.#agent = { key: credentials.key, agent };
    return agent;
  }
}

async function withDeadline<T>(
  millis: number,
  request: ApiRequest,
  work: (signal: AbortSignal) => Promise<T>,
  controller = new AbortController(),
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new ApiError(0, "DeadlineExceeded", inWords(request)));
      controller.abort();
    }, millis);
  });
  try {
    return await Promise.race([work(controller.signal), late]);
  } finally {
    clearTimeout(timer);
  }
}

function header(response: http.IncomingMessage, name: string): string | undefined {
  const value = response.headers[name];
  return typeof value === "string" ? value : undefined;
}

function decoded(response: http.IncomingMessage): NodeJS.ReadableStream & AsyncIterable<unknown> {
  const encoding = header(response, "content-encoding");
  const through = encoding === "gzip" ? createGunzip() : encoding === "br" ? createBrotliDecompress() : undefined;
  if (!through) return response;
  through.on("error", () => undefined);
  response.on("error", (error) => through.destroy(error));
  response.on("aborted", () => through.destroy(new Error("aborted")));
  return response.pipe(through);
}

async function readBody(response: http.IncomingMessage, request: ApiRequest): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of decoded(response) as AsyncIterable<Buffer>) {
      bytes += chunk.byteLength;
      if (bytes > BODY_BYTES_MAX) throw new ApiError(0, "AnswerTooLong", inWords(request));
      chunks.push(chunk);
    }
  } catch (error) {
    throw asApiError(error, request);
  }
  const text = Buffer.concat(chunks).toString("utf8");
  try {
    return JSON.parse(text);
  } catch {
    const ok = (response.statusCode ?? 0) < 300;
    if (ok && text !== "") throw new ApiError(0, "AnswerNotJson", inWords(request));
    return undefined;
  }
}

/** Node's own words for what went wrong with a connection are codes (`ECONNREFUSED`), which tell and hold no secret. */
function asApiError(error: unknown, request: ApiRequest): ApiError {
  if (error instanceof ApiError) return error;
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  const shown = typeof code === "string" && /^[A-Z][A-Z0-9_]{1,60}$/.test(code) ? code : "ConnectionLost";
  return new ApiError(0, shown, inWords(request));
}

// One file over HTTPS: resumed where it was cut, verified by SHA-256, and under its final name only when it is whole
// and right. Node's fetch does the talking; what is ours is distrust: of lengths, of ranges, of silence.

import { open, rename, rm, stat } from "node:fs/promises";
import { WindtunnelError } from "../model/errors.js";
import { digestOfFile } from "./digest.js";

export interface Download {
  url: string;
  /** Where the file goes; `path.part` holds what there is of it until then. */
  path: string;
  sha256: string;
}

export interface DownloadOptions {
  /** Tries in all; what was received stays between them. */
  tries?: number;
  /** A connection that gives no byte for so long is given up. */
  stallMillis?: number;
  /** More than this is no file of ours. */
  bytesMax?: number;
  /** Waits between tries. */
  sleep?: (millis: number) => Promise<void>;
  /** Bytes of the file so far, and in all where the server says. */
  onProgress?: (bytes: number, total: number | undefined) => void;
  /** What went wrong in a try that is repeated. */
  onRetry?: (reason: string) => void;
}

const TRIES = 5;
const STALL_MILLIS = 30_000;
const BYTES_MAX = 4 * 1024 ** 3;
const BACKOFF_MILLIS = 1_000;
/** Answers that may be better next time. */
const TRANSIENT = new Set([408, 425, 429, 500, 502, 503, 504]);

/** A reason to try again. */
class Interrupted extends Error {}

/**
 * Fetches one file. Throws DOWNLOAD_FAILED, with what the server did and what to do; the part received is kept for the
 * next call unless it was found to be wrong. Throws OUTPUT_UNWRITABLE if the file cannot be written.
 */
export async function download(file: Download, options: DownloadOptions = {}): Promise<void> {
  const tries = options.tries ?? TRIES;
  const sleep = options.sleep ?? ((millis: number) => new Promise((done) => setTimeout(done, millis)));
  requireSafe(file.url, file.url);
  const part = `${file.path}.part`;
  let reason = "";
  let wrongDigest = false;
  for (let n = 1; n <= tries; n++) {
    try {
      await receive(file.url, part, options);
      const digest = await digestOfFile(part);
      if (digest === file.sha256) {
        await finish(part, file.path);
        return;
      }
      // a second whole file that is wrong is what the server has, not an accident
      await rm(part, { force: true });
      reason = `its SHA-256 is ${digest}, the registered one is ${file.sha256}`;
      if (wrongDigest) break;
      wrongDigest = true;
    } catch (error) {
      if (!(error instanceof Interrupted)) throw error;
      reason = error.message;
    }
    if (n === tries) break;
    options.onRetry?.(reason);
    await sleep(BACKOFF_MILLIS * 2 ** Math.min(n - 1, 5));
  }
  throw failed(
    file.url,
    reason,
    wrongDigest && reason.startsWith("its SHA-256")
      ? "The source has changed, or something in between answers in its place. Nothing was kept."
      : "Try again later: what was received is kept and continued.",
  );
}

/** Appends to `part` what is missing of it. Throws Interrupted where another try may help. */
async function receive(url: string, part: string, options: DownloadOptions): Promise<void> {
  const stallMillis = options.stallMillis ?? STALL_MILLIS;
  const abort = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const alive = () => {
    clearTimeout(timer);
    timer = setTimeout(() => abort.abort(new Interrupted(`no byte came for ${stallMillis / 1000} s`)), stallMillis);
  };
  try {
    alive();
    const from = (await stat(part).catch(() => undefined))?.size ?? 0;
    const response = await request(url, from, abort.signal);
    const start = await startOf(response, from, part, url);
    if (start === undefined) return;
    await append(response, part, start, { ...options, alive });
  } catch (error) {
    if (abort.signal.aborted) throw abort.signal.reason;
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

async function request(url: string, from: number, signal: AbortSignal): Promise<Response> {
  const headers: Record<string, string> = { "accept-encoding": "identity" };
  if (from > 0) headers.range = `bytes=${from}-`;
  try {
    return await fetch(url, { headers, signal, redirect: "follow" });
  } catch (cause) {
    throw new Interrupted(`the connection failed: ${reasonOf(cause)}`, { cause });
  }
}

/** Where the answer's bytes belong in the file; undefined if there is nothing more to come. */
async function startOf(response: Response, from: number, part: string, url: string): Promise<number | undefined> {
  const { status } = response;
  requireSafe(response.url, url);
  if (status === 200) return 0;
  if (status === 206) {
    const start = /^bytes (\d+)-/.exec(response.headers.get("content-range") ?? "")?.[1];
    if (start !== undefined && Number(start) === from) return from;
    await drop(response, part);
    throw new Interrupted(`asked for bytes from ${from} on, got "${response.headers.get("content-range") ?? ""}"`);
  }
  await response.body?.cancel();
  // all of it is here, or more than there is: the digest tells
  if (status === 416 && from > 0) return undefined;
  if (TRANSIENT.has(status)) throw new Interrupted(`the server answers ${status} ${response.statusText}`.trim());
  throw failed(
    url,
    `the server answers ${status} ${response.statusText}`.trim(),
    status === 404 || status === 410
      ? "The file is no longer there: get it from the data set's page, and put it below WINDTUNNEL_DATA."
      : "Check the address and whether a proxy stands between; the file can also be fetched by hand.",
  );
}

async function append(
  response: Response,
  part: string,
  start: number,
  { alive, onProgress, bytesMax = BYTES_MAX }: DownloadOptions & { alive: () => void },
): Promise<void> {
  const length = Number(response.headers.get("content-length") ?? Number.NaN);
  const total = Number.isNaN(length) ? undefined : start + length;
  const handle = await open(part, start === 0 ? "w" : "r+").catch((cause) => {
    throw unwritable(part, cause);
  });
  let at = start;
  try {
    onProgress?.(at, total);
    if (response.body) {
      for await (const chunk of response.body) {
        alive();
        if (at + chunk.byteLength > bytesMax) {
          throw failed(
            response.url,
            `it is larger than ${bytesMax} bytes`,
            "This is not the registered file: check the address.",
          );
        }
        await handle.write(chunk, 0, chunk.byteLength, at).catch((cause) => {
          throw unwritable(part, cause);
        });
        at += chunk.byteLength;
        onProgress?.(at, total);
      }
    }
    await handle.sync();
  } catch (cause) {
    if (cause instanceof WindtunnelError) throw cause;
    throw new Interrupted(
      `the connection broke after ${at} bytes${total === undefined ? "" : ` of ${total}`}: ${reasonOf(cause)}`,
      { cause },
    );
  } finally {
    await handle.close();
  }
}

async function drop(response: Response, part: string): Promise<void> {
  await response.body?.cancel();
  await rm(part, { force: true });
}

async function finish(part: string, path: string): Promise<void> {
  await rename(part, path).catch((cause) => {
    throw unwritable(path, cause);
  });
}

/** Only https, except to this machine itself. */
function requireSafe(url: string, asked: string): void {
  const { protocol, hostname } = new URL(url);
  const local = hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
  if (protocol === "https:" || (protocol === "http:" && local)) return;
  throw failed(asked, `it leads to ${url}, which is not https`, "Give an address that begins with https.");
}

function reasonOf(error: unknown): string {
  const { cause, message } = error as { cause?: { code?: string; message?: string }; message?: string };
  return cause?.code ?? cause?.message ?? message ?? String(error);
}

function failed(url: string, what: string, hint: string): WindtunnelError {
  return new WindtunnelError("DOWNLOAD_FAILED", `${url}: ${what}.`, hint);
}

function unwritable(path: string, cause: unknown): WindtunnelError {
  return new WindtunnelError(
    "OUTPUT_UNWRITABLE",
    `${path} cannot be written: ${cause instanceof Error ? cause.message : String(cause)}.`,
    "Check that the folder is there and writable and that the disk has room.",
    { cause },
  );
}

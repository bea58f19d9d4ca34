// Telling somebody outside: a line in a file, a POST to an address. Tried a few times, never waited for by the loop, and of the
// address nothing is ever shown but its host: it may hold a secret.

import { appendFile } from "node:fs/promises";
import http from "node:http";
import https from "node:https";
import { backoffMillis, type Pacing } from "./limiter.js";

const TIMEOUT_MILLIS = 5_000;
const ATTEMPTS_MAX = 4;

/** Status of the answer; 0: there was none. */
function post(url: URL, text: string): Promise<number> {
  return new Promise((resolve) => {
    const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(text) };
    const send = url.protocol === "https:" ? https.request : http.request;
    const request = send(url, { method: "POST", headers, timeout: TIMEOUT_MILLIS }, (response) => {
      response.resume();
      response.on("error", () => undefined);
      resolve(response.statusCode ?? 0);
    });
    request.on("timeout", () => request.destroy());
    request.on("error", () => resolve(0));
    request.on("close", () => resolve(0));
    request.end(text);
  });
}

/** Posts JSON; true if it was taken. What is refused (4xx) is not repeated. */
export async function postJson(url: URL, body: unknown, pacing: Pacing): Promise<boolean> {
  const text = JSON.stringify(body);
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    if (attempt > 0) await pacing.sleep(backoffMillis(attempt - 1, pacing.random()));
    const status = await post(url, text);
    if (status >= 200 && status < 300) return true;
    if (status >= 400 && status < 500 && status !== 429) return false;
  }
  return false;
}

/** A line of JSON at the end of a file; true if it is there. */
export async function appendJson(file: string, body: unknown): Promise<boolean> {
  try {
    await appendFile(file, `${JSON.stringify(body)}\n`, { mode: 0o600 });
    return true;
  } catch {
    return false;
  }
}

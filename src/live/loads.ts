// Reads the load of targets where a configuration says that an address tells it. What cannot be read is not known, and what is
// not known is not zero.

import http from "node:http";
import https from "node:https";
import type { ScaleTarget } from "./config.js";
import { parseExposition, sumOf } from "./prometheus.js";
import { type Load, targetKey } from "./scaling.js";

const TIMEOUT_MILLIS = 5_000;
const BYTES_MAX = 16 << 20;

async function fetchText(url: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const get = url.startsWith("https:") ? https.get : http.get;
    const request = get(
      url,
      { headers: { accept: "text/plain;version=0.0.4" }, timeout: TIMEOUT_MILLIS },
      (response) => {
        const chunks: Buffer[] = [];
        let bytes = 0;
        response.on("data", (chunk: Buffer) => {
          bytes += chunk.byteLength;
          if (bytes > BYTES_MAX) request.destroy();
          else chunks.push(chunk);
        });
        response.on("end", () =>
          resolve(response.statusCode === 200 ? Buffer.concat(chunks).toString("utf8") : undefined),
        );
        response.on("error", () => resolve(undefined));
        response.on("close", () => resolve(undefined));
      },
    );
    request.on("timeout", () => request.destroy());
    request.on("error", () => resolve(undefined));
  });
}

/** Loads by targetKey; each address is asked once. */
export async function readLoads(targets: readonly ScaleTarget[]): Promise<Map<string, Load>> {
  const loads = new Map<string, Load>();
  const pages = new Map<string, Promise<string | undefined>>();
  await Promise.all(
    targets.map(async (target) => {
      if (target.load === "annotation") return;
      const { url, metric, labels } = target.load;
      if (!pages.has(url)) pages.set(url, fetchText(url));
      const text = await pages.get(url);
      if (text === undefined) return;
      const { samples } = parseExposition(text);
      const outstanding = sumOf(samples, metric, labels);
      if (outstanding === undefined || outstanding < 0) return;
      const success = target.successMetric === undefined ? undefined : sumOf(samples, target.successMetric, labels);
      // of the memory controller the metric is the share in use
      loads.set(targetKey(target), {
        outstanding,
        memoryShare: target.controller === "memory" ? outstanding : Number.NaN,
        success,
      });
    }),
  );
  return loads;
}

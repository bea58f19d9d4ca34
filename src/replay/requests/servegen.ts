// Requests as ServeGen describes them (Xiang et al., 2025): every client has its own rate, burstiness and lengths, by window.
// Gaps are gamma or Weibull with the published shape, around the published rate (the published scales do not give that rate:
// over m-large they are 11 % off); at the end of a window the rest of a gap is carried over in
// operational time, so that the process goes on and does not begin anew. Lengths of prompt and answer are drawn independently
// from the client's histograms of six hours.

import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { createDraws, type Draws } from "../../engine/draws.js";
import { exp, log } from "../../engine/math.js";
import type { RequestChunk } from "../../engine/services.js";
import { WindtunnelError } from "../../model/errors.js";
import { type Folders, locateFiles } from "../locate.js";
import { AliasTable } from "./alias.js";
import { drawGamma } from "./arrivals.js";

export const WINDOW_SECONDS = 600;
const LENGTHS_SECONDS = 6 * 3600;
/** Clients are part of a sort key. */
const CLIENTS_MAX = 256;

interface Client {
  /** By window: requests a second, 0 = none; shape of the gaps; 1 = Weibull. */
  rate: Float64Array;
  shape: Float64Array;
  weibull: Uint8Array;
  requests: number;
  /** Text of the histograms by six hours; "" = none. */
  prompts: string[];
  outputs: string[];
  /** Pictures, sounds and videos: how many a request has, and tokens of each one; absent: only text. */
  media?: { counts: string[]; tokens: string[] }[];
  /** Its name in the pool; absent: its number. */
  name?: string;
}

export interface ServegenPool {
  clients: Client[];
  windows: number;
  /** Of SERVEGEN_POOLS, where it was read. */
  name?: string;
  /** Share of requests of clients whose lengths are not published: they draw from all others'. */
  borrowedShare: number;
}

function parseTrace(text: string, file: string): Omit<Client, "prompts" | "outputs"> {
  const lines = text.trimEnd().split("\n");
  const column = () => new Float64Array(lines.length);
  const client = { rate: column(), shape: column(), weibull: new Uint8Array(lines.length), requests: 0 };
  lines.forEach((line, i) => {
    const [, rate, , pattern, shape] = line.split(",");
    if (pattern === "") return;
    const values = [rate, shape].map(Number);
    if ((pattern !== "Gamma" && pattern !== "Weibull") || !values.every((v) => v > 0)) {
      throw new WindtunnelError(
        "TRACE_UNREADABLE",
        `${file}:${i + 1}: "${line.trim()}" is no window of a client.`,
        "Expected start, rate, cv, Gamma or Weibull, and a shape; rate and shape above 0.",
      );
    }
    [client.rate[i], client.shape[i]] = values as [number, number];
    client.weibull[i] = pattern === "Weibull" ? 1 : 0;
    client.requests += client.rate[i]! * WINDOW_SECONDS;
  });
  return client;
}

/** `{50: 0.04, 51: 0.08}` as a table; undefined if it is empty. Values below `least` are made `least`. */
export function parseHistogram(text: string, least = 1): AliasTable | undefined {
  const entries = text.length <= 2 ? [] : text.slice(1, -1).split(", ");
  const values = new Int32Array(entries.length);
  const shares = new Float64Array(entries.length);
  entries.forEach((entry, i) => {
    const colon = entry.indexOf(": ");
    values[i] = Math.max(least, Number(entry.slice(0, colon)));
    shares[i] = Number(entry.slice(colon + 2));
  });
  return entries.length === 0 ? undefined : new AliasTable(values, shares);
}

/** Pools that are published. */
export const SERVEGEN_POOLS = ["m-large", "m-mid", "m-small", "deepseek-r1", "mm-image"] as const;
const MEDIA = ["image", "audio", "video"] as const;

/** Reads a pool of SERVEGEN_POOLS. Throws TRACE_NOT_FOUND and TRACE_UNREADABLE. */
export async function readServegen(pool: string, folders: Folders): Promise<ServegenPool> {
  const traces = await locateFiles(`servegen/${pool}-trace/*.csv`, folders);
  const datasets = await locateFiles(`servegen/${pool}-dataset/*.json`, folders);
  if (!traces || !datasets || traces.length > CLIENTS_MAX) {
    throw new WindtunnelError(
      "TRACE_NOT_FOUND",
      `ServeGen's pool "${pool}" is not in the data folder (servegen/${pool}-trace and -dataset).`,
      "Set WINDTUNNEL_DATA to the folder that has them.",
    );
  }
  const byClient = new Map(datasets.map((file) => [basename(file).replace("dataset.json", ""), file]));
  const clients: Client[] = [];
  for (const file of traces) {
    const trace = parseTrace(await readFile(file, "utf8"), file);
    const dataset = byClient.get(basename(file).replace("trace.csv", ""));
    const spans = Math.ceil((trace.rate.length * WINDOW_SECONDS) / LENGTHS_SECONDS);
    const texts = dataset
      ? (JSON.parse(await readFile(dataset, "utf8")) as Record<string, Record<string, string>>)
      : {};
    const list = (key: string) =>
      Array.from({ length: spans }, (_, s) => texts[String(s * LENGTHS_SECONDS)]?.[key] ?? "");
    const media = MEDIA.map((kind) => ({ counts: list(`${kind}_count`), tokens: list(`${kind}_tokens`) })).filter(
      ({ counts }) => counts.some((text) => text.length > 2 && text !== "{0: 1.0}"),
    );
    clients.push({
      ...trace,
      name: basename(file).replace("-trace.csv", ""),
      prompts: list(media.length > 0 || texts["0"]?.text_tokens !== undefined ? "text_tokens" : "input_tokens"),
      outputs: list("output_tokens"),
      ...(media.length > 0 ? { media } : {}),
    });
  }
  const sum = (list: readonly Client[]) => list.reduce((total, client) => total + client.requests, 0);
  const without = clients.filter((client) => client.prompts.every((text) => text.length <= 2));
  return { name: pool, clients, windows: clients[0]!.rate.length, borrowedShare: sum(without) / sum(clients) };
}

interface LengthTables {
  prompt: AliasTable;
  output: AliasTable;
  media: { count: AliasTable; tokens: AliasTable }[];
}

function mediaOf({ media = [] }: Client, span: number): LengthTables["media"] {
  return media.flatMap(({ counts, tokens }) => {
    const count = parseHistogram(counts[span]!, 0);
    const each = parseHistogram(tokens[span]!, 0);
    return count && each ? [{ count, tokens: each }] : [];
  });
}

/** Tables of one span of six hours; a client without its own draws a client in proportion to requests, and from its. */
class Lengths {
  readonly #tables: (LengthTables | undefined)[];
  readonly #lender: AliasTable;

  constructor(clients: readonly Client[], span: number) {
    this.#tables = clients.map((client) => {
      const prompt = parseHistogram(client.prompts[span]!);
      const output = parseHistogram(client.outputs[span]!);
      return prompt && output ? { prompt, output, media: mediaOf(client, span) } : undefined;
    });
    const able = clients.flatMap((_, c) => (this.#tables[c] ? [c] : []));
    this.#lender = new AliasTable(
      Int32Array.from(able),
      Float64Array.from(able, (c) => Math.max(1e-9, clients[c]!.requests)),
    );
  }

  of(client: number, draws: Draws): LengthTables {
    return this.#tables[client] ?? this.#tables[this.#lender.draw(draws)]!;
  }
}

/** Windows `from` .. `to` - 1 as chunks of requests in order, one a window; times from the first window's begin. */
export function* drawServegen(
  { clients, windows }: ServegenPool,
  seed: number,
  from = 0,
  to = windows,
): Generator<RequestChunk> {
  const gaps = clients.map((_, c) => createDraws(seed, `gaps ${c}`));
  const lengthDraws = createDraws(seed, "lengths");
  /** Operational time to each client's next request. */
  const carried = gaps.map((draws) => draws.exponential());
  let span = -1;
  let lengths: Lengths | undefined;
  for (let w = from; w < to; w++) {
    if (Math.floor((w * WINDOW_SECONDS) / LENGTHS_SECONDS) !== span) {
      span = Math.floor((w * WINDOW_SECONDS) / LENGTHS_SECONDS);
      lengths = new Lengths(clients, span);
    }
    const keys = windowKeys(clients, w, (w - from) * WINDOW_SECONDS, gaps, carried);
    yield chunkOf(keys, lengths!, lengthDraws);
  }
}

/** Requests a second of all clients together, by window of WINDOW_SECONDS. */
export function servegenRates({ clients, windows }: ServegenPool): Float64Array {
  return Float64Array.from({ length: windows }, (_, w) => clients.reduce((sum, client) => sum + client.rate[w]!, 0));
}

/** Windows for which one set of lengths holds. */
export const WINDOWS_A_SPAN = LENGTHS_SECONDS / WINDOW_SECONDS;

/** Draws pairs of lengths of a span of WINDOWS_A_SPAN windows, from clients in proportion to their requests in it. */
export function servegenLengths({ clients }: ServegenPool, span: number, draws: Draws): () => [number, number] {
  const lengths = new Lengths(clients, span);
  const within = (rate: Float64Array) => rate.subarray(span * WINDOWS_A_SPAN, (span + 1) * WINDOWS_A_SPAN);
  const chosen = new AliasTable(
    Int32Array.from(clients.keys()),
    Float64Array.from(clients, ({ rate }) => within(rate).reduce((sum, r) => sum + r, 0)),
  );
  return () => {
    const { prompt, output, media } = lengths.of(chosen.draw(draws), draws);
    const pair: [number, number] = [prompt.draw(draws), output.draw(draws)];
    for (const { count, tokens } of media) for (let k = count.draw(draws); k > 0; k--) pair[0] += tokens.draw(draws);
    return pair;
  };
}

/** The gamma function for x >= 1: Stirling's series above 8, to 1e-10 of the value. */
export function gammaOf(x: number): number {
  let factor = 1;
  let y = x;
  for (; y < 8; y++) factor *= y;
  const series = 1 / (12 * y) - 1 / (360 * y * y * y) + 1 / (1260 * y * y * y * y * y);
  return exp((y - 0.5) * log(y) - y + 0.9189385332046727 + series) / factor;
}

/** Arrival (µs) x CLIENTS_MAX + client, ascending. */
function windowKeys(
  clients: readonly Client[],
  window: number,
  beginSeconds: number,
  gaps: readonly Draws[],
  carried: number[],
): Float64Array {
  const keys: number[] = [];
  clients.forEach((client, c) => {
    const rate = client.rate[window]!;
    if (rate === 0) return;
    const draws = gaps[c]!;
    const shape = client.shape[window]!;
    const weibullMean = client.weibull[window] === 1 ? gammaOf(1 + 1 / shape) : 0;
    let at = carried[c]! / rate;
    while (at < WINDOW_SECONDS) {
      keys.push(Math.floor((beginSeconds + at) * 1e6) * CLIENTS_MAX + c);
      const gap = weibullMean > 0 ? exp(log(draws.exponential()) / shape) / weibullMean : drawGamma(draws, shape);
      at += gap / rate;
    }
    carried[c] = (at - WINDOW_SECONDS) * rate;
  });
  return Float64Array.from(keys).sort();
}

function chunkOf(keys: Float64Array, lengths: Lengths, draws: Draws): RequestChunk {
  const count = keys.length;
  const zeros = new Int32Array(count);
  const chunk: RequestChunk = {
    count,
    atMicros: new Float64Array(count),
    promptTokens: new Int32Array(count),
    outputTokens: new Int32Array(count),
    service: zeros,
    serviceClass: zeros,
    session: new Int32Array(count),
    origin: zeros,
    items: new Int32Array(count),
  };
  for (let i = 0; i < count; i++) {
    const micros = Math.floor(keys[i]! / CLIENTS_MAX);
    const client = keys[i]! - micros * CLIENTS_MAX;
    const { prompt, output, media } = lengths.of(client, draws);
    chunk.atMicros[i] = micros;
    chunk.session[i] = client;
    chunk.promptTokens[i] = prompt.draw(draws);
    chunk.outputTokens[i] = output.draw(draws);
    for (const { count: howMany, tokens } of media) {
      const items = howMany.draw(draws);
      chunk.items![i]! += items;
      for (let k = 0; k < items; k++) chunk.promptTokens[i]! += tokens.draw(draws);
    }
  }
  return chunk;
}

/** The pool with each client asking `scale` times as often, with the same shape of gaps and the same lengths. */
export function scaleServegen(pool: ServegenPool, scale: number): ServegenPool {
  const clients = pool.clients.map((client) => {
    return { ...client, rate: client.rate.map((rate) => rate * scale), requests: client.requests * scale };
  });
  return { ...pool, clients };
}

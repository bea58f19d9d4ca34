// The requests of a replication: arrivals of every service, merged in order of time.

import { createDraws, type Draws } from "../../engine/draws.js";
import { exp, log } from "../../engine/math.js";
import { createRequestChunk, type RequestChunk } from "../../engine/services.js";
import type { RequestTable } from "../../model/demand.js";
import { WindtunnelError } from "../../model/errors.js";
import { MODELS } from "../../model/llm.js";
import type { ServiceSpec, ServiceStudy } from "../../model/service-study.js";
import type { ContentsSpec } from "../../model/serving/gateway.js";
import { loadRequests } from "../../replay/index.js";
import { AliasTable } from "../../replay/requests/alias.js";
import { drawArrivals, drawTokens } from "../../replay/requests/arrivals.js";
import type { DrawnRequests } from "../../replay/requests/drawn.js";
import { replayRequests } from "../../replay/requests/replay.js";
import { drawSessions } from "../../replay/requests/sessions.js";
import type { Folders } from "../workload.js";

const HOUR_MICROS = 3_600e6;

/** What services take from records, by service; undefined where nothing is. */
export type Lengths = ({ lengths?: RequestTable; replay?: RequestTable } | undefined)[];

type Read = (dataset: string) => Promise<{ requests: RequestTable; citation: string; assumptions: readonly string[] }>;

async function loadService(spec: ServiceSpec, read: Read, notes: string[]): Promise<Lengths[number]> {
  const { name, lengths, replay } = spec;
  if (replay) {
    const { requests, citation, assumptions } = await read(replay.dataset);
    notes.push(
      `${name}: requests are those of ${replay.dataset} (${citation}), ${replay.speed === 1 ? "with their own gaps" : `gaps divided by ${replay.speed}`}${replay.scale === 1 ? "" : `, ${replay.scale} times as many`}; replications after the first begin at another moment of the window and go round.`,
      ...assumptions,
    );
    return { replay: requests };
  }
  if (spec.sessions)
    notes.push(
      `${name}: conversations of ${spec.sessions.turnsMean} requests in the mean, ${spec.sessions.gapSecondsMean} s from one request to the next whenever the answer came: an assumption.`,
    );
  if (spec.server && spec.server.microsPerToken === 0) return undefined; // how long they are does not matter
  if (lengths.dataset === undefined) {
    notes.push(
      `${name}: prompts are lognormal with median ${lengths.promptTokensMedian} and P90 ${lengths.promptTokensP90} tokens, answers ${lengths.outputTokensMedian} and ${lengths.outputTokensP90}: an assumption.`,
    );
    return undefined;
  }
  const { requests, citation } = await read(lengths.dataset);
  notes.push(`${name}: lengths are drawn in pairs from ${lengths.dataset} (${citation}).`);
  return { lengths: requests };
}

/** Reads the data sets that services take requests or lengths from, and what is assumed of them. Throws what loadRequests throws. */
export async function loadLengths(
  study: ServiceStudy,
  folders: Omit<Folders, "scenarioPath">,
): Promise<{ lengths: Lengths; notes: string[] }> {
  const notes: string[] = [];
  const read: Read = async (dataset) => {
    const { requests, provenance } = await loadRequests(dataset, {
      dataFolder: folders.dataFolder ?? "",
      cacheFolder: folders.cacheFolder,
    });
    return { requests, citation: provenance.citation, assumptions: provenance.assumptions };
  };
  const lengths: Lengths = [];
  for (const spec of study.services) lengths.push(await loadService(spec, read, notes));
  return { lengths, notes: [...new Set(notes)] };
}

/** Draws the lengths of a prompt and an answer. */
export function lengthsOf(spec: ServiceSpec, own: RequestTable | undefined, draws: Draws): () => [number, number] {
  const { promptTokensMedian, promptTokensP90, outputTokensMedian, outputTokensP90 } = spec.lengths;
  return () => {
    const row = own ? draws.integer(own.count) : 0;
    const prompt = Math.max(1, own ? own.promptTokens[row]! : drawTokens(draws, promptTokensMedian, promptTokensP90));
    const output = Math.max(1, own ? own.outputTokens[row]! : drawTokens(draws, outputTokensMedian, outputTokensP90));
    if (spec.server) return [prompt, 1];
    return [prompt, output];
  };
}

/** Requests of one service; `isFirst` of the first replication. */
function drawService(
  spec: ServiceSpec,
  own: Lengths[number],
  hours: number,
  seed: number,
  isFirst: boolean,
): DrawnRequests {
  const blockTokens = spec.prefixCache?.blockTokens;
  if (spec.replay) {
    if (!own?.replay)
      throw new WindtunnelError(
        "SCENARIO_INVALID",
        `${spec.name}: a variant replays ${spec.replay.dataset}, and the service itself replays no record.`,
        "Variants meet the same demand: give replay to the service.",
      );
    const drawn = replayRequests(
      createDraws(seed, `replay ${spec.name}`),
      own.replay,
      spec.replay,
      isFirst,
      blockTokens,
      !spec.server,
    );
    return upTo(drawn, hours * HOUR_MICROS);
  }
  const draws = createDraws(seed, `lengths ${spec.name}`);
  const lengths = lengthsOf(spec, own?.lengths, draws);
  const shape = {
    perSecondMean: spec.requestsPerSecond!,
    hourly: spec.hourly,
    daily: spec.daily,
    cv: spec.cv,
    bursts: spec.bursts,
  };
  const arrivals = (perSecondMean: number) =>
    drawArrivals(createDraws(seed, `arrivals ${spec.name}`), { ...shape, perSecondMean }, hours);
  if (spec.sessions) {
    const starts = arrivals(spec.requestsPerSecond! / spec.sessions.turnsMean);
    const { contextTokens } = MODELS[spec.model]!;
    const bounds = { starts, endMicros: hours * HOUR_MICROS, contextTokens, blockTokens };
    return drawSessions(createDraws(seed, `sessions ${spec.name}`), { ...spec.sessions, ...bounds }, lengths);
  }
  const at = arrivals(spec.requestsPerSecond!);
  const prompt = new Int32Array(at.length);
  const output = new Int32Array(at.length);
  for (let i = 0; i < at.length; i++) [prompt[i], output[i]] = lengths();
  if (!spec.contents) return { at, prompt, output };
  const content = drawContents(spec.contents, createDraws(seed, `contents ${spec.name}`), at.length);
  // the same is asked, and answered, in the same number of tokens
  const first = new Map<number, number>();
  content.forEach((what, i) => {
    if (what === 0) return;
    const same = first.get(what) ?? i;
    first.set(what, same);
    prompt[i] = prompt[same]!;
    output[i] = output[same]!;
  });
  return { at, prompt, output, content };
}

/** What each request asks, from 1 on, the popular ones first; 0: something of its own. */
function drawContents({ distinct, zipf, share }: ContentsSpec, draws: Draws, count: number): Int32Array {
  const ranks = Int32Array.from({ length: distinct }, (_, k) => k + 1);
  const popular = new AliasTable(
    ranks,
    Float64Array.from(ranks, (k) => exp(-zipf * log(k))),
  );
  return Int32Array.from({ length: count }, () => (draws.uniform() < share ? popular.draw(draws) : 0));
}

function upTo(drawn: DrawnRequests, micros: number): DrawnRequests {
  const late = drawn.at.findIndex((at) => at >= micros);
  return late < 0 ? drawn : { ...drawn, at: drawn.at.subarray(0, late) };
}

/** All requests of a replication; service i's are of class i. */
export function drawRequests(study: ServiceStudy, lengths: Lengths, seed: number, replication = 0): RequestChunk {
  const drawn = study.services.map((spec, s) => drawService(spec, lengths[s], study.hours, seed, replication === 0));
  const count = drawn.reduce((sum, d) => sum + d.at.length, 0);
  const chunk = createRequestChunk(count);
  const content = drawn.some((d) => d.content) ? new Int32Array(count) : undefined;
  if (content) chunk.content = content;
  const hasBlocks = drawn.some((d) => d.blocks);
  const blocks = new Int32Array(hasBlocks ? drawn.reduce((sum, d) => sum + (d.blocks?.length ?? 0), 0) : 0);
  const blockFirst = new Int32Array(hasBlocks ? count + 1 : 0);
  const next = drawn.map(() => 0);
  for (let i = 0; i < count; i++) {
    let first = -1;
    for (let s = 0; s < drawn.length; s++) {
      const at = drawn[s]!.at[next[s]!];
      if (at !== undefined && (first < 0 || at < drawn[first]!.at[next[first]!]!)) first = s;
    }
    const row = next[first]!++;
    const from = drawn[first]!;
    chunk.atMicros[i] = from.at[row]!;
    chunk.promptTokens[i] = from.prompt[row]!;
    chunk.outputTokens[i] = from.output[row]!;
    chunk.service[i] = first;
    chunk.serviceClass[i] = first;
    chunk.session[i] = from.session?.[row] ?? 0;
    if (content) content[i] = from.content?.[row] ?? 0;
    if (!hasBlocks) continue;
    const own = from.blocks?.subarray(from.blockFirst![row]!, from.blockFirst![row + 1]!) ?? [];
    blocks.set(own, blockFirst[i]!);
    blockFirst[i + 1] = blockFirst[i]! + own.length;
  }
  return hasBlocks ? { ...chunk, blockFirst, blocks: blocks.subarray(0, blockFirst[count]!) } : chunk;
}

// The requests of a replication: arrivals of every service, merged in order of time.

import { createDraws, type Draws } from "../../engine/draws.js";
import { exp, log } from "../../engine/math.js";
import { createRequestChunk, type RequestChunk } from "../../engine/services.js";
import { WindtunnelError } from "../../model/errors.js";
import { MODELS } from "../../model/llm.js";
import type { ServiceSpec, ServiceStudy } from "../../model/service-study.js";
import type { ContentsSpec } from "../../model/serving/gateway.js";
import { AliasTable } from "../../replay/requests/alias.js";
import { drawArrivals, type RateShape } from "../../replay/requests/arrivals.js";
import type { DrawnRequests } from "../../replay/requests/drawn.js";
import { replayRequests } from "../../replay/requests/replay.js";
import { drawSessions } from "../../replay/requests/sessions.js";
import { classesOf } from "./classes.js";
import { fromPool, withItems } from "./generated.js";
import { lengthsOf } from "./lengths.js";
import { originRows } from "./places.js";
import type { Lengths } from "./records.js";
import { drawWeights } from "./weights.js";
import { tenantNames, withWho } from "./who.js";

const HOUR_MICROS = 3_600e6;

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
      own.replay.requests,
      spec.replay,
      isFirst,
      blockTokens,
      !spec.server,
    );
    return withWho(spec, upTo(drawn, hours * HOUR_MICROS), own, seed);
  }
  if (spec.generator) return withWho(spec, withItems(spec, fromPool(spec, own?.pool, hours, seed), seed), own, seed);
  return withWho(spec, withItems(spec, drawFresh(spec, own, hours, seed), seed), own, seed);
}

/** Requests that no record has. */
function drawFresh(spec: ServiceSpec, own: Lengths[number], hours: number, seed: number): DrawnRequests {
  const blockTokens = spec.prefixCache?.blockTokens;
  const draws = createDraws(seed, `lengths ${spec.name}`);
  const lengths = lengthsOf(spec, own?.lengths, draws);
  const shape = {
    perSecondMean: spec.requestsPerSecond!,
    hourly: spec.hourly,
    daily: spec.daily,
    cv: spec.cv,
    bursts: spec.bursts,
  };
  const arrivals = (perSecondMean: number) => arrivalsOf(spec, { ...shape, perSecondMean }, hours, seed);
  if (spec.sessions) {
    const starts = arrivals(spec.requestsPerSecond! / spec.sessions.turnsMean);
    const { contextTokens } = MODELS[spec.model]!;
    const bounds = { starts: starts.at, endMicros: hours * HOUR_MICROS, contextTokens, blockTokens };
    const drawn = drawSessions(createDraws(seed, `sessions ${spec.name}`), { ...spec.sessions, ...bounds }, lengths);
    const { origin } = starts;
    return origin ? { ...drawn, origin: drawn.session!.map((session) => origin[session]!) } : drawn;
  }
  const { at, origin } = arrivals(spec.requestsPerSecond!);
  const from = origin ? { origin } : {};
  const prompt = new Int32Array(at.length);
  const output = new Int32Array(at.length);
  for (let i = 0; i < at.length; i++) [prompt[i], output[i]] = lengths();
  if (!spec.contents) return { at, prompt, output, ...from };
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
  return { at, prompt, output, content, ...from };
}

/** Arrivals of a service; by origin, each with its own day, where it has any. */
function arrivalsOf(
  spec: ServiceSpec,
  shape: RateShape,
  hours: number,
  seed: number,
): { at: Float64Array; origin?: Int32Array } {
  if (spec.origins.length === 0) return { at: drawArrivals(createDraws(seed, `arrivals ${spec.name}`), shape, hours) };
  const lists = spec.origins.map(({ name, share, hourOffset }) => {
    const { length } = shape.hourly;
    const hourly = shape.hourly.map((_, h) => shape.hourly[(h + hourOffset + length) % length]!);
    const own = { ...shape, hourly, perSecondMean: shape.perSecondMean * share };
    return drawArrivals(createDraws(seed, `arrivals ${spec.name} from ${name}`), own, hours);
  });
  const all = lists.flatMap((list, origin) => Array.from(list, (at) => ({ at, origin })));
  all.sort((a, b) => a.at - b.at || a.origin - b.origin);
  return { at: Float64Array.from(all, ({ at }) => at), origin: Int32Array.from(all, ({ origin }) => origin) };
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
  return late < 0 ? drawn : { ...drawn, at: drawn.at.subarray(0, late) }; // who reads the others goes by this one's length
}

export interface StudyRequests extends RequestChunk {
  /** Tenant k + 1 of the chunk. */
  tenants: readonly { service: number; name: string }[];
}

/** All requests of a replication; classes are numbered as in classRows. */
export function drawRequests(study: ServiceStudy, lengths: Lengths, seed: number, replication = 0): StudyRequests {
  const drawn = study.services.map((spec, s) => drawService(spec, lengths[s], study.hours, seed, replication === 0));
  const count = drawn.reduce((sum, d) => sum + d.at.length, 0);
  const chunk = createRequestChunk(count);
  const content = drawn.some((d) => d.content) ? new Int32Array(count) : undefined;
  if (content) chunk.content = content;
  const names = study.services.map((spec, s) => tenantNames(spec, lengths[s]));
  const items = drawn.some((d) => d.items) ? new Int32Array(count) : undefined;
  if (items) chunk.items = items;
  const tenants = names.flatMap((list, service) => list.map((name) => ({ service, name })));
  const tenant = tenants.length > 0 ? new Int32Array(count) : undefined;
  if (tenant) chunk.tenant = tenant;
  const firstTenant = names.map((_, s) => names.slice(0, s).reduce((sum, list) => sum + list.length, 0));
  const origins = originRows(study);
  const firstOrigin = study.services.map((_, s) => origins.findIndex((row) => row.service === s));
  const firstClass = study.services.map((_, s) => classesOf(study, s)[0]!);
  const needed = drawWeights(study, drawn, seed);
  const weights = needed.some((own) => own) ? new Int32Array(count) : undefined;
  if (weights) chunk.weights = weights;
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
    chunk.serviceClass[i] = firstClass[first]! + (from.serviceClass?.[row] ?? 0);
    if (from.origin) chunk.origin[i] = firstOrigin[first]! + from.origin[row]!;
    if (tenant && from.tenant) tenant[i] = firstTenant[first]! + from.tenant[row]!;
    chunk.session[i] = from.session?.[row] ?? 0;
    if (items) items[i] = from.items?.[row] ?? 0;
    if (content) content[i] = from.content?.[row] ?? 0;
    if (weights) weights[i] = needed[first]?.[row] ?? 0;
    if (!hasBlocks) continue;
    const own = from.blocks?.subarray(from.blockFirst![row]!, from.blockFirst![row + 1]!) ?? [];
    blocks.set(own, blockFirst[i]!);
    blockFirst[i + 1] = blockFirst[i]! + own.length;
  }
  const drawnAll = { ...chunk, tenants };
  return hasBlocks ? { ...drawnAll, blockFirst, blocks: blocks.subarray(0, blockFirst[count]!) } : drawnAll;
}

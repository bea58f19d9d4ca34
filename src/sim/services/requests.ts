// The requests of a replication: arrivals of every service, merged in order of time.

import { createDraws } from "../../engine/draws.js";
import { createRequestChunk, type RequestChunk } from "../../engine/services.js";
import type { ServiceSpec, ServiceStudy } from "../../model/service-study.js";
import { loadRequests } from "../../replay/index.js";
import { drawArrivals, drawTokens } from "../../replay/requests/arrivals.js";
import type { Folders } from "../workload.js";

/** Pairs of lengths to draw from, by service; undefined where they are lognormal. */
export type Lengths = ({ prompt: Int32Array; output: Int32Array } | undefined)[];

/** Reads the data sets that services take their lengths from, and what is assumed of them. Throws what loadRequests throws. */
export async function loadLengths(
  study: ServiceStudy,
  folders: Omit<Folders, "scenarioPath">,
): Promise<{ lengths: Lengths; notes: string[] }> {
  const notes: string[] = [];
  const lengths: Lengths = [];
  for (const { name, lengths: spec } of study.services) {
    if (spec.dataset === undefined) {
      lengths.push(undefined);
      notes.push(
        `${name}: prompts are lognormal with median ${spec.promptTokensMedian} and P90 ${spec.promptTokensP90} tokens, answers ${spec.outputTokensMedian} and ${spec.outputTokensP90}: an assumption.`,
      );
      continue;
    }
    const { requests, provenance } = await loadRequests(spec.dataset, {
      dataFolder: folders.dataFolder ?? "",
      cacheFolder: folders.cacheFolder,
    });
    lengths.push({ prompt: requests.promptTokens, output: requests.outputTokens });
    notes.push(`${name}: lengths are drawn in pairs from ${spec.dataset} (${provenance.citation}).`);
  }
  return { lengths, notes };
}

function drawService(spec: ServiceSpec, own: Lengths[number], hours: number, seed: number) {
  const at = drawArrivals(
    createDraws(seed, `arrivals ${spec.name}`),
    { perSecondMean: spec.requestsPerSecond, hourly: spec.hourly, daily: spec.daily, cv: spec.cv },
    hours,
  );
  const draws = createDraws(seed, `lengths ${spec.name}`);
  const prompt = new Int32Array(at.length);
  const output = new Int32Array(at.length);
  const { promptTokensMedian, promptTokensP90, outputTokensMedian, outputTokensP90 } = spec.lengths;
  for (let i = 0; i < at.length; i++) {
    const row = own ? draws.integer(own.prompt.length) : 0;
    prompt[i] = Math.max(1, own ? own.prompt[row]! : drawTokens(draws, promptTokensMedian, promptTokensP90));
    output[i] = Math.max(1, own ? own.output[row]! : drawTokens(draws, outputTokensMedian, outputTokensP90));
  }
  return { at, prompt, output };
}

/** All requests of a replication; service i's are of class i. */
export function drawRequests(study: ServiceStudy, lengths: Lengths, seed: number): RequestChunk {
  const drawn = study.services.map((spec, s) => drawService(spec, lengths[s], study.hours, seed));
  const count = drawn.reduce((sum, d) => sum + d.at.length, 0);
  const chunk = createRequestChunk(count);
  const next = drawn.map(() => 0);
  for (let i = 0; i < count; i++) {
    let first = -1;
    for (let s = 0; s < drawn.length; s++) {
      const at = drawn[s]!.at[next[s]!];
      if (at !== undefined && (first < 0 || at < drawn[first]!.at[next[first]!]!)) first = s;
    }
    const row = next[first]!++;
    chunk.atMicros[i] = drawn[first]!.at[row]!;
    chunk.promptTokens[i] = drawn[first]!.prompt[row]!;
    chunk.outputTokens[i] = drawn[first]!.output[row]!;
    chunk.service[i] = first;
    chunk.serviceClass[i] = first;
  }
  return chunk;
}

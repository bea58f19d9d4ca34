// What services take from records: requests that they replay, and lengths that they draw. Says what is assumed of them.

import type { Requests, RequestTable } from "../../model/demand.js";
import type { ServiceSpec, ServiceStudy } from "../../model/service-study.js";
import { loadRequests, readServegen, type ServegenPool } from "../../replay/index.js";
import type { Folders } from "../workload.js";

export interface ServiceRecords {
  lengths?: Pick<RequestTable, "count" | "promptTokens" | "outputTokens"> | undefined;
  replay?: Pick<Requests, "requests" | "names">;
  /** Clients of a generator. */
  pool?: ServegenPool;
  /** By class; undefined where a class has none of its own. */
  classLengths?: (RequestTable | undefined)[];
}

/** By service; undefined where nothing is taken. */
export type Lengths = (ServiceRecords | undefined)[];

interface Read {
  requests: (dataset: string) => Promise<Requests>;
  pool: (name: string) => Promise<ServegenPool>;
}

/** What is assumed of places and origins. */
function placeNotes({ name, places, origins, replay }: ServiceSpec): string[] {
  if (!places) return [];
  const byTime = ["response-time", "cost-and-time", "cost-in-time"].includes(places.rule);
  return [
    `${name}: stands in ${places.at.map((place) => place.name).join(", ")}; what stands in front sends each request by rule ${places.rule}, is where the request comes from, and knows at once what every place has in hand: an assumption. Network times are those given, always the same, and count there and back in TTFT and E2E.`,
    ...(replay
      ? [
          `${name}: a record does not say where requests come from: whole conversations are drawn by the shares of origins.`,
        ]
      : []),
    ...(byTime
      ? [
          `${name}: times are predicted from the replicas' own model at the mean lengths of the requests, with those in hand and on their way spread evenly.`,
        ]
      : []),
    ...origins.flatMap((origin) =>
      origin.allowed
        ? [`${name}: requests from ${origin.name} are served in ${origin.allowed.join(", ")} and nowhere else.`]
        : [],
    ),
  ];
}

/** What is assumed of classes and tenants. */
function whoNotes({ name, classes, tenants }: ServiceSpec): string[] {
  const shared = classes.filter(({ share }) => share !== undefined);
  return [
    ...(classes.length > 1
      ? [
          `${name}: classes ${shared.map((c) => `${c.name} ${c.share}`).join(", ")} are drawn by these shares, whole conversations at a time: an assumption. Cost is split by tokens of prompts and answers served.`,
        ]
      : []),
    ...(tenants && !tenants.recorded
      ? [
          `${name}: tenants are drawn ${tenants.shares ? "by their shares" : `by a Zipf law of exponent ${tenants.zipf}`}, independently of when and what they ask: an assumption. Jain's index is over tenants' shares within bounds.`,
        ]
      : []),
  ];
}

async function loadClassLengths(spec: ServiceSpec, read: Read, notes: string[]): Promise<(RequestTable | undefined)[]> {
  const tables: (RequestTable | undefined)[] = [];
  for (const { name, lengths } of spec.classes) {
    const dataset = lengths?.dataset;
    const found = dataset === undefined ? undefined : await read.requests(dataset);
    if (found)
      notes.push(`${spec.name}, ${name}: lengths are drawn in pairs from ${dataset} (${found.provenance.citation}).`);
    tables.push(found?.requests);
  }
  return tables;
}

async function loadService(spec: ServiceSpec, read: Read, notes: string[]): Promise<ServiceRecords | undefined> {
  const { name, lengths, replay } = spec;
  if (replay) {
    const { requests, names, provenance } = await read.requests(replay.dataset);
    notes.push(
      `${name}: requests are those of ${replay.dataset} (${provenance.citation}), ${replay.speed === 1 ? "with their own gaps" : `gaps divided by ${replay.speed}`}${replay.scale === 1 ? "" : `, ${replay.scale} times as many`}; replications after the first begin at another moment of the window and go round.`,
      ...provenance.assumptions,
    );
    return { replay: { requests, names } };
  }
  if (spec.generator) {
    const { servegen, scale, fromHours } = spec.generator;
    const pool = await read.pool(servegen);
    notes.push(
      `${name}: ${pool.clients.length} clients of ServeGen's ${servegen} from hour ${fromHours} on (Xiang et al., 2025, arXiv 2505.09999), each asking ${scale} times as often as published, with its own burstiness and lengths; ${(pool.borrowedShare * 100).toFixed(1)} % of requests are of clients whose lengths are not published and draw those of others. Prompt and answer are drawn independently; the weekday of hour 0 is not published.`,
      ...(servegen === "mm-image"
        ? [
            `${name}: tokens of a picture are read as those of one picture and multiplied by their number: an assumption.`,
          ]
        : []),
    );
    return { pool };
  }
  for (const { name: modality, share, itemsMean, tokensMedian, tokensP90 } of spec.modalities)
    notes.push(
      `${name}: ${share * 100} % of the requests have ${modality}, ${itemsMean} in the mean, of ${tokensMedian} tokens (median; P90 ${tokensP90}) each: an assumption.`,
    );
  if (spec.sessions)
    notes.push(
      `${name}: conversations of ${spec.sessions.turnsMean} requests in the mean, ${spec.sessions.gapSecondsMean} s from one request to the next whenever the answer came: an assumption.`,
    );
  if (spec.server && spec.server.microsPerToken === 0) return undefined; // how long they are does not matter
  const classLengths = await loadClassLengths(spec, read, notes);
  if (lengths.dataset === undefined) {
    notes.push(
      `${name}: prompts are lognormal with median ${lengths.promptTokensMedian} and P90 ${lengths.promptTokensP90} tokens, answers ${lengths.outputTokensMedian} and ${lengths.outputTokensP90}: an assumption.`,
    );
    return classLengths.some(Boolean) ? { classLengths } : undefined;
  }
  const { requests, provenance } = await read.requests(lengths.dataset);
  notes.push(`${name}: lengths are drawn in pairs from ${lengths.dataset} (${provenance.citation}).`);
  return { lengths: requests, classLengths };
}

/** Reads the data sets that services take requests or lengths from, and what is assumed of them. Throws what loadRequests throws. */
export async function loadLengths(
  study: ServiceStudy,
  folders: Omit<Folders, "scenarioPath">,
): Promise<{ lengths: Lengths; notes: string[] }> {
  const notes: string[] = [];
  const where = { dataFolder: folders.dataFolder ?? "", cacheFolder: folders.cacheFolder };
  const read: Read = {
    requests: (dataset) => loadRequests(dataset, where),
    pool: (pool) => readServegen(pool, where),
  };
  const lengths: Lengths = [];
  for (const spec of study.services) {
    lengths.push(await loadService(spec, read, notes));
    notes.push(...whoNotes(spec), ...placeNotes(spec));
  }
  return { lengths, notes: [...new Set(notes)] };
}

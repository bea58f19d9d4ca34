// What cannot be meant in a service of services.yaml, beyond what its schema checks: keys that do not go together.

import { MODELS } from "../../model/llm.js";
import type { ServiceSpec } from "../../model/service-study.js";
import type { ServerSpec } from "../../model/serving/server.js";
import { Alert } from "../../plan/alerts.js";
import { placesFault } from "./faults-places.js";
import { whoFault } from "./faults-who.js";
import { shareFault } from "./share.js";
import { stageFault } from "./stages.js";
import { weightsFault } from "./weights.js";

export interface Fault {
  what: string;
  hint: string;
}

/** What is wrong with who asks a service, and when. */
function demandFault(spec: ServiceSpec): Fault | undefined {
  const { requestsPerSecond, replay, generator, bursts, sessions, model } = spec;
  if ([requestsPerSecond, replay, generator].filter((key) => key !== undefined).length !== 1)
    return { what: "give one of requestsPerSecond, replay and generator.", hint: "Keep one of the three keys." };
  if (replay && bursts)
    return { what: "bursts are drawn, and replay has those of the record.", hint: "Keep one of the two keys." };
  if (replay && sessions)
    return { what: "sessions are drawn, and replay has those of the record.", hint: "Keep one of the two keys." };
  const drawn = generator && (["bursts", "sessions", "contents"] as const).find((key) => spec[key]);
  if (drawn)
    return {
      what: `${drawn} are drawn around requestsPerSecond, and generator says who asks when.`,
      hint: "Keep one of the two keys.",
    };
  if (generator && (generator.fromHours * 6) % 1 !== 0)
    return {
      what: `generator.fromHours is ${generator.fromHours}, no multiple of ten minutes: rates are published by ten minutes.`,
      hint: "Give a multiple of 1/6.",
    };
  if (sessions && !(model in MODELS))
    return { what: `there is no model "${model}".`, hint: `Known: ${Object.keys(MODELS).join(", ")}.` };
  return undefined;
}

/** What is wrong with a service. */
export function serviceFault(spec: ServiceSpec): Fault | undefined {
  const { replay, sessions, prefixCache, route, speculation, server, batchMax, tokenBudget } = spec;
  const asked = demandFault(spec);
  if (asked) return asked;
  if (route === "prefix" && !prefixCache)
    return { what: "route is prefix, and nothing keeps prefixes.", hint: "Add prefixCache: {}, or another route." };
  if (prefixCache && !replay && !sessions)
    return {
      what: "prefixCache finds nothing where no two prompts begin alike.",
      hint: "Add sessions, or replay a record with blocks of prefixes, such as mooncake/conversation.",
    };
  if (prefixCache && (prefixCache.blockTokens & (prefixCache.blockTokens - 1)) !== 0)
    return {
      what: `prefixCache.blockTokens is ${prefixCache.blockTokens}, no power of two.`,
      hint: "Choose 16, 64 or 512.",
    };
  if (speculation && batchMax * (speculation.draftTokens + 1) > tokenBudget)
    return {
      what: `${batchMax} requests with ${speculation.draftTokens} drafted tokens each do not fit tokenBudget, ${tokenBudget}.`,
      hint: "Lower batchMax or speculation.draftTokens, or raise tokenBudget.",
    };
  return (
    (server ? serverFault(spec, server) : sessionFault(spec)) ??
    gatewayFault(spec) ??
    whoFault(spec) ??
    placesFault(spec) ??
    alertFault(spec) ??
    stageFault(spec) ??
    shareFault(spec) ??
    weightsFault(spec)
  );
}

function sessionFault({ route, sessions, replay }: ServiceSpec): Fault | undefined {
  if (route !== "session" || sessions || replay) return undefined;
  return { what: "route is session, and there are no sessions.", hint: "Add sessions, or another route." };
}

function alertFault({ alerts }: ServiceSpec): Fault | undefined {
  for (const rule of alerts) {
    try {
      new Alert(rule);
    } catch (error) {
      return { what: `alerts: ${(error as Error).message}`, hint: "See docs/models/alerts.md." };
    }
  }
  return undefined;
}

function gatewayFault({ gateway, contents, replicas, replay, sessions }: ServiceSpec): Fault | undefined {
  if (replicas.min === 0 && !gateway?.hold)
    return {
      what: "replicas.min is 0, and nothing holds requests while there is no replica.",
      hint: "Add gateway: { hold: {} }, or keep one replica.",
    };
  if (gateway?.cache && !contents)
    return { what: "gateway.cache keeps nothing where no request is asked twice.", hint: "Add contents." };
  if (contents && (replay || sessions))
    return {
      what: "contents are drawn for single requests, not for a record or sessions.",
      hint: "Keep one of the keys.",
    };
  if (gateway?.retryBudget && gateway.retries === 0 && gateway.hedgeSeconds === undefined)
    return { what: "gateway.retryBudget limits nothing: there are neither retries nor hedges.", hint: "Add retries." };
  return undefined;
}

/** What is wrong with who falls back to whom. */
export function fallbackFault(services: readonly ServiceSpec[]): Fault | undefined {
  for (const { name, gateway } of services) {
    const seen = [name];
    for (let next = gateway?.fallback; next !== undefined; ) {
      const service = services.find((s) => s.name === next);
      if (!service)
        return {
          what: `${seen.at(-1)}: gateway.fallback is "${next}", which is not in the study.`,
          hint: `Services: ${services.map((s) => s.name).join(", ")}.`,
        };
      if (service.places)
        return {
          what: `${seen.at(-1)}: gateway.fallback is "${next}", which stands in several places: how far they are from this service's requests is not said.`,
          hint: "Fall back to a service that stands in one place, or make both one service with places.",
        };
      if (seen.includes(next))
        return { what: `services fall back in a circle: ${[...seen, next].join(", ")}.`, hint: "End the chain." };
      seen.push(next);
      next = service.gateway?.fallback;
    }
  }
  return undefined;
}

/** What cannot be meant of a server of batches. */
function serverFault(spec: ServiceSpec, { batchMillis }: ServerSpec): Fault | undefined {
  const other = (["prefixCache", "swap", "speculation", "disaggregation", "sessions", "times"] as const).find(
    (key) => spec[key],
  );
  if (other)
    return {
      what: `${other} is for language models, and server says that this is none.`,
      hint: "Leave one of the two out.",
    };
  for (let i = 1; i < batchMillis.length; i++) {
    const [[n0, ms0], [n1, ms1]] = [batchMillis[i - 1]!, batchMillis[i]!];
    if (n1 <= n0 || ms1 < ms0)
      return {
        what: `server.batchMillis goes from ${n0} requests in ${ms0} ms to ${n1} in ${ms1} ms.`,
        hint: "List larger batches later; they take no less time.",
      };
  }
  return undefined;
}

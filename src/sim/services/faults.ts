// What cannot be meant in a service of services.yaml, beyond what its schema checks: keys that do not go together.

import { MODELS } from "../../model/llm.js";
import type { ServiceSpec } from "../../model/service-study.js";

interface Fault {
  what: string;
  hint: string;
}

/** What is wrong with who asks a service, and with how its requests find a replica. */
export function serviceFault(spec: ServiceSpec): Fault | undefined {
  const { requestsPerSecond, replay, sessions, prefixCache, route, model } = spec;
  if ((requestsPerSecond === undefined) === (replay === undefined))
    return { what: "give either requestsPerSecond or replay, and not both.", hint: "Keep one of the two keys." };
  if (replay && sessions)
    return { what: "sessions are drawn, and replay has those of the record.", hint: "Keep one of the two keys." };
  if (sessions && !(model in MODELS))
    return { what: `there is no model "${model}".`, hint: `Known: ${Object.keys(MODELS).join(", ")}.` };
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
  if (route === "session" && !sessions && !replay)
    return { what: "route is session, and there are no sessions.", hint: "Add sessions, or another route." };
  return undefined;
}

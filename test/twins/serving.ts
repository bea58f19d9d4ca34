// All requests of a case, served slowly and obviously; the engine must agree with every timestamp.

import type { ProfileSetup, RequestChunk, RouteRule } from "#src/engine/services.js";
import type { WeightsSetup } from "#src/engine/weights.js";
import { type Answer, newRequest, type Parting } from "./serving-parts.js";
import { seenAt, Twin } from "./serving-twin.js";

/** What was found, given up and moved. */
interface Served {
  hitTokens: number;
  evicted: number;
  swaps: number;
  accepted: number;
  handed: number;
  weightsAsked: number;
  weightsHit: number;
}

/** Serves all requests on replicas of one profile; answers in order of id, and all gaps between tokens. */
export function serveSlowly(
  profile: ProfileSetup,
  replicas: number,
  rule: RouteRule,
  requests: RequestChunk,
  priorities: readonly number[],
  seed = 1,
  parting?: Parting,
  sets: readonly WeightsSetup[] = [],
): Served & { answers: Answer[]; gapTicks: bigint[] } {
  const twin = new Twin(profile, replicas, rule, seed, parting, sets);
  let next = 0;
  for (;;) {
    const ends = twin.replicas.map((r) => (r.end === null ? Number.POSITIVE_INFINITY : seenAt(r.end)));
    const end = Math.min(...ends);
    const arrival = next < requests.count ? requests.atMicros[next]! : Number.POSITIVE_INFINITY;
    const sent = twin.replicas.map((r) => r.sends[0]?.at ?? Number.POSITIVE_INFINITY);
    const send = Math.min(...sent);
    const [parted] = twin.outbox;
    if (parted && seenAt(parted.from.clock) < end) {
      twin.outbox.shift();
      twin.passOn(parted.from, parted.q);
      continue;
    }
    if (Math.min(end, send) === Number.POSITIVE_INFINITY && arrival === Number.POSITIVE_INFINITY) break;
    if (end > send && send <= arrival) {
      twin.deliver(twin.replicas[sent.indexOf(send)]!);
      continue;
    }
    if (end <= arrival) {
      const place = ends.indexOf(end);
      twin.step(twin.replicas[place]!, place);
      continue;
    }
    twin.arrive(newRequest(requests, next, priorities[requests.serviceClass[next]!]!));
    next++;
  }
  twin.answers.sort((a, b) => a.id - b.id);
  const { answers, gaps, hitTokens, evicted, swaps, accepted, handed, room } = twin;
  const weights = { weightsAsked: room.asked, weightsHit: room.hits };
  return { answers, gapTicks: gaps, hitTokens, evicted, swaps, accepted, handed, ...weights };
}

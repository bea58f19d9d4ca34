// Speculative decoding (Leviathan, Kalman and Matias 2023; Chen et al. 2023): a small model drafts k tokens for every request
// that decodes, one iteration of the large one checks them, and as many as are accepted are given at once, and one more. A
// drafted token is accepted with one probability, if all before it were. Draws depend on the run's seed, the request and how
// many tokens it has, so that they are the same under every policy. What an iteration gives is drawn, so each is an event of
// its own. In such a replica a request's `finishAt` counts tokens that are left, and `phase` its memory blocks.

import { DRAFT_ACCEPTED, DRAFTED, PROFILE_ACCEPTANCE, PROFILE_DRAFT_SHARE } from "../../abi";
import { STREAM_DRAFT, uniformOf } from "../../kernel/random";
import { recordGaps } from "../../measure/requests/outcomes";
import { countServer } from "../../measure/requests/servers";
import { u64At } from "../../memory";
import { blocksFor, Replica } from "./replica";
import { Request, requestOf } from "./requests";
import { profileField } from "./tables";

/** Memory blocks of a request with what an iteration may add: its drafts, up to its end. */
export function wantedBlocks(r: Replica, q: Request): i32 {
  const given = q.output - <i32>q.finishAt;
  return max(q.phase, blocksFor(r, min(q.prompt + given + r.draft, q.prompt + q.output - 1)));
}

/** Memory blocks that all who decode need more. */
export function draftGrowth(r: Replica): i32 {
  let growth = 0;
  for (let slot = r.runHead; slot; slot = requestOf(slot).next) {
    const q = requestOf(slot);
    if (q.decodes) growth += wantedBlocks(r, q) - q.phase;
  }
  return growth;
}

/** They have them. */
export function takeDraftMemory(r: Replica): void {
  for (let slot = r.runHead; slot; slot = requestOf(slot).next) {
    const q = requestOf(slot);
    if (!q.decodes) continue;
    const wanted = wantedBlocks(r, q);
    r.blocksUsed += wanted - q.phase;
    q.phase = wanted;
  }
}

/** Ticks of drafting k tokens for `decodes` requests: so many iterations of the small model, each a share of the large one's. */
export function draftTicks(r: Replica, decodes: i32): i64 {
  if (decodes == 0) return 0;
  const whole = <i64>u64At(r.table, decodes) + r.contextTicks * (r.context + decodes);
  return <i64>(<f64>(whole * r.draft) * profileField(r.profile, PROFILE_DRAFT_SHARE));
}

/** Every request that decodes gets the tokens of an iteration of `ticks`, which ends at `end`. */
export function giveDrafts(r: Replica, ticks: i64, end: i64): void {
  const acceptance = profileField(r.profile, PROFILE_ACCEPTANCE);
  for (let slot = r.runHead; slot; slot = requestOf(slot).next) {
    const q = requestOf(slot);
    if (!q.decodes) continue;
    const given = q.output - <i32>q.finishAt;
    const u = uniformOf(STREAM_DRAFT, <i32>q.id, given);
    let accepted = 0;
    for (let chance = acceptance; accepted < r.draft && u < chance; chance *= acceptance) accepted++;
    const tokens = min(<i32>q.finishAt, accepted + 1);
    countServer(r.service, DRAFTED, <f64>r.draft);
    countServer(r.service, DRAFT_ACCEPTED, <f64>accepted);
    recordGaps(r.service, 1, q.chunk < 0 ? end - q.lastTick : ticks, 0, 1);
    q.chunk = 0;
    // further tokens come with the first
    if (tokens > 1) recordGaps(r.service, tokens - 1, 0, 0, 1);
    r.context += tokens;
    q.finishAt -= tokens;
  }
  r.joined = 0;
}

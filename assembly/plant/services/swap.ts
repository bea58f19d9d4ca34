// Preemption by moving keys and values to the memory of the host, where there is room, in place of computing them again (vLLM,
// Kwon et al. 2023, section 4.5). Moving takes time of the iteration that begins then: nothing is computed meanwhile, as in
// vLLM's first engine. Those whose prompt is not yet computed are never moved: they begin anew.

import { PROFILE_SWAP_TICKS, SWAP_BLOCKS, SWAP_OUT } from "../../abi";
import { countServer } from "../../measure/requests/servers";
import { blocksFor, Replica } from "./replica";
import { Request } from "./requests";
import { profileField } from "./tables";

/** A preempted request's `tokens` go to the host, if they fit there: `computed` says so while it waits. */
export function swapOut(r: Replica, q: Request, tokens: i32): void {
  const blocks = blocksFor(r, tokens);
  if (r.hostUsed + blocks > r.hostBlocks) return;
  r.hostUsed += blocks;
  r.moved += blocks;
  q.computed = tokens;
  countServer(r.service, SWAP_OUT, 1);
  countServer(r.service, SWAP_BLOCKS, <f64>blocks);
}

/** They come back. */
export function swapIn(r: Replica, q: Request): void {
  const blocks = blocksFor(r, q.computed);
  r.hostUsed -= blocks;
  r.moved += blocks;
  q.computed = 0;
  countServer(r.service, SWAP_BLOCKS, <f64>blocks);
}

/** A request that waits will never come back. */
export function dropSwapped(r: Replica, q: Request): void {
  r.hostUsed -= blocksFor(r, q.computed);
  q.computed = 0;
}

/** Ticks that moving takes of the iteration that is formed. */
export function takeMoved(r: Replica): i64 {
  const ticks = <i64>(<f64>r.moved * profileField(r.profile, PROFILE_SWAP_TICKS));
  r.moved = 0;
  return ticks;
}

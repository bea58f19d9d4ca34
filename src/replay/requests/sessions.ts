// Conversations: each prompt repeats what was said before, so that its blocks are those of the turn before and new ones.

import type { Draws } from "../../engine/draws.js";
import { log } from "../../engine/math.js";
import type { SessionsSpec } from "../../model/serving/demand.js";
import { type DrawnRequests, inOrder, type RequestRow } from "./drawn.js";

/** Turns of a conversation: geometric with this mean, at least 1. */
function drawTurns(draws: Draws, mean: number): number {
  if (mean === 1) return 1;
  return 1 + Math.floor(log(1 - draws.uniform()) / log(1 - 1 / mean));
}

export interface SessionsShape extends SessionsSpec {
  /** Begins of conversations, whole µs. */
  starts: Float64Array;
  /** Nothing begins from here on, µs. */
  endMicros: number;
  /** Prompt and answer of a request at most, tokens. */
  contextTokens: number;
  /** Tokens of a block of a prefix; undefined = blocks are not wanted. */
  blockTokens: number | undefined;
}

/**
 * Requests of conversations. `lengths` draws the new part of a prompt and the answer. The first blocks of `systemTokens` are
 * common to all; a block that holds a token of its own conversation is its own. Lists of blocks go on into the answer, which
 * is in memory too when it has been given.
 */
export function drawSessions(draws: Draws, shape: SessionsShape, lengths: () => [number, number]): DrawnRequests {
  const rows: RequestRow[] = [];
  const common = shape.blockTokens ? Math.floor(shape.systemTokens / shape.blockTokens) : 0;
  let nextBlock = common;
  shape.starts.forEach((start, session) => {
    let at = start;
    let said = shape.systemTokens;
    const blocks = Array.from({ length: common }, (_, i) => i);
    for (let turn = drawTurns(draws, shape.turnsMean); turn > 0; turn--) {
      const [asked, output] = lengths();
      const prompt = said + asked;
      if (at >= shape.endMicros || (prompt + output > shape.contextTokens && said > shape.systemTokens)) break;
      said = prompt + output;
      if (shape.blockTokens) while (blocks.length < Math.floor(said / shape.blockTokens)) blocks.push(nextBlock++);
      rows.push({ at, prompt, output, session, blocks: shape.blockTokens ? blocks.slice() : [] });
      at += Math.max(1, Math.floor(draws.exponential() * shape.gapSecondsMean * 1e6));
    }
  });
  return inOrder(rows, { sessions: true, blocks: shape.blockTokens !== undefined });
}

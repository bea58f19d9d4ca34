// Recorded requests at their own moments: a window, more or fewer users, faster or slower.

import type { Draws } from "../../engine/draws.js";
import type { RequestTable } from "../../model/demand.js";
import { WindtunnelError } from "../../model/errors.js";
import type { ReplaySpec } from "../../model/serving/demand.js";
import { type DrawnRequests, inOrder, type RequestRow } from "./drawn.js";

const HOUR_MICROS = 3_600e6;

function refuse(dataset: string, what: string, hint: string): never {
  throw new WindtunnelError("SCENARIO_INVALID", `replay ${dataset}: ${what}`, hint);
}

/** Rows within the window, and its length, µs. */
function windowOf(table: RequestTable, spec: ReplaySpec): { rows: number[]; begin: number; length: number } {
  const begin = spec.fromHours * HOUR_MICROS;
  const last = table.count > 0 ? table.atMicros[table.count - 1]! : 0;
  const toEnd = last - begin + Math.max(1, last / Math.max(1, table.count - 1));
  const length = spec.hours === undefined ? toEnd : spec.hours * HOUR_MICROS;
  const rows: number[] = [];
  for (let i = 0; i < table.count; i++) {
    const at = table.atMicros[i]! - begin;
    if (at >= 0 && at < length) rows.push(i);
  }
  if (rows.length === 0)
    refuse(spec.dataset, `there is no request in the window.`, "The record is shorter: see `windtunnel trace show`.");
  return { rows, begin, length: Math.min(length, toEnd) };
}

/** Blocks of a row that are whole: those of the last few tokens are not kept by a cache. */
function wholeBlocks(table: RequestTable, row: number, blockTokens: number, dataset: string): Int32Array {
  const first = table.blockFirst[row]!;
  const count = table.blockFirst[row + 1]! - first;
  const prompt = table.promptTokens[row]!;
  if (count !== Math.ceil(prompt / blockTokens))
    refuse(
      dataset,
      `a prompt of ${prompt} tokens has ${count} blocks, which are not of ${blockTokens} tokens.`,
      "Set prefixCache.blockTokens to the record's own: 512 for Mooncake.",
    );
  return table.blocks.subarray(first, first + Math.floor(prompt / blockTokens));
}

/**
 * @param isFirst the record as it is; otherwise it begins at a drawn moment of the window and goes round.
 * @param blockTokens of the cache; undefined = blocks are not wanted.
 * @param isAnswered false: whoever answers gives no tokens, and lengths may be missing in the record.
 */
export function replayRequests(
  draws: Draws,
  table: RequestTable,
  spec: ReplaySpec,
  isFirst: boolean,
  blockTokens?: number,
  isAnswered = true,
): DrawnRequests {
  const { rows, begin, length } = windowOf(table, spec);
  const sessions = table.session.reduce((most, s) => Math.max(most, s), 0) + 1;
  const hasBlocks = blockTokens !== undefined && table.blocks.length > 0;
  const blockCount = hasBlocks ? table.blocks.reduce((most, b) => Math.max(most, b), 0) + 1 : 0;
  const copies = Math.ceil(spec.scale);
  if (blockCount * copies >= 2 ** 31) refuse(spec.dataset, "too many blocks for this scale.", "Lower replay.scale.");
  const out: RequestRow[] = [];
  for (let copy = 0; copy < copies; copy++) {
    const offset = copy === 0 && isFirst ? 0 : Math.floor(draws.uniform() * length);
    const share = Math.min(1, spec.scale - copy);
    const keeps = sessions > 1 ? Array.from({ length: sessions }, () => draws.uniform() < share) : undefined;
    for (const row of rows) {
      if (!(keeps ? keeps[table.session[row]!] : share >= 1 || draws.uniform() < share)) continue;
      if (isAnswered && !(table.promptTokens[row]! > 0 && table.outputTokens[row]! > 0))
        refuse(spec.dataset, "the record does not say how long prompts and answers are.", "Choose another data set.");
      const blocks = hasBlocks ? wholeBlocks(table, row, blockTokens, spec.dataset) : [];
      out.push({
        at: Math.floor(((table.atMicros[row]! - begin + length - offset) % length) / spec.speed),
        prompt: Math.max(1, table.promptTokens[row]!),
        output: isAnswered ? table.outputTokens[row]! : 1,
        session: table.session[row]! + copy * sessions,
        record: row,
        blocks: copy === 0 ? blocks : Array.from(blocks, (block) => block + copy * blockCount),
      });
    }
  }
  return inOrder(out, { sessions: sessions > 1, blocks: hasBlocks, records: true });
}

// What must be so when all requests of a run have ended: each ended once, and nothing of any of them is left anywhere.

import * as abi from "../../engine/abi.js";
import type { Engine } from "../../engine/engine.js";
import { readGatewayCounts } from "../../engine/gateways.js";
import type { ServingSetup } from "../../engine/services.js";
import { readOutcomes } from "./outcomes.js";

const LEFT_AT_REPLICAS = [
  abi.COL_REPLICA_BLOCKS,
  abi.COL_REPLICA_OUTSTANDING,
  abi.COL_REPLICA_TOKENS,
  abi.COL_REPLICA_RUNNING,
  abi.COL_REPLICA_WAITING,
];
const LEFT_IN_LISTS = [abi.REQUEST_LIVE, abi.CALL_LIVE, abi.CALL_HELD, abi.PASSAGE_LIVE];

export interface Accounts {
  /** Requests that ended, in whatever way. */
  ended: number;
  /** Requests, tokens and blocks of memory of them that are still somewhere. */
  left: number;
}

export function accountsOf(engine: Engine, serving: ServingSetup): Accounts {
  engine.call((e) => e.gauge(0));
  const ended = readOutcomes(engine, serving).reduce((sum, o, k) => {
    const lost = readGatewayCounts(engine, k);
    return sum + o.answered + o.tooLong + o.refused + lost.shed + lost.expired + lost.failed;
  }, 0);
  const atReplicas = LEFT_AT_REPLICAS.flatMap((id) => Array.from(engine.column(id, "i32") as Int32Array));
  const inLists = LEFT_IN_LISTS.map((slot) => engine.getI(slot));
  return { ended, left: [...atReplicas, ...inLists].reduce((sum, n) => sum + Math.abs(n), 0) };
}

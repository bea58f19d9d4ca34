// Reads who was served: counts by tenant.

import * as abi from "./abi.js";
import type { Engine } from "./engine.js";

export interface TenantCounts {
  arrived: number;
  answered: number;
  /** Within every bound of their classes. */
  met: number;
  /** Of prompts and answers that were served. */
  tokens: number;
}

/** @param tenant from 1 on. */
export function readTenant(engine: Engine, tenant: number): TenantCounts {
  const counts = engine.column(abi.COL_TENANT_COUNTS, "f64");
  const of = (what: number) => counts[tenant * abi.TENANT_COUNT + what]!;
  return {
    arrived: of(abi.TENANT_ARRIVED),
    answered: of(abi.TENANT_DONE),
    met: of(abi.TENANT_MET),
    tokens: of(abi.TENANT_TOKENS),
  };
}

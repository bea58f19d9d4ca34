// Who was served: counts by tenant.

import { CAP_SERVE_TENANTS, COL_TENANT_COUNTS, TENANT_COUNT } from "../../abi";
import { column, f64At, getI, setF64 } from "../../memory";

let counts: usize = 0;

export function layoutTenants(): void {
  counts = column(COL_TENANT_COUNTS, 8, (getI(CAP_SERVE_TENANTS) + 1) * TENANT_COUNT);
}

@inline export function countTenant(tenant: i32, what: i32, by: f64): void {
  if (tenant == 0) return;
  const at = tenant * TENANT_COUNT + what;
  setF64(counts, at, f64At(counts, at) + by);
}

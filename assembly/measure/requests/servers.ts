// What servers did beyond iterations, counted by service.

import { CAP_SERVICES, COL_SERVER_COUNTS, SERVER_COUNT } from "../../abi";
import { column, f64At, getI, setF64 } from "../../memory";

let counts: usize = 0;

export function layoutServerCounts(): void {
  counts = column(COL_SERVER_COUNTS, 8, getI(CAP_SERVICES) * SERVER_COUNT);
}

@inline export function countServer(service: i32, what: i32, by: f64): void {
  const at = service * SERVER_COUNT + what;
  setF64(counts, at, f64At(counts, at) + by);
}

// Links between clouds: a transfer is an event on a link. One transfer at a time has a link; the next waits for it.

import { EGRESS_USD, LINK_COUNT, NOW } from "../abi";
import { addF, f64At, getF, getI, i32At, setF64 } from "../memory";
import { linkBusyUntil, linkBytesPerMicro, linkFrom, linkLatency, linkTo, linkUsdPerGb } from "./tables";

/** Sends `bytes` from cloud to cloud and books the egress; when the last byte arrives, µs. Without a link: at once, free. */
export function transferOver(from: i32, to: i32, bytes: f64): f64 {
  const now = getF(NOW);
  for (let i = 0, n = getI(LINK_COUNT); i < n; i++) {
    if (i32At(linkFrom, i) != from || i32At(linkTo, i) != to) continue;
    const begins = Math.max(now, f64At(linkBusyUntil, i));
    const ends = begins + Math.ceil(bytes / f64At(linkBytesPerMicro, i));
    setF64(linkBusyUntil, i, ends);
    addF(EGRESS_USD, (bytes / 1e9) * f64At(linkUsdPerGb, i));
    return ends + f64At(linkLatency, i);
  }
  return now;
}

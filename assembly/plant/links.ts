// Links between clouds: a transfer is an event on a link. One transfer at a time has a link; the next waits for it.

import { EGRESS_USD, LINK_COUNT, NOW } from "../abi";
import { addF, f64At, getF, getI, i32At, setF64 } from "../memory";
import { linkBusyUntil, linkBytesPerMicro, linkFrom, linkLatency, linkTo, linkUsdPerGb } from "./tables";

/** The link from a cloud to another; -1 if there is none. */
export function findLink(from: i32, to: i32): i32 {
  for (let i = 0, n = getI(LINK_COUNT); i < n; i++) {
    if (i32At(linkFrom, i) == from && i32At(linkTo, i) == to) return i;
  }
  return -1;
}

/** Sends `bytes` over a link and books the egress, in full even if the job is stopped on the way; when the last byte arrives, µs. */
export function transferOver(i: i32, bytes: f64): f64 {
  const begins = Math.max(getF(NOW), f64At(linkBusyUntil, i));
  const ends = begins + Math.ceil(bytes / f64At(linkBytesPerMicro, i));
  setF64(linkBusyUntil, i, ends);
  addF(EGRESS_USD, (bytes / 1e9) * f64At(linkUsdPerGb, i));
  return ends + f64At(linkLatency, i);
}

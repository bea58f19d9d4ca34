// The FGD placement, written by a user: place a request where the free GPU of a node becomes least useless for typical
// requests (Weng et al., USENIX ATC 2023). The engine's own `fgd` decides the same.

import { deviceFits, deviceHasTwin, fragmentAfter, fragmentAfterOn, fragmentNow, gpuMilli, nodeGpus } from "features";

/** 50 = no change, above: fewer fragments. Whole numbers, so that small differences are ties. */
function points(lessFragment: f64): f64 {
  return Math.floor((1 / (1 + Math.exp(-lessFragment / 1000))) * 100);
}

/** The higher, the better the node; it is asked only about nodes that have room. */
export function score(): f64 {
  const before = fragmentNow();
  const milli = gpuMilli();
  if (milli == 0 || milli >= 1000) return points(before - fragmentAfter());
  let best: f64 = -1;
  for (let d = 0; d < nodeGpus(); d++) {
    if (deviceFits(d) != 0 && deviceHasTwin(d) == 0) best = Math.max(best, points(before - fragmentAfterOn(d)));
  }
  return best;
}

/** Which device of that node a share goes to. */
export function device(d: i32): f64 {
  return points(fragmentNow() - fragmentAfterOn(d));
}

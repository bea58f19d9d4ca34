// The policy of the world of a run without jobs: never asked for anything.

import type { PolicySetup } from "../../engine/world.js";
import { findQueuePolicy } from "../../model/policies.js";

export const PLACEMENT_FREE_POLICY: PolicySetup = {
  queue: findQueuePolicy("fifo")!,
  place: "first-fit",
  lasThresholdsGpuSeconds: [1],
  reservationDepth: 1,
};

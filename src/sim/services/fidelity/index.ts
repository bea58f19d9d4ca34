// All that the product can check of its own services, with what is known from elsewhere.

import type { FluidFidelity } from "../fluid/study.js";
import { runFluidStudy } from "../fluid/study.js";
import { readServiceStudy } from "../study-file.js";
import type { Check, CheckGroup } from "./check.js";
import { checkExactness } from "./exactness.js";
import { checkQueues } from "./queues.js";
import { checkSweeps } from "./sweeps.js";

export type { Check, CheckGroup } from "./check.js";

export interface Fidelity {
  groups: CheckGroup[];
  /** The fluid beside requests, for the services of a shipped study. */
  fluid: FluidFidelity[];
}

/** @param study path of the study whose services the fluid is held against. */
export async function checkFidelity(study: string): Promise<Fidelity> {
  const { fidelity } = runFluidStudy({ ...(await readServiceStudy(study)), controllers: ["fixed"] }, []);
  return { groups: [checkQueues(), checkSweeps(), checkExactness()], fluid: fidelity };
}

export function failing({ groups }: Fidelity): Check[] {
  return groups.flatMap(({ checks }) => checks.filter(({ holds }) => !holds));
}

// What a controller is given, and what a pass of it gives back.

import type { KubeApi } from "./api.js";
import type { Audit } from "./audit.js";
import type { Snapshot } from "./cluster.js";
import type { LiveConfig } from "./config.js";
import type { Pause } from "./control.js";
import type { DriftOptions } from "./drift.js";
import type { Outcome } from "./executor.js";
import type { Guard } from "./guards.js";
import type { Leader } from "./lease.js";
import type { Pacing } from "./limiter.js";
import type { Metrics } from "./metrics.js";
import type { Permit } from "./permit.js";
import type { Plan } from "./plan.js";
import type { Decide, Thought } from "./planner.js";
import type { LivePrices } from "./prices.js";
import type { Load } from "./scaling.js";

/** A cluster as the loop sees it. */
export interface View {
  readonly name: string;
  readonly api: KubeApi;
  snapshot(): Snapshot;
}

/** A permit's file: what it says, or why it was refused. */
export interface PermitState {
  permit: Permit | undefined;
  fault: string | undefined;
}

export type LeaderPart = Pick<Leader, "leads" | "spend" | "spent" | "recall" | "keep" | "transitions">;

export interface ControllerParts {
  config: LiveConfig;
  views: readonly View[];
  leaders: ReadonlyMap<string, LeaderPart>;
  decide: Decide;
  loads(targets: LiveConfig["targets"]): Promise<Map<string, Load>>;
  audit: Audit;
  metrics: Metrics;
  pacing: Pacing;
  permit: PermitState;
  policySha256: string | null;
  /** Of the policy that is compared with the first, where one is. */
  treatment?: { permit: PermitState; policySha256: string | null } | undefined;
  engineSha256: string;
  localPause(): Pause;
  /** Prices, where there is a list. */
  prices?: LivePrices | undefined;
  drift?: Partial<DriftOptions>;
  /** Told of each outcome, for events and logs. */
  onOutcome?(outcome: Outcome, snapshot: Snapshot | undefined): void;
  guards?: readonly Guard[];
}

export interface Cycle {
  plan: Plan;
  thought: Thought;
  outcomes: Outcome[];
}

// Alert rules of a service over its run: what they see at ticks, what they changed to, and what they add to a controller's wish.

import * as abi from "../../engine/abi.js";
import type { Engine } from "../../engine/engine.js";
import type { ServiceAlertSpec, ServiceMetric } from "../../model/serving/alerts.js";
import { Alert, type AlertChange } from "../../plan/alerts.js";
import type { ServiceView } from "../../plan/autoscalers.js";

export interface AlertTrail {
  rule: string;
  changes: AlertChange[];
  /** While it fired. */
  firingSeconds: number;
}

export class ServiceAlerts {
  readonly trails: AlertTrail[];
  readonly #specs: readonly ServiceAlertSpec[];
  readonly #alerts: Alert[];
  readonly #classes: readonly number[];
  #before = { met: 0, ended: 0, atSeconds: 0 };

  constructor(specs: readonly ServiceAlertSpec[], classes: readonly number[]) {
    this.#specs = specs;
    this.#classes = classes;
    this.#alerts = specs.map((spec) => new Alert(spec));
    this.trails = specs.map(({ name }) => ({ rule: name, changes: [], firingSeconds: 0 }));
  }

  /** A tick; how many replicas rules that fire ask for beyond the controller's number. */
  see(engine: Engine, seen: ServiceView): number {
    const { met, ended } = this.#endings(engine);
    const values: Record<ServiceMetric, () => number> = {
      outstanding: () => seen.outstanding,
      requestsPerReplica: () => seen.outstanding / Math.max(1, seen.ready),
      replicas: () => seen.ready + seen.starting,
      memoryShare: () => seen.memoryShare,
      metShare: () => (met - this.#before.met) / (ended - this.#before.ended),
      ttftSecondsP90: () => seen.ttftSeconds?.(0.9) ?? Number.NaN,
    };
    let more = 0;
    this.#alerts.forEach((alert, i) => {
      const trail = this.trails[i]!;
      if (alert.isFiring) trail.firingSeconds += seen.atSeconds - this.#before.atSeconds;
      const change = alert.see(seen.atSeconds, values[this.#specs[i]!.metric]());
      if (change) trail.changes.push(change);
      if (alert.isFiring) more += this.#specs[i]!.addReplicas ?? 0;
    });
    this.#before = { met, ended, atSeconds: seen.atSeconds };
    return more;
  }

  /** Requests so far that ended, answered or not, and those within bounds. */
  #endings(engine: Engine): { met: number; ended: number } {
    const outcomes = engine.column(abi.COL_OUTCOMES, "f64");
    const lost = engine.column(abi.COL_GATEWAY_COUNTS, "f64");
    let met = 0;
    let ended = 0;
    for (const c of this.#classes) {
      const of = (what: number) => outcomes[c * abi.OUTCOME_COUNT + what]!;
      const gone = (what: number) => lost[c * abi.GATEWAY_COUNT + what]!;
      met += of(abi.OUTCOME_MET);
      ended += of(abi.OUTCOME_DONE) + of(abi.OUTCOME_TOO_LONG) + of(abi.OUTCOME_REFUSED);
      ended += gone(abi.GATEWAY_SHED) + gone(abi.GATEWAY_EXPIRED) + gone(abi.GATEWAY_FAILED);
    }
    return { met, ended };
  }
}

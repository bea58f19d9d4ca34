// Alert rules over the metrics of this instance: the same rules that watch a simulated run. What changes is written into the audit
// log, shown as a metric, and told to whoever the configuration names.

import { Alert, type AlertChange } from "../plan/alerts.js";
import type { LiveConfig } from "./config.js";
import type { Metrics } from "./metrics.js";

export type AlertSpec = LiveConfig["alerts"]["rules"][number];

/** What is told: no text of a cluster's is in it, only the rule's own words. */
export interface AlertNews {
  rule: string;
  state: "firing" | "ok";
  metric: string;
  value: number;
  atMillis: number;
  sinceMillis: number;
}

interface Sample {
  atMillis: number;
  value: number;
}

/** One rule, with as much of its metric's past as it needs. */
class Watch {
  readonly spec: AlertSpec;
  readonly alert: Alert;
  readonly #past: Sample[] = [];

  constructor(spec: AlertSpec) {
    this.spec = spec;
    this.alert = new Alert(spec);
  }

  /** The metric, or what it has grown by; NaN: not known. */
  value(metrics: Metrics, nowMillis: number): number {
    const value = metrics.sumOf(this.spec.metric, this.spec.labels);
    const span = this.spec.increaseOverSeconds;
    if (span === undefined || Number.isNaN(value)) return value;
    this.#past.push({ atMillis: nowMillis, value });
    const from = nowMillis - span * 1000;
    // the last sample before the span is where it began
    while (this.#past.length > 1 && this.#past[1]!.atMillis <= from) this.#past.shift();
    return value - this.#past[0]!.value;
  }
}

export class LiveAlerts {
  readonly #watches: Watch[];

  constructor(specs: readonly AlertSpec[]) {
    this.#watches = specs.map((spec) => new Watch(spec));
  }

  /** Rules that fire now. */
  get firing(): string[] {
    return this.#watches.filter((w) => w.alert.isFiring).map((w) => w.spec.name);
  }

  /** Looks at all metrics; what has changed. */
  see(metrics: Metrics, nowMillis: number): AlertNews[] {
    const news: AlertNews[] = [];
    for (const watch of this.#watches) {
      const change = watch.alert.see(nowMillis / 1000, watch.value(metrics, nowMillis));
      if (change) news.push(newsOf(watch.spec, change));
      metrics.set("alertFiring", [watch.spec.name], watch.alert.isFiring ? 1 : 0);
    }
    return news;
  }
}

function newsOf(spec: AlertSpec, { state, value, atSeconds, sinceSeconds }: AlertChange): AlertNews {
  return {
    rule: spec.name,
    state,
    metric: spec.metric,
    value,
    atMillis: Math.round(atSeconds * 1000),
    sinceMillis: Math.round(sinceSeconds * 1000),
  };
}

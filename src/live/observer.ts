// What a pass leaves behind whoever may act: metrics, the evidence that reality has left the permit's envelope, and the account of
// shadow mode.

import type { Snapshot } from "./cluster.js";
import { conditionsOf, countGpus } from "./conditions.js";
import { modeOf } from "./config.js";
import type { ControllerParts } from "./controller.js";
import { DriftDetector, outsideOf } from "./drift.js";
import { type ExperimentBook, reportOf } from "./experiment.js";
import { changesLeft } from "./ledger.js";
import { ACTION_OF } from "./plan.js";
import type { Thought } from "./planner.js";
import { meanPrice } from "./prices.js";
import type { ForecastError } from "./scaling.js";
import { ShadowBook } from "./shadow.js";

export class Observer {
  readonly drift: DriftDetector;
  readonly #parts: ControllerParts;
  readonly #shadow = new ShadowBook();

  constructor(parts: ControllerParts) {
    this.#parts = parts;
    this.drift = new DriftDetector(parts.drift);
  }

  /** Metrics, drift and shadow accounts of a pass. */
  look(
    snapshots: readonly Snapshot[],
    thought: Thought,
    experiment: ExperimentBook | undefined,
    forecastErrors: readonly ForecastError[] = [],
  ): void {
    const { metrics, config, pacing } = this.#parts;
    const now = pacing.now();
    metrics.clear("planned");
    for (const snapshot of snapshots) {
      const { cluster } = snapshot;
      metrics.set("clusterUp", [cluster], snapshot.state === "fresh" ? 1 : 0);
      if (Number.isFinite(snapshot.ageSeconds)) metrics.set("snapshotAge", [cluster], snapshot.ageSeconds);
      for (const [state, count] of Object.entries(countGpus(snapshot))) metrics.set("gpus", [cluster, state], count);
      const ahead = this.#parts.views.find((v) => v.name === cluster)?.api.aheadMillis;
      if (ahead !== undefined) metrics.set("clockAhead", [cluster], ahead / 1000);
      const leader = this.#parts.leaders.get(cluster);
      metrics.set("leader", [cluster], leader?.leads ? 1 : 0);
      const state = { nowMillis: now, spent: leader?.spent ?? [], cycle: [], inFlight: 0, gpusTotal: 0 };
      config.budgets.forEach((budget, i) => {
        const left = changesLeft(budget, cluster, state);
        if (left !== undefined) metrics.set("budget", [cluster, String(i)], left);
      });
    }
    const planned = new Map<string, number>();
    for (const change of thought.changes) {
      const key = `${change.cluster}\0${ACTION_OF[change.verb]}`;
      planned.set(key, (planned.get(key) ?? 0) + 1);
    }
    for (const [key, count] of planned) metrics.set("planned", key.split("\0"), count);
    const fresh = snapshots.filter((s) => s.state === "fresh");
    for (const { target, share } of forecastErrors)
      metrics.set("forecastError", [target.cluster, target.namespace, target.name], share);
    this.#holdAgainstPermit(now, fresh, thought, experiment, forecastErrors);
    this.#keepAccount(now, fresh, thought);
    if (experiment) this.#compare(now, fresh, thought, experiment);
  }

  #holdAgainstPermit(
    now: number,
    fresh: readonly Snapshot[],
    thought: Thought,
    experiment: ExperimentBook | undefined,
    forecastErrors: readonly ForecastError[],
  ): void {
    const { metrics, audit, permit, prices, treatment } = this.#parts;
    const price = prices ? meanPrice(prices.book, fresh) : { usd: null, unknownGpus: 0 };
    if (price.usd !== null) metrics.set("price", [], price.usd);
    if (prices && prices.fault !== "") thought.notes.push(`the list of prices is left as it was: ${prices.fault}`);
    if (price.unknownGpus > 0) thought.notes.push(`${price.unknownGpus} GPUs are on nodes whose price is not known`);
    if (!permit.permit || fresh.length === 0) return;
    const seen = conditionsOf(fresh, thought.claims.claims, price.usd, forecastErrors);
    const outside = outsideOf(permit.permit.envelope, seen);
    const other = experiment?.isActive ? treatment?.permit.permit : undefined;
    if (other) outside.push(...outsideOf(other.envelope, seen));
    if (this.drift.add(now, outside)) audit.write("mode", { drifted: this.drift.drifted, why: this.drift.why });
    metrics.set("driftEvidence", [], this.drift.evidence);
  }

  #compare(now: number, fresh: readonly Snapshot[], thought: Thought, book: ExperimentBook): void {
    const { config, metrics, audit } = this.#parts;
    const experiment = config.experiment!;
    // a gap of the view is no wait: what happened meanwhile is told by the objects' own times
    if (fresh.some((s) => s.cluster === experiment.cluster)) {
      const news = book.look(thought.claims.claims, now);
      if (news) audit.write("experiment", { ...reportOf(experiment, news, config.policy) });
    }
    const { state } = book;
    if (!state) return;
    const report = reportOf(experiment, state, config.policy);
    for (const arm of report.arms) metrics.set("experimentClaims", [arm.name], arm.claims);
    metrics.set("experimentDifference", ["low"], report.low);
    metrics.set("experimentDifference", ["high"], report.high);
    metrics.set("experimentActive", [], book.isActive ? 1 : 0);
  }

  #keepAccount(now: number, fresh: readonly Snapshot[], thought: Thought): void {
    const { config, metrics, audit } = this.#parts;
    const starts = thought.changes.filter(
      (c) =>
        c.reason === "POLICY_START" && modeOf(config, c.cluster, c.object.namespace, ACTION_OF[c.verb]) === "shadow",
    );
    const { events, regret } = this.#shadow.add(
      now,
      starts,
      thought.claims.claims,
      new Set(fresh.map((s) => s.cluster)),
    );
    for (const [cluster, gpuSeconds] of regret) metrics.add("regret", [cluster], gpuSeconds);
    for (const event of events) audit.write("shadow", { ...event });
  }
}

// What an instance knows of itself and its clusters, as one value: the terminal, the page and tests show it each in their way.

import type { GpuCounts } from "./conditions.js";
import { countGpus } from "./conditions.js";
import { type ExperimentReport, reportOf } from "./experiment.js";
import { changesLeft } from "./ledger.js";
import { describeObject } from "./plan.js";
import type { Live } from "./runtime.js";
import { isoTime } from "./time.js";

export interface ClusterStatus {
  name: string;
  server: string;
  state: string;
  why: string;
  ageSeconds: number | null;
  gpus: GpuCounts;
  nodes: number;
  pods: number;
  leader: string;
  leads: boolean;
  paused: string;
  budgetLeft: number | null;
}

export interface LiveStatus {
  at: string;
  identity: string;
  policy: string;
  permit: string;
  drift: string;
  /** Alert rules that fire. */
  alerts: string[];
  clusters: ClusterStatus[];
  plan: {
    id: string;
    at: string;
    changes: {
      cluster: string;
      verb: string;
      object: string;
      before: string;
      after: string;
      why: string;
      refused: string;
    }[];
    left: { cluster: string; what: string; reason: string }[];
    notes: string[];
  } | null;
  experiment: (ExperimentReport & { active: boolean }) | null;
  watched: { object: string; change: string; judgement: string }[];
}

export function statusOf(live: Live, nowMillis: number): LiveStatus {
  const { controller, config, permit } = live;
  const latest = controller.latest;
  const refused = new Map(latest?.plan.refusals.map((r) => [r.change, `${r.guard}: ${r.reason}`]) ?? []);
  return {
    at: isoTime(nowMillis),
    identity: live.identity,
    policy: `${config.policy.queue} + ${config.policy.place}`,
    permit: permit.permit
      ? `${permit.permit.serial}, until ${permit.permit.expiresAt}`
      : (permit.fault ?? "none: only observing"),
    drift: controller.drift.drifted ? controller.drift.why : "",
    alerts: live.publisher.alerts.firing,
    clusters: live.views.map((view) => clusterStatus(live, view, nowMillis)),
    plan: latest
      ? {
          id: latest.plan.id,
          at: latest.plan.createdAt,
          changes: latest.plan.changes.map((c) => ({
            cluster: c.cluster,
            verb: c.verb,
            object: describeObject(c),
            before: c.before,
            after: c.after,
            why: c.why,
            refused: refused.get(c.id) ?? "",
          })),
          left: latest.plan.left,
          notes: latest.plan.notes,
        }
      : null,
    experiment: experimentStatus(live),
    watched: controller.flights.list.map((f) => ({
      object: describeObject(f.change),
      change: `${f.change.before} to ${f.change.after}`,
      judgement: f.judgement,
    })),
  };
}

function experimentStatus({ config, controller }: Live): LiveStatus["experiment"] {
  const state = controller.experiment?.state;
  if (!config.experiment || !state) return null;
  return { ...reportOf(config.experiment, state, config.policy), active: controller.experiment!.isActive };
}

function clusterStatus(live: Live, view: Live["views"][number], nowMillis: number): ClusterStatus {
  const snapshot = view.snapshot();
  const leader = live.leaders.get(view.name);
  const { here, cluster } = live.controller.pauseOf(view.name);
  const state = { nowMillis, spent: leader?.spent ?? [], cycle: [], inFlight: 0, gpusTotal: 0 };
  const left = live.config.budgets.map((b) => changesLeft(b, view.name, state)).filter((n) => n !== undefined);
  return {
    name: view.name,
    server: snapshot.server,
    state: snapshot.state,
    why: snapshot.why,
    ageSeconds: Number.isFinite(snapshot.ageSeconds) ? Math.round(snapshot.ageSeconds) : null,
    gpus: countGpus(snapshot),
    nodes: snapshot.nodes.length,
    pods: snapshot.pods.length,
    leader: leader?.holder ?? "",
    leads: leader?.leads ?? false,
    paused: here !== "no" ? "here" : cluster === "no" ? "no" : cluster,
    budgetLeft: left.length === 0 ? null : Math.min(...left),
  };
}

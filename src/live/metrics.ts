// Metrics of live mode in Prometheus' text form. Names, help and labels are one table, from which the page of the docs is made;
// labels are bounded: no pod, no plan, nothing that a cluster's users could make grow.

export interface MetricSpec {
  name: string;
  kind: "counter" | "gauge" | "histogram";
  help: string;
  labels: readonly string[];
}

const spec = (name: string, kind: MetricSpec["kind"], help: string, ...labels: string[]): MetricSpec => ({
  name,
  kind,
  help,
  labels,
});

export const LIVE_METRICS = {
  buildInfo: spec(
    "windtunnel_build_info",
    "gauge",
    "1, with the version and the engine's digest.",
    "version",
    "engine",
  ),
  clusterUp: spec("windtunnel_cluster_up", "gauge", "1 if the cluster's view is fresh.", "cluster"),
  snapshotAge: spec(
    "windtunnel_snapshot_age_seconds",
    "gauge",
    "Age of the oldest part of a cluster's view.",
    "cluster",
  ),
  watchRestarts: spec(
    "windtunnel_watch_restarts_total",
    "counter",
    "Watches that ended, by why.",
    "cluster",
    "resource",
    "reason",
  ),
  drift: spec(
    "windtunnel_watch_cache_drift_total",
    "counter",
    "Objects that a check found different from the watched view.",
    "cluster",
    "resource",
  ),
  requests: spec(
    "windtunnel_api_requests_total",
    "counter",
    "Requests to API servers; code 0: no answer.",
    "cluster",
    "verb",
    "code",
  ),
  requestSeconds: spec(
    "windtunnel_api_request_duration_seconds",
    "histogram",
    "Time of a request to an API server.",
    "cluster",
    "verb",
  ),
  throttled: spec(
    "windtunnel_throttled_seconds_total",
    "counter",
    "Time spent waiting for our own rate limits.",
    "cluster",
  ),
  clockAhead: spec(
    "windtunnel_clock_ahead_seconds",
    "gauge",
    "How far the clock of the API server is ahead of ours; negative: behind.",
    "cluster",
  ),
  planSeconds: spec("windtunnel_plan_duration_seconds", "histogram", "From snapshot to plan."),
  planned: spec("windtunnel_planned_changes", "gauge", "Changes of the last plan.", "cluster", "action"),
  changes: spec("windtunnel_changes_total", "counter", "Changes tried, by outcome.", "cluster", "action", "outcome"),
  refusals: spec("windtunnel_guard_refusals_total", "counter", "Changes that a guard refused.", "guard"),
  budget: spec(
    "windtunnel_budget_remaining",
    "gauge",
    "Changes left within the hour, by number of the budget.",
    "cluster",
    "budget",
  ),
  paused: spec("windtunnel_paused", "gauge", "1 if paused; scope: here, cluster.", "cluster", "scope"),
  leader: spec("windtunnel_leader", "gauge", "1 if this instance holds the cluster's lease.", "cluster"),
  transitions: spec(
    "windtunnel_leader_transitions_total",
    "counter",
    "Times that this instance took the lease.",
    "cluster",
  ),
  rollbacks: spec("windtunnel_rollbacks_total", "counter", "Changes that were taken back.", "cluster"),
  regret: spec(
    "windtunnel_shadow_regret_gpu_seconds_total",
    "counter",
    "GPU-seconds that claims waited although the policy would have started them.",
    "cluster",
  ),
  gpus: spec(
    "windtunnel_gpus",
    "gauge",
    "GPUs by state: allocatable, requested, free, broken, unknown.",
    "cluster",
    "state",
  ),
  wanted: spec(
    "windtunnel_wanted_replicas",
    "gauge",
    "Replicas that a target's rule wants; for KEDA's Prometheus scaler.",
    "cluster",
    "namespace",
    "target",
  ),
  forecastError: spec(
    "windtunnel_forecast_error",
    "gauge",
    "By how much forecasts of a target were off over the last season, as a share of what came.",
    "cluster",
    "namespace",
    "target",
  ),
  price: spec(
    "windtunnel_usd_per_gpu_hour",
    "gauge",
    "Mean price of the GPUs that are seen and in the list of prices.",
  ),
  permit: spec("windtunnel_permit_valid", "gauge", "1 if the permit covers the policy."),
  permitExpiry: spec("windtunnel_permit_expiry_seconds", "gauge", "Time at which the permit expires, Unix."),
  driftEvidence: spec("windtunnel_envelope_evidence", "gauge", "Bet against the permit's envelope; 1000 is an alarm."),
  alertFiring: spec("windtunnel_alert_firing", "gauge", "1 while an alert rule of the configuration fires.", "rule"),
  notifications: spec(
    "windtunnel_notifications_total",
    "counter",
    "Changes of alerts that were told, by to whom and whether it was taken.",
    "to",
    "outcome",
  ),
  events: spec(
    "windtunnel_events_total",
    "counter",
    "Events on objects: written, counted with one that is there, dropped for the rate limit, failed.",
    "cluster",
    "outcome",
  ),
  experimentActive: spec("windtunnel_experiment_active", "gauge", "1 while a second policy decides on its namespaces."),
  experimentClaims: spec("windtunnel_experiment_claims", "gauge", "Claims compared so far, of each side.", "arm"),
  experimentDifference: spec(
    "windtunnel_experiment_difference",
    "gauge",
    "Bounds of the new policy's metric less the old one's, in its unit; above 0 it is worse.",
    "bound",
  ),
  memory: spec("windtunnel_resident_memory_bytes", "gauge", "Resident memory of the process."),
} as const;
export type MetricKey = keyof typeof LIVE_METRICS;

const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

function escapeLabel(text: string): string {
  return text.replace(/\\/g, "\\\\").replace(/\n/g, "\\n").replace(/"/g, '\\"');
}

interface Cell {
  labels: readonly string[];
  value: number;
  buckets?: number[];
  sum?: number;
}

export class Metrics {
  readonly #cells = new Map<MetricKey, Map<string, Cell>>();

  #cell(key: MetricKey, labels: readonly string[]): Cell {
    const { labels: names, name } = LIVE_METRICS[key];
    if (labels.length !== names.length) throw new Error(`${name} has labels ${names.join(", ")}`);
    let cells = this.#cells.get(key);
    if (!cells) {
      cells = new Map();
      this.#cells.set(key, cells);
    }
    const at = labels.join("\0");
    let cell = cells.get(at);
    if (!cell) {
      cell = { labels, value: 0 };
      cells.set(at, cell);
    }
    return cell;
  }

  /** Adds to a counter; with 0 it is there from the start, so that alarms on its rate work. */
  add(key: MetricKey, labels: readonly string[], by = 1): void {
    this.#cell(key, labels).value += by;
  }

  set(key: MetricKey, labels: readonly string[], value: number): void {
    this.#cell(key, labels).value = value;
  }

  /** Forgets all cells of a gauge, before it is set anew. */
  clear(key: MetricKey): void {
    this.#cells.delete(key);
  }

  observe(key: MetricKey, labels: readonly string[], value: number): void {
    const cell = this.#cell(key, labels);
    cell.buckets ??= BUCKETS.map(() => 0);
    for (const [i, most] of BUCKETS.entries()) if (value <= most) cell.buckets[i]!++;
    cell.sum = (cell.sum ?? 0) + value;
    cell.value++;
  }

  value(key: MetricKey, labels: readonly string[]): number {
    return this.#cells.get(key)?.get(labels.join("\0"))?.value ?? 0;
  }

  /** Sum of the cells of a metric that have these labels; NaN: there is none. */
  sumOf(name: string, labels: Readonly<Record<string, string>>): number {
    const found = Object.entries(LIVE_METRICS).find(([, spec]) => spec.name === name);
    if (!found) return Number.NaN;
    const [key, { labels: names }] = found;
    const wanted = Object.entries(labels).map(([label, value]) => [names.indexOf(label), value] as const);
    const cells = [...(this.#cells.get(key as MetricKey)?.values() ?? [])].filter((cell) =>
      wanted.every(([i, value]) => cell.labels[i] === value),
    );
    return cells.length === 0 ? Number.NaN : cells.reduce((sum, cell) => sum + cell.value, 0);
  }

  text(): string {
    const lines: string[] = [];
    for (const [key, { name, kind, help, labels: names }] of Object.entries(LIVE_METRICS)) {
      const cells = this.#cells.get(key as MetricKey);
      lines.push(`# HELP ${name} ${help.replace(/\\/g, "\\\\").replace(/\n/g, "\\n")}`, `# TYPE ${name} ${kind}`);
      for (const cell of cells?.values() ?? []) {
        const pairs = names.map((n, i) => `${n}="${escapeLabel(cell.labels[i]!)}"`);
        const labelled = (extra: readonly string[]) => {
          const all = [...pairs, ...extra];
          return all.length === 0 ? "" : `{${all.join(",")}}`;
        };
        if (kind !== "histogram") {
          lines.push(`${name}${labelled([])} ${cell.value}`);
          continue;
        }
        for (const [i, most] of BUCKETS.entries())
          lines.push(`${name}_bucket${labelled([`le="${most}"`])} ${cell.buckets?.[i] ?? 0}`);
        lines.push(`${name}_bucket${labelled(['le="+Inf"'])} ${cell.value}`);
        lines.push(`${name}_sum${labelled([])} ${cell.sum ?? 0}`, `${name}_count${labelled([])} ${cell.value}`);
      }
    }
    return `${lines.join("\n")}\n`;
  }
}

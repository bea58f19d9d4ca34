// How many replicas a service should have, asked at every control tick. Each controller follows the published rules of the
// one that it is named after; they see what a metrics server would show and keep their own memory, so that the same code can
// run live. See docs/models/service-scaling.md.

/** A service as a controller sees it at a tick. */
export interface ServiceView {
  atSeconds: number;
  /** Replicas that take requests, and those that will. */
  ready: number;
  starting: number;
  replicasMin: number;
  replicasMax: number;
  /** Requests in the service now. */
  outstanding: number;
  /** Mean of them since the last tick. */
  concurrencyMean: number;
  /** Memory for keys and values in use, share of all ready replicas'. */
  memoryShare: number;
  /** A percentile (0 .. 1) of the time to first token of requests that ended since it was asked last, s; NaN if none did. */
  ttftSeconds?: (percentile: number) => number;
}

export type Autoscaler = (seen: ServiceView) => number;

const HPA_TOLERANCE = 0.1;
const HPA_PERIOD_SECONDS = 15;
const HPA_UP_PODS = 4;
const HPA_DOWN_WINDOW_SECONDS = 300;

/** Memory of values with their times; forgets what is older than a window. */
class Recent {
  readonly #values: { at: number; value: number }[] = [];

  add(at: number, value: number, windowSeconds: number): void {
    this.#values.push({ at, value });
    while (this.#values[0]!.at <= at - windowSeconds) this.#values.shift();
  }

  /** Values of the last `seconds`. */
  since(at: number, seconds: number): number[] {
    return this.#values.filter((v) => v.at > at - seconds).map((v) => v.value);
  }
}

const mean = (values: readonly number[]) => values.reduce((sum, v) => sum + v, 0) / Math.max(1, values.length);

/** As Kubernetes compares: 1 - t <= ratio <= 1 + t. */
function isWithin(ratio: number): boolean {
  return ratio >= 1 - HPA_TOLERANCE && ratio <= 1 + HPA_TOLERANCE;
}

/** Stabilisation and rates of change of a HorizontalPodAutoscaler with its default behaviour. */
function hpaBehaviour(): (at: number, now: number, wanted: number) => number {
  const recommended = new Recent();
  const counts = new Recent();
  return (at, now, wanted) => {
    recommended.add(at, wanted, HPA_DOWN_WINDOW_SECONDS);
    counts.add(at, now, HPA_PERIOD_SECONDS);
    // down: the highest recommendation of the window; up: no window
    const stable = wanted < now ? Math.min(now, Math.max(...recommended.since(at, HPA_DOWN_WINDOW_SECONDS))) : wanted;
    // up: the larger of 4 pods and 100 % more than a period ago; down: 100 %, which is no limit
    const before = Math.min(...counts.since(at, HPA_PERIOD_SECONDS));
    return Math.min(stable, Math.max(before + HPA_UP_PODS, before * 2));
  };
}

/** Kubernetes HPA, metric type AverageValue: requests a replica. Within 10 % of the target nothing happens; never to zero. */
export function hpa(target: number): Autoscaler {
  const behave = hpaBehaviour();
  return ({ atSeconds, ready, starting, outstanding }) => {
    const now = ready + starting;
    const ratio = outstanding / (target * Math.max(1, now));
    const wanted = isWithin(ratio) ? now : Math.ceil(outstanding / target);
    return Math.max(1, behave(atSeconds, now, wanted));
  };
}

/** The same loop on a metric of the service as a whole, type Utilization or Value: replicas x metric / target. */
function tracking(target: number, metric: (seen: ServiceView) => number): Autoscaler {
  const behave = hpaBehaviour();
  return (seen) => {
    const { atSeconds, ready, starting } = seen;
    const now = ready + starting;
    const value = metric(seen);
    if (Number.isNaN(value)) return Math.max(1, now); // a metric that is missing changes nothing
    const ratio = value / target;
    // replicas that start are taken to use nothing when that asks for more
    const wanted = isWithin(ratio) ? now : Math.ceil((ratio > 1 ? ready : now) * ratio);
    return Math.max(1, behave(atSeconds, now, ratio > 1 ? Math.max(now, wanted) : wanted));
  };
}

/** Target tracking on the share of memory for keys and values in use. */
export function memoryTracking(target: number): Autoscaler {
  return tracking(target, (seen) => seen.memoryShare);
}

const TTFT_PERCENTILE = 0.9;

/** Target tracking on the 90th percentile of the time to first token, of requests that ended since the last tick. */
export function ttftTracking(targetSeconds: number): Autoscaler {
  return tracking(targetSeconds, (seen) => seen.ttftSeconds?.(TTFT_PERCENTILE) ?? Number.NaN);
}

const KEDA_POLLING_SECONDS = 30;
const KEDA_COOLDOWN_SECONDS = 300;

/**
 * KEDA on the length of a queue (requests that wait or are worked on, as brokers count what is not acknowledged): above one
 * replica it is a HorizontalPodAutoscaler on queue / target; between none and one KEDA itself decides, every 30 s: one as soon
 * as anything is queued, none after 300 s in which nothing was.
 */
export function keda(target: number): Autoscaler {
  const scale = hpa(target);
  let pollAt = Number.NEGATIVE_INFINITY;
  let activeAt = Number.NEGATIVE_INFINITY;
  let none = false;
  return (seen) => {
    const { atSeconds, outstanding, replicasMin } = seen;
    const wanted = scale(seen);
    if (replicasMin > 0) return wanted;
    if (atSeconds - pollAt >= KEDA_POLLING_SECONDS) {
      pollAt = atSeconds;
      if (outstanding > 0 || activeAt === Number.NEGATIVE_INFINITY) activeAt = atSeconds;
      none = outstanding === 0 && atSeconds - activeAt >= KEDA_COOLDOWN_SECONDS;
    }
    return none ? 0 : wanted;
  };
}

const STABLE_WINDOW_SECONDS = 60;
const PANIC_WINDOW_SECONDS = 6;
const PANIC_THRESHOLD = 2;
const SCALE_UP_RATE_MAX = 1000;
const SCALE_DOWN_RATE_MAX = 2;

/**
 * Knative's pod autoscaler on concurrency: the mean over a minute decides; when the mean over the last six seconds asks for
 * twice what is ready, it panics: the short window decides, and nothing is taken away until a minute has passed without.
 * With ticks longer than six seconds the short window is one tick.
 */
export function knative(target: number): Autoscaler {
  const concurrency = new Recent();
  let panicAt = Number.NEGATIVE_INFINITY;
  let panicReplicas = 0;
  return ({ atSeconds, ready, concurrencyMean }) => {
    concurrency.add(atSeconds, concurrencyMean, STABLE_WINDOW_SECONDS);
    const base = Math.max(1, ready);
    const [most, least] = [Math.ceil(SCALE_UP_RATE_MAX * base), Math.floor(base / SCALE_DOWN_RATE_MAX)];
    const clamp = (wanted: number) => Math.min(most, Math.max(least, wanted));
    const short = concurrency.since(atSeconds, PANIC_WINDOW_SECONDS);
    const stable = clamp(Math.ceil(mean(concurrency.since(atSeconds, STABLE_WINDOW_SECONDS)) / target));
    const panic = clamp(Math.ceil(mean(short) / target));
    const over = panic / base >= PANIC_THRESHOLD;
    const panics = atSeconds - panicAt < STABLE_WINDOW_SECONDS;
    if (over) {
      if (!panics) panicReplicas = 0;
      panicAt = atSeconds;
    }
    if (!over && !panics) return stable;
    panicReplicas = Math.max(panicReplicas, panic, stable, ready);
    return panicReplicas;
  };
}

/** So many replicas by hour of the day. */
export function schedule(replicasByHour: readonly number[]): Autoscaler {
  return ({ atSeconds }) => replicasByHour[Math.floor(atSeconds / 3600) % replicasByHour.length]!;
}

// Holt-Winters as one would write it first, in plain JavaScript: the same criterion and search, the recursion over arrays.

type Search = (
  f: (point: readonly number[]) => number,
  start: readonly number[],
  steps: readonly number[],
  evaluationsMax: number,
  tolerance: number,
) => { point: number[] };

interface Start {
  level: number;
  trend: number;
  season: Float64Array;
}

function startOf(y: Float64Array, m: number, seasons: number): Start {
  const means = Array.from({ length: seasons }, (_, k) => {
    let sum = 0;
    for (let j = 0; j < m; j++) sum += y[k * m + j]!;
    return sum / m;
  });
  const [mx, my] = [(seasons - 1) / 2, means.reduce((a, b) => a + b) / seasons];
  let [above, below] = [0, 0];
  means.forEach((mean, k) => {
    above += (k - mx) * (mean - my);
    below += (k - mx) ** 2;
  });
  const slope = above / below;
  const trend = slope / m;
  const base = (t: number) => my - slope * mx + trend * (t - (m - 1) / 2);
  const season = new Float64Array(m);
  for (let t = 0; t < seasons * m; t++) season[t % m]! += (y[t]! - base(t)) / seasons;
  return { level: base(-1), trend, season };
}

/** Forecasts before each origin are judged; those after the last value are returned through `out`. */
function pass(y: Float64Array, s: Start, rates: readonly number[], stride: number, out?: Float64Array): number {
  const m = s.season.length;
  const season = s.season.slice();
  const [a, b, g, fade] = rates as [number, number, number, number];
  let { level, trend } = s;
  let [error, squares, seen, next] = [0, 0, 0, 2 * m];
  const last = y.length - Math.min(m, Math.ceil((y.length - 2 * m) / 4));
  for (let t = 0; t <= y.length; t++) {
    const final = t === y.length;
    if ((t === next && t <= last) || (final && out)) {
      let left = 1;
      for (let h = 0; h < m; h++) {
        left *= fade;
        const guess = level + (h + 1) * trend + season[(t + h) % m]! + left * error;
        if (final) out![h] = guess;
        else if (t + h < y.length) {
          squares += (y[t + h]! - guess) ** 2;
          seen++;
        }
      }
      next += stride;
    }
    if (final) break;
    const base = level + trend;
    error = y[t]! - base - season[t % m]!;
    level = base + a * error;
    trend += b * error;
    season[t % m]! += g * error;
  }
  return squares / seen;
}

export function smoothInJavaScript(history: Float64Array, m: number, search: Search): Float64Array {
  const start = startOf(history, m, Math.min(4, Math.ceil(Math.floor(history.length / m) / 3)));
  const rate = (x: number) => (x * x) / (1 + x * x);
  const rates = (x: readonly number[]) => [rate(x[0]!), 0.1 * rate(x[1]!), rate(x[2]!), rate(x[3]!)];
  const from = 2 * m;
  const last = history.length - Math.min(m, Math.ceil((history.length - from) / 4));
  const stride = Math.max(1, Math.floor((last - from) / Math.max(8, Math.round(3200 / m))));
  const first = [0.02, 0.01, 0.1, 0.5].map((p) => Math.sqrt(p / (1 - p)));
  const { point } = search((x) => pass(history, start, rates(x), stride), first, [0.1, 0.1, 0.2, 0.5], 160, 1e-6);
  const out = new Float64Array(m);
  pass(history, start, rates(point), stride, out);
  return out;
}

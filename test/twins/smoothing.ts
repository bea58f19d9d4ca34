// Exponential smoothing written from its definition, in the component form of the textbooks rather than the error-correction
// form of the kernel where the two differ. Shares no code with it.

export interface TwinSmoothing {
  values: readonly number[];
  level: number;
  trend: number;
  season: readonly number[];
  alpha: number;
  beta: number;
  gamma: number;
  phi: number;
  rho: number;
}

/** Forecast of `steps` values after all have been seen; additive season, no value missing. */
export function smoothSlowly(s: TwinSmoothing, steps: number): number[] {
  const m = s.season.length;
  let [level, trend, error] = [s.level, s.trend, 0];
  const season = [...s.season];
  s.values.forEach((y, t) => {
    const base = level + s.phi * trend;
    const place = season[t % m]!;
    error = y - base - place;
    // Winters' equations, with the rates that the error-correction form implies
    level = s.alpha * (y - place) + (1 - s.alpha) * base;
    trend = s.phi * trend + s.beta * error;
    season[t % m] = s.gamma * (y - base) + (1 - s.gamma) * place;
  });
  return Array.from({ length: steps }, (_, h) => {
    let sum = 0;
    for (let k = 1; k <= h + 1; k++) sum += s.phi ** k;
    return level + sum * trend + season[(s.values.length + h) % m]! + s.rho ** (h + 1) * error;
  });
}

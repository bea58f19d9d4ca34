// Where smoothing begins: a straight line through the means of whole seasons, and what each place of the season adds.

export interface StartState {
  /** Level before the first step, and trend a step. */
  level: number;
  trend: number;
  /** By place of the season: added to the level, or multiplying it. */
  season: Float64Array;
}

/** Means of whole seasons, of what was seen in them; NaN for a season without any. */
function seasonMeans(values: ArrayLike<number>, seasonSteps: number, seasons: number): Float64Array {
  return Float64Array.from({ length: seasons }, (_, k) => {
    let sum = 0;
    let seen = 0;
    for (let t = k * seasonSteps; t < (k + 1) * seasonSteps; t++) {
      if (Number.isNaN(values[t]!)) continue;
      sum += values[t]!;
      seen++;
    }
    return sum / seen;
  });
}

/** Least squares through (index, value) of the values that are numbers; flat if there is only one. */
export function fitLine(values: ArrayLike<number>): { at: (x: number) => number; slope: number } {
  let [n, sx, sy] = [0, 0, 0];
  for (let x = 0; x < values.length; x++) {
    if (Number.isNaN(values[x]!)) continue;
    n++;
    sx += x;
    sy += values[x]!;
  }
  const [mx, my] = n === 0 ? [0, 0] : [sx / n, sy / n];
  let [above, below] = [0, 0];
  for (let x = 0; x < values.length; x++) {
    if (Number.isNaN(values[x]!)) continue;
    above += (x - mx) * (values[x]! - my);
    below += (x - mx) * (x - mx);
  }
  const slope = below > 0 ? above / below : 0;
  return { at: (x) => my + slope * (x - mx), slope };
}

/** From the first `seasons` whole seasons. A place of the season that was never seen adds nothing. */
export function decompose(
  values: ArrayLike<number>,
  seasonSteps: number,
  seasons: number,
  multiplicative: boolean,
): StartState {
  const line = fitLine(seasonMeans(values, seasonSteps, seasons));
  const trend = line.slope / seasonSteps;
  const middle = (seasonSteps - 1) / 2;
  const base = (t: number) => line.at(0) + trend * (t - middle);
  const season = Float64Array.from({ length: seasonSteps }, (_, place) => {
    let sum = 0;
    let seen = 0;
    for (let t = place; t < seasons * seasonSteps; t += seasonSteps) {
      if (Number.isNaN(values[t]!)) continue;
      sum += multiplicative ? values[t]! / base(t) : values[t]! - base(t);
      seen++;
    }
    return seen > 0 ? sum / seen : multiplicative ? 1 : 0;
  });
  return { level: base(-1), trend, season };
}

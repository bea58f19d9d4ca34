// Cases are data, harness-neutral: benny runs them and keeps the time of whole calls; the value of a case is its own
// count of work divided by its own clock, so that building the input is not counted.

import b from "benny";

export interface Sample {
  /** Work done, in the case's own unit (events, jobs); 1 for a case measured in seconds. */
  work: number;
  /** What the case says it took, ms. */
  millis: number;
  /** Hash of the answer: the same every time, or the benchmark is of something else. */
  hash: string;
}

export interface Case {
  name: string;
  unit: string;
  better: "higher" | "lower";
  /** What the ratio is against, measured in the same run, as often as the case unless it says how often; null if there is no sensible alternative. */
  baseline: { name: string; runs?: number; run(): Sample | Promise<Sample> } | null;
  /** Builds the input, untimed; `tiny` for the smoke test. Returns null with a reason if something is missing. */
  setup(tiny: boolean): Promise<{ run(): Sample | Promise<Sample>; close?(): Promise<unknown> } | { missing: string }>;
  /** Value from a sample; default: seconds for "s", else work a second. */
  value?(sample: Sample): number;
  /** Runs to take; the median counts. */
  runs: number;
}

export interface Row {
  name: string;
  value: number;
  unit: string;
  better: "higher" | "lower";
  baseline: string | null;
  ratio: number | null;
  hash: string;
  machine: string;
  commit: string;
  runs: number[];
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((x, y) => x - y);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

function defaultValue(unit: string): (sample: Sample) => number {
  return unit === "s" ? (s) => s.millis / 1000 : (s) => s.work / (s.millis / 1000);
}

/** Runs one case and its baseline under benny. */
export async function runCase(
  c: Case,
  where: { machine: string; commit: string },
  tiny = false,
): Promise<Row | { missing: string }> {
  const prepared = await c.setup(tiny);
  if ("missing" in prepared) return prepared;
  const value = c.value ?? defaultValue(c.unit);
  const samples: Sample[] = [];
  const others: Sample[] = [];
  const options = { minSamples: tiny ? 1 : c.runs, maxTime: 0, initCount: 1, minTime: 0.000001 };
  const { baseline } = c;
  // benny loses what a case throws
  let failure: unknown;
  // and starts an asynchronous case again before the call before has ended: one at a time, or they measure each other
  let last: Promise<void> = Promise.resolve();
  const take = (into: Sample[], run: () => Sample | Promise<Sample>): Promise<void> => {
    last = last.then(async () => {
      try {
        if (failure === undefined) into.push(await run());
      } catch (error) {
        failure = error;
      }
    });
    return last;
  };
  await b.suite(
    c.name,
    b.add(c.name, () => () => take(samples, prepared.run), options),
    ...(baseline
      ? [
          b.add(baseline.name, () => () => take(others, baseline.run), {
            ...options,
            minSamples: tiny ? 1 : (baseline.runs ?? c.runs),
          }),
        ]
      : []),
  );
  await last;
  await prepared.close?.();
  if (failure !== undefined) throw failure;
  const hashes = new Set(samples.map((s) => s.hash));
  if (hashes.size !== 1) throw new Error(`${c.name}: the answer changes from run to run: ${[...hashes].join(", ")}`);
  // the first calls run before the compiler has finished: report warm figures
  const warm = (list: readonly Sample[]) => list.slice(-Math.max(1, Math.min(c.runs, list.length - 1)));
  const runs = warm(samples).map(value);
  const own = median(runs);
  const other = baseline ? median(warm(others).map(value)) : null;
  return {
    name: c.name,
    value: own,
    unit: c.unit,
    better: c.better,
    baseline: baseline?.name ?? null,
    // how many times better than the alternative, whichever way better is
    ratio: other === null ? null : c.better === "higher" ? own / other : other / own,
    hash: samples[0]!.hash,
    machine: where.machine,
    commit: where.commit,
    runs,
  };
}

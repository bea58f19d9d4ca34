// What a score is made of: the terms of each placement's formula (docs/models/gpu-sharing.md), from the features that the
// engine hands out. The engine truncates their sum to a whole number.

import { exp } from "../engine/math.js";

/** Value of a feature by name; of device d for those of devices. */
export type FeatureReader = (name: string, device?: number) => number;

export interface ScorePart {
  name: string;
  points: number;
}

const part = (name: string, points: number): ScorePart => ({ name, points });

/** Terms that add up to the score before it is truncated; undefined for a placement without a formula of terms. */
export function scoreParts(place: string, f: FeatureReader): ScorePart[] | undefined {
  return FORMULAS[place]?.(f);
}

const FORMULAS: Readonly<Record<string, (f: FeatureReader) => ScorePart[]>> = {
  "dot-product"(f) {
    const cpu = (f("nodeCpuFreeMilli") / f("largestNodeCpuMilli")) * (f("cpuMilli") / f("largestNodeCpuMilli"));
    const gpu = (f("nodeFreeMilli") / f("largestNodeGpuMilli")) * (f("gpuMilli") / f("largestNodeGpuMilli"));
    return [part("all unlike", 100), part("CPU alike", -50 * cpu), part("GPU alike", -50 * gpu)];
  },
  "best-fit-sum"(f) {
    const cpu = (f("nodeCpuFreeMilli") - f("cpuMilli")) / f("largestNodeCpuMilli");
    const gpu = (f("nodeFreeMilli") - f("gpuMilli")) / f("largestNodeGpuMilli");
    return [part("nothing left", 100), part("CPU left", -50 * cpu), part("GPU left", -50 * gpu)];
  },
  "gpu-clustering"(f) {
    if (f("gpuMilli") === 0) return [part("asks for no GPU", 0)];
    const fill = Math.floor((25 * (f("largestNodeGpuMilli") - f("nodeFreeMilli"))) / f("largestNodeGpuMilli"));
    const same = f("nodeHoldsSameKind") === 1;
    const kinds = f("nodeKinds");
    const kind =
      kinds === 0
        ? part("holds nobody", 25)
        : same
          ? part(kinds === 1 ? "holds only its kind" : "holds its kind too", kinds === 1 ? 75 : 50)
          : part("holds other kinds", 0);
    return [kind, part("in use", fill)];
  },
  "gpu-packing"(f) {
    const milli = f("gpuMilli");
    const untouched = f("nodeFreeGpus");
    if (milli === 0) return [part("asks for no GPU", 0)];
    if (untouched === f("nodeGpus")) return [part("fresh node", Math.max(33 - untouched, untouched))];
    if (milli >= 1000) return [part("free GPUs of a used node", Math.max(50 - milli / 1000, 33))];
    const free = Math.min(...devicesThatFit(f).map((d) => f("deviceFreeMilli", d)));
    if (free === 1000) return [part("free GPU of a used node", 49)];
    return [part("used GPU", Math.max(100 - Math.floor(Math.floor((free * 100) / 1000) / 10), 50))];
  },
  fgd(f) {
    const share = f("gpuMilli") > 0 && f("gpuMilli") < 1000;
    const after = share ? Math.min(...devicesThatFit(f).map((d) => f("fragmentAfterOn", d))) : f("fragmentAfter");
    const less = f("fragmentNow") - after;
    const points = 100 / (1 + exp(-less / 1000));
    return [
      part("fragments stay", 50),
      part(`${Math.abs(less).toFixed(1)} milli ${less < 0 ? "more" : "less"} of them`, points - 50),
    ];
  },
};

function devicesThatFit(f: FeatureReader): number[] {
  return Array.from({ length: f("nodeGpus") }, (_, d) => d).filter((d) => f("deviceFits", d) === 1);
}

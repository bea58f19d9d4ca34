// Allocated GPUs, waiting jobs and stranded GPUs over time: integrals over equal bins of simulated time. When a run outlasts the bins
// their width doubles and neighbours are merged, so memory is the same for an hour and a year.

import {
  BIN_END, BIN_LAST, BIN_MICROS, BIN_NOW, BIN_WIDTH, CAP_BINS, CAPACITY_OUT, COL_BIN_GPU, COL_BIN_STRANDED,
  COL_BIN_WAITING, FREE_MILLI, WAITING,
} from "../abi";
import { strandedMilli } from "../world/clusters";
import { column, f64At, getF, getI, setF, setF64, setI } from "../memory";

let gpuMicros: usize = 0; // f64: free GPU-milli x µs; the host subtracts from capacity
let waitingMicros: usize = 0; // f64: jobs x µs
let strandedMicros: usize = 0; // f64: free GPU-milli on partly used nodes x µs

export function layoutSeries(): void {
  gpuMicros = column(COL_BIN_GPU, 8, getI(CAP_BINS));
  waitingMicros = column(COL_BIN_WAITING, 8, getI(CAP_BINS));
  strandedMicros = column(COL_BIN_STRANDED, 8, getI(CAP_BINS));
}

export function startSeries(): void {
  setF(BIN_WIDTH, getF(BIN_MICROS));
  setF(BIN_LAST, 0);
  setF(BIN_END, getF(BIN_MICROS));
  setI(BIN_NOW, 0);
}

/** Accounts for the state that held since the last call; before anything changes at `now`. */
export function integrate(now: f64): void {
  let from = getF(BIN_LAST);
  if (now <= from) return;
  const free = getF(FREE_MILLI) + getF(CAPACITY_OUT);
  const waiting = <f64>getI(WAITING);
  const stranded = strandedMilli();
  const bins = getI(CAP_BINS);
  let width = getF(BIN_WIDTH);
  // most steps stay within a bin
  const end = getF(BIN_END);
  if (now <= end) {
    const bin = getI(BIN_NOW);
    setF64(gpuMicros, bin, f64At(gpuMicros, bin) + (now - from) * free);
    setF64(waitingMicros, bin, f64At(waitingMicros, bin) + (now - from) * waiting);
    setF64(strandedMicros, bin, f64At(strandedMicros, bin) + (now - from) * stranded);
    setF(BIN_LAST, now);
    return;
  }
  while (now > width * <f64>bins) {
    for (let i = 0; i < bins; i++) {
      const a = i * 2;
      setF64(gpuMicros, i, a < bins ? f64At(gpuMicros, a) + f64At(gpuMicros, a + 1) : 0);
      setF64(waitingMicros, i, a < bins ? f64At(waitingMicros, a) + f64At(waitingMicros, a + 1) : 0);
      setF64(strandedMicros, i, a < bins ? f64At(strandedMicros, a) + f64At(strandedMicros, a + 1) : 0);
    }
    width *= 2;
    setF(BIN_WIDTH, width);
  }
  let bin = <i32>(from / width);
  while (from < now) {
    const until = Math.min(now, <f64>(bin + 1) * width);
    setF64(gpuMicros, bin, f64At(gpuMicros, bin) + (until - from) * free);
    setF64(waitingMicros, bin, f64At(waitingMicros, bin) + (until - from) * waiting);
    setF64(strandedMicros, bin, f64At(strandedMicros, bin) + (until - from) * stranded);
    from = until;
    bin++;
  }
  setF(BIN_LAST, now);
  const current = min(<i32>(now / width), bins - 1);
  setI(BIN_NOW, current);
  setF(BIN_END, <f64>(current + 1) * width);
}

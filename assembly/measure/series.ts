// Allocated GPUs and waiting jobs over time: integrals over equal bins of simulated time. When a run outlasts the bins
// their width doubles and neighbours are merged, so memory is the same for an hour and a year.

import { BIN_LAST, BIN_MICROS, BIN_WIDTH, CAP_BINS, COL_BIN_GPU, COL_BIN_WAITING, FREE_MILLI, WAITING } from "../abi";
import { column, f64At, getF, getI, setF, setF64 } from "../memory";

let gpuMicros: usize = 0; // f64: free GPU-milli x µs; the host subtracts from capacity
let waitingMicros: usize = 0; // f64: jobs x µs

export function layoutSeries(): void {
  gpuMicros = column(COL_BIN_GPU, 8, getI(CAP_BINS));
  waitingMicros = column(COL_BIN_WAITING, 8, getI(CAP_BINS));
}

export function startSeries(): void {
  setF(BIN_WIDTH, getF(BIN_MICROS));
  setF(BIN_LAST, 0);
}

/** Accounts for the state that held since the last call; before anything changes at `now`. */
export function integrate(now: f64): void {
  let from = getF(BIN_LAST);
  if (now <= from) return;
  const free = getF(FREE_MILLI);
  const waiting = <f64>getI(WAITING);
  const bins = getI(CAP_BINS);
  let width = getF(BIN_WIDTH);
  while (now > width * <f64>bins) {
    for (let i = 0; i < bins; i++) {
      const a = i * 2;
      setF64(gpuMicros, i, a < bins ? f64At(gpuMicros, a) + f64At(gpuMicros, a + 1) : 0);
      setF64(waitingMicros, i, a < bins ? f64At(waitingMicros, a) + f64At(waitingMicros, a + 1) : 0);
    }
    width *= 2;
    setF(BIN_WIDTH, width);
  }
  let bin = <i32>(from / width);
  while (from < now) {
    const end = Math.min(now, <f64>(bin + 1) * width);
    setF64(gpuMicros, bin, f64At(gpuMicros, bin) + (end - from) * free);
    setF64(waitingMicros, bin, f64At(waitingMicros, bin) + (end - from) * waiting);
    from = end;
    bin++;
  }
  setF(BIN_LAST, now);
}

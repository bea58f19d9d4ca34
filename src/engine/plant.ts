// Writes the plant's tables: what is true in simulation and no policy sees.

import * as abi from "./abi.js";
import type { Engine } from "./engine.js";

export interface JobClassSetup {
  startupMicros: number;
  restartMicros: number;
  /** Pause of a job that is moved while it holds its new devices. */
  migrationMicros: number;
  /** 0 = nothing is lost at a stop. */
  checkpointMicros: number;
  slowdownSameRack: number;
  slowdownAcrossRacks: number;
  failuresPerGpuHour: number;
  inputGib: number;
  inputCloud: number;
}

export interface LinkSetup {
  from: number;
  to: number;
  gigabitsPerSecond: number;
  latencyMicros: number;
  usdPerGb: number;
}

/** A pool's price from a moment on. */
export interface PriceSetup {
  atMicros: number;
  pool: number;
  usdPerGpuHour: number;
}

const MILLI_MICROS_PER_GPU_HOUR = 3_600e6 * 1000;

/**
 * Writes the tables; prices must be sorted by time.
 * @param pairRates speed of a class beside another on one device, as a share of its own, row by own class; only where the
 * world was laid out for it (WorldSetup.pairs).
 */
export function configurePlant(
  engine: Engine,
  classes: readonly JobClassSetup[],
  links: readonly LinkSetup[],
  prices: readonly PriceSetup[],
  pairRates?: Float64Array,
): void {
  const f64 = (id: number) => engine.column(id, "f64");
  const i32 = (id: number) => engine.column(id, "i32");
  classes.forEach((c, i) => {
    f64(abi.COL_CLASS_STARTUP)[i] = c.startupMicros;
    f64(abi.COL_CLASS_RESTART)[i] = c.restartMicros;
    f64(abi.COL_CLASS_MIGRATION)[i] = c.migrationMicros;
    f64(abi.COL_CLASS_CHECKPOINT)[i] = c.checkpointMicros;
    f64(abi.COL_CLASS_SLOW_RACK)[i] = c.slowdownSameRack;
    f64(abi.COL_CLASS_SLOW_ACROSS)[i] = c.slowdownAcrossRacks;
    f64(abi.COL_CLASS_FAIL_RATE)[i] = c.failuresPerGpuHour / MILLI_MICROS_PER_GPU_HOUR;
    f64(abi.COL_CLASS_INPUT_GIB)[i] = c.inputGib;
    i32(abi.COL_CLASS_INPUT_CLOUD)[i] = c.inputCloud;
  });
  links.forEach((link, i) => {
    i32(abi.COL_LINK_FROM)[i] = link.from;
    i32(abi.COL_LINK_TO)[i] = link.to;
    f64(abi.COL_LINK_BYTES_PER_MICRO)[i] = (link.gigabitsPerSecond * 1e9) / 8 / 1e6;
    f64(abi.COL_LINK_LATENCY)[i] = link.latencyMicros;
    f64(abi.COL_LINK_USD_PER_GB)[i] = link.usdPerGb;
  });
  engine.setI(abi.LINK_COUNT, links.length);
  prices.forEach((price, i) => {
    f64(abi.COL_PRICE_AT)[i] = price.atMicros;
    i32(abi.COL_PRICE_POOL)[i] = price.pool;
    f64(abi.COL_PRICE_USD)[i] = price.usdPerGpuHour;
  });
  engine.setI(abi.PRICE_COUNT, prices.length);
  if (pairRates) f64(abi.COL_PAIR_RATE).set(pairRates);
}

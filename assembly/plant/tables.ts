// What the host tells the plant before and during a run: job classes, links, prices, and the input chunk of jobs that
// will arrive. None of it is visible to a policy before it happens.

import {
  CAP_CLASSES, CAP_INPUT, CAP_LINKS, CAP_PRICES, COL_CLASS_CHECKPOINT, COL_CLASS_FAIL_RATE, COL_CLASS_INPUT_CLOUD,
  COL_CLASS_INPUT_GIB, COL_CLASS_MIGRATION, COL_CLASS_RESTART, COL_CLASS_SLOW_ACROSS, COL_CLASS_SLOW_RACK, COL_CLASS_STARTUP,
  COL_INPUT_CLASS, COL_INPUT_DEADLINE, COL_INPUT_ESTIMATE, COL_INPUT_JOB, COL_INPUT_PRIORITY, COL_INPUT_RUN,
  COL_INPUT_SHAPE, COL_INPUT_STATUS, COL_INPUT_SUBMIT, COL_INPUT_TENANT, COL_LINK_BUSY_UNTIL, COL_LINK_BYTES_PER_MICRO,
  COL_LINK_FROM, COL_LINK_LATENCY, COL_LINK_TO, COL_LINK_USD_PER_GB, COL_PRICE_AT, COL_PRICE_POOL, COL_PRICE_USD,
} from "../abi";
import { column, getI } from "../memory";

export let classStartup: usize = 0; // f64, µs
export let classRestart: usize = 0; // f64, µs
export let classMigration: usize = 0; // f64, µs
export let classCheckpoint: usize = 0; // f64, µs; 0 = continuous
export let classSlowRack: usize = 0; // f64
export let classSlowAcross: usize = 0; // f64
export let classFailRate: usize = 0; // f64, a GPU-milli x µs
export let classInputGib: usize = 0; // f64
export let classInputCloud: usize = 0; // i32
export let linkFrom: usize = 0;
export let linkTo: usize = 0;
export let linkBytesPerMicro: usize = 0; // f64
export let linkLatency: usize = 0; // f64, µs
export let linkUsdPerGb: usize = 0; // f64
export let linkBusyUntil: usize = 0; // f64, µs
export let priceAt: usize = 0; // f64, µs
export let pricePool: usize = 0;
export let priceUsd: usize = 0; // f64
export let inputSubmit: usize = 0; // f64
export let inputRun: usize = 0; // f64
export let inputEstimate: usize = 0; // f64
export let inputDeadline: usize = 0; // f64
export let inputShape: usize = 0;
export let inputTenant: usize = 0;
export let inputPriority: usize = 0;
export let inputClass: usize = 0;
export let inputStatus: usize = 0; // u8
export let inputJob: usize = 0;

export function layoutTables(): void {
  const classes = getI(CAP_CLASSES);
  classStartup = column(COL_CLASS_STARTUP, 8, classes);
  classRestart = column(COL_CLASS_RESTART, 8, classes);
  classMigration = column(COL_CLASS_MIGRATION, 8, classes);
  classCheckpoint = column(COL_CLASS_CHECKPOINT, 8, classes);
  classSlowRack = column(COL_CLASS_SLOW_RACK, 8, classes);
  classSlowAcross = column(COL_CLASS_SLOW_ACROSS, 8, classes);
  classFailRate = column(COL_CLASS_FAIL_RATE, 8, classes);
  classInputGib = column(COL_CLASS_INPUT_GIB, 8, classes);
  classInputCloud = column(COL_CLASS_INPUT_CLOUD, 4, classes);
  const links = getI(CAP_LINKS);
  linkFrom = column(COL_LINK_FROM, 4, links);
  linkTo = column(COL_LINK_TO, 4, links);
  linkBytesPerMicro = column(COL_LINK_BYTES_PER_MICRO, 8, links);
  linkLatency = column(COL_LINK_LATENCY, 8, links);
  linkUsdPerGb = column(COL_LINK_USD_PER_GB, 8, links);
  linkBusyUntil = column(COL_LINK_BUSY_UNTIL, 8, links);
  const prices = getI(CAP_PRICES);
  priceAt = column(COL_PRICE_AT, 8, prices);
  pricePool = column(COL_PRICE_POOL, 4, prices);
  priceUsd = column(COL_PRICE_USD, 8, prices);
  const rows = getI(CAP_INPUT);
  inputSubmit = column(COL_INPUT_SUBMIT, 8, rows);
  inputRun = column(COL_INPUT_RUN, 8, rows);
  inputEstimate = column(COL_INPUT_ESTIMATE, 8, rows);
  inputDeadline = column(COL_INPUT_DEADLINE, 8, rows);
  inputShape = column(COL_INPUT_SHAPE, 4, rows);
  inputTenant = column(COL_INPUT_TENANT, 4, rows);
  inputPriority = column(COL_INPUT_PRIORITY, 4, rows);
  inputClass = column(COL_INPUT_CLASS, 4, rows);
  inputStatus = column(COL_INPUT_STATUS, 1, rows);
  inputJob = column(COL_INPUT_JOB, 4, rows);
}

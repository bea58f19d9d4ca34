// Fragmentation of a node against a mix of typical requests (FGD; Weng et al., USENIX ATC 2023, section 3): free GPU that
// a request drawn from the mix could not use there. Seven classes, each summed on its own, in the order of the mix.

import {
  CAP_NODES, CAP_TYPICAL, COL_TYPICAL_CPU, COL_TYPICAL_DEVICES, COL_TYPICAL_MASK, COL_TYPICAL_MILLI, COL_TYPICAL_WEIGHT,
  TYPICAL_COUNT,
} from "../../abi";
import { column, f64At, getI, i32At, setF64, setI32, setU64At, u64At } from "../../memory";
import {
  deviceFree, nodeCpuFree, nodeFirstDevice, nodeGpuCount, nodePool, poolModelBit,
} from "../clusters";

/** Classes: Q1 neither GPU nor CPU, Q2 lacks GPU, Q3 fits, Q4 lacks CPU, XL and XR CPU-only (fits, lacks CPU), NA no access. */
export const CLASSES: i32 = 7;
const DEVICES_MAX: i32 = 64;
const MEMO_BITS: i32 = 16;

let typicalCpu: usize = 0;
let typicalMilli: usize = 0;
let typicalDevices: usize = 0;
let typicalMask: usize = 0;
let typicalWeight: usize = 0;
let classSums: usize = 0;
let left: usize = 0; // free milli of the devices in question, largest first
let tail: usize = 0; // sum of left[i..]
let memoKeys: usize = 0; // two a place
let memoValues: usize = 0;
let devices: i32 = 0; // in `left`

export function layoutFragments(): void {
  const n = getI(CAP_TYPICAL);
  typicalCpu = column(COL_TYPICAL_CPU, 4, n);
  typicalMilli = column(COL_TYPICAL_MILLI, 4, n);
  typicalDevices = column(COL_TYPICAL_DEVICES, 4, n);
  typicalMask = column(COL_TYPICAL_MASK, 4, n);
  typicalWeight = column(COL_TYPICAL_WEIGHT, 8, n);
  classSums = column(-1, 8, CLASSES);
  left = column(-1, 4, DEVICES_MAX + 1);
  tail = column(-1, 4, DEVICES_MAX + 1);
  const places = n > 0 ? 1 << MEMO_BITS : 0;
  memoKeys = column(-1, 16, places);
  memoValues = column(-1, 8, places);
}

/** Forgets what was remembered: the mix may have changed. */
export function startFragments(): void {
  if (getI(CAP_TYPICAL) > 0) memory.fill(memoKeys, 0xff, <usize>16 << MEMO_BITS);
}

@inline function insert(free: i32): void {
  let i = devices++;
  while (i > 0 && i32At(left, i - 1) < free) {
    setI32(left, i, i32At(left, i - 1));
    i--;
  }
  setI32(left, i, free);
}

/** Loads the devices of node n as they would be with `milli` less on device `taken` (-1: none), or without `whole` untouched ones. */
function loadDevices(n: i32, taken: i32, milli: i32, whole: i32): void {
  devices = 0;
  const first = i32At(nodeFirstDevice, n);
  for (let d = 0, count = i32At(nodeGpuCount, n); d < count; d++) {
    let free = i32At(deviceFree, first + d);
    if (d == taken) {
      free -= milli;
    } else if (whole > 0 && free == 1000) {
      free = 0;
      whole--;
    }
    insert(free);
  }
}

/** Fragments of node n, milli, with `cpu` less CPU and a placement that need not be real; see loadDevices. */
export function fragmentWith(n: i32, cpu: i32, taken: i32, milli: i32, whole: i32): f64 {
  loadDevices(n, taken, milli, whole);
  const cpuLeft = i32At(nodeCpuFree, n) - cpu;
  const model = i32At(poolModelBit, i32At(nodePool, n));
  if (devices > 8) return sumClasses(cpuLeft, model);
  let low: u64 = 0;
  let high: u64 = <u64>cpuLeft << 20;
  for (let d = 0; d < devices; d++) {
    if (d < 6) low |= <u64>i32At(left, d) << (10 * d);
    else high |= <u64>i32At(left, d) << (10 * (d - 6));
  }
  low |= <u64>devices << 60;
  high ^= <u64>model << 52 ^ <u64>model * 0x9e3779b97f4a7c15 << 1;
  let hash = (low ^ rotl<u64>(high, 29)) * 0x9e3779b97f4a7c15;
  hash ^= hash >> 31;
  const place = <i32>(hash & ((1 << MEMO_BITS) - 1));
  if (u64At(memoKeys, place * 2) == low && u64At(memoKeys, place * 2 + 1) == high) return f64At(memoValues, place);
  const value = sumClasses(cpuLeft, model);
  setU64At(memoKeys, place * 2, low);
  setU64At(memoKeys, place * 2 + 1, high);
  setF64(memoValues, place, value);
  return value;
}

/** Fragments of node n as it is, milli; its classes can be read until the next call. */
export function fragmentClasses(n: i32): f64 {
  loadDevices(n, -1, 0, 0);
  return sumClasses(i32At(nodeCpuFree, n), i32At(poolModelBit, i32At(nodePool, n)));
}

@inline export function classSum(i: i32): f64 {
  return f64At(classSums, i);
}

// The order of additions matters to a placement that compares tiny differences: each class in the order of the mix, then
// the six classes one after the other.
function sumClasses(cpu: i32, model: i32): f64 {
  let rest = 0;
  for (let d = devices; d >= 0; d--) {
    if (d < devices) rest += i32At(left, d);
    setI32(tail, d, rest);
  }
  const total = <f64>rest;
  let q1: f64 = 0, q2: f64 = 0, q3: f64 = 0, q4: f64 = 0, xl: f64 = 0, xr: f64 = 0, na: f64 = 0;
  for (let m = 0, mix = getI(TYPICAL_COUNT); m < mix; m++) {
    const share = f64At(typicalWeight, m);
    const wanted = i32At(typicalDevices, m);
    const hasCpu = cpu >= i32At(typicalCpu, m);
    if (wanted == 0) {
      if (hasCpu) xl += share * total;
      else xr += share * total;
      continue;
    }
    const mask = i32At(typicalMask, m);
    if (mask != 0 && (mask & model) == 0) {
      na += share * total;
      continue;
    }
    const milli = i32At(typicalMilli, m);
    const enough = devices >= wanted && i32At(left, wanted - 1) >= milli;
    if (enough && hasCpu) {
      let fitting = wanted;
      while (fitting < devices && i32At(left, fitting) >= milli) fitting++;
      const small = <f64>i32At(tail, fitting);
      q2 += share * small;
      q3 += share * (total - small);
    } else if (enough) {
      q4 += share * total;
    } else if (hasCpu) {
      q2 += share * total;
    } else {
      q1 += share * total;
    }
  }
  setF64(classSums, 0, q1);
  setF64(classSums, 1, q2);
  setF64(classSums, 2, q3);
  setF64(classSums, 3, q4);
  setF64(classSums, 4, xl);
  setF64(classSums, 5, xr);
  setF64(classSums, 6, na);
  return q1 + q2 + q4 + xl + xr + na;
}

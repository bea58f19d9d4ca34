// Random numbers. A stream is a xoroshiro128++ generator (Blackman and Vigna, 2021) seeded through splitmix64 from
// (run seed, stream name); draws that must not depend on the order in which a policy does things are hashed from
// (seed, stream, subject, count) instead. Exponentials by the ziggurat of Marsaglia and Tsang (2000), 256 layers.

import { SEED } from "../abi";
import { column, getF } from "../memory";

export const STREAM_ARRIVALS: i32 = 0;
export const STREAM_SERVICES: i32 = 1;
export const STREAM_FAILURES: i32 = 2;
export const STREAM_PLACE: i32 = 3;
export const STREAM_ROUTE: i32 = 4;
export const STREAM_DRAFT: i32 = 5;
export const STREAM_STAGE: i32 = 6;
const STREAMS: i32 = 8;

// Right edge of the base layer and area of a layer, for 256 layers of exp(-x).
const ZIGGURAT_R: f64 = 7.69711747013104972;
const ZIGGURAT_V: f64 = 3.9496598225815571993e-3;

let streams: usize = 0;
let edges: usize = 0; // 257 x f64
let heights: usize = 0; // 257 x f64: exp(-edge)

@inline export function mix64(z: u64): u64 {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

export function layoutRandom(): void {
  streams = column(-1, 16, STREAMS);
  edges = column(-1, 8, 257);
  heights = column(-1, 8, 257);
}

/** Seeds every stream and fills the ziggurat's tables. */
export function startRandom(): void {
  const seed = <u64>getF(SEED);
  for (let i = 0; i < STREAMS; i++) {
    const base = mix64(seed * 0x9e3779b97f4a7c15 + mix64(<u64>(i + 1) * 0xd1342543de82ef95));
    store<u64>(streams + (<usize>i << 4), mix64(base + 0x9e3779b97f4a7c15));
    store<u64>(streams + (<usize>i << 4), mix64(base + 0x3c6ef372fe94f82a) | 1, 8);
  }
  store<f64>(edges, ZIGGURAT_V / Math.exp(-ZIGGURAT_R));
  store<f64>(edges, ZIGGURAT_R, 8);
  for (let i = 2; i < 256; i++) {
    const before = load<f64>(edges + (<usize>(i - 1) << 3));
    store<f64>(edges + (<usize>i << 3), -Math.log(ZIGGURAT_V / before + Math.exp(-before)));
  }
  store<f64>(edges, 0, 256 << 3);
  for (let i = 0; i < 257; i++) {
    store<f64>(heights + (<usize>i << 3), Math.exp(-load<f64>(edges + (<usize>i << 3))));
  }
}

@inline export function bits(stream: i32): u64 {
  const at = streams + (<usize>stream << 4);
  const a = load<u64>(at);
  let b = load<u64>(at, 8);
  const result = rotl<u64>(a + b, 17) + a;
  b ^= a;
  store<u64>(at, rotl<u64>(a, 49) ^ b ^ (b << 21));
  store<u64>(at, rotl<u64>(b, 28), 8);
  return result;
}

/** Uniform in [0, 1), 53 bits. */
@inline export function uniform(stream: i32): f64 {
  return <f64>(bits(stream) >> 11) * (1.0 / 9007199254740992.0);
}

/** Exponential with mean 1. */
@inline export function exponential(stream: i32): f64 {
  const r = bits(stream);
  const layer = <usize>(r & 255) << 3;
  const x = <f64>(r >> 11) * (1.0 / 9007199254740992.0) * load<f64>(edges + layer);
  if (x < load<f64>(edges + layer, 8)) return x;
  return exponentialRest(stream, layer, x);
}

// One draw in a hundred: outside the rectangle that lies wholly under the curve.
function exponentialRest(stream: i32, layer: usize, first: f64): f64 {
  let x = first;
  let shift: f64 = 0;
  while (true) {
    if (x < load<f64>(edges + layer, 8)) return shift + x;
    if (layer == 0) {
      shift += ZIGGURAT_R; // the tail of an exponential is an exponential
    } else {
      const low = load<f64>(heights + layer);
      if (low + uniform(stream) * (load<f64>(heights + layer, 8) - low) < Math.exp(-x)) return shift + x;
    }
    const r = bits(stream);
    layer = <usize>(r & 255) << 3;
    x = <f64>(r >> 11) * (1.0 / 9007199254740992.0) * load<f64>(edges + layer);
  }
}

function hashOf(stream: i32, subject: i32, count: i32): f64 {
  const seed = <u64>getF(SEED);
  const z = mix64(mix64(seed + <u64>(stream + 1) * 0x9e3779b97f4a7c15) + (<u64>subject << 32 | <u64>count));
  return <f64>(z >> 11);
}

/** Exponential with mean 1 that depends on the run's seed and its arguments alone. */
export function exponentialOf(stream: i32, subject: i32, count: i32): f64 {
  return -Math.log((hashOf(stream, subject, count) + 0.5) * (1.0 / 9007199254740992.0));
}

/** Uniform in [0, 1), 53 bits, that depends on the run's seed and its arguments alone. */
export function uniformOf(stream: i32, subject: i32, count: i32): f64 {
  return hashOf(stream, subject, count) * (1.0 / 9007199254740992.0);
}

/** Normal with mean 0 and standard deviation 1 that depends on the run's seed and its arguments alone (Box and Muller, 1958). */
export function normalOf(stream: i32, subject: i32, count: i32): f64 {
  const radius = Math.sqrt(2.0 * exponentialOf(stream, subject, count << 1));
  return radius * Math.cos(2.0 * Math.PI * uniformOf(stream, subject, (count << 1) | 1));
}

// The engine's draws that depend on a subject and a count alone.

const U64 = (z: bigint) => BigInt.asUintN(64, z);

/** The finaliser of splitmix64. */
function mix(x: bigint): bigint {
  let z = U64(x);
  z = U64((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n);
  z = U64((z ^ (z >> 27n)) * 0x94d049bb133111ebn);
  return z ^ (z >> 31n);
}

/** The engine's draw for a subject and a count, uniform in [0, 1). */
export function uniformOf(seed: number, stream: bigint, subject: number, count: number): number {
  const z = mix(mix(BigInt(seed) + (stream + 1n) * 0x9e3779b97f4a7c15n) + ((BigInt(subject) << 32n) | BigInt(count)));
  return Number(z >> 11n) / 2 ** 53;
}

// Arguments that all fusions share: a list of pointers to the members' matrices and a list of their weights. A matrix is
// samples x classes, row after row, in a memory that the host lays out; ranges are of samples or elements, so that several
// instances over one memory can share the work, each with scratch of its own.

@inline export function memberAt(table: usize, i: i32): usize {
  return <usize>load<u32>(table + (<usize>i << 2));
}

@inline export function at<T>(column: usize, i: usize): T {
  return load<T>(column + i * sizeof<T>());
}

@inline export function put<T>(column: usize, i: usize, value: T): void {
  store<T>(column + i * sizeof<T>(), value);
}

/** Bit i of a sample's mask: member i has answered. A mask pointer of 0 means that all have. */
@inline export function answered(masks: usize, sample: i32, member: i32): bool {
  if (masks == 0) return true;
  return ((load<u32>(masks + (<usize>sample << 2)) >> member) & 1) != 0;
}

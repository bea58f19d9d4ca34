// Stands where a user's placement is linked in (src/plug/link.ts). The engine as shipped has none, and is never asked.

export const choosesDevice: bool = false;

export function score(): f64 {
  return 0;
}

export function device(_d: i32): f64 {
  return 0;
}

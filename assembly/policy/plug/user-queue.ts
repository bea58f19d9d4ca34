// Stands where a user's order is linked in (src/plug/link.ts). The engine as shipped has none, and is never asked.

export const skips: bool = false;
export const changesWithTime: bool = false;

export function order(): f64 {
  return 0;
}

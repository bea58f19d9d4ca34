// Fusions that look at every sample's members: weights by how sure each is of the sample, medians and trimmed means.

import { answered, at, memberAt, put } from "./lists";

export const BY_TOP: i32 = 0; // greatest number of the row
export const BY_MARGIN: i32 = 1; // greatest less second
export const BY_ENTROPY: i32 = 2; // 1 - entropy / log(classes)

/** How sure a member is of a sample; at least 0 for probabilities. */
function confidence<T>(row: usize, classes: i32, kind: i32): f64 {
  if (classes == 1) return 1;
  if (kind == BY_ENTROPY) {
    let entropy: f64 = 0;
    for (let c = 0; c < classes; c++) {
      const p = <f64>at<T>(row, c);
      if (p > 0) entropy -= p * Math.log(p);
    }
    return max<f64>(0, 1 - entropy / Math.log(<f64>classes));
  }
  let first: f64 = -Infinity;
  let second: f64 = -Infinity;
  for (let c = 0; c < classes; c++) {
    const p = <f64>at<T>(row, c);
    if (p > first) { second = first; first = p; } else if (p > second) second = p;
  }
  return kind == BY_TOP ? first : first - second;
}

/** Sum of weight x confidence x number by the sum of weight x confidence; where nobody is sure, the plain weighted mean. */
export function averageByConfidence<T>(
  table: usize, weights: usize, masks: usize, members: i32, from: i32, to: i32, classes: i32, kind: i32,
  scratch: usize, out: usize,
): void {
  for (let n = from; n < to; n++) {
    const row = <usize>n * <usize>classes;
    let total: f64 = 0;
    let plain: f64 = 0;
    for (let i = 0; i < members; i++) {
      const here = answered(masks, n, i) ? <f64>at<T>(weights, i) : 0;
      const sure = here > 0 ? here * confidence<T>(memberAt(table, i) + row * sizeof<T>(), classes, kind) : 0;
      put<f64>(scratch, i, sure);
      total += sure;
      plain += here;
    }
    const unsure = total == 0;
    for (let c = 0; c < classes; c++) {
      let sum: f64 = 0;
      for (let i = 0; i < members; i++) {
        if (!answered(masks, n, i)) continue;
        const weight = unsure ? <f64>at<T>(weights, i) : at<f64>(scratch, i);
        sum += weight * <f64>at<T>(memberAt(table, i), row + c);
      }
      put<T>(out, row + c, <T>(sum / (unsure ? plain : total)));
    }
  }
}

/**
 * Mean of the middle members, element by element: `cut` of each end are left out (of fewer members, as many as leave at least
 * one or two). A median is a cut of (members - 1) / 2. NaN where nobody answered.
 */
export function trimmedMean<T>(
  table: usize, masks: usize, members: i32, from: i32, to: i32, classes: i32, cut: i32, scratch: usize, out: usize,
): void {
  for (let n = from; n < to; n++) {
    const row = <usize>n * <usize>classes;
    for (let c = 0; c < classes; c++) {
      let count = 0;
      for (let i = 0; i < members; i++) {
        if (!answered(masks, n, i)) continue;
        const x = at<T>(memberAt(table, i), row + c);
        let k = count++;
        for (; k > 0 && at<T>(scratch, k - 1) > x; k--) put<T>(scratch, k, at<T>(scratch, k - 1));
        put<T>(scratch, k, x);
      }
      const left = min(cut, (count - 1) >> 1);
      let sum: f64 = 0;
      for (let k = left; k < count - left; k++) sum += <f64>at<T>(scratch, k);
      put<T>(out, row + c, <T>(sum / <f64>(count - 2 * left)));
    }
  }
}

// What an ensemble answers with the members that it has: their rows of the prediction matrices, fused by the kernels that
// fuse whole matrices; and how its weights learn from the true class.

import {
  ENSEMBLE_ADAPT, ENSEMBLE_CLASSES, ENSEMBLE_FEEDBACK, ENSEMBLE_FORGET, ENSEMBLE_LABELS, ENSEMBLE_METHOD, FUSE_LOG_POOL, FUSE_VOTE,
  MEMBER_MATRIX, MEMBER_WEIGHT, MEMBERS_MAX,
} from "../../abi";
import { averageOf } from "../../fuse/average";
import { logPoolExactly } from "../../fuse/log-pool";
import { vote } from "../../fuse/vote";
import { mix64 } from "../../kernel/random";
import { column, i32At } from "../../memory";
import { ensembleF, ensembleI, labels, memberF, memberI, memberOf, membersOf, predictions, setMemberF } from "./tables";

const CLASSES_MAX: i32 = 256;

// scratch of one fusion
let table: usize = 0; // u32: matrices
let weights: usize = 0; // f32
let fused: usize = 0; // f32, a row
let scratch: usize = 0;
let labelOut: usize = 0;
let maskAt: usize = 0;

export function layoutAnswers(): void {
  table = column(-1, 4, MEMBERS_MAX);
  weights = column(-1, 4, MEMBERS_MAX);
  fused = column(-1, 4, CLASSES_MAX);
  scratch = column(-1, 1, MEMBERS_MAX * 4096 + CLASSES_MAX * 20 + 64);
  labelOut = column(-1, 4, 1);
  maskAt = column(-1, 4, 1);
}

/** The class that the members of `mask` (at least one) answer together; how sure they are is then in `sureness`. */
export function answerOf(e: i32, sample: i32, mask: i32): i32 {
  const k = membersOf(e);
  const classes = ensembleI(e, ENSEMBLE_CLASSES);
  for (let m = 0; m < k; m++) {
    const g = memberOf(e, m);
    store<u32>(table + (<usize>m << 2), <u32>(predictions + (<usize>memberI(g, MEMBER_MATRIX) << 2)));
    store<f32>(weights + (<usize>m << 2), <f32>memberF(g, MEMBER_WEIGHT));
  }
  store<u32>(maskAt, mask);
  // kernels write where the sample's row would be in a whole matrix
  const masks = maskAt - (<usize>sample << 2);
  const out = fused - ((<usize>sample * <usize>classes) << 2);
  const method = ensembleI(e, ENSEMBLE_METHOD);
  if (method == FUSE_LOG_POOL) logPoolExactly<f32>(table, weights, masks, k, sample, sample + 1, classes, scratch, out);
  else averageOf<f32>(table, weights, masks, k, sample, sample + 1, classes, out);
  if (method != FUSE_VOTE) return greatest(classes);
  vote<f32>(table, masks, k, sample, sample + 1, classes, scratch, labelOut - (<usize>sample << 2));
  return load<i32>(labelOut);
}

/** The greatest number of the row that `answerOf` has fused (of a vote: of the average). */
export function sureness(e: i32): f64 {
  return <f64>load<f32>(fused + (<usize>greatest(ensembleI(e, ENSEMBLE_CLASSES)) << 2));
}

function greatest(classes: i32): i32 {
  let best = 0;
  for (let c = 1; c < classes; c++) {
    if (load<f32>(fused + (<usize>c << 2)) > load<f32>(fused + (<usize>best << 2))) best = c;
  }
  return best;
}

@inline export function trueClass(e: i32, sample: i32): i32 {
  return i32At(labels, ensembleI(e, ENSEMBLE_LABELS) + sample);
}

/**
 * Weights of the members that answered fall by exp(-rate loss), the loss being what they did not give to the true class, and
 * are scaled so that their sum is as before: who was absent is not judged (Freund et al. 1997). Then a share is dealt out
 * evenly, so that one who was bad can come back (fixed share: Herbster and Warmuth 1998).
 */
export function learn(e: i32, sample: i32, mask: i32, id: f64): void {
  const rate = ensembleF(e, ENSEMBLE_ADAPT);
  if (rate == 0 || mask == 0) return;
  const drawn = <f64>(mix64(reinterpret<u64>(id) + 0x9e3779b97f4a7c15) >> 11) / 9007199254740992.0;
  if (drawn >= ensembleF(e, ENSEMBLE_FEEDBACK)) return;
  const k = membersOf(e);
  const label = trueClass(e, sample);
  const classes = ensembleI(e, ENSEMBLE_CLASSES);
  let before: f64 = 0;
  let after: f64 = 0;
  for (let m = 0; m < k; m++) {
    if (((mask >> m) & 1) == 0) continue;
    const g = memberOf(e, m);
    const w = memberF(g, MEMBER_WEIGHT);
    const at = <usize>memberI(g, MEMBER_MATRIX) + <usize>sample * <usize>classes + <usize>label;
    const moved = w * Math.exp(-rate * (1 - <f64>load<f32>(predictions + (at << 2))));
    before += w;
    after += moved;
    setMemberF(g, MEMBER_WEIGHT, moved);
  }
  const forget = ensembleF(e, ENSEMBLE_FORGET);
  for (let m = 0; m < k; m++) {
    const g = memberOf(e, m);
    const w = memberF(g, MEMBER_WEIGHT) * (((mask >> m) & 1) != 0 ? before / after : 1);
    setMemberF(g, MEMBER_WEIGHT, (1 - forget) * w + forget / <f64>k);
  }
}

// Asks a user's policy. What it is being asked stands in the control block, so that a policy that loops or traps can be
// named with its decision and features; its steps are counted, since WASM itself sets no limit.

import { ASKED, ASKED_NODE, ASKED_OF, FAIL_POLICY_NAN } from "../../abi";
import { fail, rowI32, setI } from "../../memory";
import { claimShape } from "../../world/claims";
import { setSubject } from "./features";
import { device, score } from "./user-place";
import { order } from "./user-queue";

@inline function begin(what: i32, subject: i32, node: i32): void {
  setI(ASKED, what);
  setI(ASKED_OF, subject);
  setI(ASKED_NODE, node);
}

@inline function end(answer: f64): f64 {
  if (answer != answer) fail(FAIL_POLICY_NAN, 0);
  setI(ASKED, 0);
  return answer;
}

/** The user's score of node n for one task of this shape; -Infinity refuses the node. */
export function askScore(n: i32, shape: i32): f64 {
  begin(1, shape, n);
  setSubject(n, shape, 0);
  return end(score());
}

/** The user's score of device d of node n for a share of this shape. */
export function askDevice(n: i32, shape: i32, d: i32): f64 {
  begin(2, shape, n);
  setSubject(n, shape, 0);
  return end(device(d));
}

/** The user's key of a waiting claim, the lowest first. */
export function askOrder(slot: i32): f64 {
  begin(3, slot, -1);
  setSubject(-1, rowI32(claimShape, slot), slot);
  return end(order());
}

// Use and fragmentation after every instant, for studies whose clock is the arrival. Only nodes that changed are looked at
// again; the sums of the cluster are kept.

import {
  CAP_MARKS, CAP_NODES, CAP_TYPICAL, COL_MARK_CLASSES, COL_MARK_FRAGMENT, COL_MARK_USED, FREE_MILLI, MARK_COUNT, NODE_CHANGES,
  NODE_COUNT, FAIL_ROWS,
} from "../abi";
import { column, f64At, fail, getF, getI, i32At, setF64, setI } from "../memory";
import { changedNode, changesKept, nodeGpuCount } from "../world/clusters";
import { CLASSES, classSum, fragmentClasses } from "../world/derived/fragments";

let used: usize = 0;
let fragment: usize = 0;
let classes: usize = 0;
let ofNode: usize = 0; // fragment of each node
let classesOfNode: usize = 0;
let sums: usize = 0; // capacity, changes seen, fragment, then the classes

const CAPACITY: i32 = 0;
const SEEN: i32 = 1;
const FRAGMENT: i32 = 2;
const FIRST_CLASS: i32 = 3;

export function layoutMarks(): void {
  const marks = getI(CAP_MARKS);
  used = column(COL_MARK_USED, 8, marks);
  fragment = column(COL_MARK_FRAGMENT, 8, marks);
  classes = column(COL_MARK_CLASSES, 8, marks * CLASSES);
  const nodes = marks > 0 ? getI(CAP_NODES) : 0;
  ofNode = column(-1, 8, nodes);
  classesOfNode = column(-1, 8, nodes * CLASSES);
  sums = column(-1, 8, FIRST_CLASS + CLASSES);
}

export function startMarks(): void {
  if (getI(CAP_MARKS) == 0) return;
  setI(MARK_COUNT, 0);
  let capacity: f64 = 0;
  for (let i = 0; i < FIRST_CLASS + CLASSES; i++) setF64(sums, i, 0);
  for (let n = 0, nodes = getI(NODE_COUNT); n < nodes; n++) {
    capacity += <f64>i32At(nodeGpuCount, n) * 1000;
    if (getI(CAP_TYPICAL) > 0) look(n);
  }
  setF64(sums, CAPACITY, capacity);
  setF64(sums, SEEN, getF(NODE_CHANGES));
}

function change(sum: i32, from: usize, at: i32, value: f64): void {
  setF64(sums, sum, f64At(sums, sum) + (value - f64At(from, at)));
  setF64(from, at, value);
}

function look(n: i32): void {
  change(FRAGMENT, ofNode, n, fragmentClasses(n));
  for (let c = 0; c < CLASSES; c++) change(FIRST_CLASS + c, classesOfNode, n * CLASSES + c, classSum(c));
}

/** Leaves a mark of the state at the end of this instant. */
export function mark(): void {
  const i = getI(MARK_COUNT);
  if (i >= getI(CAP_MARKS)) fail(FAIL_ROWS, <f64>getI(CAP_MARKS));
  if (getI(CAP_TYPICAL) > 0) {
    const changes = getF(NODE_CHANGES);
    let seen = f64At(sums, SEEN);
    if (changes - seen > changesKept()) {
      for (let n = 0, nodes = getI(NODE_COUNT); n < nodes; n++) look(n);
      seen = changes;
    }
    for (; seen < changes; seen++) look(changedNode(seen));
    setF64(sums, SEEN, changes);
  }
  setF64(used, i, f64At(sums, CAPACITY) - getF(FREE_MILLI));
  setF64(fragment, i, f64At(sums, FRAGMENT));
  for (let c = 0; c < CLASSES; c++) setF64(classes, i * CLASSES + c, f64At(sums, FIRST_CLASS + c));
  setI(MARK_COUNT, i + 1);
}

// The plan at hand: (node, tasks) in scratch. Nothing is taken until it is committed.

import { CAP_NODES } from "../../abi";
import { column, getI, i32At, setI32 } from "../../memory";

let planNodes: usize = 0;
let planTasks: usize = 0;
export let planned: usize = 0; // tasks of this plan by node, zero between plans
let planCount: i32 = 0; // scratch of one verb

export function layoutList(): void {
  const nodes = getI(CAP_NODES);
  planNodes = column(-1, 4, nodes + 1);
  planTasks = column(-1, 4, nodes + 1);
  planned = column(-1, 4, nodes + 1);
}

@inline export function clearPlan(): void {
  planCount = 0;
}

@inline export function planLength(): i32 {
  return planCount;
}
@inline export function planNode(i: i32): i32 {
  return i32At(planNodes, i);
}
@inline export function planTaskCount(i: i32): i32 {
  return i32At(planTasks, i);
}

@inline export function add(node: i32, tasks: i32): void {
  setI32(planNodes, planCount, node);
  setI32(planTasks, planCount, tasks);
  planCount++;
}

/** Ends a plan that counted its tasks by node. */
export function collectPlanned(): void {
  for (let i = 0; i < planCount; i++) {
    const node = i32At(planNodes, i);
    setI32(planTasks, i, i32At(planned, node));
    setI32(planned, node, 0);
  }
}

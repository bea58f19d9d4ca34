// Places a gang under a scored placement: one task after the other, each on the node that is best once the earlier ones are
// there. The tasks are taken from the world while the next are placed, and given back before anyone can see it.

import { CAP_DEVICES, CAP_MIG, CAP_SCORED } from "../../abi";
import { column, getI, i32At, setI32 } from "../../memory";
import {
  changeDevices, changeNode, deviceFree, deviceSlots, nodeFirstDevice, nodeGpuCount, takeDevices,
} from "../../world/clusters";
import { isMig, takeShare } from "../../world/partitions";
import { changeTag } from "../../world/claims";
import { shapeCpuMilli, shapeGpuMilli, shapeMemoryMib, shapeTasks } from "../../world/shapes";
import { add, collectPlanned, planLength, planned, planNode, planTaskCount } from "./list";
import { bestNodeOf } from "./scored";
import { deviceFor } from "./scores";

// devices of the plan's nodes, as they were: free milli, and slices in use
let before: usize = 0;
let slotsBefore: usize = 0;

export function layoutGang(): void {
  before = column(-1, 4, getI(CAP_SCORED) > 0 ? getI(CAP_DEVICES) : 0);
  slotsBefore = column(-1, 4, getI(CAP_SCORED) > 0 && getI(CAP_MIG) > 0 ? getI(CAP_DEVICES) : 0);
}

/** Plans all tasks in one pool in which they are known to fit; false if the placement refuses one of them. */
export function planGang(pool: i32, shape: i32): bool {
  const tasks = i32At(shapeTasks, shape);
  let placed = 0;
  while (placed < tasks) {
    const n = bestNodeOf(pool, shape, placed);
    if (n < 0) break;
    if (i32At(planned, n) == 0) {
      add(n, 0);
      keepDevices(n);
    }
    setI32(planned, n, i32At(planned, n) + 1);
    take(n, pool, shape, placed++);
  }
  collectPlanned();
  for (let i = 0, count = planLength(); i < count; i++) giveBack(planNode(i), pool, shape, planTaskCount(i));
  return placed == tasks;
}

function keepDevices(n: i32): void {
  const first = i32At(nodeFirstDevice, n);
  for (let d = first, end = first + i32At(nodeGpuCount, n); d < end; d++) setI32(before, d, i32At(deviceFree, d));
  if (!isMig(n)) return;
  for (let d = first, end = first + i32At(nodeGpuCount, n); d < end; d++) setI32(slotsBefore, d, i32At(deviceSlots, d));
}

function take(n: i32, pool: i32, shape: i32, task: i32): void {
  const milli = i32At(shapeGpuMilli, shape);
  if (milli >= 1000) takeDevices(n, milli / 1000);
  else if (milli > 0) takeShare(n, deviceFor(n, shape, task), milli);
  changeTag(n, shape, 1);
  changeNode(n, pool, -milli, -i32At(shapeCpuMilli, shape), -i32At(shapeMemoryMib, shape));
}

function giveBack(n: i32, pool: i32, shape: i32, tasks: i32): void {
  const first = i32At(nodeFirstDevice, n);
  const count = i32At(nodeGpuCount, n);
  for (let d = first; d < first + count; d++) setI32(deviceFree, d, i32At(before, d));
  if (isMig(n)) for (let d = first; d < first + count; d++) setI32(deviceSlots, d, i32At(slotsBefore, d));
  changeDevices(n, ~(<u64>0) >> (64 - count), 0);
  changeTag(n, shape, -tasks);
  const milli = i32At(shapeGpuMilli, shape) * tasks;
  changeNode(n, pool, milli, i32At(shapeCpuMilli, shape) * tasks, i32At(shapeMemoryMib, shape) * tasks);
}

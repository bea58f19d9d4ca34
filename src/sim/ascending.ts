// The ascending order of doubles, by the kernel of assembly/kernel/order.ts.

import * as abi from "../engine/abi.js";
import { Tools } from "../engine/tools.js";

let shared: Tools | undefined;

/** Positions of the values that are not NaN, ascending by value; equal ones as they stand. */
export function ascending(values: Float64Array): Int32Array {
  shared ??= new Tools();
  const tools = shared;
  tools.call(`Ordering ${values.length} numbers`, (e) => e.orderLayout(values.length));
  tools.f64(abi.COL_SOLVE_INPUT).set(values);
  const count = tools.call("an order", (e) => e.orderRun());
  return tools.i32(abi.COL_SOLVE_OUTPUT).slice(0, count);
}

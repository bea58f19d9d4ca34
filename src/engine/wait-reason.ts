// What keeps a waiting job from starting, asked of the engine as it stands between two passes.

import * as abi from "./abi.js";
import type { Engine } from "./engine.js";
import type { PoolSetup, ShapeSetup } from "./world.js";

/**
 * capacity: no pool that it may use has as many GPUs free. scattered: enough are free, but not where the run's placement
 * could use them. order: it would fit, and the policy lets it wait.
 */
export type WaitReason = "capacity" | "scattered" | "order";

export function waitReason(
  engine: Engine,
  pools: readonly PoolSetup[],
  shapeId: number,
  shape: ShapeSetup,
): WaitReason {
  if (engine.call((e) => e.fits(shapeId))) return "order";
  const wanted = shape.tasks * shape.gpuMilli;
  const free = engine.column(abi.COL_POOL_FREE_MILLI, "i32");
  const enough = pools.some((pool, p) => {
    return (shape.modelMask === 0 || (shape.modelMask & pool.modelBit) !== 0) && free[p]! >= wanted;
  });
  return enough ? "scattered" : "capacity";
}

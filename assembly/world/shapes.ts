// Shapes: the distinct requests. A job, replica or pod refers to one by number; caches are keyed by it.

import {
  CAP_SHAPES, COL_SHAPE_CPU_MILLI, COL_SHAPE_GPU_MILLI, COL_SHAPE_MEMORY_MIB, COL_SHAPE_MODEL_MASK, COL_SHAPE_TASKS,
} from "../abi";
import { column, getI, i32At } from "../memory";

export let shapeTasks: usize = 0;
export let shapeGpuMilli: usize = 0; // of one task
export let shapeCpuMilli: usize = 0;
export let shapeMemoryMib: usize = 0;
export let shapeModelMask: usize = 0;

export function layoutShapes(): void {
  const n = getI(CAP_SHAPES);
  shapeTasks = column(COL_SHAPE_TASKS, 4, n);
  shapeGpuMilli = column(COL_SHAPE_GPU_MILLI, 4, n);
  shapeCpuMilli = column(COL_SHAPE_CPU_MILLI, 4, n);
  shapeMemoryMib = column(COL_SHAPE_MEMORY_MIB, 4, n);
  shapeModelMask = column(COL_SHAPE_MODEL_MASK, 4, n);
}

/** GPU of the whole gang, milli. */
@inline export function gangMilli(shape: i32): i32 {
  return i32At(shapeTasks, shape) * i32At(shapeGpuMilli, shape);
}

/** True if a task wants one whole GPU and nothing else, so that where tasks go cannot change how many fit. */
@inline export function isPlain(shape: i32): bool {
  return i32At(shapeGpuMilli, shape) == 1000 && i32At(shapeCpuMilli, shape) == 0 && i32At(shapeMemoryMib, shape) == 0;
}

/** True if a task wants a share of one device. */
@inline export function isShare(shape: i32): bool {
  const milli = i32At(shapeGpuMilli, shape);
  return milli > 0 && milli < 1000;
}

// Threads that train, answer and fuse in one memory: each has an instance of the kernels over it, members are written where
// they are fused, and nothing but calls crosses. The thread that owns the memory lays out all that they need.

import type { Bulk, BulkCall } from "../engine/bulk.js";
import { WorkerPool } from "../engine/pool.js";
import type { FusionArea, FusionMethod, FusionOptions } from "./fusion.js";

export interface CrewApi {
  carryOut(calls: readonly BulkCall[]): Promise<void>;
}

/** Workers run what is built, also where this file runs as a source. */
const WORKER_URL = import.meta.url.endsWith(".ts")
  ? new URL("../../dist/ensemble/crew-worker.js", import.meta.url)
  : new URL("./crew-worker.js", import.meta.url);
const TASK_MILLIS_MAX = 3_600_000;

export class Crew {
  readonly size: number;
  readonly #pool: WorkerPool<CrewApi>;

  /** `size` threads over the memory of `bulk`. End them with `close`. */
  constructor(bulk: Bulk, size: number) {
    this.size = size;
    this.#pool = new WorkerPool<CrewApi>({
      url: WORKER_URL,
      size,
      taskMillisMax: TASK_MILLIS_MAX,
      // calls change what they work on: a second try would not be the same
      attempts: 1,
      data: { memory: bulk.memory, bulk: bulk.module },
    });
  }

  /** Every list of calls is one thread's, in order; lists run side by side and must not touch each other's areas. */
  async run(name: string, lists: readonly (readonly BulkCall[])[]): Promise<void> {
    await Promise.all(lists.map((calls, i) => this.#pool.run(`${name}, part ${i}`, (api) => api.carryOut(calls))));
  }

  /** A fusion by ranges of samples: the same bytes for any number of threads. */
  async fuse(
    area: FusionArea,
    method: FusionMethod,
    options: FusionOptions = {},
  ): Promise<Float32Array | Float64Array | Int32Array> {
    const { from = 0, to = area.shape.samples } = options;
    const edge = (part: number) => from + Math.floor(((to - from) * part) / this.size);
    const lists = Array.from({ length: this.size }, (_, part) =>
      area.plan(method, { ...options, from: edge(part), to: edge(part + 1) }, part),
    );
    await this.run(`fusing by ${method}`, lists);
    return area.fused(method);
  }

  close(): Promise<void> {
    return this.#pool.close();
  }
}

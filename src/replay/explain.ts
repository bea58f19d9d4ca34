// Why did a job wait? The log of its run is replayed, and the engine is asked at every pass while the job waits.

import * as abi from "../engine/abi.js";
import { Engine } from "../engine/engine.js";
import { LogReader } from "../engine/log.js";
import { type WaitReason, waitReason } from "../engine/wait-reason.js";
import { type Onlooker, type Recording, replayLog } from "./driver.js";

/** A stretch of waiting with one reason. */
export interface WaitStretch {
  fromMicros: number;
  toMicros: number;
  reason: WaitReason;
}

/** A time that the job held resources. */
export interface Held {
  fromMicros: number;
  toMicros: number;
  nodes: { node: number; gpus: number }[];
  /** How it ended. */
  end: "finished" | "preempted" | "failed";
}

/** Another job, as it matters to this one. */
export interface OtherJob {
  job: number;
  submitMicros: number;
  gpus: number;
}

export interface Explanation {
  job: number;
  submitMicros: number;
  /** Id of its shape. */
  shape: number;
  waits: WaitStretch[];
  held: Held[];
  /** Who held most when it began to wait, largest first. */
  holders: (OtherJob & { untilMicros: number })[];
  /** How often a job that was submitted later was started while it waited. */
  overtakenTimes: number;
  /** The first of them, in order of their start. */
  overtakers: (OtherJob & { startMicros: number })[];
  /** The first pass before which it would have fit, and that started others instead. */
  chance: { timeMicros: number; started: OtherJob[] } | null;
  /** Jobs whose end or stop let it start first. */
  freedBy: OtherJob[];
}

/**
 * Explains one job of a recorded run; null if the log does not have it.
 * @param options.listMax holders and overtakers kept.
 * @param options.engine one that holds the run's policies, where they are the user's.
 */
export function explainJob(
  recording: Recording,
  job: number,
  { listMax = 5, engine = new Engine() }: { listMax?: number; engine?: Engine } = {},
): Explanation | null {
  const witness = new Witness(recording, job, listMax);
  replayLog(recording, witness, engine);
  return witness.finish();
}

interface Live extends OtherJob {
  held: Held | null;
}

class Witness implements Onlooker {
  readonly #reader: LogReader;
  readonly #recording: Recording;
  readonly #listMax: number;
  /** By slot. */
  readonly #live = new Map<number, Live>();
  readonly #job: number;
  #own: Explanation | null = null;
  #slot = -1;
  #waiting = false;
  #couldBefore = false;
  #open: WaitStretch | null = null;
  /** Ended in the facts of this instant. */
  #freed: OtherJob[] = [];
  /** When it began to wait; until when they held is known at the end. */
  #holders: [OtherJob, Held][] | undefined;

  constructor(recording: Recording, job: number, listMax: number) {
    this.#recording = recording;
    this.#reader = new LogReader(recording.log);
    this.#job = job;
    this.#listMax = listMax;
  }

  facts(from: number, to: number): void {
    this.#freed = [];
    for (let i = from; i < to; i++) {
      const r = this.#reader.record(i);
      if (r.kind === abi.FACT_SUBMITTED) this.#submitted(r.slot, r.a, r.b, r.timeMicros);
      else if (r.kind === abi.FACT_STOPPED) this.#ended(r.slot, r.timeMicros, r.a === 1 ? "failed" : "preempted");
      else if (r.kind === abi.FACT_FINISHED) this.#ended(r.slot, r.timeMicros, "finished");
    }
  }

  beforePass(engine: Engine): void {
    this.#couldBefore = this.#waiting && engine.call((e) => e.fits(this.#own!.shape)) !== 0;
  }

  afterPass(engine: Engine, timeMicros: number, from: number, to: number): void {
    const wasWaiting = this.#waiting;
    const started = this.#decided(from, to);
    const own = this.#own;
    if (!own || !wasWaiting) return;
    if (!this.#waiting) {
      this.#closeWait(timeMicros);
      if (own.held.length === 1 && own.waits.length > 0) own.freedBy = this.#freed.slice(0, this.#listMax);
      return;
    }
    const later = started.filter((other) => other.submitMicros >= own.submitMicros && other.job !== own.job);
    for (const other of later) {
      if (own.overtakers.length < this.#listMax) own.overtakers.push({ ...other, startMicros: timeMicros });
      own.overtakenTimes++;
    }
    if (this.#couldBefore && started.length > 0 && !own.chance) own.chance = { timeMicros, started };
    this.#holders ??= this.#largest();
    const { world, shapes } = this.#recording;
    this.#wait(waitReason(engine, world.pools, own.shape, shapes[own.shape]!), timeMicros);
  }

  finish(): Explanation | null {
    const own = this.#own;
    if (own) own.holders = (this.#holders ?? []).map(([other, held]) => ({ ...other, untilMicros: held.toMicros }));
    return own;
  }

  #submitted(slot: number, job: number, shape: number, timeMicros: number): void {
    const { tasks, gpuMilli } = this.#recording.shapes[shape]!;
    this.#live.set(slot, { job, submitMicros: timeMicros, gpus: (tasks * gpuMilli) / 1000, held: null });
    if (job !== this.#job) return;
    this.#slot = slot;
    this.#waiting = true;
    this.#own = {
      job,
      submitMicros: timeMicros,
      shape,
      waits: [],
      held: [],
      holders: [],
      overtakenTimes: 0,
      overtakers: [],
      chance: null,
      freedBy: [],
    };
  }

  #ended(slot: number, timeMicros: number, end: Held["end"]): void {
    const live = this.#live.get(slot);
    if (!live) return;
    if (live.held) {
      live.held.toMicros = timeMicros;
      live.held.end = end;
      live.held = null;
      this.#freed.push({ job: live.job, submitMicros: live.submitMicros, gpus: live.gpus });
    }
    if (slot === this.#slot && live.job === this.#job) this.#waiting = end !== "finished";
    if (end === "finished") this.#live.delete(slot);
  }

  /** Reads the decisions of a pass; who was started by it. */
  #decided(from: number, to: number): OtherJob[] {
    const started: OtherJob[] = [];
    for (let i = from; i < to; i++) {
      const r = this.#reader.record(i);
      const live = this.#live.get(r.slot);
      if (!live) continue;
      if (r.kind === abi.DECIDE_START) {
        live.held = { fromMicros: r.timeMicros, toMicros: Number.NaN, nodes: [], end: "finished" };
        started.push({ job: live.job, submitMicros: live.submitMicros, gpus: live.gpus });
        if (live.job === this.#job) {
          this.#own!.held.push(live.held);
          this.#waiting = false;
        }
      } else if (r.kind === abi.DECIDE_MOVE && live.held) {
        // where it is from now on; what it held before is told by `held` as one stay
        live.held.nodes = [];
      } else if (r.kind === abi.DECIDE_PART && live.held) {
        live.held.nodes.push({ node: r.a, gpus: partGpus(r.a, r.c, r.mask) });
      }
    }
    return started;
  }

  /** The largest that hold something now. */
  #largest(): [OtherJob, Held][] {
    const holding = [...this.#live.values()].filter((live) => live.held && live.job !== this.#job);
    const largest = holding.sort((a, b) => b.gpus - a.gpus || a.job - b.job).slice(0, this.#listMax);
    return largest.map(({ job, submitMicros, gpus, held }) => [{ job, submitMicros, gpus }, held!]);
  }

  #wait(reason: WaitReason, timeMicros: number): void {
    if (this.#open?.reason === reason) return;
    this.#closeWait(timeMicros);
    this.#open = { fromMicros: timeMicros, toMicros: Number.NaN, reason };
  }

  #closeWait(timeMicros: number): void {
    if (!this.#open) return;
    this.#open.toMicros = timeMicros;
    if (timeMicros > this.#open.fromMicros) this.#own!.waits.push(this.#open);
    this.#open = null;
  }
}

function partGpus(node: number, milli: number, mask: bigint): number {
  if (node < 0) return milli / 1000;
  let devices = 0;
  for (let rest = mask; rest > 0n; rest &= rest - 1n) devices++;
  return (devices * milli) / 1000;
}

// A pool of worker threads behind comlink. A task runs on one worker at a time; a worker that crashes, or is silent for
// longer than a task may take, is ended and replaced, and its task is repeated elsewhere or reported: never lost.

import { setTimeout as delay } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import * as Comlink from "comlink";
import nodeEndpoint from "comlink/dist/esm/node-adapter.mjs";
import { WindtunnelError } from "../model/errors.js";
import { engineModule } from "./load.js";

export interface PoolOptions {
  /** Module that the workers run; it must `exposeToPool` an object. */
  url: URL;
  size: number;
  /** A task that takes longer is taken for hung. */
  taskMillisMax: number;
  /** How often a task is tried before it is reported. */
  attempts: number;
  /** What every worker is given at its start, beside the engine. */
  data?: Readonly<Record<string, unknown>>;
}

interface Member<Api> {
  /** Key of its latest task. */
  key: string | undefined;
  worker: Worker;
  api: Comlink.Remote<Api>;
  /** Rejects when the worker dies. */
  death: Promise<never>;
}

/** How long tasks under way have to end when the pool closes. */
const CLOSE_MILLIS = 5_000;

type Task<Api> = (api: Comlink.Remote<Api>) => Promise<unknown>;

interface Waiting<Api> {
  key: string | undefined;
  task: Task<Api>;
  name: string;
  attempt: number;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** Marks a failure of the worker itself, as against one that its task threw. */
class WorkerDied extends Error {}

export class WorkerPool<Api> {
  readonly #options: PoolOptions;
  readonly #idle: Member<Api>[] = [];
  readonly #all = new Set<Member<Api>>();
  readonly #waiting: Waiting<Api>[] = [];
  readonly #busy = new Set<Promise<void>>();
  #replaced = 0;
  #closed = false;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  /** Workers that had to be replaced so far. */
  get replaced(): number {
    return this.#replaced;
  }

  /**
   * Runs a task on the next free worker; `name` says what it is in messages. Tasks of one `key` share what a worker keeps
   * (a trace): a worker goes on with its own key if it can, then with one that nobody works on.
   * Throws what the task throws, or WORKER_LOST when workers died or hung `attempts` times under it.
   */
  run<R>(name: string, task: (api: Comlink.Remote<Api>) => Promise<R>, key?: string): Promise<R> {
    return new Promise<R>((resolve, reject) => {
      this.#waiting.push({ key, task, name, attempt: 1, resolve: resolve as (value: unknown) => void, reject });
      this.#next();
    });
  }

  /**
   * Ends all workers. Tasks under way have a while to come to their end, since a worker that is ended within a native library
   * may take the process with it; then they are rejected.
   */
  async close(): Promise<void> {
    this.#closed = true;
    const timeout = new AbortController();
    const ended = Promise.allSettled(this.#busy).then(() => timeout.abort());
    await Promise.race([ended, delay(CLOSE_MILLIS, undefined, { signal: timeout.signal }).catch(() => undefined)]);
    await Promise.all([...this.#all].map((member) => member.worker.terminate()));
  }

  #open(): Member<Api> {
    const worker = new Worker(this.#options.url, { workerData: { module: engineModule(), ...this.#options.data } });
    const death = new Promise<never>((_, reject) => {
      worker.once("error", (error) => reject(new WorkerDied(`it crashed: ${error.message}`, { cause: error })));
      worker.once("exit", (code) => reject(new WorkerDied(`it ended with code ${code}`)));
    });
    death.catch(() => undefined); // observed by the task that races it; an idle worker's death is seen at its next task
    const member = { key: undefined, worker, api: Comlink.wrap<Api>(nodeEndpoint(worker)), death };
    this.#all.add(member);
    return member;
  }

  #next(): void {
    while (this.#waiting.length > 0 && !this.#closed) {
      const member = this.#idle.pop() ?? (this.#all.size < this.#options.size ? this.#open() : undefined);
      if (!member) return;
      const work = this.#carryOut(member, this.#choose(member));
      this.#busy.add(work);
      void work.then(() => this.#busy.delete(work));
    }
  }

  #choose(member: Member<Api>): Waiting<Api> {
    const taken = new Set([...this.#all].filter((m) => m !== member).map((m) => m.key));
    let at = this.#waiting.findIndex((w) => w.key === member.key);
    if (at < 0) at = this.#waiting.findIndex((w) => !taken.has(w.key));
    const [waiting] = this.#waiting.splice(Math.max(0, at), 1);
    member.key = waiting!.key;
    return waiting!;
  }

  async #carryOut(member: Member<Api>, waiting: Waiting<Api>): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const hung = new Promise<never>((_, reject) => {
      const limit = this.#options.taskMillisMax;
      timer = setTimeout(() => reject(new WorkerDied(`it was silent for ${limit / 1000} s`)), limit);
    });
    try {
      const value = await Promise.race([waiting.task(member.api), member.death, hung]);
      this.#idle.push(member);
      waiting.resolve(value);
    } catch (error) {
      if (error instanceof WorkerDied) await this.#replace(member, waiting, error);
      else {
        this.#idle.push(member);
        waiting.reject(error);
      }
    } finally {
      clearTimeout(timer);
      this.#next();
    }
  }

  async #replace(member: Member<Api>, waiting: Waiting<Api>, why: WorkerDied): Promise<void> {
    this.#all.delete(member);
    await member.worker.terminate();
    this.#replaced++;
    if (!this.#closed && waiting.attempt < this.#options.attempts) {
      this.#waiting.unshift({ ...waiting, attempt: waiting.attempt + 1 });
      return;
    }
    waiting.reject(
      new WindtunnelError(
        "WORKER_LOST",
        `${waiting.name}: its worker was lost ${waiting.attempt} times; the last time ${why.message}.`,
        "Repeat with --workers 1 and a higher --run-seconds-max; finished runs are kept.",
        { cause: why },
      ),
    );
  }
}

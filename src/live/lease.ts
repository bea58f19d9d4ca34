// Who may act on a cluster: the holder of a Lease, after the algorithm of client-go's leader election. Expiry is judged by our
// own clock since we last saw the record change, never by comparing its times with ours. A lease alone is no fence, so what is
// about to be spent of the budgets is written into it before each change: whoever has lost it cannot spend.

import { type ApiAnswer, ApiError, type KubeApi } from "./api.js";
import { isObject, type Json, mapAt, numberAt, textAt } from "./json.js";
import { type Spending, stillCounts } from "./ledger.js";
import type { Pacing } from "./limiter.js";
import { isoTime } from "./time.js";

export interface LeaseOptions {
  namespace: string;
  name: string;
  /** Who we are: different for every process. */
  identity: string;
  leaseMillis: number;
  renewMillis: number;
  retryMillis: number;
}

export const LEASE_DEFAULTS = { leaseMillis: 15_000, renewMillis: 10_000, retryMillis: 2_000 };

const LEDGER = "windtunnel.dev/ledger";
/** What a holder hands on beside it, by name. */
const MEMORY = "windtunnel.dev/memory-";
/** An object's annotations may have 256 KiB together; the ledger needs some. */
const MEMORY_CHARACTERS_MAX = 100_000;

/** RFC 3339 with the six digits that the API server wants. */
export function microTime(millis: number): string {
  return isoTime(millis).replace("Z", "000Z");
}

interface Seen {
  version: string;
  raw: Json;
  holder: string;
  leaseMillis: number;
  /** When we last saw it change, by our clock. */
  changedMillis: number;
}

export class Leader {
  readonly #api: KubeApi;
  readonly #options: LeaseOptions;
  readonly #pacing: Pacing;
  #seen: Seen | undefined;
  #renewedMillis = Number.NEGATIVE_INFINITY;
  #busy: Promise<unknown> = Promise.resolve();
  #stopped = false;
  #memory = new Map<string, string>();
  transitions = 0;

  constructor(api: KubeApi, options: LeaseOptions, pacing: Pacing) {
    this.#api = api;
    this.#options = options;
    this.#pacing = pacing;
  }

  /** True while the lease is ours and was renewed lately enough that nobody else can have taken it. */
  get leads(): boolean {
    const ours = this.#seen?.holder === this.#options.identity && !this.#stopped;
    return ours && this.#pacing.now() - this.#renewedMillis < this.#options.renewMillis;
  }

  get holder(): string {
    return this.#seen?.holder ?? "";
  }

  /** Age of the last renewal, seconds. */
  get ageSeconds(): number {
    return (this.#pacing.now() - this.#renewedMillis) / 1000;
  }

  /** What the lease's holders have spent lately. */
  get spent(): Spending[] {
    return readLedger(this.#seen?.raw);
  }

  /** What the holder knows and its follower must: as we keep it while we hold the lease, else as it stands there. */
  recall(name: string): string | undefined {
    return this.#memory.get(name);
  }

  /** Keeps a text (undefined: nothing) for whoever holds the lease after us; it is there from the next write of the lease on. */
  keep(name: string, text: string | undefined): void {
    if (!this.leads) return;
    if (text === undefined) this.#memory.delete(name);
    else if (text.length <= MEMORY_CHARACTERS_MAX) this.#memory.set(name, text);
  }

  get #path(): string {
    return `/apis/coordination.k8s.io/v1/namespaces/${this.#options.namespace}/leases`;
  }

  /** One step at a time: a renewal and a spending must not write over each other. */
  #exclusive<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#busy.then(work);
    this.#busy = turn.catch(() => undefined);
    return turn;
  }

  /** Tries to get or keep the lease; true if it is ours afterwards. Never throws for what a server may answer. */
  step(): Promise<boolean> {
    return this.#exclusive(async () => {
      if (this.#stopped) return false;
      try {
        return await this.#step();
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        return this.leads;
      }
    });
  }

  /** Only looks who holds it. */
  look(): Promise<void> {
    return this.#exclusive(async () => {
      try {
        await this.#read();
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
      }
    });
  }

  async #step(): Promise<boolean> {
    const { identity, leaseMillis } = this.#options;
    const seen = await this.#read();
    if (!seen) {
      await this.#write("POST", this.#path, undefined, 0, []);
      return this.leads;
    }
    if (seen.holder !== identity && seen.holder !== "") {
      const expired = this.#pacing.now() - seen.changedMillis > Math.max(seen.leaseMillis, leaseMillis);
      if (!expired) return false;
    }
    if (seen.holder === identity && this.#renewedMillis === Number.NEGATIVE_INFINITY) {
      // our name from another life: nobody vouches for it but the record, which we have seen and may renew
      this.transitions++;
    }
    const transitions = (numberAt(seen.raw, "spec", "leaseTransitions") ?? 0) + (seen.holder === identity ? 0 : 1);
    if (seen.holder !== identity) this.transitions++;
    await this.#write("PUT", `${this.#path}/${this.#options.name}`, seen, transitions, readLedger(seen.raw));
    return this.leads;
  }

  async #read(): Promise<Seen | undefined> {
    try {
      const { body } = await this.#api.call({
        method: "GET",
        path: `${this.#path}/${this.#options.name}`,
        timeoutMillis: 5000,
      });
      return this.#note(body);
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return undefined;
      throw error;
    }
  }

  #note(body: unknown): Seen | undefined {
    const version = textAt(body, "metadata", "resourceVersion");
    if (version === undefined || !isObject(body)) return undefined;
    const changed = this.#seen?.version !== version;
    this.#seen = {
      version,
      raw: body,
      holder: textAt(body, "spec", "holderIdentity") ?? "",
      leaseMillis: (numberAt(body, "spec", "leaseDurationSeconds") ?? 15) * 1000,
      changedMillis: changed || !this.#seen ? this.#pacing.now() : this.#seen.changedMillis,
    };
    if (this.#seen.holder !== this.#options.identity) this.#memory = readMemory(body);
    return this.#seen;
  }

  async #write(
    method: "POST" | "PUT",
    path: string,
    seen: Seen | undefined,
    transitions: number,
    ledger: readonly Spending[],
    holder = this.#options.identity,
  ): Promise<ApiAnswer> {
    const now = this.#pacing.now();
    const kept = holder === seen?.holder ? textAt(seen.raw, "spec", "acquireTime") : undefined;
    const body = {
      apiVersion: "coordination.k8s.io/v1",
      kind: "Lease",
      metadata: {
        name: this.#options.name,
        namespace: this.#options.namespace,
        ...(seen ? { resourceVersion: seen.version } : {}),
        annotations: {
          [LEDGER]: JSON.stringify(ledger),
          ...Object.fromEntries([...this.#memory].map(([name, text]) => [MEMORY + name, text])),
        },
      },
      spec: {
        holderIdentity: holder,
        leaseDurationSeconds: Math.round(this.#options.leaseMillis / 1000),
        acquireTime: kept ?? microTime(now),
        renewTime: microTime(now),
        leaseTransitions: transitions,
      },
    };
    // counted from before the request: the server may have done it as soon as it was sent
    const answer = await this.#api.call({ method, path, body, timeoutMillis: 5000 });
    const seenNow = this.#note(answer.body);
    if (seenNow?.holder === this.#options.identity) this.#renewedMillis = now;
    return answer;
  }

  /**
   * Writes what is about to be spent into the lease, which renews it. False: the lease is not ours, or could not be written;
   * then nothing may be changed.
   */
  spend(entries: readonly Spending[], nowMillis: number): Promise<boolean> {
    return this.#exclusive(async () => {
      const seen = this.#seen;
      if (!seen || !this.leads) return false;
      const ledger = [...readLedger(seen.raw).filter((s) => stillCounts(s, nowMillis)), ...entries];
      try {
        const transitions = numberAt(seen.raw, "spec", "leaseTransitions") ?? 0;
        await this.#write("PUT", `${this.#path}/${this.#options.name}`, seen, transitions, ledger);
        return this.leads;
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        // somebody else holds it, or nobody knows: either way it is not certain that it is ours
        if (error.status === 409 || error.status === 0) this.#renewedMillis = Number.NEGATIVE_INFINITY;
        return false;
      }
    });
  }

  /** Keeps trying until the signal; `onChange` when leadership comes or goes. */
  async run(signal: AbortSignal, onChange: (leads: boolean) => void): Promise<void> {
    let led = false;
    while (!signal.aborted) {
      await this.step();
      if (this.leads !== led) {
        led = this.leads;
        onChange(led);
      }
      await this.#pacing.sleep(this.#options.retryMillis * (1 + 0.2 * this.#pacing.random()), signal);
    }
  }

  /** Gives the lease up, after all that it guarded has ended. */
  release(): Promise<void> {
    return this.#exclusive(async () => {
      const held = this.#seen?.holder === this.#options.identity && this.#renewedMillis > Number.NEGATIVE_INFINITY;
      this.#stopped = true;
      if (!held || !this.#seen) return;
      try {
        const transitions = numberAt(this.#seen.raw, "spec", "leaseTransitions") ?? 0;
        await this.#write(
          "PUT",
          `${this.#path}/${this.#options.name}`,
          this.#seen,
          transitions,
          readLedger(this.#seen.raw),
          "",
        );
      } catch (error) {
        // it runs out by itself
        if (!(error instanceof ApiError)) throw error;
      }
    });
  }
}

function readMemory(raw: unknown): Map<string, string> {
  const all = [...mapAt(raw, "metadata", "annotations")].filter(([key]) => key.startsWith(MEMORY));
  return new Map(all.map(([key, text]) => [key.slice(MEMORY.length), text]));
}

function readLedger(raw: unknown): Spending[] {
  const text = mapAt(raw, "metadata", "annotations").get(LEDGER);
  if (text === undefined) return [];
  try {
    const list: unknown = JSON.parse(text);
    if (!Array.isArray(list)) return [];
    return list.filter(isSpending);
  } catch {
    return [];
  }
}

function isSpending(value: unknown): value is Spending {
  const texts = ["object", "namespace", "action"].every((key) => textAt(value, key) !== undefined);
  return texts && ["at", "replicas", "gpus"].every((key) => numberAt(value, key) !== undefined);
}

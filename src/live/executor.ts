// Carries out changes, one group after another: look again, ask the guards, try it on the server without keeping it, ask the
// guards once more, write down what is about to happen and what it spends, then write. Whatever is not certain is abandoned and
// left to the next plan; nothing is sent twice.

import { ACTIONS_BY_VERB, dryRunOf } from "./actions.js";
import { ApiError, type KubeApi } from "./api.js";
import type { Audit } from "./audit.js";
import { type GuardContext, type GuardVerdict, refusalOf } from "./guards.js";
import type { Leader } from "./lease.js";
import { type Spending, spendingOf } from "./ledger.js";
import { type Change, describeObject } from "./plan.js";

export type OutcomeKind =
  | "done"
  | "refused"
  | "changed"
  | "conflict"
  | "gone"
  | "blocked"
  | "invalid"
  | "forbidden"
  | "unverified"
  | "unknown"
  | "lost";

export interface Outcome {
  change: Change;
  kind: OutcomeKind;
  guard: string;
  reason: string;
}

export interface ExecutorParts {
  api: KubeApi;
  leader: Pick<Leader, "leads" | "spend">;
  audit: Audit;
  now(): number;
  /** Everything that guards look at, read anew; `cycle` is what this pass has spent so far. */
  context(change: Change, cycle: readonly Spending[], continues: boolean): Promise<GuardContext>;
  /** Guards to ask; tests leave one out to see that it is missed. */
  guards?: Parameters<typeof refusalOf>[2];
  /** A lease that was renewed longer ago is not relied on for a write. */
  certainMillis: number;
  /** Told before a change is written, so that the lease that is written first already says what is in flight. */
  onIntent?(change: Change): void;
}

export class Executor {
  readonly #parts: ExecutorParts;
  readonly #cycle: Spending[] = [];

  constructor(parts: ExecutorParts) {
    this.#parts = parts;
  }

  /** Begins a pass: budgets a pass are counted anew. */
  begin(): void {
    this.#cycle.length = 0;
  }

  /** A group of changes, together or not at all as far as can be seen before; `continues`: a further step of one that began. */
  async run(group: readonly Change[], planId: string, continues = false): Promise<Outcome[]> {
    const versions: string[] = [];
    const planned: Spending[] = [];
    for (const change of group) {
      const outcome = await this.#tryOut(change, [...this.#cycle, ...planned], continues, versions);
      if (outcome) return this.#abandon(group, outcome, planId);
      planned.push(spendingOf(change, this.#parts.now()));
    }
    const outcomes: Outcome[] = [];
    for (const [i, change] of group.entries()) {
      const outcome = await this.#write(change, versions[i]!, planId, continues);
      outcomes.push(outcome);
      // of a group that has begun the rest is still tried: half a gang serves nobody
      if (outcome.kind === "refused" || outcome.kind === "lost") {
        for (const rest of group.slice(i + 1)) outcomes.push({ ...outcome, change: rest });
        break;
      }
    }
    return outcomes;
  }

  async #refusal(change: Change, cycle: readonly Spending[], continues: boolean): Promise<GuardVerdict | undefined> {
    const context = await this.#parts.context(change, cycle, continues);
    return refusalOf(change, context, this.#parts.guards);
  }

  /** Everything up to the dry run; an outcome if it ends here, else the version is added. */
  async #tryOut(
    change: Change,
    cycle: readonly Spending[],
    continues: boolean,
    versions: string[],
  ): Promise<Outcome | undefined> {
    const spec = ACTIONS_BY_VERB[change.verb];
    try {
      const refused = await this.#refusal(change, cycle, continues);
      if (refused) return { change, kind: "refused", ...refused };
      const found = await spec.look(this.#parts.api, change);
      if ("changed" in found) return { change, kind: "changed", guard: "", reason: found.changed };
      const answer = await this.#parts.api.call(dryRunOf(spec.request(change, found.version, this.#parts.now())));
      const fault = spec.check(answer, change);
      if (fault !== undefined) return { change, kind: "unverified", guard: "", reason: fault };
      versions.push(found.version);
      return undefined;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      // a webhook that does not know dry runs: what would happen cannot be told, so it does not happen
      const kind = error.status === 400 ? "unverified" : kindOf(error);
      return { change, kind, guard: "", reason: reasonOf(error, change, true) };
    }
  }

  async #write(change: Change, version: string, planId: string, continues: boolean): Promise<Outcome> {
    const { api, leader, audit, now } = this.#parts;
    const refused = await this.#refusal(change, this.#cycle, continues);
    if (refused) {
      const outcome: Outcome = { change, kind: "refused", ...refused };
      this.#record(outcome, planId);
      return outcome;
    }
    const at = now();
    const spending = spendingOf(change, at);
    if (change.reason === "ROLLBACK") spending.rollback = true;
    audit.write("intent", { plan: planId, change: change.id, ...factsOf(change), version });
    this.#parts.onIntent?.(change);
    if (!(await leader.spend([spending], at)) || now() - at > this.#parts.certainMillis) {
      const outcome: Outcome = {
        change,
        kind: "lost",
        guard: "leader",
        reason: "the lease could not be renewed in time",
      };
      this.#record(outcome, planId);
      return outcome;
    }
    this.#cycle.push(spending);
    const outcome = await this.#send(api, change, version);
    this.#record(outcome, planId);
    if (outcome.kind !== "done") {
      await leader.spend([{ ...spending, gpus: 0, replicas: 0, failed: true }], at);
    }
    return outcome;
  }

  async #send(api: KubeApi, change: Change, version: string): Promise<Outcome> {
    const request = ACTIONS_BY_VERB[change.verb].request(change, version, this.#parts.now());
    try {
      await api.call({ ...request, timeoutMillis: this.#parts.certainMillis });
      return { change, kind: "done", guard: "", reason: "" };
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return { change, kind: kindOf(error), guard: "", reason: reasonOf(error, change, false) };
    }
  }

  #abandon(group: readonly Change[], first: Outcome, planId: string): Outcome[] {
    const alone = group.length === 1;
    return group.map((change) => {
      const reason =
        alone || change === first.change ? first.reason : `${describeObject(first.change)}: ${first.reason}`;
      const outcome = { ...first, change, reason };
      this.#record(outcome, planId);
      return outcome;
    });
  }

  #record({ change, kind, guard, reason }: Outcome, planId: string): void {
    const word =
      kind === "done" ? "done" : kind === "refused" ? "refused" : kind === "changed" ? "abandoned" : "failed";
    this.#parts.audit.write(word, {
      plan: planId,
      change: change.id,
      ...factsOf(change),
      outcome: kind,
      guard,
      reason,
    });
  }
}

export function factsOf(change: Change): Record<string, unknown> {
  const { cluster, verb, object, before, after, reason } = change;
  return { cluster, verb, object: describeObject(change), uid: object.uid, before, after, because: reason };
}

function kindOf(error: ApiError): OutcomeKind {
  switch (error.status) {
    case 409:
      return "conflict";
    case 404:
      return "gone";
    case 429:
      return "blocked";
    case 403:
    case 401:
      return "forbidden";
    case 400:
    case 415:
    case 422:
      return "invalid";
    default:
      return "unknown";
  }
}

function reasonOf(error: ApiError, change: Change, dry: boolean): string {
  const when = dry ? "in the dry run" : "when written";
  if (change.verb === "evict" && error.status === 429) return `a disruption budget does not allow it now (${when})`;
  if (change.verb === "evict" && error.status === 500)
    return `the server refuses, perhaps for two disruption budgets (${when})`;
  if (error.status === 409) return `somebody else has changed it (${when})`;
  if (error.status === 400 && dry) return "it cannot be verified: the server cannot try it without keeping it";
  if (error.status === 0 && !dry) return `${error.reason}: whether it was done is not known`;
  return `${error.status === 0 ? "" : `${error.status} `}${error.reason} (${when})`;
}

// What an instance tells others after each pass: events on objects, scores of clusters as files, alerts. None of it changes what
// is decided, and the loop waits for none of it but files.

import { mkdir, rename, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { type AlertNews, LiveAlerts } from "./alerts.js";
import type { KubeApi } from "./api.js";
import type { Audit } from "./audit.js";
import type { Snapshot } from "./cluster.js";
import { type LiveConfig, modeOf } from "./config.js";
import { adviceOf, type EventNote, EventRecorder, eventOf } from "./events.js";
import type { Outcome } from "./executor.js";
import type { Pacing } from "./limiter.js";
import type { Log } from "./log.js";
import type { Metrics } from "./metrics.js";
import { appendJson, postJson } from "./notify.js";
import { ACTION_OF, type Plan } from "./plan.js";
import type { Thought } from "./planner.js";
import type { PriceBook } from "./prices.js";
import { scoreFiles, scoresOf } from "./scores.js";
import { isoTime } from "./time.js";

export interface PublisherParts {
  config: LiveConfig;
  apis: ReadonlyMap<string, KubeApi>;
  metrics: Metrics;
  pacing: Pacing;
  audit: Pick<Audit, "write">;
  log: Log;
  identity: string;
  /** Where alerts are posted. */
  webhook: URL | undefined;
  prices(): PriceBook | undefined;
}

/** Scores are good for so many passes. */
const SCORES_PASSES = 4;
/** Events under way at once; more are dropped. */
const EVENTS_MAX = 100;

export class Publisher {
  readonly alerts: LiveAlerts;
  readonly #parts: PublisherParts;
  readonly #recorders: ReadonlyMap<string, EventRecorder>;
  readonly #underWay = new Set<Promise<unknown>>();

  constructor(parts: PublisherParts) {
    const { config, apis, pacing, metrics, identity } = parts;
    this.#parts = parts;
    this.alerts = new LiveAlerts(config.alerts.rules);
    const wanted = config.events === "no" ? [] : [...apis];
    this.#recorders = new Map(
      wanted.map(([name, api]) => [name, new EventRecorder(api, name, pacing, metrics, { identity })]),
    );
  }

  #say(note: EventNote | undefined): void {
    const recorder = note && this.#recorders.get(note.cluster);
    if (!recorder || this.#underWay.size >= EVENTS_MAX) return;
    this.#go(recorder.say(note));
  }

  #go(work: Promise<unknown>): void {
    const done = work.finally(() => this.#underWay.delete(done));
    this.#underWay.add(done);
  }

  /** A change was tried. */
  outcome(outcome: Outcome): void {
    if (outcome.kind === "done" || this.#parts.config.events === "all") this.#say(eventOf(outcome));
  }

  /** After a pass. */
  async pass(plan: Plan, thought: Thought, snapshots: readonly Snapshot[]): Promise<void> {
    const { config, metrics, pacing } = this.#parts;
    if (config.events === "all") {
      for (const change of plan.changes) {
        const mode = modeOf(config, change.cluster, change.object.namespace, ACTION_OF[change.verb]);
        if (mode === "advise") this.#say(adviceOf(change));
      }
    }
    if (config.scores) await this.#writeScores(thought, snapshots);
    for (const news of this.alerts.see(metrics, pacing.now())) this.#tell(news);
  }

  async #writeScores(thought: Thought, snapshots: readonly Snapshot[]): Promise<void> {
    const { config, pacing, prices } = this.#parts;
    const folder = join(resolve(config.folder, config.stateFolder), "scores");
    await mkdir(folder, { recursive: true });
    const scores = scoresOf(snapshots, thought.claims.claims, prices());
    const seconds = SCORES_PASSES * (config.intervalSeconds + config.validateSeconds);
    for (const [name, text] of scoreFiles(scores, pacing.now(), seconds)) {
      // whoever reads it never sees half of one
      await writeFile(join(folder, `.${name}`), text);
      await rename(join(folder, `.${name}`), join(folder, name));
    }
  }

  #tell(news: AlertNews): void {
    const { config, audit, log, metrics, pacing, webhook } = this.#parts;
    const { rule, state, metric, value } = news;
    audit.write("alert", { rule, state, metric, value: Number.isFinite(value) ? value : String(value) });
    log(state === "firing" ? "warn" : "info", "alert", {
      object: rule,
      outcome: state,
      reason: `${metric} is ${value}`,
    });
    const body = {
      ...news,
      at: isoTime(news.atMillis),
      since: isoTime(news.sinceMillis),
      source: this.#parts.identity,
    };
    const count = (to: string) => (ok: boolean) => metrics.add("notifications", [to, ok ? "sent" : "failed"]);
    const { file } = config.alerts;
    if (file !== undefined)
      this.#go(appendJson(join(resolve(config.folder, config.stateFolder), file), body).then(count("file")));
    if (webhook) this.#go(postJson(webhook, body, pacing).then(count("webhook")));
  }

  /** Waits for what is under way, for a while. */
  async close(): Promise<void> {
    const late = this.#parts.pacing.sleep(2000);
    await Promise.race([Promise.all(this.#underWay), late]);
  }
}

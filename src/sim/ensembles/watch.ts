// Alert rules on what an ensemble answers: when they fired, how long after a surge began, and how often for nothing.

import type { EndedRequest } from "../../engine/ensembles.js";
import type { ServeSpec, WatchSpec } from "../../model/answer-study.js";
import { Alert, type AlertChange } from "../../plan/alerts.js";

export interface WatchedRun {
  changes: AlertChange[];
  /** By surge and rule: seconds from its begin to the rule's firing; undefined: it did not fire for it. */
  delays: { surge: number; rule: string; seconds: number | undefined }[];
  /** Firings that no surge explains. */
  falseAlarms: number;
  /** Share of the watched classes among the answers of a window, and in truth, by moment. */
  trail: { atSeconds: number; share: number; truth: number }[];
}

const surgesOf = (spec: ServeSpec) => spec.events.filter((event) => event.what === "surge");

/** A rule that fires so late after the end of a surge still tells of it: its window holds what the surge left. */
function explains(event: ServeSpec["events"][number], atSeconds: number, { windowSeconds }: WatchSpec): boolean {
  const begin = event.atMinutes * 60;
  return atSeconds >= begin && atSeconds <= begin + event.minutes * 60 + windowSeconds;
}

/** @param ended in order of their end. @param labels true class by sample. */
export function watchAnswers(
  spec: ServeSpec,
  watch: WatchSpec,
  ended: readonly EndedRequest[],
  labels: Int32Array,
): WatchedRun {
  const alerts = watch.alerts.map((rule) => new Alert(rule));
  const changes: AlertChange[] = [];
  const trail: WatchedRun["trail"] = [];
  const answered = ended.filter(({ answer }) => answer >= 0);
  const isWatched = (c: number) => (watch.classes.includes(c) ? 1 : 0);
  let [from, to, seen, truth] = [0, 0, 0, 0];
  for (let at = watch.everySeconds; at <= spec.minutes * 60; at += watch.everySeconds) {
    for (; to < answered.length && answered[to]!.finishMicros <= at * 1e6; to++) {
      seen += isWatched(answered[to]!.answer);
      truth += isWatched(labels[answered[to]!.sample]!);
    }
    for (; from < to && answered[from]!.finishMicros <= (at - watch.windowSeconds) * 1e6; from++) {
      seen -= isWatched(answered[from]!.answer);
      truth -= isWatched(labels[answered[from]!.sample]!);
    }
    const share = seen / (to - from);
    trail.push({ atSeconds: at, share, truth: truth / (to - from) });
    // before the window is full it says little
    if (at < watch.windowSeconds) continue;
    for (const alert of alerts) {
      const change = alert.see(at, share);
      if (change) changes.push(change);
    }
  }
  const fired = changes.filter(({ state }) => state === "firing");
  const surges = surgesOf(spec);
  return {
    changes,
    delays: surges.flatMap((event, surge) =>
      watch.alerts.map(({ name }) => {
        const first = fired.find((change) => change.rule === name && explains(event, change.atSeconds, watch));
        return { surge, rule: name, seconds: first && first.atSeconds - event.atMinutes * 60 };
      }),
    ),
    falseAlarms: fired.filter((change) => !surges.some((event) => explains(event, change.atSeconds, watch))).length,
    trail,
  };
}

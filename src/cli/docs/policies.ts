// docs/policies.md: every queue policy and placement, from the tables that name them.

import { MOVING_SUMMARY, PLACE_SUMMARIES, QUEUE_POLICIES, type QueueRule } from "../../model/policies.js";
import { buildPage, buildTable, code, sentence } from "./page.js";

/** The page of models that explains a rule. */
export const MODEL_PAGES: Readonly<Record<Exclude<QueueRule, "plug">, string>> = {
  fifo: "queue-fifo",
  sjf: "queue-shortest-first",
  srtf: "queue-shortest-first",
  las: "queue-las",
  easy: "queue-backfilling",
  conservative: "queue-backfilling",
  priority: "queue-priority",
};

export function renderPoliciesPage(): string {
  const queue = QUEUE_POLICIES.map((p) => [
    `[${code(p.name)}](models/${MODEL_PAGES[p.rule as keyof typeof MODEL_PAGES]}.md)`,
    sentence(p.summary),
    p.information,
    p.preempts ? "yes" : "no",
    p.workConserving ? "yes" : "no",
    p.source,
  ]);
  const place = Object.entries(PLACE_SUMMARIES).map(([name, summary]) => [code(name), sentence(summary)]);
  return buildPage("Policies", [
    "A queue policy says who goes next, a placement says where; any two combine. A scenario lists them under `policies.queue` and " +
      "`policies.place`; `windtunnel policies` prints this page's tables.",
    "## Queue policies",
    "What a policy *knows* of run times: `none` nothing; `estimate` the user's estimate; `history` a prediction from finished " +
      "jobs; `oracle` the true run time, which no live cluster knows: an oracle is marked wherever it is printed and never " +
      "counts as the best.",
    buildTable(["policy", "what it does", "knows", "preempts", "work-conserving", "source"], queue),
    "## Placements",
    buildTable(["placement", "what it does"], place),
    `With \`-moving\` behind its name (\`fgd-moving\`): ${MOVING_SUMMARY.charAt(0).toLowerCase()}${MOVING_SUMMARY.slice(1)}. See [moving jobs](models/moving.md).`,
    "How a gang is planned, and what the rules have in common, is on the page of [placement](models/placement.md).",
  ]);
}

import { FEATURES } from "../../model/features.js";
import {
  MOVING_PLACES,
  MOVING_SUMMARY,
  PLACE_RULES,
  PLACE_SUMMARIES,
  type PlaceRule,
  QUEUE_POLICIES,
} from "../../model/policies.js";
import type { CommandSpec } from "../command.js";

export const policiesCommand: CommandSpec = {
  name: "policies",
  summary: "List queue policies and placements",
  description:
    "Any queue policy combines with any placement. An oracle is told true run times, which no live cluster knows.",
  options: [
    { flags: "--features", description: "list what a policy of your own may read" },
    { flags: "--json", description: "print as JSON" },
  ],
  examples: [{ command: "windtunnel policies", does: "what can be compared" }],
  async run(context, _args, options) {
    if (options.features === true) {
      context.out(await featureTable(options.json === true));
      return;
    }
    const places = (Object.keys(PLACE_RULES) as PlaceRule[]).map((name) => ({ name, summary: PLACE_SUMMARIES[name] }));
    if (options.json) {
      context.out(JSON.stringify({ queue: QUEUE_POLICIES, place: places, moving: MOVING_PLACES }, null, 2));
      return;
    }
    const { default: Table } = await import("cli-table3");
    const queue = new Table({
      head: ["queue policy", "knows", "preempts", "what it does", "source"],
      colWidths: [22, 10, 10, 52, 40],
      wordWrap: true,
      style: { head: [], border: [] },
    });
    for (const p of QUEUE_POLICIES) {
      const knows = p.information === "oracle" ? "oracle" : p.information === "none" ? "-" : p.information;
      queue.push([p.name, knows, p.preempts ? "yes" : "no", p.summary, p.source]);
    }
    const place = new Table({
      head: ["placement", "what it does"],
      colWidths: [22, 90],
      wordWrap: true,
      style: { head: [], border: [] },
    });
    for (const p of places) place.push([p.name, p.summary]);
    place.push(["…-moving", MOVING_SUMMARY]);
    context.out(`${queue.toString()}\n${place.toString()}`);
  },
};

async function featureTable(json: boolean): Promise<string> {
  if (json) return JSON.stringify(FEATURES, null, 2);
  const { default: Table } = await import("cli-table3");
  const table = new Table({
    head: ["feature", "of", "what it is"],
    colWidths: [24, 10, 90],
    wordWrap: true,
    style: { head: [], border: [], compact: true },
  });
  for (const { name, kind, summary } of FEATURES) table.push([kind === "device" ? `${name}(d)` : name, kind, summary]);
  return `${table.toString()}\nscore and device may read features of request, node and device; order those of request, job and cluster.`;
}

// `live plan`, `live diff` and `live apply`.

import { readFile } from "node:fs/promises";
import Table from "cli-table3";
import type { Outcome } from "../../live/executor.js";
import { describeObject, formatPlan, type Plan, parsePlan } from "../../live/plan.js";
import type { Live } from "../../live/runtime.js";
import { plain } from "../../live/text.js";
import { WindtunnelError } from "../../model/errors.js";
import { writeWholeText } from "../../sim/store-files.js";
import type { CommandContext } from "../context.js";
import { awaitViews, type Options, openClusters, readConfig, withLive } from "./open.js";

export async function planLive(context: CommandContext, options: Options): Promise<void> {
  const live = await openClusters(context, { config: await readConfig(options) });
  await withLive(live, async () => {
    await awaitViews(context, live, options);
    await lookAtLeases(live);
    const { plan } = await live.controller.plan("apply");
    if (options.out !== undefined) {
      await writeWholeText(String(options.out), formatPlan(plan));
      context.say(`Plan ${plan.id.slice(0, 12)} is in ${String(options.out)}, good until ${plan.expiresAt}.`);
    }
    context.out(options.json === true ? formatPlan(plan) : planInWords(plan));
  });
}

export async function diffLive(context: CommandContext, options: Options): Promise<void> {
  const plan =
    options.plan === undefined
      ? await freshPlan(context, options)
      : parsePlan(await readText(String(options.plan)), String(options.plan));
  context.out(diffOf(plan));
}

async function freshPlan(context: CommandContext, options: Options): Promise<Plan> {
  const live = await openClusters(context, { config: await readConfig(options) });
  return withLive(live, async () => {
    await awaitViews(context, live, options);
    await lookAtLeases(live);
    return (await live.controller.plan("apply")).plan;
  });
}

/** Their holders write there how far a comparison of policies has come: it decides who decides. */
async function lookAtLeases(live: Live): Promise<void> {
  await Promise.all([...live.leaders.values()].map((leader) => leader.look()));
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch {
    throw new WindtunnelError(
      "PLAN_INVALID",
      `There is no plan at ${path}.`,
      "Make one with `windtunnel live plan --out FILE`.",
    );
  }
}

export function planInWords(plan: Plan): string {
  const lines: string[] = [];
  for (const s of plan.snapshots) {
    lines.push(
      `${plain(s.cluster)} (${plain(s.server)}): ${s.state}${s.ageSeconds === null ? "" : `, seen ${s.ageSeconds.toFixed(0)} s ago`}`,
    );
  }
  const refused = new Map(plan.refusals.map((r) => [r.change, `${r.guard}: ${r.reason}`]));
  if (plan.changes.length === 0) lines.push("The policy wants nothing changed.");
  else {
    const table = new Table({
      head: ["cluster", "change", "object", "from", "to", "why", "refused"],
      colWidths: [12, 10, 30, 12, 12, 34, 34],
      wordWrap: true,
      style: { head: [], border: [], compact: true },
    });
    for (const c of plan.changes) {
      table.push(
        [c.cluster, c.verb, describeObject(c), c.before, c.after, c.why, refused.get(c.id) ?? ""].map((t) => plain(t)),
      );
    }
    lines.push(table.toString());
    lines.push(`${plan.changes.length} changes, ${plan.changes.length - refused.size} of them possible now.`);
  }
  for (const { cluster, what, reason } of plan.left)
    lines.push(`left alone: ${plain(cluster)}: ${plain(what)}: ${plain(reason)}`);
  for (const note of plan.notes) lines.push(`note: ${plain(note, 400)}`);
  lines.push(`Plan ${plan.id}, policy ${plan.policy.queue} + ${plan.policy.place}, good until ${plan.expiresAt}.`);
  return lines.join("\n");
}

const FIELD: Record<string, string> = {
  scale: "spec.replicas",
  suspend: "spec.suspend",
  resume: "spec.suspend",
  bind: "spec.nodeName",
  nominate: "status.nominatedClusterNames",
  route: "spec.rules[0].backendRefs[].weight",
  evict: "(pod)",
};

/** What would change, object by object, in the form of a unified diff. */
export function diffOf(plan: Plan): string {
  if (plan.changes.length === 0) return "No differences.";
  return plan.changes
    .map((c) => {
      const name = plain(`${c.cluster}/${describeObject(c)}`);
      const field = FIELD[c.verb]!;
      const [before, after] =
        c.verb === "suspend" ? ["false", "true"] : c.verb === "resume" ? ["true", "false"] : [c.before, c.after];
      return [
        `--- ${name} (version ${plain(c.object.resourceVersion)})`,
        `+++ ${name}`,
        `@@ ${plain(c.why)} @@`,
        `-${field}: ${plain(before)}`,
        `+${field}: ${plain(after)}`,
      ].join("\n");
    })
    .join("\n");
}

export async function applyLive(context: CommandContext, options: Options): Promise<void> {
  const file = String(options.plan);
  const plan = parsePlan(await readText(file), file);
  const config = await readConfig(options);
  if (context.now().getTime() >= Date.parse(plan.expiresAt)) {
    throw new WindtunnelError(
      "PLAN_INVALID",
      `${file}: the plan was good until ${plan.expiresAt}.`,
      "Make a new one: `windtunnel live plan --out FILE`.",
    );
  }
  const unknown = plan.changes.find((c) => !config.clusters.some((k) => k.name === c.cluster));
  if (unknown) {
    throw new WindtunnelError(
      "PLAN_INVALID",
      `${file}: there is no cluster "${plain(unknown.cluster)}" in the configuration.`,
      "Use the configuration that the plan was made with.",
    );
  }
  context.out(diffOf(plan));
  if (options.yes !== true) {
    throw new WindtunnelError(
      "USAGE",
      `Nothing was changed: ${plan.changes.length} changes would be made, as above.`,
      "Add --yes to make them.",
    );
  }
  const live = await openClusters(context, { config, log: options.log === true });
  await withLive(live, async () => {
    await awaitViews(context, live, options);
    for (const s of plan.snapshots) {
      const connection = live.connections.get(s.cluster);
      if (connection && connection.server !== s.server) {
        throw new WindtunnelError(
          "PLAN_INVALID",
          `${file}: cluster ${plain(s.cluster)} was ${plain(s.server)} then and is ${plain(connection.server)} now.`,
          "Make a new plan.",
        );
      }
      context.say(`${s.cluster}: ${connection?.server} as ${connection?.user}`);
    }
    await lead(live, [...new Set(plan.changes.map((c) => c.cluster))]);
    const outcomes = await live.controller.apply(plan);
    for (const leader of live.leaders.values()) await leader.release();
    report(context, outcomes);
  });
}

/** Gets the lease of each cluster, as a loop would: a person and a loop never act at once. */
async function lead(live: Live, clusters: readonly string[]): Promise<void> {
  for (const cluster of clusters) {
    const leader = live.leaders.get(cluster)!;
    if (!(await leader.step()) && !(await leader.step())) {
      const holder = leader.holder === "" ? "it cannot be written" : `${plain(leader.holder)} holds it`;
      throw new WindtunnelError(
        "LIVE_REFUSED",
        `${cluster}: the lease is not ours: ${holder}.`,
        "Pause or stop the loop that acts there; a lease whose holder is gone is free after 15 s.",
      );
    }
  }
}

function report(context: CommandContext, outcomes: readonly Outcome[]): void {
  for (const { change, kind, guard, reason } of outcomes) {
    const why = reason === "" ? "" : `: ${guard === "" ? "" : `${guard}: `}${reason}`;
    context.out(
      plain(
        `${kind} ${change.cluster} ${change.verb} ${describeObject(change)} ${change.before} -> ${change.after}${why}`,
        500,
      ),
    );
  }
  const not = outcomes.filter((o) => o.kind !== "done");
  if (not.length === 0) return;
  throw new WindtunnelError(
    "LIVE_REFUSED",
    `${not.length} of ${outcomes.length} changes were not made.`,
    "The lines above say why; the audit log has the rest.",
  );
}

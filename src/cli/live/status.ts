// `live status`, `live doctor`, `live pause` and `live resume`.

import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import Table from "cli-table3";
import { ApiError } from "../../live/api.js";
import type { LiveConfig } from "../../live/config.js";
import { controlPath } from "../../live/control.js";
import { examine, type Finding } from "../../live/doctor.js";
import { connect } from "../../live/kubeconfig.js";
import { realPacing } from "../../live/pacing.js";
import { pauseFile } from "../../live/runtime.js";
import { type LiveStatus, statusOf } from "../../live/status.js";
import { plain } from "../../live/text.js";
import { HttpApi } from "../../live/transport.js";
import { WindtunnelError } from "../../model/errors.js";
import type { CommandContext } from "../context.js";
import { type Options, openClusters, readConfig, withLive } from "./open.js";

const table = (head: string[], widths?: number[]) =>
  new Table({
    head,
    ...(widths ? { colWidths: widths, wordWrap: true } : {}),
    style: { head: [], border: [], compact: true },
  });

export async function showStatus(context: CommandContext, options: Options): Promise<void> {
  const config = await readConfig(options);
  const live = await openClusters(context, { config });
  await withLive(live, async () => {
    await live.waitForViews(((options.wait as number | undefined) ?? 20) * 1000);
    await Promise.all([...live.leaders.values()].map((leader) => leader.look()));
    await live.controller.plan("apply");
    const status = statusOf(live, realPacing.now());
    context.out(options.json === true ? JSON.stringify(status, null, 2) : statusInWords(status));
  });
}

export function statusInWords(status: LiveStatus): string {
  const clusters = table([
    "cluster",
    "state",
    "age",
    "GPUs free",
    "broken",
    "nodes",
    "pods",
    "leader",
    "paused",
    "left this hour",
  ]);
  for (const c of status.clusters) {
    clusters.push(
      [
        c.name,
        c.why === "" ? c.state : `${c.state}: ${c.why}`,
        c.ageSeconds === null ? "never seen" : `${c.ageSeconds} s`,
        `${c.gpus.free} of ${c.gpus.allocatable}`,
        c.gpus.broken,
        c.nodes,
        c.pods,
        c.leader || "nobody",
        c.paused,
        c.budgetLeft ?? "-",
      ].map((cell) => plain(String(cell), 60)),
    );
  }
  const plan = status.plan;
  const refused = plan?.changes.filter((c) => c.refused !== "") ?? [];
  const lines = [
    `Policy ${status.policy}; permit: ${plain(status.permit, 200)}${status.drift === "" ? "" : `; outside of its envelope: ${plain(status.drift, 200)}`}`,
    clusters.toString(),
    plan
      ? `The policy wants ${plan.changes.length} changes now, of which ${refused.length} are refused; ${plan.left.length} objects are left alone.`
      : "No plan.",
  ];
  if (status.experiment) lines.push(...experimentInWords(status.experiment));
  for (const c of plan?.changes.slice(0, 20) ?? []) {
    lines.push(
      plain(
        `  ${c.cluster} ${c.verb} ${c.object} ${c.before} -> ${c.after}${c.refused === "" ? "" : `  (${c.refused})`}`,
        200,
      ),
    );
  }
  return lines.join("\n");
}

function experimentInWords({
  verdict,
  unit,
  arms,
  low,
  high,
  active,
}: NonNullable<LiveStatus["experiment"]>): string[] {
  return [
    `Two policies compared: ${verdict}${active ? "" : "; the new policy is taken back"}; new less old is within ${low.toPrecision(3)} and ${high.toPrecision(3)} ${unit}.`,
    ...arms.map(
      (a) =>
        `  ${a.name} (${plain(a.policy, 80)}): ${a.claims} claims, mean ${a.mean.toPrecision(3)} ${unit}, within ${a.low.toPrecision(3)} and ${a.high.toPrecision(3)}`,
    ),
  ];
}

async function apiOf(config: LiveConfig, name: string): Promise<{ api: HttpApi; server: string }> {
  const cluster = config.clusters.find((c) => c.name === name);
  if (!cluster) {
    throw new WindtunnelError(
      "USAGE",
      `There is no cluster "${plain(name)}".`,
      `Clusters are: ${config.clusters.map((c) => c.name).join(", ")}.`,
    );
  }
  const connection = await connect(cluster, config.folder, realPacing.now);
  return {
    api: new HttpApi(connection, realPacing, { attemptsMax: 1, timeoutMillis: 10_000 }),
    server: connection.server,
  };
}

export async function examineLive(context: CommandContext, options: Options): Promise<void> {
  const config = await readConfig(options);
  const findings: Finding[] = [];
  for (const { name } of config.clusters) {
    try {
      const { api, server } = await apiOf(config, name);
      findings.push(...(await examine(config, name, api, server, realPacing.now)));
      api.close();
    } catch (error) {
      if (!(error instanceof WindtunnelError)) throw error;
      findings.push({ cluster: name, check: "kubeconfig", ok: false, found: error.message });
    }
  }
  if (options.json === true) context.out(JSON.stringify(findings, null, 2));
  else {
    const out = table(["cluster", "check", "verdict", "what was found"], [14, 34, 9, 70]);
    for (const f of findings)
      out.push(
        [f.cluster, f.check, f.ok === "warn" ? "warning" : f.ok ? "ok" : "FAILED", f.found].map((c) => plain(c, 200)),
      );
    context.out(out.toString());
  }
  const failed = findings.filter((f) => f.ok === false);
  const tooMuch = findings.filter((f) => f.ok === "warn");
  if (failed.length > 0 || (tooMuch.length > 0 && options.allowWide !== true)) {
    const what =
      failed.length > 0
        ? `${failed.length} checks failed`
        : `${tooMuch.length} permissions are wider than what is granted`;
    throw new WindtunnelError(
      "LIVE_REFUSED",
      `${what}.`,
      failed.length > 0 ? "Mend what the table says." : "Give this identity less, or say --allow-wide.",
    );
  }
}

/** Throws the switches: here (a file), or in a cluster (its ConfigMap). */
export async function throwSwitch(
  context: CommandContext,
  options: Options,
  value: "hold" | "drain" | "no",
): Promise<void> {
  const config = await readConfig(options);
  const cluster = options.cluster as string | undefined;
  if (cluster === undefined) {
    const file = pauseFile(config);
    if (value === "no") await rm(file, { force: true });
    else {
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, "hold\n");
    }
    context.out(
      value === "no"
        ? `Instances with this state folder go on (${file} is gone).`
        : `Instances with this state folder write nothing from now on (${file}).`,
    );
    return;
  }
  const { api, server } = await apiOf(config, cluster);
  const key = options.namespace === undefined ? "pause" : `pause.${String(options.namespace)}`;
  const { namespace, configMap } = config.control;
  const path = controlPath(namespace, configMap);
  const data = { [key]: value };
  try {
    await api.call({ method: "PATCH", path, patch: "merge", body: { data } });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.status !== 404)
      throw new WindtunnelError(
        "CLUSTER_UNREACHABLE",
        `${cluster}: ${error.message}.`,
        "Who throws switches needs `patch` on that ConfigMap.",
      );
    await api.call({
      method: "POST",
      path: path.replace(/\/[^/]+$/, ""),
      body: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: configMap, namespace }, data },
    });
  } finally {
    api.close();
  }
  context.out(`${cluster} (${server}): ${key} is ${value} in ${namespace}/${configMap}.`);
}

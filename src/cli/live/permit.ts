// `windtunnel permit`: gates of a set of scenarios, and the signed file that says that a policy passed them.

import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { engineSha256 } from "../../engine/load.js";
import { ApiError } from "../../live/api.js";
import { readLiveConfig } from "../../live/config.js";
import { controlPath, readControl } from "../../live/control.js";
import { connect } from "../../live/kubeconfig.js";
import { realPacing } from "../../live/pacing.js";
import {
  formatPermit,
  openPermit,
  type Permit,
  permitFault,
  readPrivateKey,
  readPublicKey,
} from "../../live/permit.js";
import { plain } from "../../live/text.js";
import { HttpApi } from "../../live/transport.js";
import { WindtunnelError } from "../../model/errors.js";
import type { CommandContext } from "../context.js";
import type { Options } from "./open.js";

export async function makeKey(context: CommandContext, options: Options): Promise<void> {
  const out = String(options.out ?? "permit.key");
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  try {
    await writeFile(out, privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o600, flag: "wx" });
    await writeFile(`${out}.pub`, publicKey.export({ type: "spki", format: "pem" }), { flag: "wx" });
  } catch {
    throw new WindtunnelError(
      "OUTPUT_UNWRITABLE",
      `${out} is there already, or cannot be written.`,
      "Keys are never overwritten: give another name with --out.",
    );
  }
  context.out(`${out} signs permits: keep it where nobody else reads it. ${out}.pub checks them.`);
}

export async function privateKeyOf(options: Options): Promise<KeyObject> {
  if (options.key !== undefined) return readPrivateKey(await textOf(String(options.key), "key"), String(options.key));
  const given = process.env.WINDTUNNEL_PERMIT_KEY;
  if (given) return readPrivateKey(given, "WINDTUNNEL_PERMIT_KEY");
  throw new WindtunnelError(
    "USAGE",
    "There is no key to sign with.",
    "Give --key FILE, or the key in WINDTUNNEL_PERMIT_KEY; `windtunnel permit key` makes one.",
  );
}

export async function textOf(path: string, noun: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch {
    throw new WindtunnelError("PERMIT_INVALID", `There is no ${noun} at ${path}.`, "Correct the path.");
  }
}

async function openFile(file: string, options: Options): Promise<Permit> {
  if (options.publicKey === undefined)
    throw new WindtunnelError("USAGE", "No public key is given.", "Give --public-key FILE.");
  const path = String(options.publicKey);
  return openPermit(await textOf(file, "permit"), file, readPublicKey(await textOf(path, "public key"), path));
}

export async function verifyPermit(context: CommandContext, file: string, options: Options): Promise<void> {
  const permit = await openFile(file, options);
  const revoked = new Set<string>();
  let policy = permit.policy;
  if (options.config !== undefined) {
    const config = await readLiveConfig(String(options.config));
    policy = config.policy;
    for (const cluster of config.clusters) {
      const connection = await connect(cluster, config.folder, realPacing.now);
      const api = new HttpApi(connection, realPacing, { attemptsMax: 1 });
      const control = await readControl(api, config.control, realPacing.now);
      api.close();
      if (!control)
        context.say(`${cluster.name}: its switches cannot be read; whether the permit is revoked there is not known.`);
      for (const serial of control?.revoked ?? []) revoked.add(serial);
    }
  }
  const fault = permitFault(permit, {
    nowMillis: context.now().getTime(),
    policy,
    policySha256: permit.policySha256,
    engineSha256: engineSha256(),
    revoked,
  });
  if (fault !== undefined)
    throw new WindtunnelError(
      "PERMIT_INVALID",
      `${file}: ${fault}.`,
      "Issue a new one with `windtunnel permit issue`.",
    );
  context.out(
    `${file}: genuine, permit ${permit.serial}, for ${permit.policy.queue} + ${permit.policy.place} and this engine, good until ${permit.expiresAt}.`,
  );
}

export async function showPermit(context: CommandContext, file: string, options: Options): Promise<void> {
  const permit = await openFile(file, options);
  if (options.json === true) return context.out(formatPermit(permit));
  const { envelope: e } = permit;
  context.out(
    [
      `Permit ${permit.serial}, ${permit.issuedAt} to ${permit.expiresAt}`,
      `Policy: ${permit.policy.queue} + ${permit.policy.place}; actions: ${permit.actions.join(", ")}; controllers: ${permit.controllers.join(", ") || "none"}`,
      `Engine: ${permit.engineSha256.slice(0, 16)}, version ${permit.version}`,
      `Covers: load ${e.load.least} to ${e.load.most}; ${e.gpus.least} to ${e.gpus.most} GPUs; mix of sizes within ${e.mixDistanceMost} of the one simulated${e.usdPerGpuHour ? `; $${e.usdPerGpuHour.least} to $${e.usdPerGpuHour.most} a GPU-hour` : ""}${typeof e.forecastErrorMost === "number" ? `; forecasts off by up to ${e.forecastErrorMost}` : ""}`,
      ...permit.gates.map(
        (g) =>
          `Gate: ${g.scenario}: ${g.condition}; mean ${g.mean.toPrecision(4)}, bound ${g.bound.toPrecision(4)} at ${g.confidence * 100} %, ${g.runs} runs`,
      ),
      ...permit.scenarios.map((s) => `Scenario: ${s.name}, results ${s.resultDigest}`),
    ]
      .map((line) => plain(line, 400))
      .join("\n"),
  );
}

/** Puts a serial on the list of a cluster, or of all. */
export async function revokePermit(context: CommandContext, serial: string, options: Options): Promise<void> {
  if (!/^[\w-]{4,64}$/.test(serial))
    throw new WindtunnelError("USAGE", `"${plain(serial, 70)}" is no serial.`, "`windtunnel permit show` prints it.");
  const config = await readLiveConfig(String(options.config ?? "live.yaml"));
  const failed: string[] = [];
  for (const cluster of config.clusters) {
    if (options.cluster !== undefined && options.cluster !== cluster.name) continue;
    const connection = await connect(cluster, config.folder, realPacing.now);
    const api = new HttpApi(connection, realPacing, { attemptsMax: 1 });
    try {
      const control = await readControl(api, config.control, realPacing.now);
      const revoked = [...new Set([...(control?.revoked ?? []), serial])].join(" ");
      const { namespace, configMap } = config.control;
      await api.call({
        method: "PATCH",
        path: controlPath(namespace, configMap),
        patch: "merge",
        body: { data: { revoked } },
      });
      context.out(`${cluster.name}: permit ${serial} is revoked.`);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      failed.push(`${cluster.name}: ${error.message}`);
    } finally {
      api.close();
    }
  }
  if (failed.length > 0)
    throw new WindtunnelError(
      "CLUSTER_UNREACHABLE",
      `It is not revoked everywhere: ${failed.join("; ")}.`,
      "Repeat it; instances there still accept it until they see the list.",
    );
}

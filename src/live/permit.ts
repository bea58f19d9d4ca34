// A permit says that a policy passed the gates of a set of scenarios, and under which conditions that was. It is signed
// (Ed25519) over its whole text: a permit of which one byte is changed is none.

import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import { WindtunnelError } from "../model/errors.js";
import { ACTIONS, type Action, type LiveConfigFile } from "./config.js";
import { canonical, isObject } from "./json.js";
import { parseTime } from "./time.js";

export const PERMIT_FORMAT = 1;

export interface Range {
  least: number;
  most: number;
}

/** Conditions that the scenarios covered. */
export interface Envelope {
  /** GPU-time asked for, share of what there is. */
  load: Range;
  /** GPUs of the clusters together. */
  gpus: Range;
  /** Share of waiting and running claims by GPUs asked for: at most so far (total variation) from this mix. */
  mix: { gpus: number; share: number }[];
  mixDistanceMost: number;
  usdPerGpuHour: Range | null;
  /** Share by which forecasts may be off; null or absent: nothing was forecast. */
  forecastErrorMost?: number | null;
}

export interface GateResult {
  scenario: string;
  metric: string;
  condition: string;
  runs: number;
  mean: number;
  /** Bound of the one-sided interval that was held against the threshold. */
  bound: number;
  confidence: number;
}

export interface PermitBody {
  serial: string;
  issuedAt: string;
  expiresAt: string;
  policy: LiveConfigFile["policy"];
  /** Of a policy of the user's own, by part. */
  policySha256: string | null;
  controllers: string[];
  actions: Action[];
  engineSha256: string;
  version: string;
  scenarios: { name: string; sha256: string; dataDigest: string; resultDigest: string }[];
  gates: GateResult[];
  envelope: Envelope;
}

export interface Permit extends PermitBody {
  windtunnelPermit: typeof PERMIT_FORMAT;
  /** SHA-256 of the public key, so that a wrong key is told from a forgery. */
  key: string;
  signature: string;
}

function keyId(key: KeyObject): string {
  const der = key.export({ type: "spki", format: "der" });
  return createHash("sha256").update(der).digest("hex");
}

function refuse(what: string, hint: string): WindtunnelError {
  return new WindtunnelError("PERMIT_INVALID", what, hint);
}

/** Opens a private key (PEM, PKCS #8). Never says what was in the text. */
export function readPrivateKey(pem: string, from: string): KeyObject {
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyType === "ed25519") return key;
  } catch {
    // told below, without the parser's words
  }
  throw refuse(`${from} holds no Ed25519 private key (PEM, PKCS #8).`, "Make one with `windtunnel permit key`.");
}

export function readPublicKey(pem: string, from: string): KeyObject {
  try {
    if (/PRIVATE KEY/.test(pem)) throw new Error("private");
    const key = createPublicKey(pem);
    if (key.asymmetricKeyType === "ed25519") return key;
  } catch {
    // told below
  }
  throw refuse(
    `${from} holds no Ed25519 public key (PEM).`,
    "`windtunnel permit key` writes one beside the private key.",
  );
}

export function signPermit(body: PermitBody, privateKey: KeyObject): Permit {
  const unsigned = { ...body, windtunnelPermit: PERMIT_FORMAT, key: keyId(createPublicKey(privateKey)) } as const;
  const signature = sign(null, Buffer.from(canonical(unsigned)), privateKey).toString("base64");
  return { ...unsigned, signature };
}

/** The one text of a permit: keys in order, two spaces, a line end. */
export function formatPermit(permit: Permit): string {
  return `${JSON.stringify(JSON.parse(canonical(permit)), null, 2)}\n`;
}

/** Reads and checks a permit's text: form, key and signature. Time, revocation and fit are asked for later. */
export function openPermit(text: string, file: string, publicKey: KeyObject): Permit {
  let permit: unknown;
  try {
    permit = JSON.parse(text);
  } catch {
    throw refuse(`${file}: it is not JSON.`, "Issue one with `windtunnel permit issue`.");
  }
  if (!isObject(permit) || permit.windtunnelPermit !== PERMIT_FORMAT) {
    throw refuse(`${file}: it is no permit of format ${PERMIT_FORMAT}.`, "Issue one with `windtunnel permit issue`.");
  }
  if (permit.key !== keyId(publicKey)) {
    throw refuse(`${file}: it was signed with another key.`, "Give the public key of whoever issued it.");
  }
  const { signature, ...unsigned } = permit;
  const bytes = typeof signature === "string" ? Buffer.from(signature, "base64") : Buffer.alloc(0);
  const isGenuine = bytes.byteLength === 64 && verify(null, Buffer.from(canonical(unsigned)), publicKey, bytes);
  // the same values in another text, or another spelling of the signature, are not what was issued
  if (!isGenuine || bytes.toString("base64") !== signature || formatPermit(permit as unknown as Permit) !== text) {
    throw refuse(`${file}: its signature does not match: it was changed after it was issued.`, "Issue a new permit.");
  }
  return permit as unknown as Permit;
}

export interface PermitUse {
  nowMillis: number;
  policy: LiveConfigFile["policy"];
  policySha256: string | null;
  engineSha256: string;
  revoked: ReadonlySet<string>;
}

/** Why a permit does not cover what is asked; undefined: it does. */
export function permitFault(permit: Permit | undefined, use: PermitUse): string | undefined {
  if (!permit) return "there is no permit";
  if (use.nowMillis >= parseTime(permit.expiresAt)) return `the permit expired at ${permit.expiresAt}`;
  if (use.nowMillis < parseTime(permit.issuedAt) - 300_000) return `the permit is of the future, ${permit.issuedAt}`;
  if (use.revoked.has(permit.serial)) return `the permit ${permit.serial} is revoked`;
  if (permit.engineSha256 !== use.engineSha256) return "the permit is for another build of the engine";
  if (canonical(permit.policy) !== canonical(use.policy)) {
    return `the permit is for ${permit.policy.queue} + ${permit.policy.place}, or for other parameters`;
  }
  if (permit.policySha256 !== use.policySha256) return "the permit is for another text of the policy";
  return undefined;
}

/** Why a permit does not allow an action, or a rule of scaling. */
export function permitScope(permit: Permit, action: Action, controller?: string): string | undefined {
  if (!ACTIONS.includes(action) || !permit.actions.includes(action)) return `the permit does not cover ${action}`;
  if (controller !== undefined && !permit.controllers.includes(controller)) {
    return `the permit does not cover the controller ${controller}`;
  }
  return undefined;
}

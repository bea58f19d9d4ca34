// A user's policy that was stopped: which, in what decision, on what question, and what it could see.

import { WindtunnelError } from "../model/errors.js";
import type { PolicyFunction } from "../model/features.js";
import * as abi from "./abi.js";
import type { Engine } from "./engine.js";
import { featuresInWords } from "./host-features.js";

export interface UserPolicies {
  /** Names for messages. */
  place?: string;
  queue?: string;
  /** Of policies in TypeScript. */
  functions: Partial<Record<PolicyFunction, (d: number) => number>>;
}

const QUESTIONS = ["", "score", "device", "order"];

/** What stopped the engine while it asked a user's policy. */
export function explainPolicy(engine: Engine, error: unknown): WindtunnelError {
  const asked = engine.getI(abi.ASKED);
  const isOrder = asked === 3;
  const name = (isOrder ? engine.policies.queue : engine.policies.place) ?? "?";
  const node = engine.getI(abi.ASKED_NODE);
  const about = isOrder ? `the job in slot ${engine.getI(abi.ASKED_OF)}` : `node ${node}`;
  const at = `decision ${engine.getF(abi.PLACED) + 1}, at simulated second ${(engine.getF(abi.NOW) / 1e6).toFixed(3)}`;
  const feature = (i: number, d: number) => engine.exports.feature(i, d);
  const code = engine.getI(abi.FAIL_CODE);
  const message =
    `Policy "${name}" was stopped: ${QUESTIONS[asked]}() for ${about} ${whatHappened(code, engine, error)} (${at}). ` +
    `It saw ${featuresInWords(feature, isOrder ? "job" : "node")}.`;
  return new WindtunnelError(
    "POLICY_FAILED",
    message,
    "Finished runs are kept: correct the policy and repeat the command.",
    {
      cause: error,
    },
  );
}

function whatHappened(code: number, engine: Engine, error: unknown): string {
  if (code === abi.FAIL_POLICY_STEPS) return `took more than ${engine.getF(abi.FAIL_DETAIL)} turns of loops`;
  if (code === abi.FAIL_POLICY_NAN) return "answered NaN";
  return `failed: ${error instanceof Error ? error.message : String(error)}`;
}

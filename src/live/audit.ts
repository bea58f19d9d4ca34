// The audit log: one JSON line for everything that was decided, refused or done, each with the hash of the line before. A line
// that is changed, left out or moved breaks the chain. Appended and flushed before the write that it speaks of is sent.

import { createHash } from "node:crypto";
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, truncateSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { WindtunnelError } from "../model/errors.js";
import { canonical, isObject, numberAt, textAt } from "./json.js";
import { isoTime } from "./time.js";

export const AUDIT_FORMAT = 1;
const FIRST = "0".repeat(64);

export type AuditKind =
  | "start"
  | "stop"
  | "plan"
  | "refused"
  | "intent"
  | "done"
  | "failed"
  | "abandoned"
  | "leader"
  | "mode"
  | "rollback"
  | "shadow"
  | "experiment"
  | "alert";

export interface AuditLine {
  format: number;
  n: number;
  at: string;
  kind: AuditKind;
  actor: string;
  previous: string;
  [key: string]: unknown;
}

export interface AuditSink {
  append(text: string): void;
}

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

export class Audit {
  readonly #sink: AuditSink;
  readonly #actor: string;
  readonly #now: () => number;
  #n: number;
  #previous: string;

  constructor(
    sink: AuditSink,
    actor: string,
    now: () => number,
    after: { n: number; hash: string } = { n: 0, hash: FIRST },
  ) {
    this.#sink = sink;
    this.#actor = actor;
    this.#now = now;
    this.#n = after.n;
    this.#previous = after.hash;
  }

  /** Writes a line; when this returns it is in the log. */
  write(kind: AuditKind, rest: Readonly<Record<string, unknown>> = {}): void {
    const line: AuditLine = {
      ...rest,
      format: AUDIT_FORMAT,
      n: this.#n + 1,
      at: isoTime(this.#now()),
      kind,
      actor: this.#actor,
      previous: this.#previous,
    };
    const text = canonical(line);
    this.#sink.append(`${text}\n`);
    this.#n++;
    this.#previous = hashOf(text);
  }
}

export interface AuditCheck {
  lines: AuditLine[];
  /** Where the chain breaks; undefined: it holds. */
  broken: { line: number; why: string } | undefined;
  last: { n: number; hash: string };
  /** Bytes up to the end of the last whole line. */
  wholeBytes: number;
}

/** Reads a log and checks its chain. A last line without its end was being written when somebody was killed. */
export function checkAudit(text: string): AuditCheck {
  const lines: AuditLine[] = [];
  let previous = FIRST;
  let n = 0;
  let broken: AuditCheck["broken"];
  const end = text.lastIndexOf("\n") + 1;
  for (const raw of text.slice(0, end).split("\n").slice(0, -1)) {
    n++;
    let line: unknown;
    try {
      line = JSON.parse(raw);
    } catch {
      line = undefined;
    }
    const why = !isObject(line)
      ? "it is no line of an audit log"
      : numberAt(line, "format") !== AUDIT_FORMAT
        ? "it is of another format"
        : numberAt(line, "n") !== n
          ? `it has number ${String(line.n)}`
          : textAt(line, "previous") !== previous
            ? "it does not follow the line before"
            : canonical(line) !== raw
              ? "it was written by somebody else"
              : undefined;
    if (why !== undefined) {
      broken = { line: n, why };
      break;
    }
    lines.push(line as AuditLine);
    previous = hashOf(raw);
  }
  return {
    lines,
    broken,
    last: { n: lines.length, hash: previous },
    wholeBytes: Buffer.byteLength(text.slice(0, end)),
  };
}

/** A log in a file, opened for appending; goes on where it stopped. Throws if its chain is broken. */
export function openAudit(path: string, actor: string, now: () => number): { audit: Audit; close(): void } {
  mkdirSync(dirname(path), { recursive: true });
  const text = existsSync(path) ? readFileSync(path, "utf8") : "";
  const check = checkAudit(text);
  if (check.broken) {
    throw new WindtunnelError(
      "LIVE_REFUSED",
      `${path}:${check.broken.line}: the audit log was tampered with: ${check.broken.why}.`,
      "Keep it as evidence, move it away, and start with a new one.",
    );
  }
  if (check.wholeBytes < Buffer.byteLength(text)) truncateSync(path, check.wholeBytes);
  const file = openSync(path, "a", 0o600);
  const sink: AuditSink = {
    append: (line) => {
      writeSync(file, line);
      fsyncSync(file);
    },
  };
  return { audit: new Audit(sink, actor, now, check.last), close: () => closeSync(file) };
}

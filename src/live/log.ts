// What an instance says as it runs: JSON lines of named fields, like the audit log's. Only what is named here gets in: there is no
// way to log an object, a body or an error as it is.

import { canonical } from "./json.js";
import { plain } from "./text.js";
import { isoTime } from "./time.js";

export interface LogFields {
  cluster?: string;
  object?: string;
  verb?: string;
  outcome?: string;
  guard?: string;
  reason?: string;
  resource?: string;
  plan?: string;
  count?: number;
  seconds?: number;
}

export type Log = (level: "info" | "warn", event: string, fields?: LogFields) => void;

export function jsonLog(write: (line: string) => void, now: () => number): Log {
  return (level, event, fields = {}) => {
    const shown = Object.fromEntries(
      Object.entries(fields).map(([key, value]) => [key, typeof value === "string" ? plain(value) : value]),
    );
    write(`${canonical({ ...shown, at: isoTime(now()), level, event })}\n`);
  };
}

// docs/errors.md: every operating error, from the table that gives it its exit code.

import { ERROR_CODES, EXIT_CODES } from "../../model/errors.js";
import { buildPage, buildTable, code } from "./page.js";

export function renderErrorsPage(): string {
  const rows = Object.entries(ERROR_CODES)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { kind, meaning }]) => [code(name), String(EXIT_CODES[kind]), kind, meaning]);
  return buildPage("Errors", [
    "An operating error is expected: it has a stable code, says what failed, the value seen and where, and gives the next thing " +
      "to try. It is printed to standard error as `error CODE: message` with the advice on the next line, and the command ends " +
      "with the code's exit code. Anything else that is thrown is a fault of Windtunnel: exit code " +
      `${EXIT_CODES.bug}, with a stack trace.`,
    buildTable(["code", "exit code", "kind", "meaning"], rows),
    "In the library, operating errors are `WindtunnelError` with `code`, `message`, `hint` and, where another error was the " +
      "reason, `cause`.",
  ]);
}

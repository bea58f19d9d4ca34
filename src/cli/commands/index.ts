// All commands, in the order in which help lists them. Adding one: a file beside this one, and a line here.

import type { CommandSpec } from "../command.js";
import { benchCommand } from "./bench.js";
import { checkCommand } from "./check.js";
import { docsCommand } from "./docs.js";
import { doctorCommand } from "./doctor.js";
import { policiesCommand } from "./policies.js";
import { replayCommand } from "./replay.js";
import { reportCommand } from "./report.js";
import { runCommand } from "./run.js";
import { traceCommand } from "./trace.js";

export const COMMANDS: readonly CommandSpec[] = [
  runCommand,
  reportCommand,
  checkCommand,
  replayCommand,
  traceCommand,
  policiesCommand,
  doctorCommand,
  benchCommand,
  docsCommand,
];

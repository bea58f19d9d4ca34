// All commands, in the order in which help lists them. Adding one: a file beside this one, and a line here.

import type { CommandSpec } from "../command.js";
import { benchCommand } from "./bench.js";
import { bundleCommand } from "./bundle.js";
import { capacityCommand } from "./capacity.js";
import { checkCommand } from "./check.js";
import { compareCommand } from "./compare.js";
import { completionCommand } from "./completion.js";
import { controlCommand } from "./control.js";
import { docsCommand } from "./docs.js";
import { doctorCommand } from "./doctor.js";
import { estimateCommand } from "./estimate.js";
import { explainCommand } from "./explain.js";
import { fidelityCommand } from "./fidelity.js";
import { forecastCommand } from "./forecast.js";
import { fuseCommand } from "./fuse.js";
import { liveCommand } from "./live.js";
import { metricsCommand } from "./metrics.js";
import { permitCommand } from "./permit.js";
import { policiesCommand } from "./policies.js";
import { policyCommand } from "./policy.js";
import { renderCommand } from "./render.js";
import { replayCommand } from "./replay.js";
import { reportCommand } from "./report.js";
import { reproduceCommand } from "./reproduce.js";
import { runCommand } from "./run.js";
import { scenarioCommand } from "./scenario.js";
import { sharingCommand } from "./sharing.js";
import { solveCommand } from "./solve.js";
import { timelineCommand } from "./timeline.js";
import { traceCommand } from "./trace.js";
import { whatifCommand } from "./whatif.js";

export const COMMANDS: readonly CommandSpec[] = [
  runCommand,
  compareCommand,
  reportCommand,
  checkCommand,
  replayCommand,
  whatifCommand,
  explainCommand,
  bundleCommand,
  traceCommand,
  scenarioCommand,
  reproduceCommand,
  estimateCommand,
  controlCommand,
  sharingCommand,
  capacityCommand,
  timelineCommand,
  fidelityCommand,
  solveCommand,
  forecastCommand,
  fuseCommand,
  policiesCommand,
  policyCommand,
  liveCommand,
  permitCommand,
  renderCommand,
  metricsCommand,
  doctorCommand,
  benchCommand,
  completionCommand,
  docsCommand,
];

export { type CheckInput, type CheckReport, type CheckSetup, checkRun, type Reported, RunChecker } from "./check.js";
export type { RuleReport, Violation } from "./tally.js";

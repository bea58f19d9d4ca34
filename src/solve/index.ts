// The solvers as a library: `import { solveTransport } from "windtunnel/solve"`.

export { type Certificate, checkFlow, checkTransport } from "./certificate.js";
export type { TransportConflict } from "./conflict.js";
export { type Explained, explain, type Labels, requirePlan } from "./explain.js";
export { type FlowProblem, type FlowSolution, FlowSolver, solveFlow } from "./flow.js";
export type { FlowConflict } from "./flow-verdicts.js";
export type { SolveLimits, Verdict } from "./limits.js";
export {
  chooseSolver,
  LinearBuilder,
  type LinearModel,
  type LinearOptions,
  type LinearRow,
  type LinearSolution,
  type LinearSolver,
  type LinearVariable,
  solveLinear,
} from "./linear.js";
export { linearText } from "./linear-text.js";
export { flowModel, transportModel } from "./models.js";
export { solveTransport, type TransportProblem, type TransportSolution, TransportSolver } from "./transport.js";

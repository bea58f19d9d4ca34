// The solvers as a library: `import { solveTransport } from "windtunnel/solve"`.

export {
  type AssignmentSolution,
  type GeneralAssignmentProblem,
  type GeneralAssignmentSolution,
  solveAssignment,
  solveGeneralAssignment,
} from "./assignment.js";
export { type Certificate, checkFlow, checkTransport } from "./certificate.js";
export type { TransportConflict } from "./conflict.js";
export { type Explained, explain, type Labels, requirePlan } from "./explain.js";
export { type FlowProblem, type FlowSolution, FlowSolver, solveFlow } from "./flow.js";
export type { FlowConflict } from "./flow-verdicts.js";
export {
  type GpuMixAnswer,
  type GpuMixProblem,
  type GpuMixSolution,
  type SizingPool,
  type SizingSolution,
  solveGpuMix,
  solveSizing,
} from "./gpu-mix.js";
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
export {
  type PackingBound,
  type PackingProblem,
  type PackingRule,
  type PackingSolution,
  packItems,
  packingBound,
} from "./packing.js";
export {
  type PlacementCandidate,
  type PlacementChoice,
  type PlacementDecision,
  type PlacementPreset,
  type PlacementScore,
  placeService,
  responseSeconds,
} from "./placement.js";
export { pressure, type RebalanceProblem, type RebalanceSolution, rebalance, rebalanceJointly } from "./rebalance.js";
export {
  pathCost,
  type StepCosts,
  type SwitchingCost,
  type SwitchingProblem,
  type SwitchingSolution,
  solveSwitching,
} from "./switching.js";
export {
  type CoupledPool,
  type CoupledSolution,
  coupledCost,
  solveCoupled,
  solveMinimumUpTime,
} from "./switching-coupled.js";
export { type Forecast, lazyCapacity, recedingHorizon } from "./switching-online.js";
export { solveTransport, type TransportProblem, type TransportSolution, TransportSolver } from "./transport.js";

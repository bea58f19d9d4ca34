// The library: everything that the command line is made of.

export { Engine } from "./engine/engine.js";
export { engineSha256 } from "./engine/load.js";
export { describeRecord, joinLog, LogReader, type LogRecord } from "./engine/log.js";
export {
  type ProfileSetup,
  type RequestChunk,
  ROUTE_RULES,
  type RouteRule,
  type ServingSetup,
} from "./engine/services.js";
export { createStation, type Distribution, type StationResult, type StationSetup } from "./engine/station.js";
export {
  FUSION_METHODS,
  FusionArea,
  type FusionMethod,
  type FusionOptions,
  type FusionShape,
  fuseRanks,
  stackWeights,
} from "./ensemble/index.js";
export type { Fleet, NodeTable, Rates, RateTable, Requests, RequestTable } from "./model/demand.js";
export { ERROR_CODES, type ErrorCode, EXIT_CODES, WindtunnelError } from "./model/errors.js";
export {
  createJobTable,
  END_STATUS,
  type JobNames,
  type JobTable,
  type Provenance,
  type Trace,
  type TraceStream,
} from "./model/jobs.js";
export { findQueuePolicy, PLACE_RULES, type PlaceRule, QUEUE_POLICIES, type QueuePolicy } from "./model/policies.js";
export type {
  Experiment,
  Interval,
  JobRows,
  Manifest,
  Metrics,
  RankingRow,
  RunResult,
  RunSpec,
  Series,
  Stay,
} from "./model/results.js";
export { type Scenario, scenarioSchema } from "./model/scenario.js";
export {
  FORECAST_METHODS,
  type Forecast,
  type Forecaster,
  type ForecastMethod,
  type ForecastTask,
  findForecastMethod,
  fitWithIntervals,
  fuseForecasts,
  type IntervalForecaster,
} from "./plan/forecast/index.js";
export {
  DATASETS,
  type Demand,
  drawServegen,
  fillEstimates,
  fitSynth,
  generateTrace,
  loadDemand,
  loadFleet,
  loadRates,
  loadRequests,
  loadTrace,
  parseSynthParams,
  type Recording,
  type ReplayResult,
  readServegen,
  replayLog,
  resampleDays,
  traceDistance,
} from "./replay/index.js";
export { chartSvg, renderReport, renderTable } from "./report/index.js";
export { jctSecondsMeanBound, makespanSecondsBound } from "./sim/bounds.js";
export { type Conformance, checkConformance, type Verdict } from "./sim/conformance.js";
export {
  experimentDigest,
  listRuns,
  planSweep,
  runSweep,
  type SweepOptions,
  type SweepPlan,
} from "./sim/experiment.js";
export { type MeasureSetup, type Measures, measureRun } from "./sim/measure.js";
export { METRICS, type Metric } from "./sim/metrics.js";
export { measureDemand, sizePools } from "./sim/pools.js";
export { rank } from "./sim/ranking.js";
export { type CompletedRun, measure, type RunOptions, simulate } from "./sim/run.js";
export { parseScenario, readScenario, type ScenarioFile } from "./sim/scenario-file.js";
export { type CapacityAnswer, findCapacity } from "./sim/services/capacity.js";
export { type ClassOutcome, readOutcomes, Sketch } from "./sim/services/outcomes.js";
export { buildProfile, type ReplicaProfile, type ReplicaSpec } from "./sim/services/profile.js";
export { ServingSimulation, type ServingSimulationSetup } from "./sim/services/serving.js";
export { runServiceStudy, type StudyResult } from "./sim/services/study.js";
export { parseServiceStudy, readServiceStudy } from "./sim/services/study-file.js";
export { Simulation, type SimulationSetup, type Sinks, type Totals } from "./sim/simulation.js";
export { interval, mean, pairedDifference, percentile } from "./sim/statistics.js";
export { listFinishedRuns, readExperiment, readManifest, readRun, writeManifest, writeRun } from "./sim/store.js";

export { DEMAND_KINDS, type DemandKind } from "./adapters/adapter.js";
export { CANONICAL } from "./adapters/columns.js";
export { SACCT_ASSUMPTIONS, sacctAdapter } from "./adapters/sacct.js";
export { SWF_ASSUMPTIONS, swfAdapter } from "./adapters/swf.js";
export { UNITS } from "./adapters/units.js";
export { type AnonymizeOptions, anonymize } from "./anonymize.js";
export { defaultCacheFolder } from "./cache.js";
export { type Choice, explainChoice } from "./candidates.js";
export { DATASETS, type Dataset, type DatasetPart, traceName, traceNames } from "./datasets.js";
export { digestOfText } from "./digest.js";
export { download } from "./download.js";
export { type Recording, type ReplayResult, replayLog } from "./driver.js";
export { fillEstimates } from "./estimates.js";
export { type Explanation, explainJob } from "./explain.js";
export { type Exported, exportDemand } from "./export.js";
export { groupNodes, type NodeGroup } from "./fleet-groups.js";
export { type Demand, type LoadOptions, loadDemand, loadFleet, loadRates, loadRequests, loadTrace } from "./load.js";
export { sourceOf } from "./locate.js";
export { nearestName } from "./nearest.js";
export { type NumberTable, readNumbers } from "./numbers.js";
export { type NodeList, type PodList, readNodeList, readPodList } from "./openb-lists.js";
export { RAW_SERVER, type RemoteFile, remoteFiles } from "./origin.js";
export { type MeasuredPairs, PAIR_TABLES, type PairRate, readPairRates } from "./pair-rates.js";
export { type Bar, type JobProfile, type OverTime, profileJobs, profileRates, profileRequests } from "./profile.js";
export {
  drawServegen,
  readServegen,
  SERVEGEN_POOLS,
  type ServegenPool,
  scaleServegen,
  servegenLengths,
  servegenRates,
  WINDOW_SECONDS,
  WINDOWS_A_SPAN,
} from "./requests/servegen.js";
export { resampleDays } from "./resample.js";
export { type Shaking, shakeTrace } from "./shake.js";
export { hourlyDispersion, kolmogorovSmirnov, loadByHour, traceDistance } from "./synth/distance.js";
export { type FitOptions, fitSynth } from "./synth/fit.js";
export { formatSynthParams } from "./synth/format.js";
export { type GenerateOptions, generateTrace } from "./synth/generate.js";
export { parseSynthParams, type SynthParams, synthSchema, type TraceDistance } from "./synth/schema.js";
export { distanceTable } from "./synth/words.js";
export { countsOf, gpuHoursTotal } from "./totals.js";
export { isTraceFile, readTraceFile, traceFileSchema } from "./trace-file.js";
export { parseYaml, type YamlKind } from "./yaml-file.js";

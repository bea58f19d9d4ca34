// Ensembles: training members on their own data, and fusing what they answer.

export { type Compressed, type Compression, compress, ErrorFeedback } from "./compress.js";
export { Crew } from "./crew.js";
export { drawDigits } from "./digits.js";
export { FUSION_METHODS, FusionArea, type FusionMethod, type FusionOptions, type FusionShape } from "./fusion.js";
export { type Start, startModel } from "./initialise.js";
export { type Clusters, clusterSamples, splitByCluster, splitByFeature } from "./kmeans.js";
export { fromFixed, mask, sumMasked, toFixed } from "./masking.js";
export {
  averageModels,
  type Layer,
  NetworkArea,
  type NetworkShape,
  type Samples,
  type TrainOptions,
} from "./network.js";
export { formatNpy, type NpyArray, parseNpy } from "./npy.js";
export { drawPatients } from "./patients.js";
export { fuseRankRows, fuseRanks } from "./ranks.js";
export { shuffle, splitByLabel, splitBySize, splitRandomly, splitWithSkew } from "./split.js";
export { stackWeights } from "./stacking.js";
export { chooseMembers, EXACT_MEMBERS_MAX, type SubsetChoice, type SubsetProblem } from "./subsets.js";

// Ensembles: fusing what members answer.

export { drawDigits } from "./digits.js";
export { FUSION_METHODS, FusionArea, type FusionMethod, type FusionOptions, type FusionShape } from "./fusion.js";
export { type NpyArray, parseNpy } from "./npy.js";
export { fuseRanks } from "./ranks.js";
export type { TrainingCloud, TrainingLink } from "./rounds.js";
export { averageModels, type Samples, SoftmaxArea, type TrainOptions } from "./softmax.js";
export { shuffle, splitByLabel, splitRandomly, splitWithSkew } from "./split.js";
export { stackWeights } from "./stacking.js";
export { type EnsembleOutcome, type EnsembleStudy, runStudy, type Split } from "./study.js";

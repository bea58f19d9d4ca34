// Ensembles: fusing what members answer.

export { FUSION_METHODS, FusionArea, type FusionMethod, type FusionOptions, type FusionShape } from "./fusion.js";
export { type NpyArray, parseNpy } from "./npy.js";
export { fuseRanks } from "./ranks.js";
export { stackWeights } from "./stacking.js";

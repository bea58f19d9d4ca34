// Every number that both sides of the seam must agree on, and nothing else, by part: scripts/build-wasm.mjs copies the
// constants of assembly/abi/ into src/engine/abi/ (a test keeps them equal). Only lines `export const NAME: i32 = value;` count.
// A control slot is a constant of a section "Control slots", a column one whose name begins with COL_; each has one number of
// its own over all parts.

export * from "./abi/verbs";
export * from "./abi/jobs";
export * from "./abi/facts";
export * from "./abi/services";
export * from "./abi/gateway";
export * from "./abi/servers";
export * from "./abi/ensembles";
export * from "./abi/station";
export * from "./abi/solve";

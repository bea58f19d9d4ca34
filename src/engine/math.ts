// exp and log that give the same bits on every machine: compiled into the engine, never the host's. The host's may
// differ in the last bit from one version to the next, which would change compared results.

import { Engine } from "./engine.js";

let shared: Engine | undefined;

function engine(): Engine {
  shared ??= new Engine();
  return shared;
}

export function exp(x: number): number {
  return engine().exports.exp(x);
}

export function log(x: number): number {
  return engine().exports.log(x);
}

// The engine's exports, typed by hand. assembly/index.ts is the other half.

export interface EngineExports {
  memory: WebAssembly.Memory;
  control(): number;
  directory(): number;
  configure(): void;
  attach(): void;
  start(): void;
  advance(untilMicros: number): number;
  tick(nowMicros: number): void;
  observe(from: number, to: number): number;
  decide(nowMicros: number, reason: number): void;
  feasible(shape: number): number;
  fits(shape: number): number;
  plannedNode(): number;
  consider(node: number, shape: number): number;
  feature(i: number, device: number): number;
  solvePlan(warm: number, big: number, pivotsMax: number): number;
  planStride(): number;
  openReplicas(service: number, count: number): void;
  setReplica(service: number, place: number, state: number): number;
  crash(place: number, nowMicros: number): void;
  admit(nowMicros: number): void;
  setMember(ensemble: number, member: number, reached: number, trusted: number, nowMicros: number): void;
  gauge(nowMicros: number): void;
  station(): void;
  exp(x: number): number;
  log(x: number): number;
}

export type EngineVerb = Exclude<keyof EngineExports, "memory">;

// Writes the stages on CPUs before and after a service's replicas into an engine and reads what they did. See docs/models/stages.md.

import { WindtunnelError } from "../model/errors.js";
import * as abi from "./abi.js";
import type { Engine } from "./engine.js";
import { log } from "./math.js";
import type { ServingSetup } from "./services.js";

export const STAGE_KINDS = {
  fixed: abi.STAGE_FIXED,
  exponential: abi.STAGE_EXPONENTIAL,
  lognormal: abi.STAGE_LOGNORMAL,
} as const;
export type StageKind = keyof typeof STAGE_KINDS;

/** A station of equal servers with one line. Times are rounded to the microsecond. */
export interface StageSetup {
  servers: number;
  kind: StageKind;
  /** Mean. */
  micros: number;
  /** Coefficient of variation of a lognormal time. */
  cv?: number;
  /** The time is for each picture and sound of a request; who has none passes by. */
  byItem?: boolean;
}

export interface StagesSetup {
  before: readonly StageSetup[];
  after: readonly StageSetup[];
  /** The client sees nothing of an answer before it has passed them all: no tokens stream. */
  hidesFirst: boolean;
}

const all = (setup: ServingSetup | undefined): StageSetup[] =>
  setup?.services.flatMap(({ stages }) => (stages ? [...stages.before, ...stages.after] : [])) ?? [];

export function writeStageCapacities(engine: Engine, setup?: ServingSetup): void {
  const count = all(setup).length;
  engine.setI(abi.CAP_STAGES, count);
  // a request that is in a stage is nowhere else, but for the attempts at replicas that nobody waits for
  engine.setI(abi.CAP_PASSAGES, count > 0 ? setup!.requests : 0);
}

/** @throws WindtunnelError SCENARIO_INVALID for a stage that cannot be, and for one of a service that an ensemble asks. */
export function configureStages(engine: Engine, setup: ServingSetup): void {
  const fields = engine.column(abi.COL_STAGE, "f64");
  const services = engine.column(abi.COL_SERVICE_STAGES, "i32");
  all(setup).forEach(({ servers, kind, micros, cv = 0, byItem = false }, i) => {
    if (!(Number.isInteger(servers) && servers >= 1) || !(micros >= 0 && Number.isFinite(micros)) || !(cv >= 0))
      throw new WindtunnelError(
        "SCENARIO_INVALID",
        `Stage ${i} has ${servers} servers that take ${micros} µs: expected at least one, and a time of at least 0.`,
        "Correct the stage.",
      );
    fields.set([servers, STAGE_KINDS[kind], micros, Math.sqrt(log(1 + cv * cv))], i * abi.STAGE_FIELDS);
    fields[i * abi.STAGE_FIELDS + abi.STAGE_BY_ITEM] = byItem ? 1 : 0;
  });
  const asked = new Set(setup.ensembles?.ensembles.flatMap(({ members }) => members.map(({ service }) => service)));
  const owners = setup.services.map((_, s) => setup.services.findIndex(({ decoder }) => decoder?.service === s));
  const own: number[][] = [];
  let next = 0;
  setup.services.forEach(({ stages }, s) => {
    if (stages && asked.has(s))
      throw new WindtunnelError(
        "SCENARIO_INVALID",
        `Service ${s} has stages, and an ensemble asks it.`,
        "Leave the stages out: an ensemble has its own ways there and back.",
      );
    const [before, after] = [stages?.before.length ?? 0, stages?.after.length ?? 0];
    own.push([next, before, next + before, after, stages?.hidesFirst ? 1 : 0]);
    next += before + after;
  });
  // who decodes for a service sends answers through its stages
  own.forEach((_, s) => {
    services.set(owners[s]! >= 0 ? [0, 0, ...own[owners[s]!]!.slice(2)] : own[s]!, s * abi.SERVICE_STAGE_FIELDS);
  });
}

export interface StageCounts {
  served: number;
  /** In line, all requests together. */
  waitMicros: number;
  /** Of all servers; time that is begun counts whole. */
  workMicros: number;
}

/** By service: counts of each stage before it, then of each after it. */
export function readStages(engine: Engine, setup: ServingSetup): StageCounts[][] {
  const fields = engine.column(abi.COL_STAGE, "f64");
  let next = 0;
  return setup.services.map(({ stages }) =>
    (stages ? [...stages.before, ...stages.after] : []).map(() => {
      const first = next++ * abi.STAGE_FIELDS;
      return {
        served: fields[first + abi.STAGE_SERVED]!,
        waitMicros: fields[first + abi.STAGE_WAIT_MICROS]!,
        workMicros: fields[first + abi.STAGE_WORK_MICROS]!,
      };
    }),
  );
}

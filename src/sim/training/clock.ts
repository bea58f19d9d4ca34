// A cloud's training on the engine's clock: what it fetches, computes and sends are jobs of a pool with one GPU and transfers
// over its links, with their bandwidth, latency and price; preemptions stop a job and cost what came after its last checkpoint.

import * as abi from "../../engine/abi.js";
import { createDraws, type Draws } from "../../engine/draws.js";
import type { Engine } from "../../engine/engine.js";
import { createJobTable } from "../../model/jobs.js";
import { microsFromSeconds } from "../../model/units.js";
import { PLACEMENT_FREE_POLICY } from "../services/policy.js";
import { Simulation, type SimulationSetup } from "../simulation.js";

export interface TrainingCloud {
  name: string;
  samplesPerSecond: number;
  usdPerGpuHour: number;
  preemptionsPerHour: number;
}

export interface TrainingPlace {
  link: { mbitPerSecond: number; latencySeconds: number; usdPerGb: number };
  /** Mean of the exponential share by which a training takes longer than it should. */
  straggling: number;
  restartSeconds: number;
  /** Between checkpoints; Infinity = a preemption loses all. */
  checkpointSeconds: number;
  /** When a cloud can neither fetch nor send, seconds from the start. */
  cuts: readonly { cloud: string; fromSeconds: number; seconds: number }[];
}

/** Something that crossed a link. */
export interface Transfer {
  from: string;
  to: string;
  what: "model" | "update" | "records";
  atSeconds: number;
  bytes: number;
}

const BYTES_PER_GIB = 2 ** 30;
const COLLECTOR = 0;
const HERE = 1;
/** Longer than any training: no checkpoint is ever made. */
const NEVER_SECONDS = 1e9;

/** Where a cloud's clock stands after a turn. */
export interface Turn {
  trainedSeconds: number;
  arrivedSeconds: number;
  preemptions: number;
}

export class CloudClock {
  readonly cloud: TrainingCloud;
  readonly #place: TrainingPlace;
  readonly #collects: boolean;
  readonly #draws: Draws;
  readonly #simulation: Simulation;
  readonly #log: (transfer: Transfer) => void;
  readonly #collector: string;
  #finished = 0;
  #restarts = 0;
  #bytes = 0;

  /**
   * `collector`: where models lie; a cloud that is it sends nothing over a link. Chance is of `seed` and the cloud's name.
   * `log` is told of everything that crosses a link.
   */
  constructor(
    cloud: TrainingCloud,
    place: TrainingPlace,
    collector: string,
    seed: number,
    stream: string,
    log: (transfer: Transfer) => void = () => undefined,
  ) {
    this.cloud = cloud;
    this.#place = place;
    this.#collector = collector;
    this.#collects = collector === cloud.name;
    this.#log = log;
    this.#draws = createDraws(seed, `${stream} ${cloud.name}`);
    this.#simulation = new Simulation(setupOf(cloud, place, createDraws(seed, `${stream} ${cloud.name} engine`)), {
      rows: ({ count, finishMicros, restarts }) => {
        for (let i = 0; i < count; i++) {
          this.#finished = finishMicros[i]! / 1e6;
          this.#restarts = restarts[i]!;
        }
      },
    });
  }

  /** Bytes that crossed the links so far, and what they cost. */
  get bytes(): number {
    return this.#bytes;
  }
  get egressUsd(): number {
    return this.#simulation.totals().egressUsd;
  }

  /** Fetches `down` bytes, trains on so many samples, sends `up` bytes; from `start` on or when it is free. */
  turn(startSeconds: number, down: number, samples: number, up: number): Turn {
    const slow = 1 + this.#place.straggling * this.#draws.exponential();
    const seconds = (samples / this.cloud.samplesPerSecond) * slow;
    this.#job(startSeconds, this.#collects ? 0 : down, seconds, TRAIN, "model");
    const [trainedSeconds, preemptions] = [this.#finished, this.#restarts];
    this.send(trainedSeconds, up);
    return { trainedSeconds, arrivedSeconds: this.#finished, preemptions };
  }

  /** Sends so many bytes to the collector; when they are there, seconds. */
  send(startSeconds: number, bytes: number, what: Transfer["what"] = "update"): number {
    if (bytes > 0 && !this.#collects) this.#job(startSeconds, bytes, 0, SEND, what);
    else this.#finished = Math.max(this.#finished, startSeconds);
    return this.#finished;
  }

  /** A transfer begins when the whole of it fits between cuts. */
  #afterCuts(start: number, bytes: number): number {
    const { link, cuts } = this.#place;
    const takes = link.latencySeconds + (bytes * 8) / (link.mbitPerSecond * 1e6);
    let at = start;
    for (const cut of cuts.filter((c) => c.cloud === this.cloud.name).sort((a, b) => a.fromSeconds - b.fromSeconds)) {
      if (at + takes > cut.fromSeconds && at < cut.fromSeconds + cut.seconds) at = cut.fromSeconds + cut.seconds;
    }
    return at;
  }

  #job(start: number, bytes: number, seconds: number, jobClass: number, what: Transfer["what"]): void {
    const { engine } = this.#simulation;
    const gib = bytes / BYTES_PER_GIB;
    setInput(engine, jobClass, gib);
    const free = Math.max(start, this.#finished);
    const table = createJobTable(1);
    table.submitMicros[0] = microsFromSeconds(bytes > 0 ? this.#afterCuts(free, bytes) : free);
    // a job takes some time
    table.runMicros[0] = Math.max(1, microsFromSeconds(seconds));
    table.jobClass[0] = jobClass;
    table.modelMask[0] = 1 << jobClass;
    this.#simulation.load(table);
    this.#simulation.runUntil(Number.POSITIVE_INFINITY);
    if (bytes > 0) {
      const [from, to] = jobClass === SEND ? [this.cloud.name, this.#collector] : [this.#collector, this.cloud.name];
      for (let i = 0; i <= this.#restarts; i++)
        this.#log({ from, to, what, atSeconds: table.submitMicros[0]! / 1e6, bytes });
    }
    // every start fetches anew
    this.#bytes += bytes * (1 + this.#restarts);
  }
}

const TRAIN = 0;
const SEND = 1;

function setInput(engine: Engine, jobClass: number, gib: number): void {
  engine.column(abi.COL_CLASS_INPUT_GIB, "f64")[jobClass] = gib;
}

function setupOf(cloud: TrainingCloud, place: TrainingPlace, draws: Draws): SimulationSetup {
  const { link, restartSeconds, checkpointSeconds } = place;
  const pool = (name: string, at: number, modelBit: number) => ({
    name,
    cloud: at,
    modelBit: 1 << modelBit,
    counted: true,
    nodes: 1,
    gpusPerNode: 1,
    cpuMilliPerNode: 0,
    memoryMibPerNode: 0,
    nodesPerRack: 0,
  });
  const jobClass = (failuresPerGpuHour: number, inputCloud: number) => ({
    startupMicros: 0,
    restartMicros: microsFromSeconds(restartSeconds),
    checkpointMicros: microsFromSeconds(Math.min(NEVER_SECONDS, checkpointSeconds)),
    migrationMicros: 0,
    slowdownSameRack: 1,
    slowdownAcrossRacks: 1,
    failuresPerGpuHour,
    inputGib: 0,
    inputCloud,
  });
  const way = (from: number, to: number) => ({
    from,
    to,
    gigabitsPerSecond: link.mbitPerSecond / 1000,
    latencyMicros: microsFromSeconds(link.latencySeconds),
    usdPerGb: link.usdPerGb,
  });
  return {
    world: {
      // models lie at the collector; a training runs at the cloud, a send at the collector, where it fetches from the cloud
      pools: [pool(cloud.name, HERE, TRAIN), pool("collector", COLLECTOR, SEND)],
      policy: PLACEMENT_FREE_POLICY,
      seed: draws.integer(2 ** 31),
      capacities: { liveJobs: 4, parts: 4, shapes: 4, tenants: 1, input: 1, rows: 4, log: 0, facts: 0 },
      jobClasses: 2,
      links: 2,
      prices: 0,
    },
    classes: [jobClass(cloud.preemptionsPerHour, COLLECTOR), jobClass(0, HERE)],
    links: [way(COLLECTOR, HERE), way(HERE, COLLECTOR)],
    prices: [],
  };
}

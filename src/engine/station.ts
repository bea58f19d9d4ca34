// A station of equal servers with one queue, simulated in the engine: M/M/c, M/G/1, M/M/c/K, processor sharing.

import * as abi from "./abi.js";
import { Engine } from "./engine.js";

export const DISTRIBUTIONS = {
  exponential: abi.DIST_EXPONENTIAL,
  constant: abi.DIST_CONSTANT,
  erlang2: abi.DIST_ERLANG2,
  hyperexponential2: abi.DIST_HYPER2,
} as const;
export type Distribution = keyof typeof DISTRIBUTIONS;

/** Times are in any one unit. */
export interface StationSetup {
  servers: number;
  arrivalMean: number;
  serviceMean: number;
  arrivals?: Distribution;
  services?: Distribution;
  /** Squared coefficient of variation of a hyperexponential service, > 1. */
  serviceScv?: number;
  /** Customers in the system at most; others are turned away. Absent: no limit. */
  limit?: number;
  /** One server shared equally by everyone present. */
  sharing?: boolean;
  /** Customers to serve, of which the first `warmup` to leave are not counted. */
  customers: number;
  warmup: number;
  seed: number;
  /** Places in the queue (under sharing: in the system); reaching it is an error. Default 65,536. */
  places?: number;
}

export interface StationResult {
  waitMean: number;
  sojournMean: number;
  blockedShare: number;
  events: number;
}

/** Prepares a station; `run` may be called again and again and draws on each time. */
export function createStation(setup: StationSetup): { run(): StationResult } {
  const engine = new Engine();
  const places = setup.places ?? 65_536;
  for (const slot of [abi.CAP_CLAIMS, abi.CAP_PARTS, abi.CAP_SHAPES, abi.CAP_POOLS, abi.CAP_NODES, abi.CAP_DEVICES])
    engine.setI(slot, 1);
  for (const slot of [abi.CAP_INPUT, abi.CAP_ROWS, abi.CAP_CLASSES, abi.CAP_TENANTS]) engine.setI(slot, 1);
  engine.setI(abi.CAP_BINS, 2);
  engine.setI(abi.CAP_LINE, 16);
  engine.setI(abi.CAP_STATION, setup.sharing ? 1 : places);
  engine.setI(abi.CAP_SERVERS, setup.sharing ? places : setup.servers);
  engine.setF(abi.SEED, setup.seed);
  engine.call((e) => e.configure());
  engine.call((e) => e.start());
  engine.setI(abi.STATION_SERVERS, setup.servers);
  engine.setI(abi.STATION_ARRIVAL_KIND, DISTRIBUTIONS[setup.arrivals ?? "exponential"]);
  engine.setF(abi.STATION_ARRIVAL_MEAN, setup.arrivalMean);
  engine.setI(abi.STATION_SERVICE_KIND, DISTRIBUTIONS[setup.services ?? "exponential"]);
  engine.setF(abi.STATION_SERVICE_MEAN, setup.serviceMean);
  engine.setF(abi.STATION_SERVICE_SHAPE, setup.serviceScv ?? 1);
  engine.setI(abi.STATION_LIMIT, setup.limit ?? 0);
  engine.setI(abi.STATION_SHARING, setup.sharing ? 1 : 0);
  engine.setF(abi.STATION_COUNT, setup.customers);
  engine.setF(abi.STATION_WARMUP, setup.warmup);
  return {
    run() {
      engine.call((e) => e.station());
      const served = engine.getF(abi.STATION_SERVED);
      return {
        waitMean: engine.getF(abi.STATION_SUM_WAIT) / served,
        sojournMean: engine.getF(abi.STATION_SUM_SOJOURN) / served,
        blockedShare: engine.getF(abi.STATION_BLOCKED) / engine.getF(abi.STATION_ARRIVED),
        events: engine.getF(abi.STATION_EVENTS),
      };
    },
  };
}

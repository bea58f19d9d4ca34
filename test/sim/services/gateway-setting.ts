// Services behind gateways on replicas that serve one request at a time, a token a millisecond.

import { type GatewaySetup, OPEN_GATEWAY, readGatewayCounts } from "#src/engine/gateways.js";
import type { FrontSetup } from "#src/engine/places.js";
import {
  createRequestChunk,
  type ProfileSetup,
  type RequestChunk,
  type RequestClassSetup,
  type RouteRule,
} from "#src/engine/services.js";
import { ServingSimulation } from "#src/sim/services/serving.js";

export const NEVER = Number.POSITIVE_INFINITY;
export const MS = 1000;

const ONE_AT_A_TIME: ProfileSetup = {
  microsByTokens: Float64Array.of(0, MS, MS),
  microsPerContextToken: 0,
  microsPerPair: 0,
  batchMax: 1,
  blocks: 100,
  watermarkBlocks: 0,
  blockTokens: 16,
};

interface Service {
  places: number;
  ready?: number;
  gateway?: Partial<GatewaySetup>;
  route?: RouteRule;
}

export interface Setup {
  services: readonly Service[];
  profile?: ProfileSetup;
  /** In place of one for each service. */
  classes?: readonly Partial<RequestClassSetup>[];
  fronts?: readonly FrontSetup[];
  deadlineMicros?: number;
  stepped?: boolean;
  seed?: number;
  /** Requests at once. */
  room?: number;
}

type Row = { id: number; status: number; finish: number; replica: number };

export function begin({
  services,
  profile = ONE_AT_A_TIME,
  classes = services.map(() => ({})),
  fronts = [],
  deadlineMicros = NEVER,
  stepped = false,
  seed = 1,
  room = 2_000,
}: Setup) {
  const rows: Row[] = [];
  const serving = {
    profiles: [profile],
    services: services.map((s) => ({
      places: s.places,
      profile: 0,
      route: s.route ?? ("least-requests" as const),
      ...(s.gateway ? { gateway: { ...OPEN_GATEWAY, ...s.gateway } } : {}),
    })),
    classes: classes.map((own) => ({
      ttftMicros: NEVER,
      tpotMicros: NEVER,
      e2eMicros: NEVER,
      priority: 0,
      deadlineMicros,
      ...own,
    })),
    fronts,
    requests: room,
    input: 100_000,
    rows: 2 * room + 2,
    binMicros: 1e6,
    stepped,
  };
  const simulation = new ServingSimulation({ serving, ready: services.map((s) => s.ready ?? s.places), seed }, (r) => {
    for (let i = 0; i < r.count; i++)
      rows.push({ id: r.id[i]!, status: r.status[i]!, finish: r.finishMicros[i]!, replica: r.replica[i]! });
  });
  return { simulation, serving, rows };
}

/** Requests at so many ms, for so many ms of service, of service 0. */
export function requests(list: readonly (readonly [at: number, length: number, content?: number])[]): RequestChunk {
  const chunk = createRequestChunk(list.length);
  chunk.content = Int32Array.from(list, ([, , content]) => content ?? 0);
  list.forEach(([at, length], i) => {
    chunk.atMicros[i] = at * MS;
    chunk.promptTokens[i] = 1;
    chunk.outputTokens[i] = length;
  });
  return chunk;
}

/** Rows by request: how it ended and when, ms. */
export function outcome(setup: Setup, list: Parameters<typeof requests>[0]) {
  const { simulation, rows } = begin(setup);
  simulation.run([requests(list)]);
  const counts = readGatewayCounts(simulation.engine, 0);
  const ends = rows.sort((a, b) => a.id - b.id).map(({ status, finish }) => [status, finish / MS]);
  return { ends, counts };
}

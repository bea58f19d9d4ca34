// A run whose services change their number of replicas at ticks: a controller is asked at each; what it adds takes requests
// after its cold start, what it takes away ends the requests it has, and what crashes is missed after a while.

import * as abi from "../../engine/abi.js";
import type { RequestChunk } from "../../engine/services.js";
import type { Devices } from "./devices.js";
import { type ControlledService, Replicas, type ServiceTrail } from "./replicas.js";
import type { ServingSimulation } from "./serving.js";

/**
 * Runs all requests; ticks every `periodMicros` until the last has ended.
 * @param devices that replicas with a part of a GPU stand on; absent: all have whole ones.
 */
export function runControlledServices(
  simulation: ServingSimulation,
  requests: RequestChunk,
  services: readonly ControlledService[],
  periodMicros: number,
  devices?: Devices,
): ServiceTrail[] {
  const { engine } = simulation;
  const first: number[] = Array.from(engine.column(abi.COL_SERVICE_FIRST, "i32"));
  const all = services.map((service, s) => new Replicas(engine, service, s, first[s]!, simulation.setup.seed));
  simulation.load(requests);
  for (let tick = 0; ; tick++) {
    const at = tick * periodMicros;
    let now = (tick - 1) * periodMicros;
    for (;;) {
      // replicas that become ready, crash or are missed between two ticks do so at their own moment
      const next = Math.min(at, ...all.map((replicas) => replicas.nextEvent()));
      const done = simulation.runTo(next + 1);
      const passed = next - Math.max(0, now);
      for (const replicas of all) replicas.pass(passed);
      devices?.pass(passed);
      now = next;
      for (const replicas of all) replicas.happen(next);
      devices?.sync(engine);
      engine.call((e) => e.admit(next));
      if (next < at) continue;
      if (done) return all.map((replicas) => replicas.finish());
      break;
    }
    engine.call((e) => e.gauge(at));
    for (const replicas of all) replicas.tick(at, periodMicros);
    devices?.sync(engine);
    engine.call((e) => e.admit(at));
  }
}

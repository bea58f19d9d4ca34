// Writes which services decode for which, and over what links.

import { WindtunnelError } from "../model/errors.js";
import * as abi from "./abi.js";
import type { Engine } from "./engine.js";
import type { ServingSetup } from "./services.js";

/** Another service whose replicas decode what this one's have begun; memory is fetched over the link of the replica that sends. */
export interface DecoderSetup {
  /** Its index. */
  service: number;
  microsPerBlock: number;
  /** Whole µs. */
  latencyMicros: number;
}

export function writeHandoffCapacities(engine: Engine, setup?: ServingSetup): void {
  const parted = setup?.services.some((s) => s.decoder) ?? false;
  engine.setI(abi.CAP_HANDOFFS, parted ? setup!.requests : 0);
}

export function configureHandoffs(engine: Engine, setup: ServingSetup): void {
  setup.services.forEach(({ decoder }, s) => {
    const other = decoder && setup.services[decoder.service];
    if (decoder && (!other || other.decoder || decoder.service === s))
      throw new WindtunnelError(
        "SCENARIO_INVALID",
        `Service ${s} cannot have service ${decoder.service} decode for it.`,
        "Name another service, which decodes itself.",
      );
    engine.column(abi.COL_SERVICE_DECODER, "i32")[s] = decoder ? decoder.service + 1 : 0;
    engine.column(abi.COL_SERVICE_LINK_MICROS, "f64")[s] = decoder?.microsPerBlock ?? 0;
    engine.column(abi.COL_SERVICE_LINK_LATENCY, "f64")[s] = decoder?.latencyMicros ?? 0;
  });
}

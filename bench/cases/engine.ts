// The engine's event list and seam.

import { createStation } from "#src/engine/station.js";
import type { Case } from "../harness.js";
import { stationTwin } from "../twins/station.js";

const SERVERS = 100;
const LOAD = 0.9;

function customers(tiny: boolean): number {
  return tiny ? 2_000 : 1_000_000;
}

/** M/M/100 at 90 % load from an empty system; two events a customer. Exact mean wait: 0.021694 service times. */
export const mmc100: Case = {
  name: "engine/mmc-100",
  unit: "events/s",
  better: "higher",
  runs: 9,
  baseline: {
    name: "plain JavaScript twin, binary heap",
    run() {
      const begun = performance.now();
      const { events, waitMean } = stationTwin(SERVERS, 1 / (SERVERS * LOAD), 1_000_000, 7);
      return { work: events, millis: performance.now() - begun, hash: waitMean.toFixed(6) };
    },
  },
  async setup(tiny) {
    return {
      run() {
        const station = createStation({
          servers: SERVERS,
          arrivalMean: 1 / (SERVERS * LOAD),
          serviceMean: 1,
          customers: customers(tiny),
          warmup: 0,
          seed: 7,
        });
        const begun = performance.now();
        const { events, waitMean } = station.run();
        return { work: events, millis: performance.now() - begun, hash: waitMean.toFixed(9) };
      },
    };
  },
};

/** The same model on the fastest simulation library of the npm registry, for scale. */
export const mmc100Simjs: Case = {
  name: "engine/mmc-100-simjs",
  unit: "events/s",
  better: "higher",
  runs: 3,
  baseline: null,
  async setup(tiny) {
    const { loadSimjs, simjsStation } = await import("../twins/simjs.js");
    if (!(await loadSimjs()))
      return { missing: "simjs is not installed (it comes with a checkout, not with the package)" };
    return { run: () => simjsStation(SERVERS, LOAD, tiny ? 200 : 100_000) };
  },
};

// The thread in which policies run: a policy that takes long, or hangs, keeps no lease from being renewed.

import { type Outcome, outcomeOf } from "../engine/outcome.js";
import { exposeToPool } from "../engine/pool-worker.js";
import type { Linked } from "../plug/link.js";
import { openEngine } from "../plug/open.js";
import { type Decided, decideFrame, LiveDriver } from "./driver.js";
import type { Frame } from "./frame.js";

const drivers = new Map<string, LiveDriver>();

export interface DecideApi {
  decide(frame: Frame, linked: Linked | undefined): Promise<Outcome<Decided>>;
}

const api: DecideApi = {
  decide: (frame, linked) =>
    outcomeOf(async () => {
      const key = linked?.wasm ?? "";
      let driver = drivers.get(key);
      if (!driver) {
        driver = new LiveDriver(await openEngine(linked));
        drivers.set(key, driver);
      }
      return decideFrame(driver, frame);
    }),
};

exposeToPool(api);

// One instance over a cluster in memory, with a clock of its own: everything above the transport is the shipped code.

import { ApiError, type ApiRequest, type KubeApi } from "../../src/live/api.js";
import { Audit } from "../../src/live/audit.js";
import type { LiveConfig } from "../../src/live/config.js";
import { Controller } from "../../src/live/controller.js";
import { decideFrame, LiveDriver } from "../../src/live/driver.js";
import { Leader } from "../../src/live/lease.js";
import { Metrics } from "../../src/live/metrics.js";
import { signPermit } from "../../src/live/permit.js";
import type { Load } from "../../src/live/scaling.js";
import { START } from "./chaos-checks.js";
import { KEYS, PERMIT } from "./chaos-world.js";
import { controlObject, deploymentObject, nodeObject, PATHS, storeSnapshot } from "./cluster-objects.js";
import { directApi } from "./fake-server.js";
import { FakeStore } from "./fake-store.js";

const driver = new LiveDriver();

export function world() {
  const store = new FakeStore();
  const clock = { now: START };
  store.nowMillis = () => clock.now;
  store.put(PATHS.nodes, nodeObject("n0", 8));
  store.put(PATHS.namespaces, { metadata: { name: "team" } });
  store.put(PATHS.configmaps, controlObject());
  store.put(PATHS.deployments, deploymentObject("web", 2));
  return { store, clock };
}
export type World = ReturnType<typeof world>;

export interface Instance {
  controller: Controller;
  leader: Leader;
  load: Load;
  audit: string[];
}

export function instanceOf(
  config: LiveConfig,
  { store, clock }: World,
  identity: string,
  broken?: (request: ApiRequest) => boolean,
): Instance {
  const direct = directApi(store, identity);
  const api: KubeApi = {
    ...direct,
    call: (request) =>
      broken?.(request) ? Promise.reject(new ApiError(0, "ECONNRESET", "lost")) : direct.call(request),
  };
  const pacing = { now: () => clock.now, random: () => 0.5, sleep: async () => undefined };
  const lease = { leaseMillis: 15_000, renewMillis: 10_000, retryMillis: 2000 };
  const leader = new Leader(direct, { namespace: "windtunnel", name: "windtunnel-leader", identity, ...lease }, pacing);
  const audit: string[] = [];
  const made: Instance = { leader, load: { outstanding: 4, memoryShare: Number.NaN, success: 0.99 }, audit } as never;
  const { windtunnelPermit: _f, key: _k, signature: _s, ...body } = PERMIT;
  made.controller = new Controller({
    config,
    views: [{ name: "a", api, snapshot: () => storeSnapshot(store, "a", clock.now) }],
    leaders: new Map([["a", leader]]),
    decide: async (frame) => decideFrame(driver, frame),
    loads: async () => new Map([["a/team/Deployment/web", made.load]]),
    audit: new Audit({ append: (line) => void audit.push(line) }, identity, pacing.now),
    metrics: new Metrics(),
    pacing,
    permit: { permit: signPermit({ ...body, policy: config.policy }, KEYS.privateKey), fault: undefined },
    policySha256: null,
    engineSha256: "E",
    localPause: () => "no",
  });
  return made;
}

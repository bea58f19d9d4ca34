// What happens by chance while services run is drawn anew in each replication, and where nothing is, the seed does not matter.

import { describe, expect, it } from "vitest";
import { drawRequests } from "#src/sim/services/requests.js";
import { profilesOf } from "#src/sim/services/setup.js";
import { runOne } from "#src/sim/services/study.js";
import { parseServiceStudy } from "#src/sim/services/study-file.js";

const TEXT = `
windtunnelServices: 1
title: small
hours: 1
services:
  - name: chat
    model: llama3-8b
    gpu: a10
    usdPerGpuHour: 2
    requestsPerSecond: 3
    bounds: { ttftSeconds: 2 }
    replicas: { min: 2, max: 2 }
    batchMax: 8
`;

/** Digests of two replications of the same requests. */
function digests(more: string): string[] {
  const study = parseServiceStudy(`${TEXT}${more}`, "services.yaml");
  const requests = drawRequests(study, [undefined], 1);
  return [0, 1].map((replication) => {
    const choice = { variant: null, controller: "fixed" as const, coldStartSeconds: null, replication };
    return runOne(study, profilesOf(study), requests, choice, () => 1).run.digest;
  });
}

describe("replications of the same requests", () => {
  it.each([
    "    route: random\n",
    "    route: two-choices\n",
    "    crashes: { meanHours: 0.5 }\n",
    "    gateway: { timeoutSeconds: 6, retries: 2, backoffSeconds: 5 }\n",
  ])("differ where something is drawn as they run: %s", (more) => {
    const [first, second] = digests(more);
    expect(second).not.toBe(first);
  });

  it.each(["", "    gateway: { timeoutSeconds: 6, retries: 2, backoffSeconds: 0 }\n"])(
    "are the same to the last bit where nothing is: %s",
    (more) => {
      const [first, second] = digests(more);
      expect(second).toBe(first);
    },
  );
});

// A study of a service in several places: who asks from where, what each place costs, and what is refused.

import { describe, expect, it } from "vitest";
import { serviceAt } from "#src/sim/services/places.js";
import { drawRequests } from "#src/sim/services/requests.js";
import { runServiceStudy } from "#src/sim/services/study.js";
import { parseServiceStudy } from "#src/sim/services/study-file.js";

const DAY = "[1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 9, 9, 9, 9, 9, 9, 1, 1, 1, 1, 1, 1]";
const TEXT = `
windtunnelServices: 1
title: small
hours: 24
replications: 1
controllers: [hpa]
services:
  - name: ranking
    model: ranker
    gpu: t4
    usdPerGpuHour: 2
    requestsPerSecond: 1
    hourly: ${DAY}
    server: { batchMillis: [[1, 900], [4, 1500]] }
    bounds: { e2eSeconds: 2.5 }
    replicas: { min: 1, max: 4 }
    targetRequests: 2
    coldStartSeconds: 30
    gateway: { requestsPerReplica: 6 }
    origins:
      - { name: east, share: 0.75, hourOffset: 6, oneWayMillis: { here: 10, there: 60 } }
      - { name: west, share: 0.25, oneWayMillis: { here: 60, there: 10 }, allowed: [there] }
    places:
      rule: cost
      at:
        - { name: here, usdPerGpuHour: 1, usdPerMillionRequests: 500 }
        - { name: there, replicas: { min: 2, max: 4 } }
`;
const parse = (text: string) => parseServiceStudy(text, "services.yaml");

describe("a study of a service in places", () => {
  const study = parse(TEXT);

  it("draws each origin by its share and its own clock", () => {
    const { origin, atMicros, count } = drawRequests(study, [undefined], 3);
    const of = (which: number) => atMicros.filter((_, i) => origin[i] === which);
    expect(of(0).length / count).toBeCloseTo(0.75, 1);
    // six busy hours of 24 with nine times the rate: from noon in the west, from six in the east, whose clocks are ahead
    const within = (which: number, from: number) =>
      of(which).filter((at) => at >= from * 3600e6 && at < (from + 6) * 3600e6).length / of(which).length;
    expect(within(1, 12)).toBeCloseTo(54 / 72, 1);
    expect(within(0, 6)).toBeCloseTo(54 / 72, 1);
  });

  it("adds up over places and origins, keeps residency, and pays each place's own price", () => {
    const result = runServiceStudy(study, [undefined]);
    const [run] = result.runs;
    const [service] = run!.services;
    const of = (kind: string, name: string) =>
      run!.parts.find((part) => part.kind === kind && part.name === name)!.values;
    const [here, there] = [of("place", "here"), of("place", "there")];
    const [east, west] = [of("origin", "east"), of("origin", "west")];
    expect(east.requests! + west.requests!).toBe(service!.requests);
    expect(here.answered! + there.answered!).toBe(service!.requests - service!.lost);
    expect(west.crossShare).toBe(0); // the only place that may serve it is its nearest
    expect(here.answered!).toBeLessThanOrEqual(east.requests!);
    expect(here.costUsd).toBeCloseTo(here.replicasMean! * 24 * 1 + (here.answered! * 500) / 1e6, 0);
    expect(there.costUsd).toBeCloseTo(there.replicasMean! * 24 * 2, 0);
    expect(there.replicasMean).toBeGreaterThanOrEqual(2);
    expect(here.costUsd! + there.costUsd!).toBeCloseTo(service!.costUsd, 9);
    const crossed = here.answered! * here.crossShare! + there.answered! * there.crossShare!;
    expect(service!.crossPlaceShare).toBeCloseTo(crossed / (here.answered! + there.answered!), 12);
    expect(result.trails.map(({ service: name }) => name)).toEqual(["ranking @ here", "ranking @ there"]);
  });

  it("is rendered as it stands at one of its places", () => {
    const [service] = study.services;
    expect(serviceAt(study, service!, "there")).toMatchObject({
      name: "ranking",
      usdPerGpuHour: 2,
      replicas: { min: 2, max: 4 },
    });
    expect(() => serviceAt(study, service!, undefined)).toThrow(/stands in several places\./);
    expect(() => serviceAt(study, service!, "x")).toThrow(/"x" is none of them/);
  });

  it.each([
    ["rule: cost\n", "rule: cost-and-time\n", /rule is cost-and-time, which needs places\.usdPerSecond/],
    ["rule: cost\n", "rule: cost\n      targetSeconds: 2\n", /places\.targetSeconds means nothing to rule cost/],
    ["share: 0.75", "share: 0.7", /shares of origins add up to 0\.95, not to 1/],
    ["here: 10, there: 60", "here: 10", /origin east: oneWayMillis does not say how far there is/],
    ["allowed: [there]", "allowed: [elsewhere]", /origin west names "elsewhere", which is no place/],
    [`hourly: ${DAY}`, "hourly: [1, 2]", /hourOffset shifts hourly, which has 2 entries and not 24/],
    ["controllers: [hpa]", "controllers: [schedule]", /controller schedule goes by hourly, which is of all requests/],
    ["controllers: [hpa]", "controllers: [oracle]", /controller oracle goes by the demand of a place/],
    ["min: 2, max: 4", "min: 0, max: 4", /place there: replicas\.min is 0, and nothing holds requests/],
    ["min: 2, max: 4", "min: 5, max: 4", /place there: replicas\.min is above max/],
    [/ {4}places:[\s\S]*$/, "", /origins say how far requests are from places, and there are none/],
  ])("with %s made %s is refused", (from, to, message) => {
    expect(() => parse(TEXT.replace(from, to))).toThrow(message);
  });
});

// Controllers against the published rules of those that they are named after, case by case.

import { describe, expect, it } from "vitest";
import { hpa, keda, knative, memoryTracking, type ServiceView, schedule, ttftTracking } from "#src/plan/autoscalers.js";

function view(further: Partial<ServiceView>): ServiceView {
  return {
    atSeconds: 0,
    ready: 1,
    starting: 0,
    replicasMin: 1,
    replicasMax: 100,
    outstanding: 0,
    concurrencyMean: 0,
    memoryShare: 0,
    ...further,
  };
}

describe("a horizontal pod autoscaler", () => {
  it("does nothing within a tenth of its target, and takes the ceiling beyond", () => {
    expect(hpa(10)(view({ ready: 10, outstanding: 110 }))).toBe(10);
    expect(hpa(10)(view({ ready: 10, outstanding: 90 }))).toBe(10);
    expect(hpa(10)(view({ ready: 10, outstanding: 111 }))).toBe(12);
  });

  it("adds at most the larger of four and as many as there are in fifteen seconds", () => {
    expect(hpa(1)(view({ ready: 1, outstanding: 100 }))).toBe(5);
    expect(hpa(1)(view({ ready: 10, outstanding: 100 }))).toBe(20);
    const control = hpa(1);
    expect(control(view({ ready: 10, outstanding: 100 }))).toBe(20);
    // five seconds later the period still counts from ten
    expect(control(view({ atSeconds: 5, ready: 10, starting: 10, outstanding: 100 }))).toBe(20);
    expect(control(view({ atSeconds: 20, ready: 20, outstanding: 100 }))).toBe(40);
  });

  it("takes away only what nobody asked for in the last five minutes", () => {
    const control = hpa(10);
    expect(control(view({ ready: 10, outstanding: 100 }))).toBe(10);
    expect(control(view({ atSeconds: 100, ready: 10, outstanding: 50 }))).toBe(10);
    expect(control(view({ atSeconds: 200, ready: 10, outstanding: 70 }))).toBe(10);
    expect(control(view({ atSeconds: 301, ready: 10, outstanding: 20 }))).toBe(7);
    expect(control(view({ atSeconds: 501, ready: 7, outstanding: 20 }))).toBe(2);
  });

  it("on memory scales replicas by share over target, those that start counting as empty", () => {
    expect(memoryTracking(0.5)(view({ ready: 4, memoryShare: 0.75 }))).toBe(6);
    expect(memoryTracking(0.5)(view({ ready: 4, starting: 2, memoryShare: 0.75 }))).toBe(6);
    expect(memoryTracking(0.5)(view({ ready: 4, memoryShare: 0.52 }))).toBe(4);
    expect(memoryTracking(0.5)(view({ ready: 4, memoryShare: 0.25 }))).toBe(2);
  });
});

describe("Knative's autoscaler", () => {
  it("follows the mean of a minute, and takes at most half away at once", () => {
    const control = knative(10);
    for (let at = 0; at < 60; at += 2) control(view({ atSeconds: at, ready: 4, concurrencyMean: 40 }));
    expect(control(view({ atSeconds: 60, ready: 4, concurrencyMean: 40 }))).toBe(4);
    for (let at = 62; at < 180; at += 2) control(view({ atSeconds: at, ready: 4, concurrencyMean: 0 }));
    expect(control(view({ atSeconds: 180, ready: 4, concurrencyMean: 0 }))).toBe(2);
  });

  it("panics at twice what is ready over six seconds, and keeps what it asked for a minute", () => {
    const control = knative(10);
    for (let at = 0; at < 60; at += 2) control(view({ atSeconds: at, ready: 2, concurrencyMean: 20 }));
    expect(control(view({ atSeconds: 60, ready: 2, concurrencyMean: 90 }))).toBeLessThan(9);
    control(view({ atSeconds: 62, ready: 2, concurrencyMean: 90 }));
    expect(control(view({ atSeconds: 64, ready: 2, concurrencyMean: 90 }))).toBe(9);
    // the burst is over: nothing is taken away while the panic lasts
    expect(control(view({ atSeconds: 80, ready: 9, concurrencyMean: 10 }))).toBe(9);
    for (let at = 82; at < 200; at += 2) control(view({ atSeconds: at, ready: 9, concurrencyMean: 10 }));
    expect(control(view({ atSeconds: 200, ready: 9, concurrencyMean: 10 }))).toBe(4);
  });
});

it("a schedule repeats by the day", () => {
  const control = schedule([1, 2, 3]);
  expect([0, 3600, 7200, 3 * 3600].map((atSeconds) => control(view({ atSeconds })))).toEqual([1, 2, 3, 1]);
});

describe("KEDA", () => {
  const none = { replicasMin: 0 };

  it("asks for the first replica when it polls, and then scales as an autoscaler does", () => {
    const control = keda(10);
    expect(control(view({ ...none, ready: 1, outstanding: 0 }))).toBe(1);
    // after 300 s without a request none is left, at the next poll
    expect(control(view({ ...none, atSeconds: 285, ready: 1 }))).toBe(1);
    expect(control(view({ ...none, atSeconds: 300, ready: 1 }))).toBe(1);
    expect(control(view({ ...none, atSeconds: 315, ready: 1 }))).toBe(0);
    // 15 s later somebody asks: it polls every 30 s
    expect(control(view({ ...none, atSeconds: 330, ready: 0, outstanding: 25 }))).toBe(0);
    expect(control(view({ ...none, atSeconds: 345, ready: 0, outstanding: 25 }))).toBe(3);
  });

  it("never goes to zero where one must stay", () => {
    const control = keda(10);
    for (let at = 0; at < 1000; at += 15) expect(control(view({ atSeconds: at, ready: 1 }))).toBe(1);
  });
});

describe("tracking of latency", () => {
  it("scales by the percentile over the target, and does nothing while nobody has ended", () => {
    const at = (seconds: number) => view({ ready: 4, ttftSeconds: () => seconds });
    expect(ttftTracking(2)(at(3))).toBe(6);
    expect(ttftTracking(2)(at(2.1))).toBe(4);
    expect(ttftTracking(2)(at(Number.NaN))).toBe(4);
    expect(ttftTracking(2)(at(1))).toBe(2);
  });
});

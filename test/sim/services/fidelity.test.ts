// The product's own checks of services hold, and would be seen not to.

import { describe, expect, it } from "vitest";
import { againstRecord, againstTheory, same } from "#src/sim/services/fidelity/check.js";
import { checkFidelity, failing } from "#src/sim/services/fidelity/index.js";

describe("the fidelity of services", () => {
  it("holds in every check", async () => {
    const fidelity = await checkFidelity("scenarios/shop-inference");
    expect(failing(fidelity)).toEqual([]);
    expect(fidelity.groups.map(({ checks }) => checks.length)).toEqual([7, 99, 5]);
    expect(fidelity.fluid.map(({ service }) => service)).toEqual(["customer-service", "sentiment", "recommendations"]);
    for (const { border } of fidelity.fluid) expect(border).toBeGreaterThanOrEqual(0.5);
  });

  it("is told from what does not hold", () => {
    const ten = Array.from({ length: 10 }, (_, i) => 1 + i / 1000);
    expect(againstTheory("a", 1.0045, ten).holds).toBe(true);
    expect(againstTheory("a", 1.01, ten).holds).toBe(false);
    expect(againstRecord("a", 100, 109, 0.1).holds).toBe(true);
    expect(againstRecord("a", 100, 111, 0.1).holds).toBe(false);
    expect(same("a", "3 of 3", "2 of 3").holds).toBe(false);
  });
});

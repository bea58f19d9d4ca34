// The published study itself: one trace whole, every policy, ten seeds, and recorded placements line by line.

import { join } from "node:path";
import { expect } from "vitest";
import { reproduceSharing } from "../../../src/sim/sharing/reproduce.js";
import { SHARING_POLICIES, type SharingPolicy } from "../../../src/sim/sharing/run.js";
import { testOnRecords } from "../../replay/real-data.js";

testOnRecords(
  "the default trace gives the published tables in all 131 columns, and every recorded placement",
  async ({ dataFolder }) => {
    const expected = process.env.WINDTUNNEL_EXPECTED;
    if (expected === undefined) throw new Error("Set WINDTUNNEL_EXPECTED to the folder that holds gpu-sharing.");
    let runs = 0;
    const results = await reproduceSharing({
      expectedFolder: join(expected, "gpu-sharing"),
      listsFolder: join(dataFolder, "openb-fgd"),
      traces: ["default"],
      policies: Object.keys(SHARING_POLICIES) as SharingPolicy[],
      workers: 2,
      onRun: () => void runs++,
    });
    expect(runs).toBe(60);
    for (const { policy, rows, matched, largest, goldenLines, goldenMatched } of results) {
      expect([policy, matched], `largest difference ${largest}`).toEqual([policy, rows]);
      expect(rows).toBe(policy === "01-Random" ? 6 : 30);
      expect([policy, goldenMatched]).toEqual([policy, goldenLines]);
      expect(goldenLines).toBe(policy === "01-Random" ? 0 : 10_866);
    }
  },
);

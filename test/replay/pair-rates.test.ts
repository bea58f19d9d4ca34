import { expect, test } from "vitest";
import { readPairRates } from "../../src/replay/pair-rates.js";
import { testOnRecords } from "./real-data.js";

testOnRecords("Gavel's pairs of one-GPU jobs on a V100 are 636 rates and 40 that did not fit", async (folders) => {
  const { pairs, impossible } = await readPairRates("gavel/v100", folders);
  expect([pairs.length, impossible]).toEqual([636, 40]);
  expect(pairs.every(({ rate }) => rate > 0 && rate <= 1)).toBe(true);
});

test("a folder without the table says what to fetch", async () => {
  await expect(readPairRates("gavel/k80", { dataFolder: "nowhere", cacheFolder: "nowhere" })).rejects.toMatchObject({
    code: "TRACE_NOT_FOUND",
    hint: expect.stringContaining("trace get gavel"),
  });
});

// Inventories: stock by hand, what is known of the oracle and of quantiles, files, and what does not go together.

import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type InventoryStudy, inventoryStudySchema } from "#src/model/inventory-study.js";
import { generateWarehouses } from "#src/sim/inventory/demand.js";
import { runInventoryStudy, runStock } from "#src/sim/inventory/study.js";
import { inventoryFileOf, runInventory } from "../../../src/cli/run-inventory.js";
import { ROOT } from "../../tidy/sources.js";

const study = (change: object = {}): InventoryStudy =>
  inventoryStudySchema.parse({
    windtunnelInventory: 1,
    title: "test",
    warehouses: { count: 4, unitsPerDay: [3, 60] },
    trainDays: 200,
    testDays: 40,
    calibrateDays: 50,
    leadDays: 2,
    holidays: [100],
    clouds: [
      { name: "a", methods: ["seasonal-naive", "seasonal-mean"] },
      { name: "b", methods: ["moving-average"] },
    ],
    ...change,
  });

describe("stock", () => {
  const small = {
    ...study(),
    trainDays: 0,
    testDays: 5,
    leadDays: 1,
    holdingUsdPerUnitDay: 1,
    shortageUsdPerUnitDay: 10,
  };

  it("is what one would write down by hand", () => {
    // begins with 10; 4, 9, 0, 3, 5 are asked for; every day up to 10, which arrives a day later
    const { usd, filled, asked } = runStock(small, [4, 9, 0, 3, 5], () => 10);
    // ends of days: 6; -3 (the 4 ordered that day come the next); 1; 7 (9 have come); 2
    expect(asked).toBe(21);
    expect(filled).toBe(4 + 6 + 0 + 3 + 5);
    expect(usd).toBe(6 + 30 + 1 + 7 + 2);
  });

  it("never owes anything to who orders what will be asked for, and lies for a day only by what is whole", () => {
    const actual = [4, 9, 0, 3, 5, 8, 2];
    const { usd, filled, asked } = runStock(small, actual, (day) => actual[day]! + actual[day + 1]!);
    expect(filled).toBe(asked);
    // what the next day asks for is there a day early at most
    expect(usd).toBeLessThanOrEqual(9 + 0 + 3 + 5 + 8);
  });
});

describe("a study of inventories", () => {
  it("ranks the oracle first, and gives every forecaster its errors", () => {
    const warehouses = generateWarehouses(study());
    const { rows } = runInventoryStudy(study(), warehouses);
    expect(rows.map((row) => row.method)).toEqual([
      "oracle",
      "seasonal-naive",
      "seasonal-mean",
      "moving-average",
      "fused",
      "fused without a",
      "fused without b",
    ]);
    for (const row of rows.slice(1)) {
      expect(row.usdTotal).toBeGreaterThan(rows[0]!.usdTotal);
      expect(row.wape).toBeGreaterThan(0);
      expect(row.fillRate).toBeGreaterThan(0.7);
    }
    // with one member left, fused is that member
    const { method: _, ...alone } = rows[3]!;
    expect(rows[5]).toMatchObject(alone);
    expect(rows[0]!.fillRate).toBe(1);
    expect(runInventoryStudy(study(), generateWarehouses(study())).rows).toEqual(rows);
  });

  it("dearer shortage means more stock and fewer units owed", () => {
    const warehouses = generateWarehouses(study());
    const fused = (shortageUsdPerUnitDay: number) =>
      runInventoryStudy(study({ shortageUsdPerUnitDay }), warehouses).rows.find((row) => row.method === "fused")!;
    expect(fused(2).fillRate).toBeGreaterThan(fused(0.02).fillRate);
    expect(fused(2).stockDays).toBeGreaterThan(fused(0.02).stockDays);
  });

  it("generates what it says: means, gaps, holidays", () => {
    const all = generateWarehouses(
      study({ warehouses: { count: 2, unitsPerDay: [50, 50], shiftShare: 0, missingShare: 0.1 } }),
    );
    for (const { actual, recorded } of all) {
      const mean = actual.reduce((a, b) => a + b) / actual.length;
      expect(mean).toBeGreaterThan(35);
      expect(mean).toBeLessThan(65);
      expect(actual[99]).toBeGreaterThan(1.4 * mean);
      const gaps = recorded.filter(Number.isNaN).length / recorded.length;
      expect(gaps).toBeGreaterThan(0.04);
      expect(gaps).toBeLessThan(0.18);
    }
  });

  it("refuses a forecaster that is none", () => {
    const wrong = study({ clouds: [{ name: "a", methods: ["tea-leaves"] }] });
    expect(() => runInventoryStudy(wrong, generateWarehouses(wrong))).toThrow('"tea-leaves" of a is no forecaster');
  });
});

describe("run of a folder with inventory.yaml", () => {
  const folder = mkdtempSync(join(tmpdir(), "windtunnel-inventory-"));
  const run = async (text: string) => {
    writeFileSync(join(folder, "inventory.yaml"), text);
    const lines: string[] = [];
    const context = { out: (line: string) => void lines.push(line), say: () => undefined };
    const out = join(folder, "results");
    await runInventory(context as unknown as Parameters<typeof runInventory>[0], inventoryFileOf(folder)!, { out });
    return { text: lines.join("\n"), out };
  };
  const shipped = readFileSync(join(ROOT, "scenarios/logistics-inventory/inventory.yaml"), "utf8")
    .replace("count: 40", "count: 2")
    .replace("trainDays: 560", "trainDays: 200")
    .replace("testDays: 84", "testDays: 30");

  it("leaves a table, numbers and a page", async () => {
    const { text, out } = await run(shipped);
    for (const word of ["oracle", "fused without azure", "holt-winters-damped"]) expect(text).toContain(word);
    expect(JSON.parse(readFileSync(join(out, "inventory.json"), "utf8")).rows.length).toBe(13);
    expect(readFileSync(join(out, "report.html"), "utf8")).toContain("<svg");
  });

  it("takes demand of the user's, and names what is too short", async () => {
    const row = Array.from({ length: 240 }, (_, t) => (t % 50 === 7 ? "" : String(5 + (t % 7)))).join(",");
    writeFileSync(join(folder, "mine.csv"), `${row}\n${row}\n`);
    const own = shipped.replace(/warehouses: \{.*\}/, "warehouses: { file: mine.csv }");
    expect((await run(own)).text).toContain("Demand is that of mine.csv");
    await expect(run(own.replace("testDays: 30", "testDays: 60"))).rejects.toThrow(
      "row 1 has 240 days: expected at least 266",
    );
    await expect(run(shipped.replace("leadDays", "leadTime"))).rejects.toThrow(/inventory\.yaml:\d+:\d+.*leadTime/);
  });
});

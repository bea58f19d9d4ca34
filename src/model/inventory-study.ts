// What a study of inventories says: warehouses, how they order, and where forecasts are made.

import { z } from "zod";

const positive = z.number().positive();
const count = z.number().int().positive();
const name = z.string().min(1);
const share = z.number().min(0).max(1);

export const inventoryStudySchema = z.strictObject({
  windtunnelInventory: z.literal(1).describe("Version of the format."),
  title: name,
  description: z.string().default(""),
  source: z.string().default(""),
  warehouses: z
    .strictObject({
      count: count.max(1000).default(40).describe("Generated warehouses."),
      unitsPerDay: z
        .tuple([positive, positive])
        .default([2, 400])
        .describe("Mean demand, from and to; spread evenly by ratio."),
      missingShare: share.max(0.5).default(0.02).describe("Of days whose demand was not recorded."),
      shiftShare: share.default(0.2).describe("Of warehouses whose demand changes for good on some day."),
      file: name.optional().describe("Demand of your own in place of these: CSV, a row a warehouse, no head."),
    })
    .prefault({}),
  trainDays: count.min(120).default(560).describe("Before the first order."),
  testDays: count.default(84).describe("In which orders are made and judged."),
  refitDays: count.default(28).describe("From fit to fit; what comes between is observed."),
  calibrateDays: count.min(20).default(84).describe("Last days before the first order, in which errors are learned."),
  leadDays: count.max(60).default(5).describe("From an order to its arrival."),
  holdingUsdPerUnitDay: positive.default(0.02),
  shortageUsdPerUnitDay: positive.default(0.4).describe("Of a unit that is owed."),
  holidays: z.array(count.max(365)).default([]).describe("Days of the year, known in advance."),
  holidayFactor: z.number().nonnegative().default(2.5).describe("Generated demand on a holiday."),
  clouds: z
    .array(z.strictObject({ name, methods: z.array(name).min(1) }))
    .min(1)
    .describe("Which forecasters run where; all are fused."),
  seed: z.number().int().nonnegative().max(1e9).default(1),
});
export type InventoryStudy = z.output<typeof inventoryStudySchema>;

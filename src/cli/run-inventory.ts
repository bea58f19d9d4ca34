// What `run` does with a folder that holds a study of inventories.

import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { type InventoryStudy, inventoryStudySchema } from "../model/inventory-study.js";
import { parseYaml } from "../replay/index.js";
import { type Block, inventoryChart, renderDemandPage } from "../report/index.js";
import { generateWarehouses, type Warehouse } from "../sim/inventory/demand.js";
import { type InventoryResult, runInventoryStudy } from "../sim/inventory/study.js";
import { writeWholeText } from "../sim/store-files.js";
import { blocksText } from "./blocks-text.js";
import type { CommandContext } from "./context.js";
import { refuseSeries } from "./forecast/read.js";

const FILE = "inventory.yaml";

/** The study's file, if the path is one or a folder with one. */
export function inventoryFileOf(path: string): string | undefined {
  if (basename(path) === FILE) return path;
  const file = join(path, FILE);
  return existsSync(file) ? file : undefined;
}

export async function runInventory(
  context: CommandContext,
  file: string,
  options: Readonly<Record<string, unknown>>,
): Promise<void> {
  const read = parseYaml(await readFile(file, "utf8"), file, inventoryStudySchema, {
    code: "SCENARIO_INVALID",
    noun: "study of inventories",
    versionKey: "windtunnelInventory",
    reference: "docs/models/inventory.md",
  });
  const study = { ...read, seed: (options.seed as number | undefined) ?? read.seed };
  const say = options.quiet ? () => undefined : context.say;
  const warehouses = await warehousesOf(study, dirname(file));
  say(`${study.title}\n${warehouses.length} warehouses ...`);
  const result = runInventoryStudy(study, warehouses, (done, of) => say(`${done} of ${of} forecasters`));
  const blocks = inventoryBlocks(study, result);
  const notes = notesOf(study, warehouses);
  const folder = resolve(String(options.out ?? join("results", basename(resolve(file, "..")))));
  const kept = { format: 1, study, notes, ...result };
  await writeWholeText(join(folder, "inventory.json"), `${JSON.stringify(kept, null, 1)}\n`);
  const page = { title: study.title, facts: blocks, charts: [chartOf(result)], notes };
  await writeWholeText(join(folder, "report.html"), await renderDemandPage(page));
  const shown = () => blocksText([study.title, "", ...blocks, ...notes.map((note) => `- ${note}`)], context.columns);
  context.out(options.json ? JSON.stringify(kept) : await shown());
  say(`Report: ${join(folder, "report.html")}`);
}

async function warehousesOf(study: InventoryStudy, folder: string): Promise<Warehouse[]> {
  if (study.warehouses.file === undefined) return generateWarehouses(study);
  const { readTable } = await import("./forecast/read.js");
  const path = resolve(folder, study.warehouses.file);
  const days = study.trainDays + study.testDays + study.leadDays + 1;
  return (await readTable(path)).map(({ name, values }) => {
    if (values.length < days)
      refuseSeries(path, `${name} has ${values.length} days`, `at least ${days}: training, test and lead time`);
    // stock needs a number every day: what was not recorded counts as nothing asked for
    return { name, actual: values.map((x) => (Number.isNaN(x) ? 0 : x)), recorded: values };
  });
}

const percent = (value: number, digits = 1) => (100 * value).toFixed(digits);

function inventoryBlocks(study: InventoryStudy, { rows, forecastBytes, historyBytes }: InventoryResult): Block[] {
  const heads = [
    "ordered by",
    "USD a warehouse and day",
    "above the oracle, USD",
    "filled at once, %",
    "stock, days",
    "WAPE, %",
    "bias, %",
  ];
  const least = rows[0]!.usd.mean;
  const ordered = [...rows].sort((a, b) => a.usdTotal - b.usdTotal);
  const best = ordered.findIndex(({ method }) => method !== "oracle");
  const cells = ordered.map((row) => {
    const oracle = row.method === "oracle";
    return [
      row.method,
      `${row.usd.mean.toFixed(2)} ± ${row.usd.halfWidth.toFixed(2)}`,
      oracle ? "–" : (row.usd.mean - least).toFixed(2),
      percent(row.fillRate, 2),
      row.stockDays.toFixed(2),
      oracle ? "–" : percent(row.wape),
      oracle ? "–" : percent(row.bias),
    ];
  });
  const { method, usd } = ordered[best]!;
  return [
    { table: { heads, keys: 1, rows: cells, best } },
    {
      answer: `Cheapest in the mean without knowing demand: ordering by ${method}, USD ${usd.mean.toFixed(2)} ± ${usd.halfWidth.toFixed(2)} a warehouse and day.`,
    },
    `Forecasts that travel to be fused: ${(forecastBytes / 1000).toFixed(1)} kB a day; demand that would travel to ${study.clouds.length} clouds instead: ${(historyBytes / 1000).toFixed(1)} kB a day, and each history once.`,
  ];
}

function chartOf({ rows }: InventoryResult) {
  const [oracle, ...others] = rows;
  return inventoryChart(
    others.map(({ method, wape, usd }) => ({
      method,
      wape,
      usd: usd.mean - oracle!.usd.mean,
      low: usd.low - oracle!.usd.mean,
      high: usd.high - oracle!.usd.mean,
      fused: method.startsWith("fused"),
    })),
  );
}

function notesOf(study: InventoryStudy, warehouses: readonly Warehouse[]): string[] {
  const { missingShare, shiftShare, unitsPerDay, file } = study.warehouses;
  return [
    study.description,
    study.source,
    file === undefined
      ? `Demand is generated: ${warehouses.length} warehouses of ${unitsPerDay.join(" to ")} units a day, with weekdays, a season of the year and ${study.holidays.length} holidays a year (${study.holidayFactor} times as much); ${percent(missingShare, 0)} % of days were not recorded, ${percent(shiftShare, 0)} % of warehouses change for good.`
      : `Demand is that of ${file}, days from the first of the year on; a day that was not recorded asked for nothing.`,
    `Every day an order of ${study.leadDays} days' lead fills stock and orders up to the forecast of the ${study.leadDays + 1} days until the next one arrives, and the ${percent(study.shortageUsdPerUnitDay / (study.shortageUsdPerUnitDay + study.holdingUsdPerUnitDay))} % quantile of its errors so far. What is owed is delivered later.`,
    `A unit in stock costs ${study.holdingUsdPerUnitDay} USD a day, one that is owed ${study.shortageUsdPerUnitDay}. The oracle orders what will be asked for; no order knows more.`,
    `Clouds: ${study.clouds.map((cloud) => `${cloud.name} runs ${cloud.methods.join(", ")}`).join("; ")}. Fused by inverse error, learned at each warehouse. Intervals are 95 % over warehouses, which differ in size: compare by the totals.`,
  ].filter((note) => note !== "");
}

// What a study of services writes about classes, tenants, places and origins: the same numbers in every form.

import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { readParquet } from "#src/sim/parquet.js";
import { runCommand } from "./run-command.js";

const STUDY = `
windtunnelServices: 1
title: parts
hours: 1
replications: 2
controllers: [fixed, hpa]
services:
  - name: ranking
    model: ranker
    gpu: t4
    usdPerGpuHour: 2
    requestsPerSecond: 1
    server: { batchMillis: [[1, 900]] }
    bounds: { e2eSeconds: 3 }
    replicas: { min: 1, max: 2 }
    gateway: { requestsPerReplica: 6 }
    tenants: { count: 12, zipf: 0.5 }
    classes: [{ name: gold, share: 0.25 }, { name: rest, share: 0.75, priority: 2, bounds: { e2eSeconds: 9 } }]
    origins: [{ name: all, share: 1, oneWayMillis: { here: 1, there: 40 } }]
    places: { rule: utilisation, at: [{ name: here }, { name: there, usdPerGpuHour: 1 }] }
`;

it("a study's parts are in tables, CSV, Parquet and the page, and add up to its services", async () => {
  const folder = mkdtempSync(join(tmpdir(), "windtunnel-parts-"));
  writeFileSync(join(folder, "services.yaml"), STUDY);
  const out = join(folder, "out");
  const run = runCommand("run", folder, "--out", out, "--quiet");
  expect(run.stderr).toBe("");
  for (const title of [
    "By class:",
    "By tenant, the 10 of 12 that fared worst:",
    "By place:",
    "By where requests come from:",
  ]) {
    expect(run.stdout).toContain(title);
    expect(readFileSync(join(out, "report.html"), "utf8")).toContain(title);
  }
  const { runs } = JSON.parse(readFileSync(join(out, "services.json"), "utf8"));
  const requests = runs.map((r: { services: { requests: number }[] }) => r.services[0]!.requests);
  const total = requests.reduce((a: number, b: number) => a + b, 0);
  for (const [file, parts, column] of [
    ["classes", 2, "requests"],
    ["tenants", 12, "requests"],
    ["origins", 1, "requests"],
    ["places", 2, "chosen"],
  ] as const) {
    const [head, ...lines] = readFileSync(join(out, `${file}.csv`), "utf8")
      .trim()
      .split("\n");
    const at = head!.split(",").indexOf(column);
    expect(lines).toHaveLength(4 * parts); // two controllers, two replications
    expect(lines.reduce((sum, line) => sum + Number(line.split(",")[at]), 0)).toBe(total);
    let values = new Float64Array(0);
    await readParquet(join(out, `${file}.parquet`), (count) => {
      values = new Float64Array(count);
      return [{ name: column, type: "DOUBLE", into: values }];
    });
    expect(values.reduce((a, b) => a + b, 0)).toBe(total);
  }
});

import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseScenario, readScenario } from "../../src/sim/scenario-file.js";

const GOOD = `windtunnel: 1
title: t
pools:
  - name: p
    size: { nodes: 4 }
workload:
  generator: g.json
policies:
  queue: [fifo]
  place: [first-fit]
`;

function refusal(text: string): { message: string; hint: string } {
  try {
    parseScenario(text, "s.yaml");
  } catch (error) {
    const { message, hint, code } = error as { message: string; hint: string; code: string };
    expect(code).toBe("SCENARIO_INVALID");
    return { message, hint };
  }
  throw new Error("the scenario was accepted");
}

describe("a scenario file", () => {
  it("is accepted with its defaults filled in", () => {
    const scenario = parseScenario(GOOD, "s.yaml");
    expect(scenario.pools[0]!.gpusPerNode).toBe(8);
    expect(scenario.replications).toEqual({ count: 5, method: "generate" });
  });

  it("names an unknown key with line, column and the nearest right one", () => {
    const { message, hint } = refusal(GOOD.replace("size:", "sizes:"));
    expect(message).toContain('s.yaml:5:5: unknown key "pools.0.sizes"');
    expect(hint).toContain('"size"');
  });

  it("names a wrong value, what it is and what was expected", () => {
    const { message } = refusal(GOOD.replace("nodes: 4", "nodes: -4"));
    expect(message).toMatch(/^s\.yaml:5:13: pools\.0\.size\.nodes: .*>0.*\(found -4\)/);
  });

  it("names an unknown policy", () => {
    expect(refusal(GOOD.replace("[fifo]", "[fifu]")).message).toMatch(/policies\.queue\.0: .*"fifo".*\(found "fifu"\)/);
  });

  it("says where YAML breaks", () => {
    expect(refusal(`${GOOD}  : [`).message).toMatch(/^s\.yaml:1[01]:\d+: not valid YAML/);
  });

  it("refuses a missing key by name", () => {
    expect(refusal(GOOD.replace("title: t\n", "")).message).toMatch(/title: .*\(it is missing\)/);
  });

  it.each([
    [
      "both a dataset and a generator",
      GOOD.replace("generator:", "dataset: philly\n  generator:"),
      /either a dataset or a generator/,
    ],
    ["neither", GOOD.replace("  generator: g.json", "  jobs: 5"), /either a dataset or a generator/],
    ["a redrawn generator", `${GOOD}replications: { method: days }\n`, /replications\.method is days/],
    ["loads without a pool sized by load", `${GOOD}loads: [0.9]\n`, /no pool is sized by offeredLoad/],
    ["thresholds that fall", GOOD.replace("  place:", "  lasThresholdsGpuSeconds: [9, 5]\n  place:"), /must increase/],
    [
      "two pools of one name",
      GOOD.replace("workload:", "  - name: p\n    size: { nodes: 1 }\nworkload:"),
      /two pools are named "p"/,
    ],
  ])("refuses %s", (_name, text, expected) => {
    expect(refusal(text).message).toMatch(expected);
  });

  it("is looked for in a folder, and missed by name", async () => {
    const folder = mkdtempSync(join(tmpdir(), "windtunnel-scenario-"));
    await expect(readScenario(folder)).rejects.toMatchObject({ code: "SCENARIO_NOT_FOUND" });
    writeFileSync(join(folder, "scenario.yaml"), GOOD);
    expect((await readScenario(folder)).scenario.title).toBe("t");
  });
});

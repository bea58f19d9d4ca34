import { execFile } from "node:child_process";
import { accessSync, constants, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { renderReport } from "../../src/report/report.js";
import { METRICS } from "../../src/sim/metrics.js";
import { buildExperiment } from "./fixture.js";

function findBrowser(): string | undefined {
  const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];
  const folders = (process.env.PATH ?? "").split(delimiter).filter(Boolean);
  return folders
    .flatMap((folder) => names.map((name) => join(folder, name)))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        // Not there, or not to be run: look further.
        return false;
      }
    });
}

const browser = findBrowser();
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "windtunnel-report-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The page's DOM after its scripts ran, with no network. */
async function openPage(html: string, width = 1280): Promise<string> {
  const file = join(folder, "report.html");
  writeFileSync(file, html);
  const { stdout } = await promisify(execFile)(
    browser!,
    [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--host-resolver-rules=MAP * ~NOTFOUND",
      `--user-data-dir=${join(folder, "profile")}`,
      `--window-size=${width},900`,
      "--virtual-time-budget=10000",
      "--dump-dom",
      `file://${file}`,
    ],
    { maxBuffer: 64 << 20 },
  );
  return stdout;
}

describe("the report in a browser", () => {
  it("has a browser to be looked at with, on CI", () => {
    if (!browser) console.warn("no Chromium or Chrome on PATH: the report was not opened");
    if (process.env.CI) expect(browser).toBeDefined();
  });

  it.skipIf(!browser).each([1280, 500])("draws every chart at width %i without an error", async (width) => {
    const html = await renderReport(buildExperiment({ replications: 2 }), { metrics: METRICS });
    const dom = await openPage(html, width);
    expect(/<html[^>]*>/.exec(dom)![0]).toBe(`<html lang="en">`);
    const boxes = dom.split(/<div class="chart"/).slice(1);
    expect(boxes).toHaveLength(16);
    for (const box of boxes) {
      const id = /id="([^"]*)"/.exec(box)![1];
      expect(box.slice(0, box.indexOf(">")), id).toContain(`data-drawn="yes"`);
      const svg = /<svg [\s\S]*?<\/svg>/.exec(box)![0];
      // Marks with a place, not only axes.
      expect(svg.match(/<path /g)!.length, id).toBeGreaterThan(4);
      expect(svg, id).not.toContain("NaN");
    }
    expect(dom).toMatch(/<select[^>]*>(<option[^>]*>[^<]*<\/option>){2,}/);
  });

  it.skipIf(!browser)("writes down an error where this test can see it", async () => {
    const html = await renderReport(buildExperiment({ replications: 2 }), { metrics: METRICS });
    const broken = html.replace(`"marks":[`, `"marks":[{"type":"no-such-mark"},`);
    expect(broken).not.toBe(html);
    expect(/<html[^>]*>/.exec(await openPage(broken))![0]).toContain("data-error=");
  });
});

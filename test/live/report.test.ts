// The report on a shadow run: a log that an instance has written, with numbers worked out by hand.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { reportInWords, reportPage } from "../../src/cli/live/report.js";
import { Audit, checkAudit } from "../../src/live/audit.js";
import { parseLiveConfig } from "../../src/live/config.js";
import { shadowReport } from "../../src/live/shadow-report.js";
import { START } from "./chaos-checks.js";
import { jobObject, PATHS, podObject } from "./cluster-objects.js";
import { command } from "./commands.js";
import { type Instance, instanceOf, type World, world } from "./instance.js";

const CONFIG = parseLiveConfig(
  `windtunnelLive: 1
policy: { queue: fifo, place: first-fit }
clusters: [{ name: a }]
grants: [{ namespace: team, mode: shadow }]
budgets: [{ perHour: { changes: 50 } }]
windows: [{ from: "12:05", to: "00:00" }]
`,
  "x.yaml",
);

/** A minute, then a pass. */
async function passes(w: World, { controller }: Instance, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    w.clock.now += 60_000;
    await controller.cycle();
  }
}

/** Ten minutes: two jobs that the policy would start at once; one is started by somebody after five, the other waits on. */
async function shadowRun() {
  const w = world();
  w.store.put(PATHS.jobs, jobObject("four", 1, 4));
  w.store.put(PATHS.jobs, jobObject("two", 2, 1));
  const one = instanceOf(CONFIG, w, "one");
  await one.controller.cycle();
  await passes(w, one, 5);
  const { uid } = w.store.change(PATHS.jobs, "team", "four", { spec: { suspend: false } }).metadata;
  w.store.put(
    PATHS.pods,
    podObject("four-0", 4, { node: "n0", scheduler: "x", owner: { kind: "Job", name: "four", uid } }),
  );
  await passes(w, one, 5);
  return { w, log: one.audit.join("") };
}

describe("a shadow run", () => {
  test("is reported: what was wanted, when it happened, what that cost, and which guards would have refused", async () => {
    const { w, log } = await shadowRun();
    expect(w.store.writes).toEqual([]);
    const report = shadowReport(checkAudit(log).lines);
    expect([report.passes, report.fromMillis, report.toMillis]).toEqual([11, START, START + 600_000]);
    expect(report.starts.map((s) => [s.object, s.gpus, s.end, s.regretGpuSeconds])).toEqual([
      ["job/a/team/four", 4, "started", 4 * 360],
      ["job/a/team/two", 2, "waits", 2 * 600],
    ]);
    expect(report.clusters).toEqual([
      {
        cluster: "a",
        wanted: 2,
        started: 1,
        gone: 0,
        waits: 1,
        waitedSecondsMean: 480,
        regretGpuHours: (4 * 360 + 2 * 600) / 3600,
      },
    ]);
    // until five past twelve no window is open: five passes with two changes each
    expect([report.guards, report.looks]).toEqual([[{ guard: "window", times: 10 }], 17]);
    expect(report.hourly.at(-1)!.regretGpuHours).toBeCloseTo(2640 / 3600, 9);
    const words = reportInWords(report);
    expect(words).toContain("guards would have refused 10: window 10");
    expect(words).toMatch(/a\s+│ 2\s+│ 1\s+│ 0\s+│ 1\s+│ 480\s+│ 0\.73/);
  });

  test("goes on where an instance was restarted, and ends with what was gone", () => {
    const lines: string[] = [];
    let now = START;
    const audit = new Audit({ append: (line) => void lines.push(line) }, "me", () => now);
    const shadow = (event: string, waitedSeconds = 0, regretGpuSeconds = 0) =>
      audit.write("shadow", { cluster: "a", object: "job/a/team/x", event, gpus: 8, waitedSeconds, regretGpuSeconds });
    audit.write("start");
    audit.write("plan");
    shadow("wanted");
    now += 100_000;
    audit.write("start");
    shadow("wanted");
    now += 50_000;
    // it was not seen for 20 of these 50 s
    shadow("gone", 50, 8 * 30);
    const [start] = shadowReport(checkAudit(lines.join("")).lines).starts;
    expect([start!.end, start!.regretGpuSeconds]).toEqual(["gone", 8 * 30 + 8 * 100]);
  });

  test("is a page that nobody's names get out of, and a command that refuses a log that was changed", async () => {
    const { log } = await shadowRun();
    const folder = mkdtempSync(join(tmpdir(), "wt-report-"));
    const file = join(folder, "audit.jsonl");
    writeFileSync(file, log);
    const done = await command(folder, "live", "report", "--log", "audit.jsonl", "--html", "r.html", "--json");
    expect([done.status, JSON.parse(done.out).passes]).toEqual([0, 11]);
    const page = readFileSync(join(folder, "r.html"), "utf8");
    expect(page).toContain("job/a/team/four");
    expect(page).toContain("<polyline");
    const report = shadowReport(checkAudit(log).lines);
    report.starts[0]!.object = "<script>alert(1)</script>";
    expect(reportPage(report)).not.toContain("<script");
    writeFileSync(file, log.replace('"gpus":4', '"gpus":9'));
    const refused = await command(folder, "live", "report", "--log", "audit.jsonl");
    expect([refused.status, refused.err]).toEqual([5, expect.stringContaining("was tampered with")]);
    expect((await command(folder, "live", "report", "--log", "none")).err).toContain("no audit log at none");
    rmSync(folder, { recursive: true });
  });
});

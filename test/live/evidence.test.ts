// Permits, the audit log, the lease, drift: what is signed, chained, held and bet.

import { generateKeyPairSync } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Audit, checkAudit } from "../../src/live/audit.js";
import { DriftDetector, mixDistance, outsideOf } from "../../src/live/drift.js";
import { Leader, microTime } from "../../src/live/lease.js";
import { Metrics } from "../../src/live/metrics.js";
import { renderLivePage } from "../../src/live/page.js";
import { formatPermit, openPermit, readPrivateKey, readPublicKey, signPermit } from "../../src/live/permit.js";
import { parseExposition } from "../../src/live/prometheus.js";
import { plain } from "../../src/live/text.js";
import { PERMIT } from "./chaos-world.js";
import { PATHS } from "./cluster-objects.js";
import { directApi } from "./fake-server.js";
import { FakeStore } from "./fake-store.js";

const KEYS = generateKeyPairSync("ed25519");
const { windtunnelPermit: _format, key: _key, signature: _signature, ...body } = PERMIT;
const TEXT = formatPermit(signPermit(body, KEYS.privateKey));

describe("a permit", () => {
  test("opens with the key that it was signed with", () => {
    expect(openPermit(TEXT, "p.json", KEYS.publicKey).serial).toBe("P1");
  });

  test("is none after any byte was changed, left out or added", () => {
    const bytes = Buffer.from(TEXT);
    const opens = (changed: Buffer) => {
      try {
        openPermit(changed.toString("utf8"), "p.json", KEYS.publicKey);
        return true;
      } catch {
        return false;
      }
    };
    for (let i = 0; i < bytes.length; i++) {
      const flipped = Buffer.from(bytes);
      flipped[i] = flipped[i]! ^ 1;
      expect(opens(flipped), `byte ${i} flipped`).toBe(false);
    }
    for (let i = 0; i < bytes.length; i += 7) {
      expect(opens(Buffer.concat([bytes.subarray(0, i), bytes.subarray(i + 1)])), `byte ${i} left out`).toBe(false);
      expect(
        opens(Buffer.concat([bytes.subarray(0, i), Buffer.from(" "), bytes.subarray(i)])),
        `a blank before ${i}`,
      ).toBe(false);
    }
  });

  test("is told from one of another key, and keys are not told at all", () => {
    const other = generateKeyPairSync("ed25519");
    expect(() => openPermit(TEXT, "p.json", other.publicKey)).toThrow(/another key/);
    const pem = String(KEYS.privateKey.export({ type: "pkcs8", format: "pem" }));
    expect(() => readPublicKey(pem, "x")).toThrow(/no Ed25519 public key/);
    const broken = pem.replace("MC4C", "MC4D");
    try {
      readPrivateKey(broken, "x");
    } catch (error) {
      expect(String(error)).not.toContain(broken.split("\n")[1]!.slice(8, 30));
    }
  });
});

describe("the audit log", () => {
  const log = () => {
    const lines: string[] = [];
    const audit = new Audit({ append: (line) => void lines.push(line) }, "me", () => 0);
    for (let i = 0; i < 20; i++) audit.write(i % 2 ? "intent" : "done", { n2: i, text: "x\ny" });
    return lines;
  };

  test("holds, and breaks where a line is changed, left out, moved or put in", () => {
    const lines = log();
    expect(checkAudit(lines.join("")).broken).toBeUndefined();
    const at = (edit: (l: string[]) => void) => {
      const copy = [...lines];
      edit(copy);
      return checkAudit(copy.join("")).broken?.line;
    };
    expect(
      at((l) => {
        l[4] = l[4]!.replace('"n2":4', '"n2":5');
      }),
    ).toBe(6);
    expect(
      at((l) => {
        l.splice(7, 1);
      }),
    ).toBe(8);
    expect(
      at((l) => {
        [l[2], l[3]] = [l[3]!, l[2]!];
      }),
    ).toBe(3);
    expect(
      at((l) => {
        l.splice(3, 0, l[2]!);
      }),
    ).toBe(4);
    expect(
      at((l) => {
        l[9] = ` ${l[9]}`;
      }),
    ).toBe(10);
  });

  test("goes on after a line that was cut off in the middle", () => {
    const text = log().join("");
    const check = checkAudit(text + text.slice(0, 30));
    expect([check.broken, check.last.n, check.wholeBytes]).toEqual([undefined, 20, Buffer.byteLength(text)]);
  });
});

describe("the lease", () => {
  const leaderOf = (store: FakeStore, identity: string, clock: { now: number }) =>
    new Leader(
      directApi(store, identity),
      {
        namespace: "windtunnel",
        name: "windtunnel-leader",
        identity,
        leaseMillis: 15_000,
        renewMillis: 10_000,
        retryMillis: 2000,
      },
      { now: () => clock.now, random: () => 0.5, sleep: async () => undefined },
    );

  test("is held by one, taken over when it has not moved for its length, and never by comparing clocks", async () => {
    const store = new FakeStore();
    const [a, b] = [{ now: 1_000_000 }, { now: 9_999_000_000 }];
    const [one, two] = [leaderOf(store, "one", a), leaderOf(store, "two", b)];
    expect(await one.step()).toBe(true);
    expect(await two.step()).toBe(false);
    for (let i = 0; i < 10; i++) {
      a.now += 2000;
      b.now += 2000;
      expect([await one.step(), await two.step()]).toEqual([true, false]);
    }
    // the first stops: it gives itself up before the other may take over
    a.now += 10_000;
    expect(one.leads).toBe(false);
    b.now += 15_001;
    expect(await two.step()).toBe(true);
    expect(await one.step()).toBe(false);
    expect(await one.spend([], a.now)).toBe(false);
  });

  test("cannot be spent from by whoever has lost it, and a new holder knows what was spent", async () => {
    const store = new FakeStore();
    const [a, b] = [{ now: 0 }, { now: 0 }];
    const [one, two] = [leaderOf(store, "one", a), leaderOf(store, "two", b)];
    await one.step();
    await two.step();
    const spending = {
      at: 0,
      object: "x",
      namespace: "team",
      action: "scale" as const,
      direction: "up" as const,
      gpus: 1,
      replicas: 1,
    };
    expect(await one.spend([spending], 0)).toBe(true);
    await two.step();
    b.now = 20_000;
    expect(await two.step()).toBe(true);
    expect(two.spent).toEqual([spending]);
    // its clock stands still: it still believes that it leads, and is refused by the version
    expect(one.leads).toBe(true);
    expect(await one.spend([spending], 0)).toBe(false);
    expect(one.leads).toBe(false);
    expect(two.spent.length).toBe(1);
  });

  test("is given back", async () => {
    const store = new FakeStore();
    const clock = { now: 0 };
    const one = leaderOf(store, "one", clock);
    await one.step();
    await one.release();
    expect(
      (store.get(PATHS.leases, "windtunnel", "windtunnel-leader")!.spec as { holderIdentity: string }).holderIdentity,
    ).toBe("");
    expect(await leaderOf(store, "two", clock).step()).toBe(true);
    expect(await one.step()).toBe(false);
  });

  test("has times with six digits", () => {
    expect(microTime(0)).toBe("1970-01-01T00:00:00.000000Z");
  });
});

describe("drift", () => {
  const random = (seed: number) => () => {
    seed = (seed * 48271) % 2147483647;
    return seed / 2147483647;
  };

  test("alarms soon when reality is outside, and comes back slowly", () => {
    const d = new DriftDetector();
    let n = 0;
    while (!d.drifted) d.add(++n * 60_000, ["load 9"]);
    expect(n).toBeLessThan(10);
    for (let i = 0; i < 29; i++) d.add(++n * 60_000, []);
    expect(d.drifted).toBe(true);
    d.add(++n * 60_000, []);
    expect(d.drifted).toBe(false);
  });

  test("alarms falsely no more often than is said, at the rate of chance that is allowed", () => {
    // from each calm the chance of an alarm is at most alpha; a day of samples has at most 1,440 of them
    let alarms = 0;
    const runs = 400;
    for (let seed = 1; seed <= runs; seed++) {
      const next = random(seed * 7919);
      const d = new DriftDetector({ alpha: 0.001 });
      for (let i = 1; i <= 240; i++) d.add(i * 60_000, next() < 0.02 ? ["x"] : []);
      if (d.drifted) alarms++;
    }
    expect(alarms / runs).toBeLessThan(0.02);
  });

  test("knows what is outside", () => {
    const envelope = {
      load: { least: 0, most: 1 },
      gpus: { least: 8, most: 64 },
      mix: [{ gpus: 1, share: 1 }],
      mixDistanceMost: 0.3,
      usdPerGpuHour: { least: 1, most: 2 },
    };
    expect(
      outsideOf(envelope, {
        load: 0.5,
        gpus: 32,
        mix: [
          { gpus: 1, share: 0.8 },
          { gpus: 8, share: 0.2 },
        ],
        usdPerGpuHour: 1.5,
        forecastErrors: [],
      }),
    ).toEqual([]);
    expect(
      outsideOf(envelope, { load: 1.5, gpus: 4, mix: [{ gpus: 8, share: 1 }], usdPerGpuHour: 3, forecastErrors: [] })
        .length,
    ).toBe(4);
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }),
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }),
        (a, b) => {
          const mix = (list: number[]) => list.map((gpus) => ({ gpus, share: 1 / list.length }));
          const d = mixDistance(mix(a), mix(b));
          return d >= -1e-9 && d <= 1 + 1e-9 && Math.abs(d - mixDistance(mix(b), mix(a))) < 1e-9;
        },
      ),
    );
  });
});

describe("what is shown", () => {
  test("metrics are in Prometheus' form, whatever the labels", () => {
    const metrics = new Metrics();
    metrics.set("clusterUp", ['a"b\\c\nd'], 1);
    metrics.observe("planSeconds", [], 0.02);
    metrics.add("refusals", ["budget"], 0);
    const { samples, faults } = parseExposition(metrics.text());
    expect(faults).toBe(0);
    expect(samples.find((s) => s.name === "windtunnel_cluster_up")!.labels.get("cluster")).toBe('a"b\\c\nd');
    expect(samples.find((s) => s.name === "windtunnel_guard_refusals_total")!.value).toBe(0);
    expect(samples.filter((s) => s.name.startsWith("windtunnel_plan_duration_seconds")).length).toBe(15);
  });

  test("texts of others hold no escapes, and the page no markup of theirs", () => {
    const evil = '\u001b[31m<script>alert(1)</script>\u202e" onload="x';
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for
    expect(plain(evil)).not.toMatch(/[\u0000-\u001f\u202e]/);
    const page = renderLivePage({
      at: evil,
      identity: evil,
      policy: evil,
      permit: evil,
      drift: evil,
      alerts: [evil],
      clusters: [
        {
          name: evil,
          server: evil,
          state: evil,
          why: evil,
          ageSeconds: 1,
          gpus: { allocatable: 1, requested: 0, free: 1, broken: 0, unknown: 0 },
          nodes: 1,
          pods: 1,
          leader: evil,
          leads: false,
          paused: "no",
          budgetLeft: 1,
        },
      ],
      plan: {
        id: evil,
        at: evil,
        changes: [{ cluster: evil, verb: evil, object: evil, before: evil, after: evil, why: evil, refused: evil }],
        left: [{ cluster: evil, what: evil, reason: evil }],
        notes: [evil],
      },
      experiment: null,
      watched: [],
    });
    expect(page).not.toContain("<script");
    expect(page).not.toContain('" onload');
    expect(page).not.toContain("\u001b");
  });
});

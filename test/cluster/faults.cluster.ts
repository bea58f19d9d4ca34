// Live mode while leaders are killed and servers go away, on two real control planes.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { checkAudit } from "../../src/live/audit.js";
import { buildBinaries } from "./build.mjs";
import { job, type Setting, startSetting, until, watch, writeConfig } from "./setting.js";

let setting: Setting;

beforeAll(async () => {
  setting = await startSetting(await buildBinaries(), ["east", "west"], 2);
});
afterAll(async () => setting?.close());

const JOBS = "/apis/batch/v1/namespaces/team/jobs";
const PODS = "/api/v1/namespaces/team/pods";
const suspended = async (name: string, plane = setting.planes[0]!) =>
  (await plane.get(`${JOBS}/${name}`)).body.spec.suspend;
const clear = async (plane = setting.planes[0]!) => {
  await plane.call("DELETE", JOBS, { propagationPolicy: "Background", gracePeriodSeconds: 0 });
  await until("nothing is left", async () => (await plane.get(PODS)).body.items.length === 0);
};

describe("when things break", () => {
  const lease = async () =>
    (await setting.planes[0]!.get("/apis/coordination.k8s.io/v1/namespaces/windtunnel/leases/windtunnel-leader")).body;

  test("a leader that is killed is followed by another, and they never both act", async () => {
    const [plane] = setting.planes;
    const first = watch(writeConfig(setting, "one", { state: "state-one" }));
    await until("the first leads", async () => ((await lease()).spec?.holderIdentity ?? "") !== "");
    const holder = (await lease()).spec.holderIdentity;
    const second = watch(writeConfig(setting, "two", { state: "state-two" }));
    await plane!.create(JOBS, job("a", 1, 1));
    await until("the first acts", async () => (await suspended("a")) === false);
    await first.stop("SIGKILL");
    await plane!.create(JOBS, job("b", 1, 1));
    const killed = Date.now();
    await until("the second leads", async () => !["", holder].includes((await lease()).spec?.holderIdentity ?? ""), 40);
    expect(Date.now() - killed).toBeGreaterThan(8_000);
    await until("the second acts", async () => (await suspended("b")) === false);
    await second.stop();
    const lines = (name: string) =>
      checkAudit(readFileSync(join(setting.folder, name, "audit.jsonl"), "utf8")).lines.filter(
        (l) => l.kind === "done",
      );
    expect([lines("state-one").length, lines("state-two").length]).toEqual([1, 1]);
    await clear();
  });

  test("an API server that is restarted in mid-plan is waited for, and the other cluster goes on meanwhile", async () => {
    const [east, west] = setting.planes;
    const watcher = watch(writeConfig(setting, "restart"));
    await until("it leads", async () => ((await lease()).spec?.holderIdentity ?? "") !== "");
    await east!.create(JOBS, job("before", 1, 1));
    await until("it acts", async () => (await suspended("before")) === false);
    await east!.kill("kube-apiserver");
    await west!.create(JOBS, job("meanwhile", 1, 1));
    await until("west is acted on", async () => (await suspended("meanwhile", west!)) === false);
    east!.startApiServer();
    await east!.ready();
    await east!.create(JOBS, job("after", 1, 1));
    await until("east is acted on again", async () => (await suspended("after")) === false, 60);
    expect(watcher.child.exitCode).toBeNull();
    await watcher.stop();
    await clear();
    await clear(west!);
  });

  test("etcd may be restarted, and a watch may be too old", async () => {
    const [plane] = setting.planes;
    const watcher = watch(writeConfig(setting, "etcd"));
    await until("it leads", async () => ((await lease()).spec?.holderIdentity ?? "") !== "");
    await plane!.kill("etcd");
    await new Promise((resolve) => setTimeout(resolve, 2000));
    plane!.startEtcd();
    await plane!.ready();
    await plane!.create(JOBS, job("later", 1, 1));
    await until("it acts again", async () => (await suspended("later")) === false, 60);
    await watcher.stop();
    await clear();
  });
});

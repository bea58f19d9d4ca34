// Room made for a gang on a real control plane: a pod that may be moved is evicted through the API, its ReplicaSet makes another,
// and the two of us and Kubernetes put everything where it fits.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { checkAudit } from "../../src/live/audit.js";
import { buildBinaries } from "./build.mjs";
import { container, type Setting, startSetting, until, watch, writeConfig } from "./setting.js";

let setting: Setting;

beforeAll(async () => {
  setting = await startSetting(await buildBinaries(), ["east"], 2);
});
afterAll(async () => setting?.close());

const PODS = "/api/v1/namespaces/team/pods";
// biome-ignore lint/suspicious/noExplicitAny: raw objects
type Raw = any;

test("a pod whose owner allows it makes room, and all run in the end", async () => {
  const [plane] = setting.planes;
  const pods = async (app: string): Promise<Raw[]> =>
    (await plane!.get(`${PODS}?labelSelector=app%3D${app}`)).body.items.filter(
      (p: Raw) => !p.metadata.deletionTimestamp,
    );
  const labels = (app: string) => ({ app });
  for (const [app, node, movable] of [
    ["goes", setting.kubelets[0]!.names[0]!, "true"],
    ["stays", setting.kubelets[0]!.names[1]!, "false"],
  ] as const) {
    await plane!.create("/apis/apps/v1/namespaces/team/replicasets", {
      metadata: { name: app },
      spec: {
        replicas: 1,
        selector: { matchLabels: labels(app) },
        template: {
          metadata: { labels: labels(app), annotations: { "windtunnel.dev/movable": movable } },
          spec: { schedulerName: "windtunnel", containers: [container(4)] },
        },
      },
    });
    const [pod] = await until(`${app} is there`, async () => {
      const found = await pods(app);
      return found.length === 1 && found;
    });
    const { name } = pod.metadata;
    const target = { apiVersion: "v1", kind: "Node", name: node };
    await plane!.create(`${PODS}/${name}/binding`, { apiVersion: "v1", kind: "Binding", metadata: { name }, target });
    await until(`${app} runs`, async () => (await pods(app))[0]?.status.phase === "Running");
  }
  await plane!.create("/apis/policy/v1/namespaces/team/poddisruptionbudgets", {
    metadata: { name: "goes" },
    spec: { maxUnavailable: 1, selector: { matchLabels: labels("goes") } },
  });
  await plane!.create(PODS, {
    metadata: { name: "big", labels: labels("big") },
    spec: { schedulerName: "windtunnel", restartPolicy: "Never", containers: [container(8)] },
  });
  const policy = "{ queue: fifo, place: best-fit-moving, moving: { movesMax: 4, restMinutes: 0 } }";
  const watcher = watch(writeConfig(setting, "moving", { policy }));
  await until("big runs", async () => (await pods("big"))[0]?.status.phase === "Running", 60);
  const [goes] = await until("the one that went runs again", async () => {
    const found = await pods("goes");
    return found.length === 1 && found[0].status.phase === "Running" && found;
  });
  const [stays] = await pods("stays");
  expect([goes.spec.nodeName, (await pods("big"))[0].spec.nodeName]).toEqual([
    stays.spec.nodeName,
    setting.kubelets[0]!.names[0],
  ]);
  expect(await watcher.stop()).toBe(0);
  const done = checkAudit(readFileSync(join(setting.folder, "state-moving", "audit.jsonl"), "utf8")).lines.filter(
    (l) => l.kind === "done",
  );
  expect(done.map((l) => `${l.verb} ${l.because}`)).toEqual([
    "evict MAKE_ROOM",
    "bind POLICY_START",
    "bind POLICY_START",
  ]);
});

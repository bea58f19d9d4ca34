// The files that we ship for clusters: rights as small as they can be, nothing as root, alerts and pictures of metrics that there are.

import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { parseLiveConfig } from "../../src/live/config.js";
import { LIVE_METRICS } from "../../src/live/metrics.js";
import { objectName, renderService } from "../../src/live/render.js";
import { serviceSchema } from "../../src/model/service-study.js";

const DEPLOY = fileURLToPath(new URL("../../deploy", import.meta.url));
const read = (file: string) => readFileSync(join(DEPLOY, file), "utf8");
// biome-ignore lint/suspicious/noExplicitAny: YAML as it is
type Raw = any;
const objects = (file: string): Raw[] => parseAllDocuments(read(file)).map((d) => d.toJS());

const FILES = ["base", "actor"].flatMap((folder) =>
  readdirSync(join(DEPLOY, folder)).map((name) => `${folder}/${name}`),
);
const ALL: Raw[] = FILES.filter((f) => !f.endsWith("kustomization.yaml") && !f.endsWith("live.yaml")).flatMap(objects);

describe("rights", () => {
  const rules: { role: string; rule: Raw }[] = ALL.filter((o) => /Role$/.test(o.kind)).flatMap((o) =>
    o.rules.map((rule: Raw) => ({ role: o.metadata.name, rule })),
  );

  test("have no wildcard, see no secrets, delete nothing, and change no node", () => {
    expect(rules.length).toBeGreaterThan(8);
    for (const { rule } of rules) {
      const all = [...rule.apiGroups, ...rule.resources, ...rule.verbs, ...(rule.resourceNames ?? [])];
      expect(all.some((text: string) => text.includes("*"))).toBe(false);
      expect(rule.resources).not.toContain("secrets");
      expect(
        rule.verbs.filter((v: string) => ["delete", "deletecollection", "escalate", "bind", "impersonate"].includes(v)),
      ).toEqual([]);
      if (rule.resources.includes("nodes")) expect(rule.verbs).toEqual(["get", "list", "watch"]);
    }
  });

  test("of the observer are to look", () => {
    for (const { role, rule } of rules)
      if (role === "windtunnel-observer") expect(rule.verbs).toEqual(["get", "list", "watch"]);
  });

  test("are bound to the account that the pods run as", () => {
    for (const o of ALL.filter((b) => /RoleBinding$/.test(b.kind))) {
      expect(ALL.some((r) => r.kind === o.roleRef.kind && r.metadata.name === o.roleRef.name)).toBe(true);
      expect(o.subjects).toEqual([{ kind: "ServiceAccount", name: "windtunnel", namespace: "windtunnel" }]);
    }
  });
});

test("every resource of a kustomization is there, and every file is in one", () => {
  for (const folder of ["base", "actor"]) {
    const { resources } = parse(read(`${folder}/kustomization.yaml`));
    const there = readdirSync(join(DEPLOY, folder)).filter((f) => !["kustomization.yaml", "live.yaml"].includes(f));
    expect([...resources].sort()).toEqual(there.sort());
  }
});

test("pods run without rights on their node, and are asked how they are", () => {
  const pod = ALL.find((o) => o.kind === "Deployment").spec.template.spec;
  const [container] = pod.containers;
  expect(pod.securityContext.runAsNonRoot).toBe(true);
  expect(container.securityContext).toEqual({
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ["ALL"] },
  });
  expect([container.livenessProbe.httpGet.path, container.readinessProbe.httpGet.path]).toEqual(["/livez", "/readyz"]);
  expect(pod.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(30);
  expect(pod.volumes.every((v: Raw) => v.hostPath === undefined)).toBe(true);
  const image = read("Dockerfile");
  expect(/^USER (\d+)/m.exec(image)?.[1]).not.toBe("0");
  expect(image).not.toMatch(/npm_token|\.npmrc|ARG .*TOKEN/i);
});

describe("the image", () => {
  const lines = read("Dockerfile")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"));
  const stages = lines.flatMap((line, i) => (line.startsWith("FROM ") ? [i] : []));
  const last = lines.slice(stages.at(-1));
  const ROOT = fileURLToPath(new URL("../..", import.meta.url));
  const { files, engines, bin } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));

  test("copies what is there, and all that the packed package needs to run", () => {
    const copied = last.flatMap((line) => /^COPY --from=build .*?\/src\/(\S+) \.\/\S*$/.exec(line)?.[1] ?? []);
    expect(copied.length).toBe(last.filter((line) => line.startsWith("COPY")).length);
    const built = ["dist", "build", "node_modules"];
    for (const name of copied) expect(built.includes(name) || existsSync(join(ROOT, name)), name).toBe(true);
    // what runs, of what is packed: the rest (docs, scenarios, sources of the engine) is for people and for policies of their own
    for (const name of ["package.json", "bin", "build", "dist", "node_modules"]) expect(copied).toContain(name);
    expect(files).toContain("bin");
    const context = lines.slice(0, stages.at(-1)).filter((line) => line.startsWith("COPY"));
    for (const line of context)
      for (const name of line.split(" ").slice(1, -1))
        expect(name === "." || existsSync(join(ROOT, name)), name).toBe(true);
  });

  test("starts the entry point of the package, with options that there are, on a Node that it runs on; it runs from the packed files", () => {
    const entry = JSON.parse(/^ENTRYPOINT (\[.*\])$/m.exec(read("Dockerfile"))![1]!);
    expect(entry).toEqual(["node", `/app/${bin.windtunnel}`]);
    const node = Number(/^FROM node:(\d+)-/m.exec(read("Dockerfile"))![1]);
    expect(node).toBeGreaterThanOrEqual(Number(/\d+/.exec(engines.node)![0]));
    const args: string[] = JSON.parse(/^CMD (\[.*\])$/m.exec(read("Dockerfile"))![1]!);
    const folder = mkdtempSync(join(tmpdir(), "wt-image-"));
    // the shipped configuration, with a kubeconfig that is not there: it gets as far as looking for it
    const config = join(folder, "live.yaml");
    writeFileSync(
      config,
      read("base/live.yaml").replace("{ name: here }", "{ name: here, kubeconfig: none, context: x }"),
    );
    const given = args.map((a) => (a === "/config/live.yaml" ? config : a));
    // as it is packed, with the packages beside it, as in the image
    const pack = ["pack", "--ignore-scripts", "--silent", "--pack-destination", folder];
    const tarball = execFileSync("npm", pack, { cwd: ROOT, encoding: "utf8" }).trim();
    execFileSync("tar", ["-xzf", join(folder, tarball), "-C", folder]);
    symlinkSync(join(ROOT, "node_modules"), join(folder, "package/node_modules"));
    const entryPoint = join(folder, "package", bin.windtunnel);
    const { status, stderr } = spawnSync(process.execPath, [entryPoint, ...given], { cwd: folder, encoding: "utf8" });
    expect([status, stderr]).toEqual([3, expect.stringContaining("there is no kubeconfig at")]);
    rmSync(folder, { recursive: true });
  });
});

test("the shipped configuration only observes", () => {
  const config = parseLiveConfig(read("base/live.yaml"), "live.yaml");
  expect([config.grants, config.permit]).toEqual([[], undefined]);
});

const NAMES: Map<string, readonly string[]> = new Map(
  Object.values(LIVE_METRICS).flatMap((m) => {
    const all: [string, readonly string[]][] = [[m.name, m.labels]];
    if (m.kind === "histogram")
      for (const end of ["_bucket", "_sum", "_count"]) all.push([m.name + end, [...m.labels, "le"]]);
    return all;
  }),
);

/** Faults of an expression: unknown metrics, labels that a metric has not, brackets that do not close. */
function faults(expr: string): string[] {
  const out: string[] = [];
  const found = [...expr.matchAll(/windtunnel_\w+/g)].map((m) => m[0]);
  if (found.length === 0) out.push("names no metric of ours");
  for (const name of found) if (!NAMES.has(name)) out.push(`unknown metric ${name}`);
  for (const [open, close] of ["()", "{}", "[]"]) {
    if (expr.split(open!).length !== expr.split(close!).length) out.push(`${open}${close} do not match`);
  }
  const labels = new Set(["instance", "job", "le", ...found.flatMap((n) => NAMES.get(n) ?? [])]);
  for (const m of expr.matchAll(/by \(([^)]*)\)/g))
    for (const l of m[1]!.split(",")) if (!labels.has(l.trim())) out.push(`no label ${l.trim()}`);
  for (const m of expr.matchAll(/\{([^}]*)\}/g))
    for (const l of m[1]!.split(",")) if (!labels.has(/^\s*(\w+)/.exec(l)![1]!)) out.push(`no label in ${l}`);
  if (/(rate|increase)\(windtunnel_\w+(?<!_total|_bucket|_count|_sum)[[{]/.test(expr))
    out.push("a rate of what is no counter");
  return out;
}

describe("what watches over it", () => {
  test("alerts speak of metrics and labels that there are, with words for a person", () => {
    const { groups } = parse(read("monitoring/alerts.yaml"));
    const rules: Raw[] = groups.flatMap((g: Raw) => g.rules);
    expect(rules.length).toBeGreaterThan(8);
    for (const rule of rules) {
      expect({ alert: rule.alert, faults: faults(rule.expr) }).toEqual({ alert: rule.alert, faults: [] });
      expect(rule.alert).toMatch(/^Windtunnel[A-Z]/);
      expect(["info", "warning", "critical"]).toContain(rule.labels.severity);
      expect(rule.annotations.summary.length + rule.annotations.description.length).toBeGreaterThan(40);
      if (rule.for !== undefined) expect(rule.for).toMatch(/^\d+[mh]$/);
      const labels = [...rule.expr.matchAll(/windtunnel_\w+/g)].flatMap((m: Raw) => NAMES.get(m[0]) ?? []);
      for (const m of rule.annotations.summary.matchAll(/\$labels\.(\w+)/g)) expect(labels).toContain(m[1]);
    }
  });

  test("the dashboard shows metrics that there are", () => {
    const { panels } = JSON.parse(read("monitoring/dashboard.json"));
    expect(panels.length).toBeGreaterThan(10);
    for (const panel of panels)
      for (const { expr } of panel.targets)
        expect({ title: panel.title, faults: faults(expr) }).toEqual({ title: panel.title, faults: [] });
    const ids = panels.map((p: Raw) => p.id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test("and would be noticed if they did not", () => {
    expect(faults("windtunnel_cluster_upp == 0")).toEqual(["unknown metric windtunnel_cluster_upp"]);
    expect(faults("sum by (pod) (windtunnel_leader)")).toEqual(["no label pod"]);
    expect(faults("rate(windtunnel_leader[5m])")).toEqual(["a rate of what is no counter"]);
    expect(faults("sum(windtunnel_leader")).toEqual(["() do not match"]);
  });
});

describe("a rendered service", () => {
  const service = serviceSchema.parse({
    name: "Chat Bot!",
    model: "llama3-8b",
    gpu: "a10",
    tensorParallel: 2,
    usdPerGpuHour: 1,
    requestsPerSecond: 1,
    bounds: {},
    replicas: { min: 3, max: 9 },
  });

  test("has the GPUs, replicas and time to start that were simulated", () => {
    const [deployment, front, budget] = renderService(service, {
      namespace: "shop",
      image: "i:1",
      port: 8000,
    }) as Raw[];
    const [container] = deployment.spec.template.spec.containers;
    expect([deployment.spec.replicas, container.resources.limits["nvidia.com/gpu"]]).toEqual([3, "2"]);
    expect(container.startupProbe.periodSeconds * container.startupProbe.failureThreshold).toBeGreaterThanOrEqual(
      service.coldStartSeconds,
    );
    expect(front.spec.selector).toEqual(deployment.spec.selector.matchLabels);
    expect(budget.spec.selector.matchLabels).toEqual(deployment.spec.selector.matchLabels);
  });

  test.each([
    ["Chat Bot!", "chat-bot"],
    ["9lives", "s-9lives"],
    ["---", "service"],
    ["x".repeat(80), "x".repeat(63)],
  ])("of name %j is called %s", (given, name) => {
    expect(objectName(given)).toBe(name);
  });
});

// The preflight: can we see what we must, may we do what is granted and no more, do the clocks agree, does a dry run work.

import { ApiError, type KubeApi } from "./api.js";
import { type Action, atLeast, type LiveConfig } from "./config.js";
import { readControl } from "./control.js";
import { at, listAt, textAt } from "./json.js";

export interface Finding {
  cluster: string;
  check: string;
  ok: boolean | "warn";
  found: string;
}

interface Verb {
  verb: string;
  group: string;
  resource: string;
  subresource?: string;
  name?: string;
}

const READS: Verb[] = [
  { verb: "list", group: "", resource: "nodes" },
  { verb: "watch", group: "", resource: "pods" },
  { verb: "list", group: "", resource: "namespaces" },
  { verb: "list", group: "batch", resource: "jobs" },
  { verb: "list", group: "apps", resource: "deployments" },
  { verb: "list", group: "apps", resource: "statefulsets" },
  { verb: "list", group: "policy", resource: "poddisruptionbudgets" },
  { verb: "list", group: "autoscaling", resource: "horizontalpodautoscalers" },
];

/** What each action writes. */
export const WRITES: Record<Action, Verb[]> = {
  scale: [
    { verb: "get", group: "apps", resource: "deployments", subresource: "scale" },
    { verb: "patch", group: "apps", resource: "deployments", subresource: "scale" },
  ],
  suspend: [{ verb: "patch", group: "batch", resource: "jobs" }],
  evict: [{ verb: "create", group: "", resource: "pods", subresource: "eviction" }],
  bind: [{ verb: "create", group: "", resource: "pods", subresource: "binding" }],
  nominate: [{ verb: "patch", group: "kueue.x-k8s.io", resource: "workloads", subresource: "status" }],
  route: [{ verb: "patch", group: "gateway.networking.k8s.io", resource: "httproutes" }],
};

/** What nobody should be able to do as us. */
const TOO_MUCH: Verb[] = [
  { verb: "*", group: "*", resource: "*" },
  { verb: "get", group: "", resource: "secrets" },
  { verb: "delete", group: "", resource: "pods" },
  { verb: "update", group: "", resource: "nodes" },
];

const SKEW_SECONDS_MOST = 5;

async function mayI(
  api: KubeApi,
  { verb, group, resource, subresource, name }: Verb,
  namespace?: string,
): Promise<boolean> {
  const { body } = await api.call({
    method: "POST",
    path: "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
    body: {
      apiVersion: "authorization.k8s.io/v1",
      kind: "SelfSubjectAccessReview",
      spec: {
        resourceAttributes: {
          verb,
          group,
          resource,
          ...(subresource ? { subresource } : {}),
          ...(namespace ? { namespace } : {}),
          ...(name ? { name } : {}),
        },
      },
    },
  });
  return at(body, "status", "allowed") === true;
}

const nameOf = ({ verb, resource, subresource }: Verb) => `${verb} ${resource}${subresource ? `/${subresource}` : ""}`;

/** All findings for one cluster; never throws for what a server says. */
export async function examine(
  config: LiveConfig,
  cluster: string,
  api: KubeApi,
  server: string,
  now: () => number,
): Promise<Finding[]> {
  const out: Finding[] = [];
  const add = (check: string, ok: Finding["ok"], found: string) => void out.push({ cluster, check, ok, found });
  try {
    const { body, dateMillis } = await api.call({ method: "GET", path: "/version" });
    add("server", true, `${server}, Kubernetes ${textAt(body, "gitVersion") ?? "of an unknown version"}`);
    if (dateMillis !== undefined) {
      const skew = Math.abs(now() - dateMillis) / 1000;
      add("clock", skew <= SKEW_SECONDS_MOST, `${skew.toFixed(1)} s from the server's, at most ${SKEW_SECONDS_MOST}`);
    }
    const groups = listAt((await api.call({ method: "GET", path: "/apis" })).body, "groups").map((g) =>
      textAt(g, "name"),
    );
    for (const [group, what] of [
      ["kueue.x-k8s.io", "Kueue"],
      ["gateway.networking.k8s.io", "Gateway API"],
      ["keda.sh", "KEDA"],
    ] as const) {
      add(what, true, groups.includes(group) ? "there" : "not there: none of its objects are looked for");
    }
    for (const verb of READS) {
      const ok = await mayI(api, verb);
      add(nameOf(verb), ok, ok ? "allowed" : "forbidden: the cluster stays degraded");
    }
    await examineWrites(config, cluster, api, groups, add);
    for (const verb of TOO_MUCH) {
      const can = await mayI(api, verb);
      if (can) add(nameOf(verb), "warn", "allowed, and never needed: give this identity less");
    }
    if (config.grants.some((g) => atLeast(g.mode, "apply") && (g.cluster === "*" || g.cluster === cluster))) {
      const control = await readControl(api, config.control, now);
      const { namespace, configMap } = config.control;
      add(
        "switches",
        control !== undefined,
        control ? `${namespace}/${configMap}` : `${namespace}/${configMap} cannot be read: nothing will be written`,
      );
      for (const verb of ["get", "update"]) {
        const lease = { verb, group: "coordination.k8s.io", resource: "leases", name: config.control.lease };
        add(`${verb} leases`, await mayI(api, lease, namespace), `in ${namespace}`);
      }
    }
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    add("server", false, error.message);
  }
  return out;
}

async function examineWrites(
  config: LiveConfig,
  cluster: string,
  api: KubeApi,
  groups: readonly (string | undefined)[],
  add: (check: string, ok: Finding["ok"], found: string) => void,
): Promise<void> {
  for (const grant of config.grants) {
    if (!atLeast(grant.mode, "apply") || (grant.cluster !== "*" && grant.cluster !== cluster)) continue;
    const namespace = grant.namespace === "*" ? undefined : grant.namespace;
    for (const action of grant.actions) {
      for (const verb of WRITES[action]) {
        const builtIn = !verb.group.includes(".");
        if (!builtIn && !groups.includes(verb.group)) continue;
        const ok = await mayI(api, verb, namespace);
        add(
          `${nameOf(verb)} in ${grant.namespace}`,
          ok,
          ok ? `allowed, for ${action}` : `forbidden: ${action} will fail`,
        );
      }
    }
  }
  if (config.events !== "no") {
    const spaces = new Set(config.grants.filter((g) => g.mode !== "observe").map((g) => g.namespace));
    for (const space of spaces) {
      for (const verb of ["create", "patch"]) {
        const ok = await mayI(api, { verb, group: "", resource: "events" }, space === "*" ? undefined : space);
        add(`${verb} events in ${space}`, ok, ok ? "allowed, for events" : "forbidden: events will be dropped");
      }
    }
  }
  const wide = { verb: "patch", group: "apps", resource: "deployments", subresource: "scale" };
  const granted = config.grants.some((g) => g.namespace === "*" && atLeast(g.mode, "apply"));
  if (!granted && (await mayI(api, wide)))
    add("patch deployments/scale everywhere", "warn", "allowed in every namespace, granted in some or none");
}

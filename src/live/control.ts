// The switches in a cluster: a ConfigMap that is read before each write. Without it nothing is written: a switch that cannot be
// read counts as thrown.

import { ApiError, type KubeApi } from "./api.js";
import { mapAt } from "./json.js";

/** hold: nothing new, nothing further. drain: nothing new; what has begun is finished. */
export type Pause = "no" | "hold" | "drain";

export interface Control {
  readMillis: number;
  pause: Pause;
  /** By namespace. */
  namespaces: ReadonlyMap<string, Pause>;
  /** Serials of permits that are not valid any more. */
  revoked: ReadonlySet<string>;
}

/** Anything that is not clearly "go" is a stop. */
function pauseOf(text: string | undefined): Pause {
  if (text === undefined || text === "" || text === "no" || text === "false") return "no";
  return text === "drain" ? "drain" : "hold";
}

export function parseControl(body: unknown, readMillis: number): Control {
  const data = mapAt(body, "data");
  const namespaces = new Map<string, Pause>();
  for (const [key, value] of data) {
    if (key.startsWith("pause.")) namespaces.set(key.slice("pause.".length), pauseOf(value));
  }
  const revoked = new Set((data.get("revoked") ?? "").split(/[\s,]+/).filter((s) => s !== ""));
  return { readMillis, pause: pauseOf(data.get("pause")), namespaces, revoked };
}

export function controlPath(namespace: string, configMap: string): string {
  return `/api/v1/namespaces/${namespace}/configmaps/${configMap}`;
}

/** The switches as they are now; undefined: they cannot be read, or are not there. */
export async function readControl(
  api: KubeApi,
  at: { namespace: string; configMap: string },
  now: () => number,
): Promise<Control | undefined> {
  // from before the request: it says how things were no later than now
  const asked = now();
  try {
    const { body } = await api.call({
      method: "GET",
      path: controlPath(at.namespace, at.configMap),
      timeoutMillis: 5000,
    });
    return parseControl(body, asked);
  } catch (error) {
    if (error instanceof ApiError) return undefined;
    throw error;
  }
}

/** What holds for a namespace: the stricter of the cluster's and its own. */
export function pauseFor(control: Control, namespace: string): Pause {
  const own = control.namespaces.get(namespace) ?? "no";
  if (control.pause === "hold" || own === "hold") return "hold";
  return control.pause === "drain" || own === "drain" ? "drain" : "no";
}

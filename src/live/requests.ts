// What a pod asks for, as kube-scheduler adds it up: containers together, each plain init container beside the sidecars that
// started before it, the largest of these moments; and the pod's overhead. Kubernetes docs, "Init containers: resource
// sharing"; the sidecar rule is KEP-753.

import { at, isObject, type Json, listAt, own, textAt } from "./json.js";
import { parseQuantity, requestMib, requestMilli, wholeCount } from "./quantity.js";

export interface Requests {
  cpuMilli: number;
  memoryMib: number;
  /** Whole GPUs. */
  gpus: number;
  /** Other extended resources (partitions of GPUs, shared GPUs) by name. */
  others: ReadonlyMap<string, number>;
  /** A quantity could not be read: what it asks for is not known. */
  unreadable: boolean;
}

type Sums = Map<string, bigint>;

function amountsOf(container: unknown, faults: { unreadable: boolean }): Sums {
  const sums: Sums = new Map();
  const resources = own(container, "resources");
  // a limit without a request is a request
  for (const kind of ["limits", "requests"]) {
    const given = own(resources, kind);
    if (!isObject(given)) continue;
    for (const name of Object.keys(given)) {
      const nano = parseQuantity((given as Json)[name]);
      if (nano === undefined || nano < 0n) faults.unreadable = true;
      else sums.set(name, nano);
    }
  }
  return sums;
}

function add(into: Sums, other: ReadonlyMap<string, bigint>): void {
  for (const [name, nano] of other) into.set(name, (into.get(name) ?? 0n) + nano);
}

function most(into: Sums, other: ReadonlyMap<string, bigint>): void {
  for (const [name, nano] of other) if (nano > (into.get(name) ?? 0n)) into.set(name, nano);
}

/** Of a pod's spec, or of a template's. */
export function podRequests(spec: unknown): Requests {
  const faults = { unreadable: false };
  const running: Sums = new Map();
  for (const container of listAt(spec, "containers")) add(running, amountsOf(container, faults));
  const sidecars: Sums = new Map();
  const starting: Sums = new Map();
  for (const container of listAt(spec, "initContainers")) {
    const amounts = amountsOf(container, faults);
    if (textAt(container, "restartPolicy") === "Always") {
      add(sidecars, amounts);
      most(starting, sidecars);
    } else {
      const moment: Sums = new Map(sidecars);
      add(moment, amounts);
      most(starting, moment);
    }
  }
  add(running, sidecars);
  most(running, starting);
  add(running, amountsOf({ resources: { requests: at(spec, "overhead") } }, faults));
  const others = new Map<string, number>();
  let gpus = 0;
  for (const [name, nano] of running) {
    if (!name.includes("/")) continue;
    const count = wholeCount(nano);
    if (count === undefined) faults.unreadable = true;
    else if (name === "nvidia.com/gpu") gpus = count;
    else if (count > 0) others.set(name, count);
  }
  return {
    cpuMilli: requestMilli(running.get("cpu") ?? 0n),
    memoryMib: requestMib(running.get("memory") ?? 0n),
    gpus,
    others,
    unreadable: faults.unreadable,
  };
}

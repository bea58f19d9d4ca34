// May a pod run on a node: selectors, node affinity, taints and tolerations, as kube-scheduler reads them (Kubernetes docs,
// "Assigning Pods to Nodes", "Taints and Tolerations"). Whatever is not understood does not match.

import { listAt, numberAt, textAt } from "./json.js";
import type { Node, PlacementSpec, Selector, Taint } from "./objects.js";

function matchesExpression(labels: ReadonlyMap<string, string>, expression: unknown): boolean {
  const key = textAt(expression, "key");
  const values = listAt(expression, "values");
  if (key === undefined) return false;
  const value = labels.get(key);
  switch (textAt(expression, "operator")) {
    case "In":
      return value !== undefined && values.includes(value);
    case "NotIn":
      return value === undefined || !values.includes(value);
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
    case "Gt":
      return isWhole(value) && isWhole(values[0]) && Number(value) > Number(values[0]);
    case "Lt":
      return isWhole(value) && isWhole(values[0]) && Number(value) < Number(values[0]);
    default:
      return false;
  }
}

function isWhole(value: unknown): boolean {
  return typeof value === "string" && /^-?\d{1,15}$/.test(value);
}

/** A selector of labels; an empty one selects everything. */
export function selects(selector: Selector, labels: ReadonlyMap<string, string>): boolean {
  for (const [key, value] of selector.matchLabels) if (labels.get(key) !== value) return false;
  return selector.matchExpressions.every((expression) => matchesExpression(labels, expression));
}

function matchesTerm(node: Node, term: unknown): boolean {
  const [expressions, fields] = [listAt(term, "matchExpressions"), listAt(term, "matchFields")];
  // a term without conditions matches nothing
  if (expressions.length + fields.length === 0) return false;
  const name = new Map([["metadata.name", node.name]]);
  return expressions.every((e) => matchesExpression(node.labels, e)) && fields.every((e) => matchesExpression(name, e));
}

/** Does a toleration bear a taint for good? One that ends after a time (`tolerationSeconds`) does not count for placing. */
function tolerates(toleration: unknown, taint: Taint): boolean {
  const effect = textAt(toleration, "effect") ?? "";
  if (effect !== "" && effect !== taint.effect) return false;
  if (taint.effect === "NoExecute" && numberAt(toleration, "tolerationSeconds") !== undefined) return false;
  const key = textAt(toleration, "key") ?? "";
  const operator = textAt(toleration, "operator") ?? "Equal";
  if (key === "") return operator === "Exists";
  if (key !== taint.key) return false;
  if (operator === "Exists") return true;
  return operator === "Equal" && (textAt(toleration, "value") ?? "") === taint.value;
}

/** True if a pod of this kind may be put on the node as the node is now, as far as room is no question. */
export function mayRunOn(node: Node, placement: PlacementSpec): boolean {
  if (!node.ready || node.unschedulable || node.deleting) return false;
  for (const [key, value] of placement.nodeSelector) if (node.labels.get(key) !== value) return false;
  if (placement.affinity.length > 0 && !placement.affinity.some((term) => matchesTerm(node, term))) return false;
  return node.taints
    .filter((taint) => taint.effect !== "PreferNoSchedule")
    .every((taint) => placement.tolerations.some((toleration) => tolerates(toleration, taint)));
}

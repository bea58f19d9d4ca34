// What cannot be meant of classes and tenants of a service.

import type { ServiceSpec } from "../../model/service-study.js";
import type { ClassSpec } from "../../model/serving/classes.js";
import type { Fault } from "./faults.js";

function firstTwice(names: readonly string[]): string | undefined {
  return names.find((name, i) => names.indexOf(name) !== i);
}

export function whoFault(spec: ServiceSpec): Fault | undefined {
  return tenantsFault(spec) ?? classesFault(spec) ?? modalitiesFault(spec);
}

function modalitiesFault({
  modalities,
  replay,
  generator,
  sessions,
  contents,
  server,
}: ServiceSpec): Fault | undefined {
  if (modalities.length === 0) return undefined;
  const twice = firstTwice(modalities.map(({ name }) => name));
  if (twice !== undefined)
    return { what: `two modalities are named "${twice}".`, hint: "Give each a name of its own." };
  const odd = modalities.find(({ tokensMedian, tokensP90 }) => tokensP90 < tokensMedian);
  if (odd)
    return { what: `modality ${odd.name}: the 90th percentile of tokens is below the median.`, hint: "Correct it." };
  const other = replay
    ? "replay"
    : sessions
      ? "sessions"
      : contents
        ? "contents"
        : generator?.servegen === "mm-image"
          ? "generator mm-image"
          : server && server.microsPerToken === 0
            ? "a server whose batches do not depend on tokens"
            : undefined;
  if (other)
    return {
      what: `modalities are added to prompts that are drawn, and there is ${other}.`,
      hint: "Keep one of the two.",
    };
  return undefined;
}

function tenantsFault({ tenants, replay, generator }: ServiceSpec): Fault | undefined {
  if (!tenants) return undefined;
  const given = [tenants.recorded, tenants.shares !== undefined, tenants.count !== undefined].filter(Boolean).length;
  if (given !== 1)
    return { what: `tenants has ${given} of recorded, shares and count.`, hint: "Keep exactly one of the three." };
  if (tenants.recorded && !replay && !generator)
    return {
      what: "tenants.recorded takes them from a record, and nothing is replayed.",
      hint: "Add replay, or give shares.",
    };
  return undefined;
}

function classesFault(spec: ServiceSpec): Fault | undefined {
  const { classes, gateway } = spec;
  if (classes.length === 0) return undefined;
  const twice = firstTwice(classes.map(({ name }) => name));
  if (twice !== undefined) return { what: `two classes are named "${twice}".`, hint: "Give each a name of its own." };
  for (const own of classes) {
    const wrong = classFault(spec, own);
    if (wrong) return { ...wrong, what: `class ${own.name}: ${wrong.what}` };
  }
  const sum = classes.reduce((total, { share }) => total + (share ?? 0), 0);
  if (Math.abs(sum - 1) > 1e-9)
    return {
      what: `the shares of classes add up to ${sum}, not to 1.`,
      hint: "Classes with share take what no class with when takes: make their shares add up to 1.",
    };
  const weights = new Set(classes.map(({ weight }) => weight));
  if (weights.size > 1 && !gateway?.hold)
    return {
      what: "classes have different weights, which count only where requests wait at a gateway.",
      hint: "Add gateway: { hold: {}, requestsPerReplica: … }, or leave weight out.",
    };
  return undefined;
}

function classFault(
  spec: ServiceSpec,
  { share, when, lengths, deadlineSeconds, admitShare }: ClassSpec,
): Fault | undefined {
  const { replay, generator, sessions, contents, tenants, gateway } = spec;
  if ((share === undefined) === (when === undefined))
    return { what: "give either share or when, and not both.", hint: "Keep one of the two keys." };
  if (when && Object.keys(when).length === 0)
    return { what: "when says nothing.", hint: "Give tenants, recorded, promptTokensMin or promptTokensMax." };
  if (when?.tenants && !tenants)
    return { what: "when.tenants, and the service tells no tenants apart.", hint: "Add tenants." };
  const stranger = tenants?.shares && when?.tenants?.find((name) => !(name in tenants.shares!));
  if (stranger !== undefined)
    return {
      what: `when.tenants has "${stranger}", which is no tenant.`,
      hint: `Tenants: ${Object.keys(tenants!.shares!).join(", ")}.`,
    };
  if (when?.recorded && !replay)
    return { what: "when.recorded takes classes from a record, and nothing is replayed.", hint: "Add replay." };
  const other = replay ? "replay" : generator ? "generator" : sessions ? "sessions" : contents ? "contents" : undefined;
  if (lengths && other)
    return { what: `lengths, and the requests have those of ${other}.`, hint: "Leave out one of the two." };
  if (lengths && lengths.promptTokensP90 < lengths.promptTokensMedian)
    return { what: "the 90th percentile of prompts is below the median.", hint: "Correct lengths." };
  if (lengths && lengths.outputTokensP90 < lengths.outputTokensMedian)
    return { what: "the 90th percentile of answers is below the median.", hint: "Correct lengths." };
  if (deadlineSeconds !== undefined && !gateway)
    return { what: "deadlineSeconds, and no gateway that would keep it.", hint: "Add gateway: {}." };
  if (admitShare < 1 && gateway?.requestsPerReplica === undefined && !gateway?.tokens)
    return {
      what: "admitShare is a share of gateway.requestsPerReplica and gateway.tokens, which are not given.",
      hint: "Add gateway: { requestsPerReplica: … }.",
    };
  return undefined;
}

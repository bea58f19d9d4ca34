// What cannot be meant of places and origins of a service.

import type { ServiceSpec, ServiceStudy } from "../../model/service-study.js";
import type { OriginSpec, PlacesSpec } from "../../model/serving/places.js";
import type { Fault } from "./faults.js";

export function placesFault(spec: ServiceSpec): Fault | undefined {
  const { places, origins } = spec;
  if (!places)
    return origins.length === 0
      ? undefined
      : { what: "origins say how far requests are from places, and there are none.", hint: "Add places." };
  if (origins.length === 0)
    return { what: "places, and nothing says where requests come from.", hint: "Add origins, with oneWayMillis." };
  return ruleFault(places) ?? listsFault(places, origins) ?? togetherFault(spec);
}

function ruleFault({ rule, usdPerSecond, targetSeconds }: PlacesSpec): Fault | undefined {
  const wanted = { usdPerSecond: rule === "cost-and-time", targetSeconds: rule === "cost-in-time" };
  for (const [key, value] of Object.entries({ usdPerSecond, targetSeconds })) {
    const isWanted = wanted[key as keyof typeof wanted];
    if (isWanted === (value !== undefined)) continue;
    return isWanted
      ? { what: `places.rule is ${rule}, which needs places.${key}.`, hint: `Give places.${key}.` }
      : { what: `places.${key} means nothing to rule ${rule}.`, hint: "Leave it out, or choose another rule." };
  }
  return undefined;
}

function listsFault({ at }: PlacesSpec, origins: readonly OriginSpec[]): Fault | undefined {
  const names = at.map(({ name }) => name);
  for (const [noun, list] of [
    ["place", names],
    ["origin", origins.map(({ name }) => name)],
  ] as const) {
    const twice = list.find((name, i) => list.indexOf(name) !== i);
    if (twice !== undefined)
      return { what: `two ${noun}s are named "${twice}".`, hint: "Give each a name of its own." };
  }
  const sum = origins.reduce((total, { share }) => total + share, 0);
  if (Math.abs(sum - 1) > 1e-9)
    return { what: `the shares of origins add up to ${sum}, not to 1.`, hint: "Make them add up to 1." };
  for (const { name, oneWayMillis, allowed } of origins) {
    const missing = names.find((place) => oneWayMillis[place] === undefined);
    if (missing !== undefined)
      return {
        what: `origin ${name}: oneWayMillis does not say how far ${missing} is.`,
        hint: "Give every place, ms.",
      };
    const stranger = [...Object.keys(oneWayMillis), ...(allowed ?? [])].find((place) => !names.includes(place));
    if (stranger !== undefined)
      return { what: `origin ${name} names "${stranger}", which is no place.`, hint: `Places: ${names.join(", ")}.` };
  }
  const upsideDown = at.find(({ replicas }) => replicas && replicas.min > replicas.max);
  if (upsideDown) return { what: `place ${upsideDown.name}: replicas.min is above max.`, hint: "Swap the two." };
  return undefined;
}

const UNSAID = {
  disaggregation: "what becomes of a request between two replicas",
  stages: "on which place's CPUs stages run",
  share: "which place's devices replicas share",
  adapters: "which weights are at which place",
  models: "which weights are at which place",
};

function togetherFault(spec: ServiceSpec): Fault | undefined {
  const { replay, origins, hourly, alerts, places, gateway } = spec;
  const other = (["disaggregation", "stages", "share", "adapters", "models"] as const).find((key) => spec[key]);
  if (other)
    return {
      what: `places and ${other} do not go together: ${UNSAID[other]} is not modelled.`,
      hint: "Leave one of the two out.",
    };
  const shifted = origins.find(({ hourOffset }) => hourOffset !== 0);
  if (shifted && replay)
    return {
      what: `origin ${shifted.name}: hourOffset shifts hourly, and a record has its own hours.`,
      hint: "Leave hourOffset out.",
    };
  if (shifted && hourly.length !== 24)
    return {
      what: `origin ${shifted.name}: hourOffset shifts hourly, which has ${hourly.length} entries and not 24.`,
      hint: "Give hourly 24 entries.",
    };
  const rule = alerts.find(({ metric }) => metric === "metShare" || metric === "ttftSecondsP90");
  if (rule)
    return {
      what: `alert "${rule.name}" watches ${rule.metric}, which is of the whole service, and each place has rules of its own.`,
      hint: "Watch outstanding, requestsPerReplica, replicas or memoryShare.",
    };
  const empty = places!.at.find(({ replicas }) => (replicas ?? spec.replicas).min === 0);
  if (empty && !gateway?.hold)
    return {
      what: `place ${empty.name}: replicas.min is 0, and nothing holds requests while there is no replica.`,
      hint: "Add gateway: { hold: {} }, or keep one replica.",
    };
  return undefined;
}

/** What cannot be meant of a study with services that stand in places. */
export function placesStudyFault({ services, controllers, training }: ServiceStudy): Fault | undefined {
  const spread = services.find(({ places }) => places);
  if (!spread) return undefined;
  const controller = controllers.find((name) => name === "oracle" || name === "ttft");
  if (controller)
    return {
      what: `controller ${controller} goes by ${controller === "oracle" ? "the demand of a place, which depends on the rule" : "percentiles of the whole service"}, and ${spread.name} stands in several places.`,
      hint: "Choose another controller.",
    };
  if (controllers.includes("schedule") && spread.schedule.length === 0)
    return {
      what: `controller schedule goes by hourly, which is of all requests to ${spread.name} and not of those of a place.`,
      hint: "Give the service a schedule of its own.",
    };
  if (training)
    return {
      what: `training shares one pool of GPUs, and ${spread.name} stands in several places.`,
      hint: "Leave out training or places.",
    };
  return undefined;
}

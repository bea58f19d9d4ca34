// What a study of services compares: variants of the services x cold starts x controllers, every one on the same demand.

import { z } from "zod";
import { WindtunnelError } from "../../model/errors.js";
import { type AutoscalerName, type ServiceStudy, serviceSchema } from "../../model/service-study.js";

export interface Arm {
  /** null in a study without variants. */
  variant: string | null;
  controller: AutoscalerName;
  /** null: every service has its own. */
  coldStartSeconds: number | null;
}

/** The same arm has the same key. */
export function armKey({ variant, controller, coldStartSeconds }: Arm): string {
  return `${variant ?? ""}\n${controller} ${coldStartSeconds}`;
}

type Tree = Record<string, unknown>;
const isTree = (value: unknown): value is Tree => typeof value === "object" && value !== null && !Array.isArray(value);

/** `base` with what `change` says in its place; sections are merged key by key, lists and values replaced, null takes a key away. */
function merged(base: Tree, change: Tree): Tree {
  const out = { ...base };
  for (const [key, value] of Object.entries(change)) {
    const before = out[key];
    if (value === null) delete out[key];
    else out[key] = isTree(value) && isTree(before) ? merged(before, value) : value;
  }
  return out;
}

/**
 * The study of each variant, in which the services say what the variant changes of them; the study itself if there are none.
 * @throws WindtunnelError SCENARIO_INVALID for a service that is not there, or a key that services do not have.
 */
export function variantStudies(study: ServiceStudy): { variant: string | null; study: ServiceStudy }[] {
  if (study.variants.length === 0) return [{ variant: null, study }];
  return study.variants.map(({ name, all, services: own }) => {
    const stranger = Object.keys(own).find((service) => !study.services.some((s) => s.name === service));
    if (stranger !== undefined) {
      throw new WindtunnelError(
        "SCENARIO_INVALID",
        `variants: "${name}" changes a service "${stranger}", which is not in the study.`,
        `Services: ${study.services.map((s) => s.name).join(", ")}.`,
      );
    }
    const services = study.services.map((spec) => {
      const changed = serviceSchema.safeParse(merged(merged(spec, all), own[spec.name] ?? {}));
      if (changed.success) return changed.data;
      throw new WindtunnelError(
        "SCENARIO_INVALID",
        `variants: "${name}" makes service ${spec.name} impossible. ${z.prettifyError(changed.error).replaceAll("\n", " ")}`,
        "A variant gives keys of services, as in docs/services.md.",
      );
    });
    return { variant: name, study: { ...study, services, variants: [] } };
  });
}

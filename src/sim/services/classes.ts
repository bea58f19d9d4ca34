// Classes of requests of a study's services as one list: those of the first service, then those of the second, and so on. A
// service that tells none apart has one, without a name.

import type { ServiceSpec, ServiceStudy } from "../../model/service-study.js";
import type { ClassSpec } from "../../model/serving/classes.js";

interface ClassRow {
  service: number;
  spec: ServiceSpec;
  /** Undefined: all requests of the service are alike. */
  own: ClassSpec | undefined;
}

export function classRows({ services }: Pick<ServiceStudy, "services">): ClassRow[] {
  return services.flatMap((spec, service) => {
    const list = spec.classes.length > 0 ? spec.classes : [undefined];
    return list.map((own) => ({ service, spec, own }));
  });
}

/** Indices into that list of a service's classes. */
export function classesOf(study: Pick<ServiceStudy, "services">, service: number): number[] {
  return classRows(study).flatMap((row, i) => (row.service === service ? [i] : []));
}

// `windtunnel render`: services of a study as manifests.

import type { CommandSpec } from "../command.js";
import { parseCount } from "../parse.js";

export const renderCommand: CommandSpec = {
  name: "render",
  summary: "Services of a study as Kubernetes manifests",
  description:
    "Prints a Deployment, a Service and a disruption budget for each service of services.yaml: replicas with the GPUs that were simulated, the smallest number of them, and time to start as simulated. `kubectl apply --dry-run=server -f -` checks them on a cluster; a target of the live configuration then scales them.",
  arguments: [{ name: "<study>", description: "folder with services.yaml" }],
  options: [
    { flags: "--image <image>", description: "container image of the servers" },
    { flags: "--namespace <name>", description: "where they go", default: "default" },
    { flags: "--service <name>", description: "only this one", default: "all" },
    {
      flags: "--place <name>",
      description: "services that stand in several places, as they stand in this one",
      default: "none",
    },
    {
      flags: "--gpu-product <label>",
      description: "value of nvidia.com/gpu.product that nodes must have",
      default: "any",
    },
    { flags: "--port <n>", description: "port of the servers", parse: parseCount, default: "8000" },
    { flags: "--json", description: "print as a List in JSON" },
  ],
  examples: [
    {
      command: "windtunnel render scenarios/shop-inference --image registry.example/llm:1 --namespace shop",
      does: "manifests of three services",
    },
  ],
  async run(context, [path], options) {
    const [{ renderService }, { serviceAt }, { readServiceStudy }, { stringify }, { WindtunnelError }] =
      await Promise.all([
        import("../../live/render.js"),
        import("../../sim/services/places.js"),
        import("../../sim/services/study-file.js"),
        import("yaml"),
        import("../../model/errors.js"),
      ]);
    if (options.image === undefined) {
      throw new WindtunnelError(
        "USAGE",
        "No image is given: a study does not say what serves its requests.",
        "Give --image.",
      );
    }
    const namespace = String(options.namespace ?? "default");
    if (!/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(namespace)) {
      throw new WindtunnelError(
        "USAGE",
        `--namespace: "${namespace}" is no name of a namespace.`,
        "Use lower-case letters, digits and -.",
      );
    }
    const study = await readServiceStudy(path!);
    const services = study.services.filter((s) => options.service === undefined || s.name === options.service);
    if (services.length === 0) {
      throw new WindtunnelError(
        "USAGE",
        `--service: the study has no service "${String(options.service)}".`,
        `It has: ${study.services.map((s) => s.name).join(", ")}.`,
      );
    }
    const choice = {
      namespace,
      image: String(options.image),
      port: (options.port as number | undefined) ?? 8000,
      ...(options.gpuProduct === undefined ? {} : { gpuProduct: String(options.gpuProduct) }),
    };
    const standing = services.map((service) => serviceAt(study, service, options.place as string | undefined));
    const manifests = standing.flatMap((service) => renderService(service, choice));
    context.out(
      options.json === true
        ? JSON.stringify({ apiVersion: "v1", kind: "List", items: manifests }, null, 2)
        : manifests.map((m) => stringify(m)).join("---\n"),
    );
  },
};

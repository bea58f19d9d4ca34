// A service of a study as Kubernetes manifests: a Deployment whose replicas have the GPUs that were simulated, a Service, and a
// disruption budget. What a study does not say (image, command, model files) is given, or left to whoever applies them.

import { WindtunnelError } from "../model/errors.js";
import type { ServiceSpec } from "../model/service-study.js";
import { GPU_RESOURCE } from "./objects.js";

export interface RenderChoice {
  namespace: string;
  image: string;
  /** Value of the label nvidia.com/gpu.product that nodes must have; absent: any. */
  gpuProduct?: string;
  port: number;
}

export type Manifest = Record<string, unknown> & { kind: string; metadata: { name: string; namespace: string } };

/** A name that Kubernetes accepts for everything: lower case, digits, dashes, at most 63. */
export function objectName(name: string): string {
  const plain = name
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 63)
    .replace(/-+$/, "");
  return plain === "" ? "service" : /^[a-z]/.test(plain) ? plain : `s-${plain}`.slice(0, 63);
}

/** @throws WindtunnelError USAGE for thousandths of a GPU, which Kubernetes has no resource for. */
function gpusOf({ name, share, tensorParallel }: ServiceSpec): Record<string, string> {
  if (share?.milliGpu !== undefined)
    throw new WindtunnelError(
      "USAGE",
      `${name} has ${share.milliGpu} thousandths of a GPU: Kubernetes knows no such resource.`,
      "Render it with a partition (share.mig), or with whole GPUs.",
    );
  return share ? { [`nvidia.com/mig-${share.mig}`]: "1" } : { [GPU_RESOURCE]: String(tensorParallel) };
}

export function renderService(service: ServiceSpec, { namespace, image, gpuProduct, port }: RenderChoice): Manifest[] {
  const name = objectName(service.name);
  const labels = { "app.kubernetes.io/name": name, "app.kubernetes.io/managed-by": "windtunnel-render" };
  const selector = { "app.kubernetes.io/name": name };
  const metadata = { name, namespace, labels };
  const gpus = gpusOf(service);
  const container = {
    name: "server",
    image,
    ports: [{ name: "http", containerPort: port }],
    resources: { limits: gpus, requests: gpus },
    // a replica takes requests once its model is loaded: as long as was simulated, and half as long again
    startupProbe: {
      tcpSocket: { port: "http" },
      periodSeconds: 10,
      failureThreshold: Math.max(3, Math.ceil((service.coldStartSeconds * 1.5) / 10)),
    },
    readinessProbe: { tcpSocket: { port: "http" }, periodSeconds: 5 },
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
  };
  const deployment = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: {
      ...metadata,
      annotations: { "windtunnel.dev/model": service.model, "windtunnel.dev/simulated-gpu": service.gpu },
    },
    spec: {
      replicas: service.replicas.min,
      selector: { matchLabels: selector },
      // a new replica first: GPUs for one more must be there while it is updated
      strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
      template: {
        metadata: { labels },
        spec: {
          automountServiceAccountToken: false,
          terminationGracePeriodSeconds: 120,
          containers: [container],
          tolerations: [{ key: GPU_RESOURCE, operator: "Exists", effect: "NoSchedule" }],
          ...(gpuProduct ? { nodeSelector: { "nvidia.com/gpu.product": gpuProduct } } : {}),
        },
      },
    },
  };
  const budget = {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata,
    spec: { maxUnavailable: 1, selector: { matchLabels: selector } },
  };
  const front = {
    apiVersion: "v1",
    kind: "Service",
    metadata,
    spec: { selector, ports: [{ name: "http", port, targetPort: "http" }] },
  };
  return [deployment, front, budget];
}

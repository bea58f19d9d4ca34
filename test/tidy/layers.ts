// Who may import whom. A layer is a folder (or a single file); what is not listed is forbidden.
// The picture: model <- engine <- {replay, plan, ensemble} <- {sim, live}; report reads results; cli composes.

export interface Layer {
  /** Path prefix, or a file. The longest that matches a path is its layer. */
  path: string;
  /** Layers, or single files, that it may import beside itself. */
  imports: readonly string[];
  why: string;
}

export const LAYERS: readonly Layer[] = [
  { path: "src/model", imports: [], why: "the domain imports nothing of ours" },
  { path: "src/engine", imports: ["src/model"], why: "the engine's host side knows the domain only" },
  { path: "src/solve", imports: ["src/engine", "src/model"], why: "solvers know no domain beyond errors and units" },
  {
    path: "src/plug",
    imports: ["src/engine", "src/model"],
    why: "a user's policy is linked with the engine before anything is simulated",
  },
  { path: "src/replay", imports: ["src/engine", "src/model"], why: "records and logs are fed to the engine" },
  { path: "src/plan", imports: ["src/solve", "src/engine", "src/model"], why: "planners call the engine's kernels" },
  {
    path: "src/ensemble",
    imports: ["src/solve", "src/engine", "src/model"],
    why: "training and fusion call the engine's kernels",
  },
  {
    path: "src/sim",
    imports: ["src/ensemble", "src/plan", "src/replay", "src/engine", "src/model", "src/solve", "src/plug"],
    why: "the simulator builds on all drivers' parts, never on live",
  },
  {
    path: "src/live",
    imports: ["src/ensemble", "src/plan", "src/replay", "src/engine", "src/model", "src/solve", "src/plug"],
    why: "live builds on the same parts as the simulator, never on it",
  },
  { path: "src/report", imports: ["src/model"], why: "a report is made from results alone" },
  {
    path: "src/cli",
    imports: [
      "src/model",
      "src/engine",
      "src/replay",
      "src/plan",
      "src/ensemble",
      "src/sim",
      "src/live",
      "src/report",
      "src/solve",
      "src/plug",
    ],
    why: "the command line composes everything, and nobody imports it",
  },
  {
    path: "src/index.ts",
    imports: [
      "src/model",
      "src/engine",
      "src/replay",
      "src/plan",
      "src/ensemble",
      "src/sim",
      "src/live",
      "src/report",
      "src/solve",
      "src/plug",
    ],
    why: "the library's list re-exports everything but the command line",
  },

  { path: "assembly/abi", imports: [], why: "numbers only" },
  { path: "assembly/abi.ts", imports: ["assembly/abi"], why: "numbers only" },
  { path: "assembly/memory.ts", imports: ["assembly/abi.ts"], why: "memory knows its numbers only" },
  { path: "assembly/kernel", imports: ["assembly/memory.ts", "assembly/abi.ts"], why: "the kernel knows no domain" },
  {
    path: "assembly/world",
    imports: ["assembly/kernel", "assembly/memory.ts", "assembly/abi.ts"],
    why: "the world is what is observed: no policy, no plant, no measure",
  },
  {
    path: "assembly/policy",
    imports: ["assembly/solve", "assembly/world", "assembly/kernel", "assembly/memory.ts", "assembly/abi.ts"],
    why: "a policy sees the world and never the truth",
  },
  {
    path: "assembly/plant",
    imports: [
      "assembly/world/facts.ts",
      "assembly/world/claims.ts",
      "assembly/world/clusters.ts",
      "assembly/world/services.ts",
      "assembly/world/prefixes.ts",
      "assembly/world/places.ts",
      "assembly/world/weights.ts",
      "assembly/kernel",
      "assembly/measure",
      "assembly/fuse",
      "assembly/memory.ts",
      "assembly/abi.ts",
    ],
    why: "the truth states facts and looks at what it obeyed; it never sees a policy nor a derived index",
  },
  {
    path: "assembly/measure",
    imports: ["assembly/world", "assembly/kernel", "assembly/memory.ts", "assembly/abi.ts"],
    why: "observers read and are read by nobody who decides",
  },
  ...["solve", "fuse", "learn", "forecast"].map((kind) => ({
    path: `assembly/${kind}`,
    imports: [
      "assembly/kernel",
      "assembly/memory.ts",
      "assembly/abi.ts",
      ...(kind === "learn" ? ["assembly/fuse/logarithms.ts"] : []),
    ],
    why: "kernels over work areas know no domain",
  })),
  ...["assembly/index.ts", "assembly/drive.ts", "assembly/serve.ts", "assembly/gateway.ts"].map((path) => ({
    path,
    imports: [
      "assembly/drive.ts",
      "assembly/serve.ts",
      "assembly/gateway.ts",
      "assembly/policy",
      "assembly/plant",
      "assembly/world",
      "assembly/measure",
      "assembly/solve",
      "assembly/fuse",
      "assembly/learn",
      "assembly/forecast",
      "assembly/kernel",
      "assembly/memory.ts",
      "assembly/abi.ts",
    ],
    why: "the only three places that see both policy and plant",
  })),
  {
    path: "assembly/bulk.ts",
    imports: ["assembly/fuse", "assembly/learn", "assembly/abi.ts"],
    why: "the export list of the kernels over bulk data",
  },
  {
    path: "assembly/tools.ts",
    imports: [
      "assembly/solve",
      "assembly/fuse",
      "assembly/learn",
      "assembly/forecast",
      "assembly/kernel",
      "assembly/memory.ts",
      "assembly/abi.ts",
    ],
    why: "the export list of the kernels on their own",
  },
];

function covers(path: string, file: string): boolean {
  return file === path || file.startsWith(`${path}/`);
}

export function layerOf(file: string): Layer | undefined {
  return LAYERS.filter((layer) => covers(layer.path, file)).sort((a, b) => b.path.length - a.path.length)[0];
}

export function mayImport(layer: Layer, target: string): boolean {
  return [layer.path, ...layer.imports].some((path) => covers(path, target));
}

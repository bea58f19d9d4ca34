// The policies by name. A queue policy says who goes next, a placement says where; any two combine.
// `information` says what the queue policy is told about run times: a live cluster never knows the true one, so a
// policy that needs it is an oracle and is marked so wherever it is printed.

/** What is known of a job's run time when it is submitted. The numbers are the engine's. */
export const INFORMATION = { none: 0, estimate: 1, history: 2, oracle: 3 } as const;
export type Information = keyof typeof INFORMATION;

/** Rules of order, as the engine numbers them. */
export const QUEUE_RULES = {
  fifo: 0,
  sjf: 1,
  srtf: 2,
  las: 3,
  easy: 4,
  conservative: 5,
  priority: 6,
  plug: 8,
} as const;
export type QueueRule = keyof typeof QUEUE_RULES;

export interface QueuePolicy {
  name: string;
  rule: QueueRule;
  information: Information;
  preempts: boolean;
  /** True if it never leaves capacity idle that the first waiting job it may start could use. */
  workConserving: boolean;
  summary: string;
  source: string;
}

function variants(
  rule: QueueRule,
  base: Omit<QueuePolicy, "name" | "rule" | "information" | "summary"> & { summary: string },
): QueuePolicy[] {
  return [
    { ...base, name: rule, rule, information: "estimate", summary: `${base.summary}, on the users' estimates` },
    {
      ...base,
      name: `${rule}-history`,
      rule,
      information: "history",
      summary: `${base.summary}, on run times predicted from the tenant's finished jobs of the same shape`,
    },
    { ...base, name: `${rule}-oracle`, rule, information: "oracle", summary: `${base.summary}, on the true run times` },
  ];
}

export const QUEUE_POLICIES: readonly QueuePolicy[] = [
  {
    name: "fifo",
    rule: "fifo",
    information: "none",
    preempts: false,
    workConserving: false,
    summary: "First in, first out: the head of the line blocks everyone behind it",
    source: "textbook",
  },
  ...variants("sjf", {
    preempts: false,
    workConserving: false,
    summary: "Shortest job first; the shortest blocks the rest until it fits",
    source: "textbook; the history variant follows QSSF (Hu et al., SC 2021, section 4.2)",
  }),
  ...variants("srtf", {
    preempts: true,
    workConserving: false,
    summary: "Shortest remaining time first, preempting longer jobs",
    source: "textbook; Schrage 1968 for one machine",
  }),
  {
    name: "las",
    rule: "las",
    information: "none",
    preempts: true,
    workConserving: true,
    summary: "Least attained service in discretised queues of GPU-time; first come first served within a queue",
    source: "Tiresias, Gu et al., NSDI 2019, section 3.3 (discretised 2D-LAS)",
  },
  ...variants("easy", {
    preempts: false,
    workConserving: false,
    summary: "EASY backfilling: one reservation, for the head of the line",
    source: "Lifka, JSSPP 1995; Mu'alem and Feitelson, TPDS 2001, section 2",
  }),
  ...variants("conservative", {
    preempts: false,
    workConserving: false,
    summary: "Conservative backfilling: a reservation for every waiting job up to a depth",
    source: "Mu'alem and Feitelson, TPDS 2001, section 2",
  }),
  {
    name: "priority",
    rule: "priority",
    information: "none",
    preempts: true,
    workConserving: false,
    summary: "Highest priority first, preempting lower ones; first come first served within a priority",
    source: "textbook; the order of Kubernetes PriorityClass preemption",
  },
];

/** Placements, as the engine numbers them. */
export const PLACE_RULES = {
  "first-fit": 0,
  "best-fit": 1,
  "worst-fit": 2,
  "fewest-nodes": 3,
  "same-node": 4,
  "dot-product": 5,
  "gpu-clustering": 6,
  "gpu-packing": 7,
  "best-fit-sum": 8,
  fgd: 9,
  random: 10,
} as const;
export type PlaceRule = keyof typeof PLACE_RULES;

/** Placements from this number on give every node a score, over all pools at once. */
const FIRST_SCORED = PLACE_RULES["dot-product"];

export function isScored(place: PlaceRule): boolean {
  return PLACE_RULES[place] >= FIRST_SCORED;
}

export const PLACE_SUMMARIES: Record<PlaceRule, string> = {
  "first-fit": "Tasks go to the first nodes, in index order, that have room",
  "best-fit": "Tasks go to the nodes with the least free GPU that have room",
  "worst-fit": "Tasks go to the nodes with the most free GPU",
  "fewest-nodes": "The gang is spread over as few nodes as possible now; the tightest single node if one is enough",
  "same-node": "All tasks on one node; a gang larger than any node waits for the fewest nodes that an empty pool needs",
  "dot-product": "The node whose free CPU and GPU are least alike to the request, in the FGD study's sense",
  "gpu-clustering": "Nodes that hold requests of the same kind first (shares; 1, 2, 4, 8 GPUs), then the fullest",
  "gpu-packing": "Squeezes into used GPUs first, then into free GPUs of used nodes, then into fresh nodes",
  "best-fit-sum": "The node with least CPU and GPU left after the request, in equal parts",
  fgd: "Fragmentation gradient descent: the node whose free GPU becomes least useless for typical requests",
  random: "Any node that has room, and of its devices any",
};

const MOVING = "-moving";

/** The placement, and whether it also moves others to make room: `fgd-moving` is fgd that does. */
export function parsePlace(name: string): { place: string; moving: boolean } {
  const moving = name.endsWith(MOVING) && name.slice(0, -MOVING.length) in PLACE_RULES;
  return { place: moving ? name.slice(0, -MOVING.length) : name, moving };
}

/** Names of all placements that also move others. */
export const MOVING_PLACES = Object.keys(PLACE_RULES).map((name) => `${name}${MOVING}`);

export const MOVING_SUMMARY =
  "As the placement it is named after; and where the first that waits lacks a place though enough GPUs are free, claims on single nodes are moved to make one";

/** What a placement does, in a sentence; undefined for one of the user's. */
export function placeSummary(name: string): string | undefined {
  const { place, moving } = parsePlace(name);
  const summary = (PLACE_SUMMARIES as Record<string, string | undefined>)[place];
  return summary && moving ? `${summary}; others are moved to make room` : summary;
}

/** Numbers of all placements, the user's own among them. */
export const PLACE_NUMBERS = { ...PLACE_RULES, plug: 11 } as const;

/** True of the path of a policy that a user wrote. */
export function isPolicyFile(entry: string): boolean {
  return entry.endsWith(".ts");
}

/** AssemblyScript is compiled into the engine; other .ts files are TypeScript and run beside it. */
export function isAssemblyPolicy(path: string): boolean {
  return path.endsWith(".as.ts");
}

/** What a policy of a scenario is called: its own name, or of a file the name without folder, digest and ending. */
export function policyName(entry: string): string {
  return isPolicyFile(entry) ? entry.replace(/^.*[\\/]/, "").replace(/(\.[0-9a-f]{8})?(\.as)?\.ts$/, "") : entry;
}

/** A queue policy that a user wrote. */
export function userQueuePolicy(name: string): QueuePolicy {
  return {
    name,
    rule: "plug",
    information: "estimate",
    preempts: false,
    workConserving: false,
    summary: "Written by the user",
    source: "the user",
  };
}

export function findQueuePolicy(name: string): QueuePolicy | undefined {
  return QUEUE_POLICIES.find((p) => p.name === name);
}

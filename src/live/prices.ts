// A book of prices: USD per GPU-hour by instance type, and apart for spot where both are written. What is not in it is not known.

import { readFileSync, statSync } from "node:fs";
import { WindtunnelError } from "../model/errors.js";
import type { Snapshot } from "./cluster.js";
import type { Node } from "./objects.js";
import { plain } from "./text.js";

export interface PriceBook {
  /** By instance type, or `type spot`. */
  usd: ReadonlyMap<string, number>;
}

const TYPE_LABEL = "node.kubernetes.io/instance-type";
/** Labels by which clouds and autoscalers say that a node is spot capacity, and what they then say. */
const SPOT_LABELS: readonly (readonly [label: string, value: RegExp])[] = [
  ["karpenter.sh/capacity-type", /^spot$/],
  ["eks.amazonaws.com/capacityType", /^SPOT$/],
  ["cloud.google.com/gke-spot", /^true$/],
  ["kubernetes.azure.com/scalesetpriority", /^spot$/],
];

/**
 * Lines of `instance type, USD per GPU-hour`, and for spot capacity `instance type, USD per GPU-hour, spot`; # begins a comment.
 * @throws WindtunnelError with the line that is no price.
 */
export function parsePrices(text: string, file: string): PriceBook {
  const usd = new Map<string, number>();
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === "" || line.startsWith("#")) continue;
    const [type, price, capacity] = line.split(",").map((cell) => cell.trim());
    const isPrice = type && price !== undefined && /^\d+(\.\d+)?$/.test(price);
    if (!isPrice || !["", "spot", undefined].includes(capacity)) {
      throw new WindtunnelError(
        "LIVE_CONFIG_INVALID",
        `${file}:${i + 1}: "${plain(line, 60)}" is no price.`,
        "Write instance type, comma, USD per GPU-hour; for spot capacity a comma and `spot` after it.",
      );
    }
    usd.set(capacity === "spot" ? `${type} spot` : type, Number(price));
  }
  return { usd };
}

export function readPrices(path: string): PriceBook {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    throw new WindtunnelError(
      "LIVE_CONFIG_INVALID",
      `There is no list of prices at ${path}.`,
      "Give lines of instance type, comma, USD per GPU-hour.",
    );
  }
  return parsePrices(text, path);
}

/** Price of a node's GPU-hour; undefined: it is not in the book. Spot without a price of its own has none. */
export function priceOf({ usd }: PriceBook, { labels }: Pick<Node, "labels">): number | undefined {
  const type = labels.get(TYPE_LABEL);
  if (type === undefined) return undefined;
  const isSpot = SPOT_LABELS.some(([label, value]) => value.test(labels.get(label) ?? ""));
  return usd.get(isSpot ? `${type} spot` : type);
}

/** Mean price of the GPUs that there are and whose price is known, and how many are not known. */
export function meanPrice(
  book: PriceBook,
  snapshots: readonly Snapshot[],
): { usd: number | null; unknownGpus: number } {
  let [sum, gpus, unknownGpus] = [0, 0, 0];
  for (const node of snapshots.flatMap((s) => s.nodes)) {
    const price = priceOf(book, node);
    if (price === undefined) unknownGpus += node.gpus;
    else {
      sum += price * node.gpus;
      gpus += node.gpus;
    }
  }
  return { usd: gpus === 0 ? null : sum / gpus, unknownGpus };
}

/** Reads the book again when its file has changed. One that cannot be read any more leaves the last one, and is said. */
export class LivePrices {
  readonly #path: string;
  #book: PriceBook;
  #changed: number;
  /** Why the file as it is now cannot be used; empty: it can. */
  fault = "";

  constructor(path: string) {
    this.#path = path;
    this.#changed = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    this.#book = readPrices(path);
  }

  get book(): PriceBook {
    const changed = statSync(this.#path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    if (changed === this.#changed) return this.#book;
    this.#changed = changed;
    try {
      this.#book = readPrices(this.#path);
      this.fault = "";
    } catch (error) {
      this.fault = (error as Error).message;
    }
    return this.#book;
  }
}

// The text form of Prometheus (exposition format 0.0.4): reading the few samples that a target's load is made of, and checking
// that what we write is right. Nothing of a page is kept but numbers.

export interface Sample {
  name: string;
  labels: ReadonlyMap<string, string>;
  value: number;
}

const LINE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)(?:\s+-?\d+)?$/;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\\n]|\\[\\"n])*)"(?:,|$)/y;

function labelsOf(text: string): ReadonlyMap<string, string> | undefined {
  const labels = new Map<string, string>();
  LABEL.lastIndex = 0;
  while (LABEL.lastIndex < text.length) {
    const found = LABEL.exec(text);
    if (!found) return undefined;
    labels.set(
      found[1]!,
      found[2]!.replace(/\\(.)/g, (_, c: string) => (c === "n" ? "\n" : c)),
    );
  }
  return labels;
}

function readValue(text: string): number {
  if (text === "+Inf" || text === "Inf") return Number.POSITIVE_INFINITY;
  if (text === "-Inf") return Number.NEGATIVE_INFINITY;
  return text === "NaN" || text.trim() === "" ? Number.NaN : Number(text);
}

/** Samples of a page; `faults` counts lines that are none. */
export function parseExposition(text: string): { samples: Sample[]; faults: number } {
  const samples: Sample[] = [];
  let faults = 0;
  for (const line of text.split("\n")) {
    if (line === "" || line.startsWith("#")) continue;
    const [, name, inner, value] = LINE.exec(line.trimEnd()) ?? [];
    const labels = inner === undefined ? new Map<string, string>() : labelsOf(inner);
    const number = readValue(value ?? "x");
    if (name === undefined || labels === undefined || (Number.isNaN(number) && value !== "NaN")) faults++;
    else samples.push({ name, labels, value: number });
  }
  return { samples, faults };
}

/** Sum of the samples with these labels; undefined: there is none, or one is no number. */
export function sumOf(
  samples: readonly Sample[],
  metric: string,
  labels: Readonly<Record<string, string>>,
): number | undefined {
  const mine = samples.filter(
    (s) => s.name === metric && Object.entries(labels).every(([key, value]) => s.labels.get(key) === value),
  );
  const total = mine.reduce((sum, s) => sum + s.value, 0);
  return mine.length === 0 || !Number.isFinite(total) ? undefined : total;
}

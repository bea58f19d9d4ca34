// Did records stay where they had to? Reads the list of transfers alone, as an auditor would.

export interface Moved {
  method: string;
  from: string;
  to: string;
  what: string;
  atSeconds: number;
  bytes: number;
}

export interface ResidencyAnswer {
  transfers: number;
  recordBytesMoved: number;
  /** One sentence each; none if the rule was kept. */
  faults: string[];
}

/**
 * `regionOf` is undefined where records must not move at all. Whatever is called a model or an update may not be larger than a
 * model: records that travel under another name are seen by their size.
 */
export function checkResidency(
  moved: readonly Moved[],
  modelBytes: number,
  regionOf: ((cloud: string) => string | undefined) | undefined,
): ResidencyAnswer {
  const faults: string[] = [];
  let recordBytesMoved = 0;
  for (const { method, from, to, what, atSeconds, bytes } of moved) {
    const when = `${method}, second ${atSeconds}: `;
    if (what === "records") {
      recordBytesMoved += bytes;
      const allowed = regionOf !== undefined && regionOf(from) !== undefined && regionOf(from) === regionOf(to);
      if (!allowed) faults.push(`${when}${bytes} bytes of records went from ${from} to ${to}.`);
    } else if (bytes > modelBytes * (1 + 1e-9)) {
      faults.push(
        `${when}what is called ${what} and went from ${from} to ${to} has ${bytes} bytes, a model ${modelBytes}.`,
      );
    }
  }
  return { transfers: moved.length, recordBytesMoved, faults };
}

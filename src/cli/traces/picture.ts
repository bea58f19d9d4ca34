// Pictures for a terminal: bars and a line of blocks.

import type { Bar, OverTime } from "../../replay/index.js";

const BLOCKS = "▁▂▃▄▅▆▇█";
const BAR_WIDTH = 40;

/** One line a bar: label, share, bar. */
export function bars(title: string, list: readonly Bar[]): string[] {
  const total = list.reduce((sum, bar) => sum + bar.count, 0);
  if (total === 0) return [];
  const most = Math.max(...list.map((bar) => bar.count));
  const width = Math.max(...list.map((bar) => bar.label.length));
  return [
    title,
    ...list.map(({ label, count }) => {
      const share = `${((100 * count) / total).toFixed(1)} %`.padStart(8);
      // anything that is there shows
      const length = count === 0 ? 0 : Math.max(1, Math.round((BAR_WIDTH * count) / most));
      return `  ${label.padStart(width)} ${share}  ${"█".repeat(length)}`.trimEnd();
    }),
  ];
}

/** A line of blocks between 0 and the largest value, with what it means. */
export function line(title: string, { values, binMicros }: OverTime): string[] {
  const most = Math.max(...values, 0);
  const blocks = values.map((value) => BLOCKS[most === 0 ? 0 : Math.min(7, Math.floor((8 * value) / most))]).join("");
  const hours = (binMicros / 3_600e6).toPrecision(3);
  return [`${title}: 0 to ${most.toPrecision(4)}, a block is ${hours} h`, `  ${blocks}`];
}

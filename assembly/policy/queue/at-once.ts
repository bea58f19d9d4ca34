// No queue at all: who cannot start in the instant of arrival is turned away for good.

import { lineHead, removeFromLine } from "../../world/derived/line";
import { commitDrop, commitStart, findPool } from "../decide";

export function atOncePass(): void {
  while (true) {
    const slot = lineHead();
    if (slot == 0) return;
    removeFromLine(slot);
    const pool = findPool(slot);
    if (pool >= 0) commitStart(slot, pool);
    else commitDrop(slot);
  }
}

// First in, first out: the head of the line blocks everyone behind it.

import { addToLine, isInLine, lineHead, removeFromLine } from "../../world/derived/line";
import { commitStart, findPool } from "../decide";

export function fifoQueued(slot: i32): void {
  addToLine(slot, 0);
}

export function fifoLeft(slot: i32): void {
  if (isInLine(slot)) removeFromLine(slot);
}

export function fifoPass(): void {
  while (true) {
    const slot = lineHead();
    if (slot == 0) return;
    const pool = findPool(slot);
    if (pool < 0) return;
    removeFromLine(slot);
    commitStart(slot, pool);
  }
}

// First in, first out: the head of the line blocks everyone behind it.

import { FREE_MILLI } from "../../abi";
import { getF } from "../../memory";
import { addToLine, headMilli, isInLine, lineHead, removeFromLine } from "../../world/derived/line";
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
    // most passes end here: whoever is first asks for more than is free
    if (slot == 0 || getF(FREE_MILLI) < <f64>headMilli()) return;
    const pool = findPool(slot);
    if (pool < 0) return;
    removeFromLine(slot);
    commitStart(slot, pool);
  }
}

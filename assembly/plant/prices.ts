// What pools cost: capacity by the hour at the price of the moment, and how much of it was allocated.

import { NOW, POOL_COUNT, PRICE_COUNT, PRICE_NEXT } from "../abi";
import { f64At, getF, getI, i32At, setF64, setI } from "../memory";
import {
  poolCostAllocated, poolCostAt, poolCostCapacity, poolFreeMilli, poolGpuCount, poolPrice,
} from "../world/clusters";
import { applyPrice } from "../world/facts";
import { priceAt, pricePool, priceUsd } from "./tables";

const MICROS_PER_HOUR: f64 = 3600000000.0;

/** Time of the next change of price, µs; +Infinity if there is none. */
@inline export function nextPriceTime(): f64 {
  const i = getI(PRICE_NEXT);
  return i < getI(PRICE_COUNT) ? f64At(priceAt, i) : Infinity;
}

/** Books the cost of all pools up to now; before free capacity or a price changes. Nothing is booked at price 0. */
export function settleCosts(now: f64): void {
  for (let p = 0, n = getI(POOL_COUNT); p < n; p++) {
    const price = f64At(poolPrice, p);
    if (price > 0) {
      const hours = (now - f64At(poolCostAt, p)) / MICROS_PER_HOUR;
      const gpus = <f64>i32At(poolGpuCount, p);
      setF64(poolCostCapacity, p, f64At(poolCostCapacity, p) + gpus * hours * price);
      const allocated = gpus - <f64>i32At(poolFreeMilli, p) / 1000;
      setF64(poolCostAllocated, p, f64At(poolCostAllocated, p) + allocated * hours * price);
    }
    setF64(poolCostAt, p, now);
  }
}

/** Applies every change of price due now. */
export function changePrices(): void {
  while (nextPriceTime() <= getF(NOW)) {
    const i = getI(PRICE_NEXT);
    setI(PRICE_NEXT, i + 1);
    applyPrice(i32At(pricePool, i), f64At(priceUsd, i));
  }
}

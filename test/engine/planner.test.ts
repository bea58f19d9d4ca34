// The transport solver as policies inside the engine use it: in the engine's memory, kept warm, part of a snapshot.

import { expect, it } from "vitest";
import * as abi from "../../src/engine/abi.js";
import { Engine } from "../../src/engine/engine.js";
import { solveTransport } from "../../src/solve/index.js";

const ROWS = 20;
const COLS = 200;

function engineWithPlanner(): Engine {
  const engine = new Engine();
  for (let slot = abi.CAP_CLAIMS; slot <= abi.CAP_TENANTS; slot++) engine.setI(slot, 1);
  engine.setI(abi.CAP_BINS, 2);
  engine.setI(abi.CAP_LINE, 16);
  engine.setI(abi.CAP_STATION, 1);
  engine.setI(abi.CAP_SERVERS, 1);
  engine.setI(abi.CAP_FACTS, 2);
  engine.setI(abi.CAP_PLAN_ROWS, ROWS);
  engine.setI(abi.CAP_PLAN_COLS, COLS);
  engine.call((e) => e.configure());
  engine.call((e) => e.start());
  return engine;
}

interface Tick {
  supplies: number[];
  demands: number[];
  costs: number[];
}

function tickOf(k: number): Tick {
  const at = (i: number) => ((i * 7919 + k * 104_729) % 9_973) + 1;
  const demands = Array.from({ length: COLS }, (_, j) => 1 + (at(j) % 50));
  const supplies = new Array(ROWS).fill(Math.ceil(demands.reduce((a, b) => a + b, 0) / ROWS) + (k % 3));
  return { supplies, demands, costs: Array.from({ length: ROWS * COLS }, (_, c) => 1 + ((at(c) + k) % 5_000)) };
}

/** Writes a tick's numbers into the engine's columns and solves; the cost by its columns. */
function planIn(engine: Engine, tick: Tick, warm: boolean): number {
  const stride = engine.exports.planStride();
  const costs = engine.column(abi.COL_SOLVE_COSTS, "f64").fill(Number.POSITIVE_INFINITY);
  for (let i = 0; i < ROWS; i++) costs.set(tick.costs.slice(i * COLS, (i + 1) * COLS), i * stride);
  const root = engine.column(abi.COL_SOLVE_ROOT_COSTS, "f64").fill(Number.POSITIVE_INFINITY);
  const net = engine.column(abi.COL_SOLVE_NET, "f64").fill(0);
  tick.demands.forEach((d, j) => {
    net[j] = -d;
  });
  tick.supplies.forEach((s, i) => {
    net[stride + i] = s;
    root[stride + i] = 0;
  });
  const verdict = engine.call((e) => e.solvePlan(warm ? 1 : 0, (ROWS + COLS + 1) * 5_000 + 1, 1e6));
  expect(verdict).toBe(abi.SOLVE_OPTIMAL);
  const bytes = engine.bytes(abi.COL_SOLVE_NODES, stride + ROWS);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  let cost = 0;
  for (let x = 0; x < stride + ROWS; x++) {
    const flow = view.getFloat64(x * 32 + abi.NODE_FLOW, true);
    const parent = view.getInt32(x * 32 + abi.NODE_PARENT, true);
    if (flow === 0 || parent === stride + ROWS) continue;
    const [i, j] = x >= stride ? [x - stride, parent] : [parent - stride, x];
    cost += flow * tick.costs[i * COLS + j]!;
  }
  return cost;
}

it("plans in the engine's own memory what the library plans, warm from tick to tick", () => {
  const engine = engineWithPlanner();
  for (let k = 0; k < 12; k++) {
    const tick = tickOf(k);
    expect(planIn(engine, tick, k > 0), `tick ${k}`).toBe(solveTransport(tick).cost);
  }
});

it("goes on from a snapshot as if nothing had happened", () => {
  const engine = engineWithPlanner();
  planIn(engine, tickOf(0), false);
  const snapshot = engine.snapshot().slice();
  const next = planIn(engine, tickOf(1), true);
  const other = engineWithPlanner();
  other.restore(snapshot);
  expect(planIn(other, tickOf(1), true)).toBe(next);
});

it("takes no memory where nobody asks for it", () => {
  const with20 = engineWithPlanner();
  with20.setI(abi.CAP_PLAN_ROWS, 0);
  const before = with20.arenaBytes();
  with20.call((e) => e.configure());
  expect(with20.arenaBytes()).toBeLessThan(before - ROWS * COLS * 8);
});

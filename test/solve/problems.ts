// Random problems for fast-check: small, often degenerate (equal costs, zero amounts, forbidden pairs), often infeasible.

import fc from "fast-check";
import type { FlowProblem, TransportProblem } from "../../src/solve/index.js";

const INFINITY = Number.POSITIVE_INFINITY;

/** Whole numbers up to `max`, of which `zeros` in ten are 0. */
const amounts = (count: number, max: number) =>
  fc.array(fc.oneof({ weight: 7, arbitrary: fc.integer({ min: 0, max }) }, { weight: 3, arbitrary: fc.constant(0) }), {
    minLength: count,
    maxLength: count,
  });

const costs = (count: number, max: number, negative: boolean) =>
  fc.array(
    fc.oneof(
      { weight: 8, arbitrary: fc.integer({ min: negative ? -max : 0, max }) },
      { weight: 2, arbitrary: fc.constant(INFINITY) },
    ),
    { minLength: count, maxLength: count },
  );

const price = (max: number) => fc.oneof(fc.integer({ min: 0, max }), fc.constant(INFINITY));

export const transportProblems: fc.Arbitrary<TransportProblem> = fc
  .tuple(
    fc.integer({ min: 1, max: 7 }),
    fc.integer({ min: 1, max: 7 }),
    fc.constantFrom(0, 1, 3, 20, 1000),
    fc.constantFrom(1, 3, 10, 1000),
    fc.boolean(),
  )
  .chain(([rows, cols, costMax, amountMax, negative]) =>
    fc.record(
      {
        supplies: amounts(rows, amountMax),
        demands: amounts(cols, amountMax),
        costs: costs(rows * cols, costMax, negative),
        surplusCosts: fc.oneof(
          price(costMax),
          fc.array(price(costMax), { minLength: rows, maxLength: rows }) as fc.Arbitrary<ArrayLike<number>>,
        ),
        shortagePrices: fc.oneof(
          price(2 * costMax),
          fc.array(price(2 * costMax), { minLength: cols, maxLength: cols }) as fc.Arbitrary<ArrayLike<number>>,
        ),
      },
      { requiredKeys: ["supplies", "demands", "costs"] },
    ),
  );

export const flowProblems = (options: { lowers: boolean; negative: boolean }): fc.Arbitrary<FlowProblem> =>
  fc
    .tuple(
      fc.integer({ min: 2, max: 9 }),
      fc.integer({ min: 1, max: 24 }),
      fc.constantFrom(0, 1, 3, 20, 1000),
      fc.constantFrom(1, 3, 20),
    )
    .chain(([nodeCount, arcs, costMax, amountMax]) => {
      const node = fc.integer({ min: 0, max: nodeCount - 1 });
      const arc = fc.record({
        from: node,
        to: node,
        cost: fc.integer({ min: options.negative ? -costMax : 0, max: costMax }),
        room: fc.oneof(fc.integer({ min: 0, max: amountMax }), fc.constant(INFINITY)),
        lower: options.lowers ? fc.integer({ min: 0, max: 2 }) : fc.constant(0),
      });
      const shipment = fc.record({ from: node, to: node, amount: fc.integer({ min: 0, max: amountMax }) });
      return fc
        .record({
          arcs: fc.array(arc, { minLength: arcs, maxLength: arcs }),
          shipments: fc.array(shipment, { maxLength: 4 }),
          surplus: fc.option(price(costMax), { nil: undefined }),
          shortage: fc.option(price(3 * costMax), { nil: undefined }),
        })
        .map((raw): FlowProblem => {
          const supplies = new Array<number>(nodeCount).fill(0);
          for (const s of raw.shipments) {
            supplies[s.from]! += s.amount;
            supplies[s.to]! -= s.amount;
          }
          const used = raw.arcs.filter((a) => a.from !== a.to);
          return {
            nodeCount,
            from: used.map((a) => a.from),
            to: used.map((a) => a.to),
            costs: used.map((a) => a.cost),
            capacities: used.map((a) => a.lower + a.room),
            supplies,
            ...(options.lowers ? { lowers: used.map((a) => a.lower) } : {}),
            ...(raw.surplus === undefined ? {} : { surplusCosts: raw.surplus }),
            ...(raw.shortage === undefined ? {} : { shortagePrices: raw.shortage }),
          };
        });
    });

// What a problem file may say; one schema a kind, strict.

import { z } from "zod";

const name = z.string().min(1);
const amount = z.number().nonnegative();
/** A number, or null for "not possible". */
const cost = z.number().nullable();

const transport = z.strictObject({
  problem: z.literal("transport"),
  title: z.string().default(""),
  sources: z
    .array(z.strictObject({ name, supply: amount, surplusCost: cost.default(0) }))
    .min(1)
    .describe("Who has something. surplusCost null: everything must go."),
  targets: z
    .array(z.strictObject({ name, demand: amount, shortagePrice: cost.default(null) }))
    .min(1)
    .describe("Who wants something. shortagePrice null: all must be met."),
  costs: z.array(z.array(cost)).describe("Cost of a unit, a row a source; null: the pair may not be used."),
});

const flow = z.strictObject({
  problem: z.literal("flow"),
  title: z.string().default(""),
  nodes: z
    .array(
      z.strictObject({
        name,
        supply: z.number().default(0),
        surplusCost: cost.default(null),
        shortagePrice: cost.default(null),
      }),
    )
    .min(1),
  arcs: z.array(
    z.strictObject({ from: name, to: name, cost: z.number(), capacity: cost.default(null), lower: amount.default(0) }),
  ),
});

const linear = z.strictObject({
  problem: z.literal("linear"),
  title: z.string().default(""),
  sense: z.enum(["min", "max"]).default("min"),
  solver: z.enum(["javascript-lp-solver", "highs"]).optional(),
  variables: z
    .array(
      z.strictObject({
        name,
        cost: z.number().default(0),
        lower: z.number().nullable().default(0),
        upper: cost.default(null),
        integer: z.boolean().default(false),
      }),
    )
    .min(1),
  rows: z.array(
    z.strictObject({
      name,
      terms: z.record(z.string(), z.number()),
      lower: cost.default(null),
      upper: cost.default(null),
      equal: z.number().optional(),
    }),
  ),
});

const rebalance = z.strictObject({
  problem: z.literal("rebalance"),
  title: z.string().default(""),
  clouds: z.array(name).min(1),
  twoSided: z.boolean().default(false),
  variants: z
    .array(
      z.strictObject({
        name,
        kinds: z.array(
          z.strictObject({
            name,
            supply: z.array(amount),
            demand: z.array(amount),
            weights: z.array(z.number().positive()).optional(),
            stepMax: cost.default(null),
          }),
        ),
      }),
    )
    .min(1),
});

const series = z.union([z.number(), z.array(z.number())]);
const switching = z.strictObject({
  problem: z.literal("switching"),
  title: z.string().default(""),
  replicasMax: z.number().int().positive(),
  demand: z.array(z.number()).min(1),
  run: series.default(0),
  shortage: series,
  idle: series.default(0),
  switching: z.union([
    z.strictObject({ kind: z.literal("quadratic"), alpha: amount }),
    z.strictObject({ kind: z.literal("linear"), up: amount, down: amount }),
  ]),
  start: z.number().int().nonnegative().optional(),
  delaySteps: z.number().int().nonnegative().default(0),
});

const assignment = z.strictObject({
  problem: z.literal("assignment"),
  title: z.string().default(""),
  rows: z.array(name).min(1),
  columns: z.array(name).min(1),
  costs: z.array(z.array(cost)),
});

const packing = z.strictObject({
  problem: z.literal("packing"),
  title: z.string().default(""),
  kinds: z.array(name).min(1),
  capacity: z.array(z.number().positive()),
  items: z.array(z.strictObject({ name, count: z.number().int().positive().default(1), size: z.array(amount) })).min(1),
});

const gpuMix = z.strictObject({
  problem: z.literal("gpu-mix"),
  title: z.string().default(""),
  types: z
    .array(
      z.strictObject({
        name,
        usdPerHour: z.number().positive(),
        max: z.number().int().nonnegative().optional(),
        requestsPerSecond: z.array(amount).describe("By class: what one GPU serves within the target; 0 = none."),
      }),
    )
    .min(1),
  classes: z.array(z.strictObject({ name, requestsPerSecond: amount })).min(1),
  slices: z.number().int().positive().default(8),
});

export const problemSchema = z.discriminatedUnion("problem", [
  transport,
  flow,
  linear,
  rebalance,
  switching,
  assignment,
  packing,
  gpuMix,
]);
export type Problem = z.output<typeof problemSchema>;
export type ProblemOf<K extends Problem["problem"]> = Extract<Problem, { problem: K }>;

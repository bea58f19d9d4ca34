// What a scenario file says. The schema is the only description of it: checking, the JSON Schema for editors and the
// generated docs page all come from here. Unknown keys are errors.

import { z } from "zod";
import { MOVING_PLACES, PLACE_RULES, QUEUE_POLICIES } from "./policies.js";

const positive = z.number().positive();
const name = z.string().min(1);
const policyFile = z.string().regex(/^.+\.ts$/, { abort: true });

export const poolSchema = z.strictObject({
  name: name.describe("Name of the pool."),
  cloud: name.default("here").describe("Cloud (provider and region) that the pool is in."),
  gpuModel: name.default("any").describe("GPU model of every node, matched by a job's model constraint."),
  topology: z
    .enum(["nodes", "counted"])
    .default("nodes")
    .describe("nodes: every device is tracked. counted: only the number of free GPUs, where placement cannot matter."),
  size: z
    .union([
      z.strictObject({ nodes: z.number().int().positive().describe("Number of nodes.") }),
      z.strictObject({
        offeredLoad: positive.describe("As many nodes as make the trace's GPU-time this share of the capacity."),
      }),
    ])
    .describe("How many nodes. With offeredLoad the size follows from the trace and is printed as an assumption."),
  gpusPerNode: z.number().int().min(1).max(64).default(8).describe("Whole GPUs a node."),
  mig: z
    .boolean()
    .default(false)
    .describe(
      "true: devices are partitioned (NVIDIA MIG), and shares are rounded up to profiles; see docs/models/mig.md.",
    ),
  cpuCoresPerNode: z.number().nonnegative().default(0).describe("CPU cores a node; 0 = not constrained."),
  memoryGibPerNode: z.number().nonnegative().default(0).describe("Memory a node, GiB; 0 = not constrained."),
  nodesPerRack: z.number().int().nonnegative().default(0).describe("Nodes a rack; 0 = one rack."),
  prices: z
    .array(
      z.strictObject({
        fromHour: z.number().nonnegative().default(0).describe("Hour of the run from which the price holds."),
        usdPerGpuHour: z.number().nonnegative().describe("Price of one GPU for one hour, USD."),
      }),
    )
    .default([])
    .describe("Price table; empty = no cost is computed."),
});

export const linkSchema = z.strictObject({
  from: name.describe("Cloud that sends."),
  to: name.describe("Cloud that receives."),
  gigabitsPerSecond: positive.describe("Bandwidth, Gbit/s."),
  latencyMilliseconds: z.number().nonnegative().default(0).describe("One-way latency, ms."),
  usdPerGb: z.number().nonnegative().default(0).describe("Price of one GB (10^9 bytes) sent, USD."),
});

export const jobClassSchema = z.strictObject({
  name: name.describe("Name of the class; `default` applies to jobs of no named class."),
  startupSeconds: z
    .number()
    .nonnegative()
    .default(0)
    .describe("Image and weights: time a start holds GPUs before work begins."),
  restartSeconds: z.number().nonnegative().default(0).describe("Extra time of every start after the first (restore)."),
  migrationSeconds: z
    .number()
    .nonnegative()
    .default(60)
    .describe(
      "Pause of a job that a `-moving` placement moves (save, copy, restore); it holds its new GPUs and loses no work.",
    ),
  checkpointSeconds: z
    .number()
    .nonnegative()
    .default(0)
    .describe("Work between checkpoints; a stop loses what came after the last. 0 = nothing is lost."),
  slowdownSameRack: z.number().min(1).default(1).describe("Run time factor of a gang spread over nodes of one rack."),
  slowdownAcrossRacks: z.number().min(1).default(1).describe("Run time factor of a gang spread over racks."),
  failuresPerGpuHour: z
    .number()
    .nonnegative()
    .default(0)
    .describe("Rate of failures that stop a job and requeue it; exponential."),
  inputGib: z.number().nonnegative().default(0).describe("Data that a job needs where it starts, GiB."),
  inputCloud: name.default("here").describe("Cloud that holds the input; elsewhere it crosses a link first."),
});

export const timeSlicingSchema = z.strictObject({
  slices: z
    .number()
    .int()
    .min(2)
    .max(8)
    .default(2)
    .describe("A job of one GPU takes one of so many slices of a device."),
  pairs: z
    .union([
      z.enum(["gavel/k80", "gavel/p100", "gavel/v100"]),
      z.array(
        z.strictObject({
          jobClass: name.describe("Class of a job."),
          beside: name.describe("Class of the job that it shares the device with."),
          rate: z.number().positive().max(1).describe("Its speed then, as a share of its speed alone."),
        }),
      ),
    ])
    .default([])
    .describe("Speeds of pairs: measured ones by name (Gavel, jobs of one GPU; needs WINDTUNNEL_DATA), or a list."),
  otherwise: z
    .number()
    .positive()
    .max(1)
    .optional()
    .describe("Speed beside a job of which no pair says anything; default 1 / slices, as taking turns is."),
});

export const scenarioSchema = z.strictObject({
  windtunnel: z.literal(1).describe("Version of the scenario format."),
  title: name.describe("One line."),
  description: z.string().default("").describe("What the study asks, in words for the report."),
  source: z.string().default("").describe("Where the study or its data come from."),
  pools: z
    .array(poolSchema)
    .min(1)
    .describe("Pools of identical nodes; a job runs within one of them, tried in this order."),
  links: z.array(linkSchema).default([]).describe("Links between clouds, one direction each."),
  jobClasses: z
    .array(jobClassSchema)
    .default([])
    .describe("What starting, stopping and spreading costs, by class of job."),
  workload: z
    .strictObject({
      dataset: name
        .optional()
        .describe(
          "Real data, `itp/cluster01` or `philly` (see `windtunnel trace list`), whose files are looked for in WINDTUNNEL_DATA; or the path of a trace file of your own (YAML), relative to the scenario.",
        ),
      generator: name
        .optional()
        .describe("Path of fitted parameters (JSON, from `trace synth`), relative to the scenario."),
      jobs: z.number().int().positive().optional().describe("At most so many jobs, from the start."),
      tasksWholeNode: z
        .boolean()
        .default(false)
        .describe("true: a job of k GPUs is tasks of as many GPUs as a node has; false: k tasks of one GPU."),
      estimateFactor: z
        .tuple([positive, positive])
        .default([1, 3])
        .describe("Where the record has no estimate: run time times a factor drawn uniformly from [low, high]."),
    })
    .describe("The jobs: either a dataset or a generator."),
  timeSlicing: timeSlicingSchema
    .optional()
    .describe(
      "Jobs of one GPU share devices in turns, and slow each other down; absent: each has a device of its own.",
    ),
  loads: z
    .array(positive)
    .default([])
    .describe("Offered loads to run at, replacing size.offeredLoad; empty = sizes as given."),
  policies: z
    .strictObject({
      queue: z
        .array(z.union([z.enum(QUEUE_POLICIES.map((p) => p.name) as [string, ...string[]]), policyFile]))
        .min(1)
        .describe(
          "Queue policies to compare; see `windtunnel policies`. A path that ends in .ts, relative to the scenario, is a policy of your own.",
        ),
      place: z
        .array(z.union([z.enum([...Object.keys(PLACE_RULES), ...MOVING_PLACES] as [string, ...string[]]), policyFile]))
        .min(1)
        .describe(
          "Placements to combine each of them with; with `-moving` behind its name one also moves running jobs to make room; a path that ends in .ts is one of your own.",
        ),
      moving: z
        .strictObject({
          movesMax: z.number().int().min(1).max(64).default(8).describe("Jobs moved for one that waits, at most."),
          restMinutes: z
            .number()
            .nonnegative()
            .default(10)
            .describe("Nobody moves sooner than this after its start or latest move."),
        })
        .prefault({})
        .describe("What bounds the moves of `-moving` placements."),
      lasThresholdsGpuSeconds: z
        .array(positive)
        .min(1)
        .max(7)
        .default([3250, 7200, 18000])
        .describe("Bounds between the queues of las, GPU-seconds of attained service."),
      reservationDepth: z
        .number()
        .int()
        .positive()
        .default(128)
        .describe("Waiting jobs that conservative backfilling gives a reservation."),
    })
    .describe("What is compared: every queue policy with every placement."),
  replications: z
    .strictObject({
      count: z.number().int().min(1).default(5).describe("How many; an interval needs at least two."),
      method: z
        .enum(["generate", "days", "none"])
        .default("generate")
        .describe(
          "generate: a new trace from the generator each; days: whole days of the record redrawn with replacement; none: the record as it is.",
        ),
    })
    .prefault({})
    .describe("Repetitions with other jobs of the same kind, from which the intervals come."),
  shaking: z
    .strictObject({
      count: z.number().int().nonnegative().default(0).describe("How many shaken copies of replication 0; 0 = none."),
      arrivalMinutes: z.number().nonnegative().default(5).describe("Submissions move by up to so much, either way."),
      runTimeShare: z
        .number()
        .nonnegative()
        .default(0.1)
        .describe("Run times change by a factor of up to 1 + this, either way."),
    })
    .prefault({})
    .describe("Does the ranking hold when arrivals and run times are a little different?"),
  measure: z
    .strictObject({
      warmup: z
        .union([
          z.enum(["none", "mser5"]),
          z.strictObject({ jobs: z.number().int().positive().describe("So many jobs.") }),
        ])
        .default("none")
        .describe(
          "Jobs at the start that count in no job metric. mser5: as many as MSER-5 finds, the most over all policies of a replication.",
        ),
    })
    .prefault({})
    .describe("What counts."),
  seed: z.number().int().nonnegative().default(1).describe("Seed of every random stream."),
});

export type Scenario = z.output<typeof scenarioSchema>;
export type PoolSpec = z.output<typeof poolSchema>;
export type LinkSpec = z.output<typeof linkSchema>;
export type TimeSlicing = z.output<typeof timeSlicingSchema>;
export type JobClassSpec = z.output<typeof jobClassSchema>;

// Keys of a service in services.yaml that say who asks, and when: a record at its own arrivals, or conversations.

import { z } from "zod";

const positive = z.number().positive();
const name = z.string().min(1);

export const replaySchema = z
  .strictObject({
    dataset: name.describe("Recorded requests; see `windtunnel trace list`, or a trace file of your own."),
    fromHours: z.number().nonnegative().default(0).describe("Begin of the window, from the record's first request."),
    hours: positive.optional().describe("Length of the window; absent = to the record's end."),
    scale: positive
      .default(1)
      .describe(
        "Requests in proportion: below 1 some are left out (whole sessions where there are any), above 1 further users with the same habits at other times are added. Gaps of one user stay as they were.",
      ),
    speed: positive.default(1).describe("Gaps are divided by this. 1 = as recorded."),
  })
  .describe(
    "Requests at their recorded moments, in place of requestsPerSecond and lengths. Replication 0 is the record; others begin at another moment of the window and go round.",
  );
export type ReplaySpec = z.output<typeof replaySchema>;

export const sessionsSchema = z
  .strictObject({
    turnsMean: z.number().min(1).default(4).describe("Requests of a conversation, geometric."),
    gapSecondsMean: positive.default(60).describe("From one request of a conversation to its next, exponential."),
    systemTokens: z
      .number()
      .int()
      .nonnegative()
      .default(0)
      .describe("Begin of every prompt, common to all conversations."),
  })
  .describe(
    "Conversations: every prompt repeats all that was said before and adds a new part with the length of `lengths`. requestsPerSecond is the rate of requests. A conversation ends where the model's context does.",
  );
export type SessionsSpec = z.output<typeof sessionsSchema>;

export const burstsSchema = z
  .strictObject({
    factor: z.number().min(1).max(1000).describe("Rate in a burst, as a multiple of the rate outside."),
    share: z.number().positive().max(0.9).default(0.1).describe("Share of the time that bursts take."),
    meanSeconds: positive.default(60).describe("Length of a burst, mean; exponential, as are the times between."),
  })
  .describe(
    "A rate that jumps between two values by chance (a Markov-modulated process), on top of hourly and daily; the mean over the run stays what it is. Absent: no bursts beyond cv.",
  );

// `windtunnel timeline`: a window of a run of services, for Perfetto.

import type { CommandSpec } from "../command.js";
import { parseDuration, parseWhole } from "../parse.js";

export const timelineCommand: CommandSpec = {
  name: "timeline",
  summary: "Write a window of a run of services as a timeline that Perfetto opens",
  description:
    "Runs one arm of a study (services.yaml) again and writes every request that was there in a window, by replica, with the time that it waited, computed its prompt and answered, and " +
    "counters of replicas, batches and memory: JSON in the Trace Event Format, which ui.perfetto.dev and chrome://tracing open.",
  arguments: [{ name: "<study>", description: "services.yaml, or a folder with it" }],
  options: [
    {
      flags: "--from <time>",
      description: "begin of the window, such as 90min or 2h",
      parse: parseDuration,
      default: "0",
    },
    { flags: "--for <time>", description: "its length", parse: parseDuration, default: "5min" },
    { flags: "--controller <name>", description: "one of the study's", default: "the study's first" },
    { flags: "--variant <name>", description: "one of the study's", default: "the study's first" },
    { flags: "--cold-start <time>", description: "in place of each service's own", parse: parseDuration },
    { flags: "--replication <n>", description: "from 0 on", parse: parseWhole, default: "0" },
    { flags: "--out <file>", description: "where it goes", default: "timeline.json" },
  ],
  examples: [
    {
      command: "windtunnel timeline scenarios/retry-storm --variant 'naive retries' --from 60min --for 3min",
      does: "three minutes of the storm",
    },
  ],
  async run(context, [path], options) {
    const { writeTimeline } = await import("../run-timeline.js");
    await writeTimeline(context, path!, options);
  },
};

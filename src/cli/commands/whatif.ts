// `windtunnel whatif`: the same run, with another policy from some moment on.

import { CAPACITY_OPTIONS } from "../capacity-options.js";
import type { CommandSpec } from "../command.js";
import { parseDuration } from "../parse.js";

export const whatifCommand: CommandSpec = {
  name: "whatif",
  summary: "Fork a run: let another policy decide from some moment on",
  description:
    "Repeats a run up to a moment, copies its state, and meets the same future twice: under the policy that was, and " +
    "under another. Says which jobs gain and which lose. Of a recording of real clusters: how long its jobs would have waited " +
    "under another policy, beside how long they did.",
  arguments: [{ name: "<results>", description: "folder that `run` wrote, or a recording of `live record`" }],
  options: [
    { flags: "--run <id>", description: "which run", default: "the best pair's, replication 0" },
    {
      flags: "--at <time>",
      description: "when, since the start of the trace: 36h, 2d, 90min or seconds",
      parse: parseDuration,
      default: "the middle of the submissions",
    },
    { flags: "--queue <name>", description: "queue policy from then on", default: "as it was" },
    { flags: "--place <name>", description: "placement from then on", default: "as it was" },
    { flags: "--json", description: "print as JSON" },
    ...CAPACITY_OPTIONS,
  ],
  examples: [
    {
      command: "windtunnel whatif results/first-study --run fifo+first-fit+load0.9+r0 --at 10d --queue las",
      does: "what las would have done with the backlog of day ten",
    },
    {
      command: "windtunnel whatif morning.jsonl --queue las",
      does: "what las would have done on the recorded clusters",
    },
  ],
  async run(context, [folder], options) {
    const recordings = await import("../live/record.js");
    if (await recordings.isRecording(folder!)) return recordings.whatIfRecording(context, folder!, options);
    const { forkRun } = await import("../fork-run.js");
    await forkRun(context, folder!, options);
  },
};

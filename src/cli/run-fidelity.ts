// What `fidelity` does.

import { fileURLToPath } from "node:url";
import { WindtunnelError } from "../model/errors.js";
import { type Block, renderDemandPage } from "../report/index.js";
import { type CheckGroup, checkFidelity, failing } from "../sim/services/fidelity/index.js";
import { writeWholeText } from "../sim/store-files.js";
import { number } from "./arm-table.js";
import { blocksText } from "./blocks-text.js";
import type { CommandContext } from "./context.js";
import { fidelityBlocks } from "./services-tables.js";
import { version } from "./version.js";

const STUDY = "shop-inference";
const STUDY_FOLDER = fileURLToPath(new URL(`../../scenarios/${STUDY}`, import.meta.url));

function groupBlocks({ title, about, checks }: CheckGroup): Block[] {
  const cell = (value: number | string) => (typeof value === "number" ? number(value, 4) : value);
  const rows = checks.map((c) => [c.holds ? "holds" : "FAILS", c.name, cell(c.expected), cell(c.found), `${c.within}`]);
  const heads = ["verdict", "check", "known", "found", "near enough"];
  return [{ heading: title }, about, { table: { heads, keys: 2, rows } }];
}

export async function tellFidelity(context: CommandContext, options: Readonly<Record<string, unknown>>): Promise<void> {
  const begun = context.clock();
  const fidelity = await checkFidelity(STUDY_FOLDER);
  const bad = failing(fidelity);
  const count = fidelity.groups.reduce((sum, { checks }) => sum + checks.length, 0);
  const verdict = `${count - bad.length} of ${count} checks hold.`;
  const blocks: Block[] = [
    ...fidelity.groups.flatMap(groupBlocks),
    { heading: `Fluid mode, services of ${STUDY}` },
    ...fidelityBlocks(fidelity.fluid),
    { answer: verdict },
  ];
  if (options.out !== undefined) {
    const notes = [
      "Made by `windtunnel fidelity`: every number on this page was computed then, by the version named on it.",
      "What is known from elsewhere: closed forms of queues; medians published with Splitwise (Patel et al., ISCA 2024). Everything else is the product against itself: an event an iteration against runs at once, rates against requests.",
      "Not checked here, for want of a measured system: routing, autoscaling and gateways against a running cluster; GPUs and models without published times, which a roofline stands for.",
    ];
    const page = await renderDemandPage({
      title: `How true are simulated services? Windtunnel ${version()}`,
      facts: blocks,
      charts: [],
      notes,
    });
    await writeWholeText(options.out as string, page);
  }
  context.out(options.json ? JSON.stringify(fidelity, null, 1) : await blocksText(blocks, context.columns));
  context.say(`${((context.clock() - begun) / 1000).toFixed(1)} s`);
  if (bad.length > 0)
    throw new WindtunnelError(
      "CHECK_FAILED",
      `${bad.length} of ${count} checks of services do not hold; the first: ${bad[0]!.name}.`,
      "Report it, with the version and this output.",
    );
}

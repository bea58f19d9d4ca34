// What `fidelity` does.

import { fileURLToPath } from "node:url";
import { WindtunnelError } from "../model/errors.js";
import { renderDemandPage } from "../report/index.js";
import { type CheckGroup, checkFidelity, failing } from "../sim/services/fidelity/index.js";
import { writeWholeText } from "../sim/store-files.js";
import { number } from "./arm-table.js";
import type { CommandContext } from "./context.js";
import { fidelityTable } from "./services-tables.js";
import { version } from "./version.js";

const STUDY = "shop-inference";
const STUDY_FOLDER = fileURLToPath(new URL(`../../scenarios/${STUDY}`, import.meta.url));

async function groupTable({ title, about, checks }: CheckGroup): Promise<string> {
  const { default: Table } = await import("cli-table3");
  const heads = ["", "check", "known", "found", "near enough"];
  const table = new Table({ head: heads, style: { head: [], border: [], compact: true } });
  const cell = (value: number | string) => (typeof value === "number" ? number(value, 4) : value);
  for (const c of checks) table.push([c.holds ? "holds" : "FAILS", c.name, cell(c.expected), cell(c.found), c.within]);
  return [title, wrapped(about), table.toString()].join("\n");
}

const COLUMNS = 110;

/** Lines of at most so many columns. */
function wrapped(text: string): string {
  const lines = [""];
  for (const word of text.split(" ")) {
    const line = lines.at(-1)!;
    if (line !== "" && line.length + 1 + word.length > COLUMNS) lines.push(word);
    else lines[lines.length - 1] = line === "" ? word : `${line} ${word}`;
  }
  return lines.join("\n");
}

export async function tellFidelity(context: CommandContext, options: Readonly<Record<string, unknown>>): Promise<void> {
  const begun = context.clock();
  const fidelity = await checkFidelity(STUDY_FOLDER);
  const bad = failing(fidelity);
  const count = fidelity.groups.reduce((sum, { checks }) => sum + checks.length, 0);
  const verdict = `${count - bad.length} of ${count} checks hold.`;
  const parts = await Promise.all(fidelity.groups.map(groupTable));
  const fluid = [`Fluid mode, services of ${STUDY}`, await fidelityTable(fidelity.fluid)].join("\n");
  const text = [...parts, fluid, verdict].join("\n\n");
  if (options.out !== undefined) {
    const notes = [
      "Made by `windtunnel fidelity`: every number on this page was computed then, by the version named on it.",
      "What is known from elsewhere: closed forms of queues; medians published with Splitwise (Patel et al., ISCA 2024). Everything else is the product against itself: an event an iteration against runs at once, rates against requests.",
      "Not checked here, for want of a measured system: routing, autoscaling and gateways against a running cluster; GPUs and models without published times, which a roofline stands for.",
    ];
    const page = await renderDemandPage({
      title: `How true are simulated services? Windtunnel ${version()}`,
      facts: text,
      charts: [],
      notes,
    });
    await writeWholeText(options.out as string, page);
  }
  context.out(options.json ? JSON.stringify(fidelity, null, 1) : text);
  context.say(`${((context.clock() - begun) / 1000).toFixed(1)} s`);
  if (bad.length > 0)
    throw new WindtunnelError(
      "CHECK_FAILED",
      `${bad.length} of ${count} checks of services do not hold; the first: ${bad[0]!.name}.`,
      "Report it, with the version and this output.",
    );
}

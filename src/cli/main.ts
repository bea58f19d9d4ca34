// Where a process begins: its arguments, its streams, its exit code.

import { processContext } from "./context.js";
import { main } from "./program.js";

process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  // a reader that has seen enough (head, less) is no failure
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});

process.exitCode = await main(process.argv.slice(2), processContext());

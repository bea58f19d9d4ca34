// A worker with bad manners, for the tests of the pool. Runs on the built files.
import { readFileSync, writeFileSync } from "node:fs";
import { threadId } from "node:worker_threads";
import { exposeToPool } from "../../dist/engine/pool-worker.js";

exposeToPool({
  async double(n) {
    return n * 2;
  },
  async whoami() {
    return threadId;
  },
  async fail(message) {
    throw new Error(message);
  },
  /** Crashes as often as the file says, then answers. */
  async crashes(file) {
    const left = Number(readFileSync(file, "utf8"));
    writeFileSync(file, String(left - 1));
    if (left > 0)
      setImmediate(() => {
        throw new Error("boom");
      });
    if (left > 0) await new Promise(() => {});
    return "survived";
  },
  /** Loops for ever as often as the file says, then answers. */
  async hangs(file) {
    const left = Number(readFileSync(file, "utf8"));
    writeFileSync(file, String(left - 1));
    while (left > 0);
    return "survived";
  },
});

// Tests on the public records themselves: skipped where they are not at hand, but never silently in CI.

import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "vitest";
import type { LoadOptions } from "../../src/replay/load.js";

const dataFolder = process.env.WINDTUNNEL_DATA;

let unpacked: string | undefined;

/** One for all tests of a file, so that an archive is unpacked once. */
function cacheFolder(): string {
  unpacked ??= process.env.WINDTUNNEL_CACHE ?? mkdtempSync(join(tmpdir(), "windtunnel-cache-"));
  return unpacked;
}

export function testOnRecords(name: string, body: (options: LoadOptions) => Promise<void>): void {
  if (dataFolder !== undefined) {
    test(name, () =>
      body({
        dataFolder,
        cacheFolder: cacheFolder(),
      }),
    );
  } else if (process.env.CI) {
    test(name, () => {
      throw new Error(
        "Set WINDTUNNEL_DATA to the folder that holds the data sets of the registry: CI must not skip this.",
      );
    });
  } else {
    test.skip(`${name} (needs WINDTUNNEL_DATA)`, () => {});
  }
}

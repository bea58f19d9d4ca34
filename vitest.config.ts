import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    pool: "forks",
    maxWorkers: 2,
    // files of a worker share what they import: loading it anew for each of 150 files took a minute of CPU time
    isolate: false,
  },
});

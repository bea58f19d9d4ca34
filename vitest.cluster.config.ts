import { defineConfig } from "vitest/config";

// Tests on real control planes: one file after another, since each starts processes of its own.
export default defineConfig({
  test: {
    include: [process.env.WINDTUNNEL_DEMO ? "test/cluster/*.demo.ts" : "test/cluster/*.cluster.ts"],
    testTimeout: 120_000,
    hookTimeout: 180_000,
    pool: "forks",
    maxWorkers: 1,
    fileParallelism: false,
    sequence: { concurrent: false },
  },
});

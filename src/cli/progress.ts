// A progress bar on stderr, only where somebody is looking.

import { Presets, SingleBar } from "cli-progress";

export interface Progress {
  update(done: number): void;
  stop(): void;
}

export function createProgress(visible: boolean, total: number, done: number): Progress {
  if (!visible) return { update: () => undefined, stop: () => undefined };
  const bar = new SingleBar(
    {
      format: "{bar} {value}/{total} runs, {eta_formatted} left",
      stream: process.stderr,
      hideCursor: true,
      clearOnComplete: true,
    },
    Presets.shades_classic,
  );
  bar.start(total, done);
  return { update: (n) => bar.update(n), stop: () => bar.stop() };
}

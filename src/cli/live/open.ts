// What all live commands have in common: the configuration, connections, a wait until the clusters are seen.

import { type LiveConfig, readLiveConfig } from "../../live/config.js";
import { jsonLog } from "../../live/log.js";
import { realPacing } from "../../live/pacing.js";
import type { Onlooker } from "../../live/reflector.js";
import { type Live, openLive } from "../../live/runtime.js";
import { WindtunnelError } from "../../model/errors.js";
import type { CommandContext } from "../context.js";
import { version } from "../version.js";

export type Options = Readonly<Record<string, unknown>>;

export const DEFAULT_CONFIG = "live.yaml";

export async function readConfig(options: Options): Promise<LiveConfig> {
  return readLiveConfig(String(options.config ?? DEFAULT_CONFIG));
}

export interface OpenChoice {
  /** JSON lines of what happens; else only what goes wrong is not said. */
  log?: boolean;
  onlooker?(cluster: string, resource: string): Onlooker;
  /** Modes below this: for commands that never write. */
  config: LiveConfig;
}

export async function openClusters(context: CommandContext, choice: OpenChoice): Promise<Live> {
  return openLive({
    config: choice.config,
    pacing: realPacing,
    log: choice.log === true ? jsonLog(context.say, realPacing.now) : () => undefined,
    cacheFolder: context.cacheFolder,
    version: version(),
    ...(choice.onlooker ? { onlooker: choice.onlooker } : {}),
  });
}

/** Waits until the clusters are seen; says which are not, and refuses if none is. */
export async function awaitViews(context: CommandContext, live: Live, options: Options): Promise<void> {
  const seconds = (options.wait as number | undefined) ?? 20;
  const missing = await live.waitForViews(seconds * 1000);
  for (const name of missing) {
    const { state, why } = live.views.find((v) => v.name === name)!.snapshot();
    context.say(`${name} is ${state}: ${why}`);
  }
  if (missing.length < live.views.length) return;
  throw new WindtunnelError(
    "CLUSTER_UNREACHABLE",
    `None of the clusters is seen: ${missing.join(", ")}.`,
    "Try `windtunnel live doctor`; --wait gives them more time.",
  );
}

/** Runs with open clusters, and closes them whatever happens. */
export async function withLive<T>(live: Live, work: (live: Live) => Promise<T>): Promise<T> {
  try {
    return await work(live);
  } finally {
    await live.close();
  }
}

// `trace get`: fetches the files of data sets into the data folder.

import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Presets, SingleBar } from "cli-progress";
import { WindtunnelError } from "../../model/errors.js";
import { download, RAW_SERVER, type RemoteFile, remoteFiles, sourceOf } from "../../replay/index.js";
import type { CommandContext } from "../context.js";
import { findDataset } from "./list.js";

export interface GetOptions {
  to: string | undefined;
  from: string | undefined;
}

export async function getTraces(context: CommandContext, names: readonly string[], options: GetOptions): Promise<void> {
  const folder = options.to ?? context.dataFolder;
  if (folder === undefined) {
    throw new WindtunnelError(
      "USAGE",
      "There is no folder to put the files in: WINDTUNNEL_DATA is not set.",
      "Set it, or give a folder with --to.",
    );
  }
  for (const name of names) {
    const { dataset, parts } = findDataset(name);
    const files = remoteFiles(dataset, parts, options.from?.replace(/\/$/, "") ?? RAW_SERVER);
    context.say(`${name}: ${files.length} files. Licence: ${dataset.licence}. Cite: ${dataset.citation}`);
    let fetched = 0;
    for (const [i, file] of files.entries()) {
      if (await sourceOf(file.path, folder)) continue;
      await getFile(context, file, folder, `${i + 1}/${files.length}`);
      fetched++;
    }
    const here = files.length - fetched;
    context.out(`${name}: ${fetched} files fetched and verified${here > 0 ? `, ${here} were here already` : ""}`);
  }
  context.say(`In ${folder}; \`windtunnel trace check ${names.join(" ")}\` imports and counts them.`);
}

async function getFile(context: CommandContext, file: RemoteFile, folder: string, which: string): Promise<void> {
  const path = join(folder, file.path);
  await mkdir(dirname(path), { recursive: true }).catch((cause) => {
    throw new WindtunnelError(
      "OUTPUT_UNWRITABLE",
      `${dirname(path)} cannot be made: ${(cause as Error).message}.`,
      "Give another folder with --to.",
      { cause },
    );
  });
  const bar = context.interactive ? barOf(`${which} ${file.path}`) : undefined;
  try {
    await download(
      { url: file.url, path, sha256: file.sha256 },
      {
        onProgress: (bytes, total) => {
          bar?.setTotal(Math.ceil((total ?? bytes) / 1000));
          bar?.update(Math.ceil(bytes / 1000));
        },
        onRetry: (reason) => context.say(`${file.path}: ${reason}; trying again`),
      },
    );
  } finally {
    bar?.stop();
  }
}

function barOf(name: string): SingleBar {
  const bar = new SingleBar(
    { format: `{bar} {value}/{total} kB  ${name}`, stream: process.stderr, hideCursor: true, clearOnComplete: true },
    Presets.shades_classic,
  );
  bar.start(1, 0);
  return bar;
}

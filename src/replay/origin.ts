// Where the files of a data set are fetched: at the commit of the repository that the registry names.

import { WindtunnelError } from "../model/errors.js";
import type { DataFile, Dataset, DatasetPart, Origin } from "./registry/dataset.js";

export const RAW_SERVER = "https://raw.githubusercontent.com";

export interface RemoteFile {
  url: string;
  /** Path below the data folder. */
  path: string;
  sha256: string;
}

/**
 * What must be fetched for these parts of a data set, side tables included, each file or archive once. Throws
 * DOWNLOAD_FAILED for a data set without an origin.
 */
export function remoteFiles(dataset: Dataset, parts: readonly DatasetPart[], server = RAW_SERVER): RemoteFile[] {
  const { origin } = dataset;
  if (!origin) {
    throw new WindtunnelError(
      "DOWNLOAD_FAILED",
      `${dataset.name}: the registry has no address of its files.`,
      `Get them from ${dataset.address} and put them below WINDTUNNEL_DATA as ${parts[0]!.path}.`,
    );
  }
  const tables = new Set(parts.flatMap((part) => Object.keys((part.adapter ?? dataset.adapter).tables ?? {})));
  const side = [...tables].flatMap((table) => dataset.side?.[table] ?? []);
  const raw = parts.flatMap((part) => part.files ?? [part]);
  const files = [...raw, ...side].map((file) => remoteFile(file, origin, server));
  return [...new Map(files.map((file) => [file.path, file])).values()];
}

function remoteFile(file: DataFile, origin: Origin, server: string): RemoteFile {
  const url = (path: string) =>
    `${server}/${origin.repository}/${origin.commit}/${path.split("/").map(encodeURIComponent).join("/")}`;
  const archive = Object.keys(origin.archives ?? {}).find((path) =>
    file.path.startsWith(`${path.replace(/\.tar\.gz$/, "")}/`),
  );
  if (archive !== undefined)
    return { url: url(origin.paths[archive]!), path: archive, sha256: origin.archives![archive]! };
  const local = Object.keys(origin.paths)
    .filter((path) => file.path === path || file.path.startsWith(`${path}/`))
    .sort((a, b) => b.length - a.length)[0];
  if (local === undefined) throw new Error(`the registry names no origin of ${file.path}`);
  return { url: url(origin.paths[local]! + file.path.slice(local.length)), path: file.path, sha256: file.sha256 };
}

// The first line of a text file, before anything is made of the rest.

import { open } from "node:fs/promises";
import { WindtunnelError } from "../../model/errors.js";
import type { RawFormat } from "./adapter.js";

const HEADER_BYTES_MAX = 65_536;
export const WRONG_FILE =
  "Check that it is the right file and whole: compare its size and SHA-256 with the source's, or fetch it again.";

type Csv = Extract<RawFormat, { kind: "csv" }>;

/**
 * Names of the file's columns: of its first line, or `format.columns`. Throws TRACE_UNREADABLE if the file is empty,
 * not UTF-8, or lacks one of `required`, and names what it has instead.
 */
export async function readHeader(file: string, format: Csv, required: readonly string[]): Promise<string[]> {
  const text = decode(file, await firstBytes(file));
  if (format.columns !== undefined) return [...format.columns];
  const names = text
    .trim()
    .split(format.delimiter)
    .map((name, i) => name.trim().replace(/^"(.*)"$/, "$1") || `column${i + 1}`);
  const absent = required.filter((name) => !names.includes(name));
  if (absent.length === 0) {
    const twice = names.find((name, i) => names.indexOf(name) !== i);
    if (twice === undefined) return names;
    throw unreadable(`${file}:1: two columns are named "${twice}"`, "Rename one of them in the header.");
  }
  const found = [";", "\t", "|", ","].find((delimiter) => delimiter !== format.delimiter && text.includes(delimiter));
  const hint =
    names.length === 1 && found !== undefined
      ? `Its fields seem to be separated by ${found === "\t" ? "tabs" : `"${found}"`}, not by "${format.delimiter}".`
      : WRONG_FILE;
  throw unreadable(
    `${file}:1: the header lacks ${absent.join(", ")}: "${names.join(",").slice(0, 200)}"; expected ${required.join(", ")}`,
    hint,
  );
}

async function firstBytes(file: string): Promise<Buffer> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEADER_BYTES_MAX), 0, HEADER_BYTES_MAX, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

function decode(file: string, bytes: Buffer): string {
  const end = bytes.indexOf(10);
  const line = bytes.subarray(0, end < 0 ? bytes.length : end);
  if (line.length === 0) throw unreadable(`${file}: the file is empty or starts with an empty line`, WRONG_FILE);
  const utf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  if (utf16) {
    throw unreadable(
      `${file}:1: the header is not UTF-8 text but UTF-16`,
      "Convert the file: `iconv -f UTF-16 -t UTF-8 old.csv > new.csv`.",
    );
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(line);
  } catch (cause) {
    throw unreadable(
      `${file}:1: the header is not UTF-8 text`,
      "Convert the file, for example `iconv -f LATIN1 -t UTF-8 old.csv > new.csv`; a compressed file must keep its ending .gz.",
      cause,
    );
  }
}

function unreadable(message: string, hint: string, cause?: unknown): WindtunnelError {
  return new WindtunnelError("TRACE_UNREADABLE", `${message}.`, hint, { cause });
}

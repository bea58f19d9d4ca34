// NumPy's file format for one array, versions 1 to 3: numbers of one or two dimensions, row after row.

import { WindtunnelError } from "../model/errors.js";

export interface NpyArray {
  rows: number;
  columns: number;
  values: Float32Array | Float64Array;
}

const MAGIC = "\u0093NUMPY";

function refuse(name: string, what: string): never {
  throw new WindtunnelError(
    "FUSION_INVALID",
    `${name}: ${what}.`,
    "Write it with numpy.save: float32 or float64, samples x classes, in C order.",
  );
}

/** Throws FUSION_INVALID for another format, another type than float32 or float64, Fortran order, or a truncated file. */
export function parseNpy(bytes: Uint8Array, name: string): NpyArray {
  const text = (from: number, to: number) => String.fromCharCode(...bytes.subarray(from, to));
  if (bytes.length < 12 || text(0, 6) !== MAGIC) refuse(name, "this is no .npy file");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = bytes[6]!;
  if (version < 1 || version > 3) refuse(name, `version ${version} of the format is not known`);
  const [size, start] = version === 1 ? [view.getUint16(8, true), 10] : [view.getUint32(8, true), 12];
  const head = text(start, Math.min(bytes.length, start + size));
  const descr = /'descr':\s*'([^']*)'/.exec(head)?.[1];
  const order = /'fortran_order':\s*(True|False)/.exec(head)?.[1];
  const shape = /'shape':\s*\(([^)]*)\)/.exec(head)?.[1];
  if (descr === undefined || order === undefined || shape === undefined) refuse(name, "the header cannot be read");
  if (descr !== "<f4" && descr !== "<f8") refuse(name, `values are ${descr}, expected <f4 or <f8`);
  const sizes = shape
    .split(",")
    .filter((part) => part.trim() !== "")
    .map(Number);
  if (sizes.length < 1 || sizes.length > 2) refuse(name, `it has ${sizes.length} dimensions, expected 1 or 2`);
  if (order === "True" && sizes.length === 2) refuse(name, "it is in Fortran order");
  const [rows, columns] = [sizes[0]!, sizes[1] ?? 1];
  const width = descr === "<f4" ? 4 : 8;
  const begin = start + size;
  const have = bytes.length - begin;
  if (have !== rows * columns * width)
    refuse(name, `${have} bytes of values, expected ${rows} x ${columns} of ${width} bytes`);
  // copied, since a view must begin at a multiple of its width
  const data = new Uint8Array(bytes.subarray(begin)).buffer;
  return { rows, columns, values: width === 4 ? new Float32Array(data) : new Float64Array(data) };
}

/** The array as version 1 of the format. */
export function formatNpy({ rows, columns, values }: NpyArray): Uint8Array {
  const type = values instanceof Float64Array ? "<f8" : "<f4";
  const shape = columns === 1 ? `(${rows},)` : `(${rows}, ${columns})`;
  const text = `{'descr': '${type}', 'fortran_order': False, 'shape': ${shape}, }`;
  // values begin at a multiple of 64 bytes
  const length = Math.ceil((11 + text.length) / 64) * 64 - 10;
  const head = `${text.padEnd(length - 1)}\n`;
  const bytes = new Uint8Array(10 + length + values.byteLength);
  bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, length & 255, length >> 8]);
  for (let i = 0; i < length; i++) bytes[10 + i] = head.charCodeAt(i);
  bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), 10 + length);
  return bytes;
}

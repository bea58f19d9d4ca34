// openb's lists as the FGD study takes them: requests in the order of the file, nodes in the order of the file, no times.

import { WindtunnelError } from "../model/errors.js";
import { quoteSql, withDatabase } from "./duckdb.js";

/** One request a row; order of the file. */
export interface PodList {
  count: number;
  names: string[];
  cpuMilli: Int32Array;
  memoryMib: Int32Array;
  /** Devices wanted; 0 = CPU only. */
  devices: Int32Array;
  /** GPU milli of each device. */
  gpuMilli: Int32Array;
  /** Models allowed, separated by |; empty = any. */
  spec: string[];
}

export interface NodeList {
  count: number;
  names: string[];
  cpuMilli: Int32Array;
  memoryMib: Int32Array;
  devices: Int32Array;
  models: string[];
}

/** Throws TRACE_UNREADABLE with the file and what is wrong with it. */
export async function readPodList(path: string): Promise<PodList> {
  const kinds = {
    name: "text",
    cpu: "int32",
    memory: "int32",
    devices: "int32",
    milli: "int32",
    spec: "text",
  } as const;
  const { header, rows } = await read(path, (columns) => {
    const spec = columns.includes("gpu_spec") ? "coalesce(gpu_spec, '')" : "''";
    return [`name, cpu_milli::INTEGER, memory_mib::INTEGER, num_gpu::INTEGER, gpu_milli::INTEGER, ${spec}`, kinds];
  });
  requireColumns(path, header, ["name", "cpu_milli", "memory_mib", "num_gpu", "gpu_milli"]);
  const list = rows as { [K in keyof typeof kinds]: (typeof kinds)[K] extends "text" ? string[] : Int32Array };
  list.devices.forEach((devices, i) => {
    const milli = list.milli[i]!;
    const fine = devices === 0 || (devices === 1 && milli >= 1 && milli <= 1000) || (devices > 1 && milli === 1000);
    if (!fine || list.cpu[i]! < 0 || list.memory[i]! < 0) {
      throw unreadable(path, `row ${i + 1} (${list.name[i]}) asks for ${devices} GPUs of ${milli} milli`);
    }
  });
  return {
    count: list.name.length,
    names: list.name,
    cpuMilli: list.cpu,
    memoryMib: list.memory,
    devices: list.devices,
    gpuMilli: list.milli.map((milli, i) => (list.devices[i] === 0 ? 0 : milli)),
    spec: list.spec.map((text, i) => (list.devices[i] === 0 ? "" : text)),
  };
}

/** Throws TRACE_UNREADABLE with the file and what is wrong with it. */
export async function readNodeList(path: string): Promise<NodeList> {
  const kinds = { name: "text", cpu: "int32", memory: "int32", devices: "int32", model: "text" } as const;
  const { header, rows } = await read(path, () => {
    return ["sn, cpu_milli::INTEGER, memory_mib::INTEGER, gpu::INTEGER, coalesce(model, '')", kinds];
  });
  requireColumns(path, header, ["sn", "cpu_milli", "memory_mib", "gpu", "model"]);
  const list = rows as { [K in keyof typeof kinds]: (typeof kinds)[K] extends "text" ? string[] : Int32Array };
  return {
    count: list.name.length,
    names: list.name,
    cpuMilli: list.cpu,
    memoryMib: list.memory,
    devices: list.devices,
    models: list.model,
  };
}

type Kinds = Record<string, "text" | "int32">;

async function read(path: string, select: (columns: string[]) => [string, Kinds]) {
  try {
    return await withDatabase(async (database) => {
      const file = `read_csv(${quoteSql(path)}, all_varchar = true, header = true, delim = ',')`;
      const { column_name: header } = await database.select(
        `SELECT column_name FROM (DESCRIBE SELECT * FROM ${file})`,
        {
          column_name: "text",
        },
      );
      const [columns, kinds] = select(header);
      return { header, rows: await database.select(`SELECT ${columns} FROM ${file}`, kinds) };
    });
  } catch (cause) {
    throw unreadable(path, cause instanceof Error ? cause.message.split("\n")[0]! : String(cause), cause);
  }
}

function requireColumns(path: string, header: readonly string[], wanted: readonly string[]): void {
  const missing = wanted.filter((name) => !header.includes(name));
  if (missing.length > 0) throw unreadable(path, `it lacks the columns ${missing.join(", ")}`);
}

function unreadable(path: string, what: string, cause?: unknown): WindtunnelError {
  return new WindtunnelError(
    "TRACE_UNREADABLE",
    `cannot read ${path}: ${what}.`,
    "Expected a list of pods (name,cpu_milli,memory_mib,num_gpu,gpu_milli[,gpu_spec]) or nodes (sn,cpu_milli,memory_mib,gpu,model).",
    { cause },
  );
}

// Compiles users' policies into an engine of their own: the shipped sources with the policy in place of the empty file that
// stands for it. What is compiled is kept by the digest of all that went in, so that it is done once.

import { createHash } from "node:crypto";
import { mkdir, readFile, rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { engineSha256 } from "../engine/load.js";
import { WindtunnelError } from "../model/errors.js";
import { hostSource } from "./host.js";
import type { PolicyFile } from "./policy-file.js";
import { type VettedPolicy, vetPolicy } from "./vet.js";

/** Engine and host modules of one pair of policies; plain data, so that it can be sent to a worker. */
export interface Linked {
  wasm: string;
  /** Modules of TypeScript policies; absent where the part is compiled in or not the user's. */
  place?: string;
  queue?: string;
  /** Names for messages. */
  names: { place?: string; queue?: string };
  /** The order passes over who does not fit. */
  skips: boolean;
}

export interface Pair {
  place?: PolicyFile | undefined;
  queue?: PolicyFile | undefined;
}

const ROOT_URL = new URL("../../", import.meta.url);
const ROOT = fileURLToPath(ROOT_URL);
const PLACE = "assembly/policy/plug/user-place.ts";
const QUEUE = "assembly/policy/plug/user-queue.ts";

/** How an engine is compiled: as the shipped one is, in some 8 s, or in one, to decide the same in twice the time. */
export type Build = "optimised" | "quick";

/**
 * Vets, compiles where that was not done before, and names what was made.
 * @throws WindtunnelError POLICY_REFUSED with file, line and reason.
 */
export async function linkPolicies(
  { place, queue }: Pair,
  cacheFolder: string,
  build: Build = "optimised",
): Promise<Linked> {
  const folder = join(cacheFolder, "policies");
  await mkdir(folder, { recursive: true });
  const parts = { place: place && placePart(place), queue: queue && queuePart(queue) };
  const hash = createHash("sha256").update(`${engineSha256()} ${build}`);
  for (const part of [parts.place, parts.queue]) hash.update(`\n--\n${part?.linked ?? ""}`);
  const wasm = join(folder, `${hash.digest("hex").slice(0, 32)}.wasm`);
  const there = await stat(wasm).catch(() => undefined);
  if (!there) await compile(wasm, build, parts.place, parts.queue);
  const linked: Linked = { wasm, names: {}, skips: parts.queue?.skips ?? false };
  for (const role of ["place", "queue"] as const) {
    const part = parts[role];
    if (!part) continue;
    linked.names[role] = part.file.name;
    if (part.host === undefined) continue;
    const path = join(folder, `${part.file.sha256.slice(0, 32)}.mjs`);
    await keep(path, part.host);
    linked[role] = path;
  }
  return linked;
}

/** What a file exports of score, device and order. @throws WindtunnelError POLICY_REFUSED. */
export function exportsOf(file: PolicyFile): ReadonlySet<string> {
  return file.kind === "assembly" ? vetPolicy(file.text, file.path).exports : hostSource(file).exports;
}

interface Part {
  file: PolicyFile;
  /** AssemblyScript that stands in for the empty file. */
  linked: string;
  /** JavaScript of a TypeScript policy. */
  host?: string;
  skips?: boolean;
}

const HOSTED_PLACE = `export const choosesDevice: bool = false;
// @ts-ignore: decorator
@external("policy", "score") export declare function score(): f64;
export function device(_d: i32): f64 { return 0; }
`;
const HOSTED_PLACE_WITH_DEVICE = `export const choosesDevice: bool = true;
// @ts-ignore: decorator
@external("policy", "score") export declare function score(): f64;
// @ts-ignore: decorator
@external("policy", "device") export declare function device(d: i32): f64;
`;

function placePart(file: PolicyFile): Part {
  if (file.kind === "typescript") {
    const { source, exports } = hostSource(file);
    requireFunction(file, exports, "score", "a placement");
    return { file, linked: exports.has("device") ? HOSTED_PLACE_WITH_DEVICE : HOSTED_PLACE, host: source };
  }
  const vetted = vetPolicy(file.text, file.path);
  requireFunction(file, vetted.exports, "score", "a placement");
  const devices = vetted.exports.has("device");
  const rest = devices ? "" : "\nexport function device(_d: i32): f64 { return 0; }";
  return { file, linked: `${withoutSkips(vetted)}${rest}\nexport const choosesDevice: bool = ${devices};\n` };
}

function queuePart(file: PolicyFile): Part {
  if (file.kind === "typescript") {
    const { source, exports, skips } = hostSource(file);
    requireFunction(file, exports, "order", "a queue policy");
    // what it reads is not known, so it is asked at every pass
    const linked = `export const skips: bool = ${skips};
export const changesWithTime: bool = true;
// @ts-ignore: decorator
@external("policy", "order") export declare function order(): f64;
`;
    return { file, linked, host: source, skips };
  }
  const vetted = vetPolicy(file.text, file.path);
  requireFunction(file, vetted.exports, "order", "a queue policy");
  const constants = `\nexport const skips: bool = ${vetted.skips};\nexport const changesWithTime: bool = ${vetted.changesWithTime};\n`;
  return { file, linked: withoutSkips(vetted) + constants, skips: vetted.skips };
}

function withoutSkips({ counted }: VettedPolicy): string {
  return counted.replace(/export const skips\b/, "const __skips");
}

function requireFunction(file: PolicyFile, exports: ReadonlySet<string>, name: string, role: string): void {
  if (exports.has(name)) return;
  throw new WindtunnelError(
    "POLICY_REFUSED",
    `${file.path}: it is used as ${role}, but exports no function ${name}.`,
    `Export \`${name}(): f64\`, or name another file.`,
  );
}

async function compile(wasm: string, build: Build, place: Part | undefined, queue: Part | undefined): Promise<void> {
  const asc = (await import("assemblyscript/asc")).default;
  const { default: Inline } = await import(new URL("assembly/inline.mjs", ROOT_URL).href);
  const options = {
    optimised: { flags: ["--target", "release"], transforms: [Inline] },
    quick: { flags: ["--target", "dev", "--optimizeLevel", "1"], transforms: [] },
  };
  const { flags, transforms } = options[build];
  const sources = new Map([
    [PLACE, place],
    [QUEUE, queue],
  ]);
  let bytes: Uint8Array | undefined;
  const { error, stderr } = await asc.main(
    ["assembly/index.ts", "--config", "asconfig.json", "--outFile", "engine.wasm", ...flags],
    {
      transforms,
      readFile: async (name: string) => {
        const part = sources.get(name.replaceAll("\\", "/"));
        return part?.linked ?? (await readFile(join(ROOT, name), "utf8").catch(() => null));
      },
      writeFile: (name: string, contents: Uint8Array | string) => {
        if (name.endsWith("engine.wasm") && typeof contents !== "string") bytes = contents;
      },
      listFiles: () => null,
    },
  );
  if (error || !bytes) throw refused(stderr.toString(), place, queue);
  await keep(wasm, bytes);
}

let written = 0;

/** Others may be writing the same: whoever is last wins, and nothing half-written is ever read. */
async function keep(path: string, content: Uint8Array | string): Promise<void> {
  const temporary = `${path}.${process.pid}_${written++}.tmp`;
  await writeFile(temporary, content);
  await rename(temporary, path);
}

/** The compiler's first complaint, told of the user's file. */
function refused(stderr: string, place: Part | undefined, queue: Part | undefined): WindtunnelError {
  const at = /in (assembly\/policy\/plug\/user-(?:place|queue)\.ts)\((\d+),/.exec(stderr);
  const file = at?.[1] === QUEUE ? queue?.file : (place ?? queue)?.file;
  const what = /(?:ERROR|error) \w+: (.*)/.exec(stderr)?.[1] ?? stderr.split("\n")[0];
  return new WindtunnelError(
    "POLICY_REFUSED",
    `${file?.path}${at ? `:${at[2]}` : ""}: ${what}`,
    "AssemblyScript is strict about types: convert with <f64>x or <i32>x.",
  );
}

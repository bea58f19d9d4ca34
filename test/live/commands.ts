// Commands as a person gives them: in this process, which is quick, or as a process of its own, which is what a person has.

import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type CommandContext, processContext } from "../../src/cli/context.js";
import { main } from "../../src/cli/program.js";

export const MAIN = fileURLToPath(new URL("../../bin/windtunnel.js", import.meta.url));

export interface Ran {
  status: number | null;
  out: string;
  err: string;
}

/** In this process, with a folder as the working one. */
export async function command(folder: string, ...args: string[]): Promise<Ran> {
  const said = { out: "", err: "" };
  const line = (text: string) => (text.endsWith("\n") ? text : `${text}\n`);
  const context: CommandContext = {
    ...processContext(),
    out: (text) => {
      said.out += line(text);
    },
    say: (text) => {
      said.err += line(text);
    },
    interactive: false,
    columns: Number.POSITIVE_INFINITY,
    args,
  };
  const before = process.cwd();
  process.chdir(folder);
  try {
    const status = await main(args, context);
    return { status, ...said };
  } finally {
    process.chdir(before);
  }
}

export function start(
  folder: string,
  env: NodeJS.ProcessEnv,
  ...args: string[]
): { child: ChildProcess; said(): Ran; ended: Promise<Ran> } {
  const child = spawn(process.execPath, [MAIN, ...args], { cwd: folder, env: { ...process.env, ...env } });
  const ran: Ran = { status: null, out: "", err: "" };
  child.stdout.on("data", (c) => {
    ran.out += String(c);
  });
  child.stderr.on("data", (c) => {
    ran.err += String(c);
  });
  const ended = new Promise<Ran>((resolve) =>
    child.once("close", (status) => {
      ran.status = status;
      resolve(ran);
    }),
  );
  return { child, said: () => ran, ended };
}

// `npm run dev`: watches assembly/, src/ and test/, rebuilds what changed (the engine quickly, with --dev) and runs the
// tests that a change affects. Changes are gathered for a moment; what comes while it works is done right after.
// Errors are printed and it goes on. `--once` builds and stops, `--no-test` leaves the tests to you.

import { spawn } from "node:child_process";
import { existsSync, watch } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
process.chdir(root);
const once = process.argv.includes("--once");
const testing = !process.argv.includes("--no-test");
const GATHER_MILLIS = 150;
const FOLDERS = ["assembly", "src", "test", "scenarios"].filter((folder) => existsSync(folder));
// what the build itself writes
const isGenerated = (path) => path.startsWith("src/engine/abi");

const colour = process.stdout.isTTY ? (code, text) => `\x1b[${code}m${text}\x1b[0m` : (_code, text) => text;
const stamp = () => new Date().toTimeString().slice(0, 8);
const say = (text) => process.stdout.write(`${colour(90, stamp())} ${text}\n`);

let child;

/** Runs a program of this repository; true if it succeeded. Its output is shown only if it failed, or `loud`. */
function run(name, command, args, loud = false) {
  const began = Date.now();
  return new Promise((resolve) => {
    child = spawn(command, args, {
      cwd: root,
      stdio: ["ignore", loud ? "inherit" : "pipe", loud ? "inherit" : "pipe"],
    });
    let output = "";
    child.stdout?.on("data", (text) => {
      output += text;
    });
    child.stderr?.on("data", (text) => {
      output += text;
    });
    const end = (ok, why = "") => {
      child = undefined;
      const seconds = `${((Date.now() - began) / 1000).toFixed(1)} s`;
      say(ok ? `${colour(32, "ok")} ${name} (${seconds})` : `${colour(31, "FAILED")} ${name} (${seconds})${why}`);
      if (!ok && output.trim() !== "") process.stdout.write(`${output.trimEnd()}\n`);
      resolve(ok);
    };
    child.on("error", (error) => end(false, `: ${error.message}`));
    child.on("close", (code) => end(code === 0));
  });
}

const tool = (name, path) => [process.execPath, [join("node_modules", name, path)]];
const [node, [tsc]] = tool("typescript", "bin/tsc");
const [, [vitest]] = tool("vitest", "vitest.mjs");

async function build(wasm) {
  if (wasm && !(await run("engine", node, ["scripts/build-wasm.mjs", "--dev"]))) return false;
  return run("typescript", node, [
    tsc,
    "-p",
    "tsconfig.json",
    "--incremental",
    "--tsBuildInfoFile",
    "dist/dev.tsbuildinfo",
  ]);
}

/** Tests affected by changed files; an engine that changed affects all that run it, which is everything but few. */
function testsOf(changed) {
  if (changed.some((file) => file.startsWith("assembly/"))) return ["run", "test/engine", "test/sim", "test/tidy"];
  const files = changed.filter((file) => /\.(ts|yaml|json)$/.test(file));
  return files.length > 0 ? ["related", "--run", ...files] : undefined;
}

const changed = new Set();
let timer;
let working = false;

async function work() {
  if (working) return;
  working = true;
  while (changed.size > 0) {
    const files = [...changed].sort();
    changed.clear();
    say(`${files.length === 1 ? files[0] : `${files[0]} and ${files.length - 1} more`} changed`);
    const built = await build(files.some((file) => file.startsWith("assembly/")));
    // a newer change makes the tests of this one moot
    const tests = testing && built && changed.size === 0 ? testsOf(files) : undefined;
    if (tests) await run("tests", node, [vitest, ...tests, "--passWithNoTests", "--reporter=dot"], true);
  }
  working = false;
  say("waiting for changes");
}

function notice(folder, name) {
  const file = join(folder, name).replaceAll("\\", "/");
  if (isGenerated(file) || /(^|\/)\.|~$|\.swp$|\.tmp$/.test(file)) return;
  changed.add(file);
  clearTimeout(timer);
  timer = setTimeout(() => void work(), GATHER_MILLIS);
}

function stop() {
  child?.kill("SIGTERM");
  process.exit(0);
}

const ok = await build(true);
if (once) process.exit(ok ? 0 : 1);
for (const folder of FOLDERS) {
  const watcher = watch(folder, { recursive: true }, (_event, name) => name && notice(folder, name));
  watcher.on("error", (error) => say(`${colour(31, "cannot watch")} ${folder}: ${error.message}`));
}
process.on("SIGINT", stop);
process.on("SIGTERM", stop);
say(`watching ${FOLDERS.join(", ")}`);

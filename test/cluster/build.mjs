// Builds etcd and the three Kubernetes components from the Go modules in go/ into the user's cache, once: about six minutes on two cores.
// A binary whose sources and compiler have not changed is left alone. `node test/cluster/build.mjs` prints the folder.

import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const sources = fileURLToPath(new URL("go/", import.meta.url));
const COMPONENTS = ["kube-apiserver", "kube-controller-manager", "kube-scheduler"];

export function binariesFolder(environment = process.env) {
  const cache = environment.XDG_CACHE_HOME || join(homedir(), ".cache");
  return environment.WINDTUNNEL_CLUSTER_BINARIES || join(cache, "windtunnel", "control-plane");
}

function goVersion() {
  const go = spawnSync("go", ["version"], { encoding: "utf8" });
  if (go.status === 0) return go.stdout.trim();
  throw new Error(
    "Go is not on the path: the tests on real clusters build etcd and Kubernetes from Go modules. Install Go 1.25 or later; nothing else is needed.",
  );
}

/** One builder at a time: the folder's lock names a process, and one that is gone is passed over. */
async function withLock(folder, work) {
  const lock = join(folder, ".lock");
  for (;;) {
    try {
      writeFileSync(lock, String(process.pid), { flag: "wx" });
      break;
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
      const owner = Number(readFileSync(lock, "utf8") || "0");
      let alive = true;
      try {
        process.kill(owner, 0);
      } catch {
        alive = false;
      }
      if (!alive) rmSync(lock, { force: true });
      else await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
  try {
    return work();
  } finally {
    rmSync(lock, { force: true });
  }
}

function buildOne(folder, module, name, target, linker, compiler) {
  const hash = createHash("sha256").update(`${compiler}\n${target}\n${linker}\n`);
  const from = join(sources, module);
  for (const file of readdirSync(from).sort()) hash.update(file).update(readFileSync(join(from, file)));
  const stamp = hash.digest("hex");
  const [binary, mark] = [join(folder, name), join(folder, `.${name}.stamp`)];
  if (existsSync(binary) && existsSync(mark) && readFileSync(mark, "utf8") === stamp) return;
  process.stderr.write(`building ${name} from Go modules, once\n`);
  execFileSync("go", ["build", "-ldflags", `-s -w ${linker}`, "-o", `${binary}.new`, target], {
    cwd: from,
    env: { ...process.env, CGO_ENABLED: "0", GOFLAGS: "-mod=readonly -buildvcs=false" },
    stdio: ["ignore", "inherit", "inherit"],
  });
  renameSync(`${binary}.new`, binary);
  writeFileSync(mark, stamp);
}

/** The folder with etcd, kube-apiserver, kube-controller-manager and kube-scheduler. */
export async function buildBinaries() {
  const folder = binariesFolder();
  mkdirSync(folder, { recursive: true });
  const compiler = goVersion();
  const version = /k8s\.io\/kubernetes (v1\.(\d+)\.\d+)/.exec(readFileSync(join(sources, "kube", "go.mod"), "utf8"));
  // without these kube-apiserver calls itself a version that clients cannot parse
  const linker = ["k8s.io/component-base/version", "k8s.io/client-go/pkg/version"]
    .map((p) => `-X ${p}.gitVersion=${version[1]} -X ${p}.gitMajor=1 -X ${p}.gitMinor=${version[2]}`)
    .join(" ");
  return withLock(folder, () => {
    buildOne(folder, "etcd", "etcd", "go.etcd.io/etcd/server/v3", "", compiler);
    buildOne(folder, "kube", "kube", ".", linker, compiler);
    for (const component of COMPONENTS)
      if (!existsSync(join(folder, component))) symlinkSync("kube", join(folder, component));
    return folder;
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    console.log(await buildBinaries());
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}

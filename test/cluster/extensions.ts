// Extensions of the API for tests on real control planes: short definitions with the fields that live mode uses.

import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import type { Plane } from "./plane.js";

const FOLDER = fileURLToPath(new URL("crds/", import.meta.url));
const DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

/** Defines them all, and waits until their kinds are served. */
export async function installExtensions(plane: Plane): Promise<void> {
  for (const file of readdirSync(FOLDER)) {
    const definition = parse(readFileSync(`${FOLDER}${file}`, "utf8"));
    await plane.create(DEFINITIONS, definition);
    const { group, names, versions } = definition.spec;
    const path = `/apis/${group}/${versions[0].name}/${names.plural}`;
    for (let i = 0; (await plane.get(path)).status !== 200; i++) {
      if (i > 200) throw new Error(`${path} is not served`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

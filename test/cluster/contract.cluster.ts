// The contract with API servers, against a real one.

import http from "node:http";
import https from "node:https";
import { join } from "node:path";
import { contract } from "../live/contract/contract.js";
import type { ContractServer } from "../live/contract/server.js";
import { buildBinaries } from "./build.mjs";
import { installExtensions } from "./extensions.js";
import { Plane } from "./plane.js";
import { until } from "./setting.js";

/** Asks etcd over its socket, in its HTTP form. */
function etcd(plane: Plane, path: string, body: unknown): Promise<{ header: { revision: string } }> {
  return new Promise((resolve, reject) => {
    const request = http.request(
      { socketPath: join(plane.folder, "etcd.sock"), path, method: "POST", headers: { host: "etcd" } },
      (response) => {
        let text = "";
        response.on("data", (c) => {
          text += String(c);
        });
        response.on("end", () => resolve(JSON.parse(text)));
      },
    );
    request.on("error", reject);
    request.end(JSON.stringify(body));
  });
}

/** Leases come straight from etcd, so that what etcd forgets the server has forgotten too. */
const NO_CACHE = ["--watch-cache-sizes=leases.coordination.k8s.io#0"];

async function openPlane(): Promise<ContractServer> {
  const plane = await Plane.start({ name: "contract", binaries: await buildBinaries(), apiServerFlags: NO_CACHE }, [
    "nobody",
  ]);
  await plane.namespace("contract");
  await installExtensions(plane);
  const at = (path: string, query: Readonly<Record<string, string>> = {}) => `${path}?${new URLSearchParams(query)}`;
  return {
    watchSeconds: 4,
    call: async (method, path, body, { patch, query, as } = {}) =>
      plane.call(method, at(path, query), body, {
        ...(patch ? { patch } : {}),
        ...(as === "nobody" ? { as } : {}),
        ...(as === "stranger" ? { token: "nobody-knows-it" } : {}),
      }),
    watch: (path, query, during) =>
      new Promise((resolve, reject) => {
        const url = new URL(at(path, { watch: "1", ...query }), plane.server);
        const headers = { authorization: `Bearer ${plane.admin.token}` };
        const request = https.request(url, { headers, ca: plane.ca }, (response) => {
          let text = "";
          response.on("data", (c) => {
            text += String(c);
          });
          response.on("end", () =>
            resolve(
              text
                .split("\n")
                .filter(Boolean)
                .map((line) => JSON.parse(line)),
            ),
          );
          during?.().catch(reject);
        });
        request.on("error", reject);
        request.end();
      }),
    compact: async () => {
      const { header } = await etcd(plane, "/v3/kv/range", { key: Buffer.from("a").toString("base64") });
      await etcd(plane, "/v3/kv/compaction", { revision: header.revision, physical: true });
    },
    allow: async (name, allowed) => {
      const path = `/apis/policy/v1/namespaces/contract/poddisruptionbudgets/${name}`;
      await until(`${name} allows ${allowed}`, async () => {
        const { status, metadata } = (await plane.get(path)).body;
        return status?.observedGeneration === metadata.generation && status.disruptionsAllowed === allowed;
      });
    },
    close: () => plane.stop(),
  };
}

contract("a real API server", openPlane, 60_000);

// The contract with API servers, against the fake over HTTP.

import http from "node:http";
import { startFake } from "../fake-server.js";
import { FakeStore } from "../fake-store.js";
import { contract } from "./contract.js";
import type { ContractServer } from "./server.js";

const PATCH = {
  merge: "application/merge-patch+json",
  json: "application/json-patch+json",
  apply: "application/apply-patch+yaml",
  strategic: "application/strategic-merge-patch+json",
};
const TOKENS = { admin: "a", nobody: "n", stranger: "s" };

async function openFake(): Promise<ContractServer> {
  const store = new FakeStore();
  store.addKind("/apis/serving.example.dev/v1", "runners", "Runner");
  store.mayDo = (user, verb) => user === "admin" && verb !== "*";
  const users = new Map([
    [TOKENS.admin, "admin"],
    [TOKENS.nobody, "nobody"],
  ]);
  const server = await startFake(store, undefined, users);
  server.bookmarkMillis = 200;
  const agent = new http.Agent({ keepAlive: true });
  const send = (
    method: string,
    path: string,
    headers: http.OutgoingHttpHeaders,
    body: string | undefined,
    onResponse: (response: http.IncomingMessage) => void,
    onError: (error: Error) => void,
  ) =>
    void http.request(new URL(path, server.url), { method, headers, agent }, onResponse).on("error", onError).end(body);
  const headersOf = (as: keyof typeof TOKENS) => ({ authorization: `Bearer ${TOKENS[as]}` });
  const at = (path: string, query: Readonly<Record<string, string>> = {}) => `${path}?${new URLSearchParams(query)}`;
  return {
    watchSeconds: 1,
    call: (method, path, body, { patch, query, as = undefined } = {}) =>
      new Promise((resolve, reject) => {
        const headers = {
          ...headersOf(as ?? "admin"),
          ...(body === undefined ? {} : { "content-type": patch ? PATCH[patch] : "application/json" }),
        };
        const text = body === undefined ? undefined : JSON.stringify(body);
        send(
          method,
          at(path, query),
          headers,
          text,
          (response) => {
            let seen = "";
            response.on("data", (c) => {
              seen += String(c);
            });
            response.on("end", () => resolve({ status: response.statusCode!, body: JSON.parse(seen) }));
          },
          reject,
        );
      }),
    watch: (path, query, during) =>
      new Promise((resolve, reject) => {
        send(
          "GET",
          at(path, { watch: "1", ...query }),
          headersOf("admin"),
          undefined,
          (response) => {
            let seen = "";
            response.on("data", (c) => {
              seen += String(c);
            });
            response.on("end", () =>
              resolve(
                seen
                  .split("\n")
                  .filter(Boolean)
                  .map((line) => JSON.parse(line)),
              ),
            );
            during?.().catch(reject);
          },
          reject,
        );
      }),
    compact: async () => store.compact(),
    allow: async (name, allowed) =>
      void store.change("/apis/policy/v1/poddisruptionbudgets", "contract", name, {
        status: { disruptionsAllowed: allowed },
      }),
    close: async () => {
      agent.destroy();
      await server.close();
    },
  };
}

contract("the fake", openFake);

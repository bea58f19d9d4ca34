// What live mode counts on an API server to answer, as one suite: it runs against the fake in memory (npm test) and against a real
// control plane (npm run test:cluster). So the fake is as right as these tests say, and no more. Schemas are not in it: the fake
// takes fields that the real one would refuse.

import { afterAll, beforeAll, describe } from "vitest";
import { customs, fields, rights, scales } from "./fields.js";
import { lists, objects } from "./objects.js";
import { bindings, evictions } from "./pods.js";
import type { ContractServer } from "./server.js";

export function contract(name: string, open: () => Promise<ContractServer>, timeout = 20_000): void {
  describe(`the contract with ${name}`, { timeout }, () => {
    const at: { server: ContractServer } = {} as never;
    beforeAll(async () => {
      at.server = await open();
    }, 180_000);
    afterAll(() => at.server?.close());
    objects(at);
    lists(at);
    fields(at);
    scales(at);
    evictions(at);
    bindings(at);
    customs(at);
    rights(at);
  });
}

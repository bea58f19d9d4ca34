// M/M/c on simjs, the npm library that came out fastest.

import type { Sample } from "../harness.js";

interface SimjsEntity {
  time(): number;
  setTimer(delay: number): { done(callback: () => void): unknown };
  useFacility(facility: unknown, duration: number): { done(callback: () => void): unknown };
}

let loaded: unknown;

/** The library is a bundle for browsers: it hangs itself on `window`. */
export async function loadSimjs(): Promise<boolean> {
  if (loaded) return true;
  const scope = globalThis as { window?: { Sim?: unknown } };
  const page: { Sim?: unknown } = {};
  scope.window = page;
  try {
    await import("simjs" as string);
  } catch {
    // a package installed without development dependencies
  } finally {
    delete scope.window;
  }
  loaded = page.Sim;
  return loaded !== undefined;
}

export async function simjsStation(servers: number, load: number, customers: number): Promise<Sample> {
  await loadSimjs();
  const lib = loaded as {
    Sim: new () => { addEntity(entity: unknown): void; simulate(end: number): void };
    Entity: new (...args: unknown[]) => SimjsEntity;
    Facility: new (name: string, discipline: number, servers: number) => unknown;
    Random: new (seed: number) => { exponential(rate: number): number };
  };
  const random = new lib.Random(7);
  const facility = new lib.Facility("station", 0, servers);
  let served = 0;
  let arrived = 0;
  let sumSojourn = 0;
  class Source extends lib.Entity {
    start(): void {
      this.arrive();
    }
    arrive(): void {
      arrived++;
      const came = this.time();
      this.useFacility(facility, random.exponential(1)).done(() => {
        served++;
        sumSojourn += this.time() - came;
      });
      if (arrived < customers) this.setTimer(random.exponential(servers * load)).done(() => this.arrive());
    }
  }
  const sim = new lib.Sim();
  sim.addEntity(Source);
  const begun = performance.now();
  sim.simulate(1e12);
  return { work: 2 * served, millis: performance.now() - begun, hash: (sumSojourn / served).toFixed(6) };
}

// Devices on which replicas with a part of a GPU stand, of all services together: each replica on the first device of its kind that
// has room, from its order until it is gone. A device is there while any replica is on it; who is on it pays for it in proportion.

import * as abi from "../../engine/abi.js";
import type { Engine } from "../../engine/engine.js";
import type { ServiceSpec } from "../../model/service-study.js";
import { MIG_PROFILES } from "../../model/serving/share.js";
import { DEVICE_MILLI, partOf } from "./share.js";

/** A replica's part: so many units of a device, which a partition of it takes in a row from certain units on. */
interface Part {
  units: number;
  starts: readonly number[] | undefined;
  /** Of a device. */
  held: number;
}

interface Device {
  /** Of the kind's devices, from 0 on. */
  number: number;
  /** Units in use, one by one where partitions take them in a row, else their sum in the first. */
  used: boolean[];
  milli: number;
  tenants: Map<number, { service: number; start: number }>;
}

export interface DeviceUse {
  /** Device x µs that a service pays for, and what its replicas held of them. */
  deviceMicros: number;
  heldMicros: number;
}

const MEMORY_SLICES = 8;

function partsOf(services: readonly ServiceSpec[]): (Part | undefined)[] {
  return services.map(({ share }) => {
    if (!share) return undefined;
    const { held } = partOf(share);
    if (share.mig === undefined) return { units: share.milliGpu!, starts: undefined, held };
    const { memorySlices, starts } = MIG_PROFILES[share.mig]!;
    return { units: memorySlices, starts, held };
  });
}

export class Devices {
  readonly #parts: (Part | undefined)[];
  /** By kind: GPU, price, and whether it is cut into partitions. */
  readonly #kinds: string[];
  readonly #fleets = new Map<string, Device[]>();
  readonly #places: readonly { first: number; count: number }[];
  readonly #at = new Map<number, Device>();
  readonly use: DeviceUse[];

  constructor(engine: Engine, services: readonly ServiceSpec[]) {
    const first: Int32Array = engine.column(abi.COL_SERVICE_FIRST, "i32");
    this.#parts = partsOf(services);
    this.#kinds = services.map((s) => `${s.gpu} ${s.usdPerGpuHour} ${s.share?.mig === undefined ? "shared" : "cut"}`);
    this.#places = services.map((s, i) => ({ first: first[i]!, count: s.replicas.max }));
    this.use = services.map(() => ({ deviceMicros: 0, heldMicros: 0 }));
    this.sync(engine);
  }

  /** Replicas that have come or gone since are placed or take their part with them. */
  sync(engine: Engine): void {
    const states = engine.column(abi.COL_REPLICA_STATE, "i32");
    const each = (do_: (place: number, service: number) => void) =>
      this.#places.forEach(({ first, count }, s) => {
        if (!this.#parts[s]) return;
        for (let place = first; place < first + count; place++) do_(place, s);
      });
    each((place) => {
      if (states[place] === abi.REPLICA_ABSENT && this.#at.has(place)) this.#leave(place);
    });
    each((place, s) => {
      if (states[place] !== abi.REPLICA_ABSENT && !this.#at.has(place)) this.#stand(place, s);
    });
  }

  /** The last unit from which a part fits, so that small partitions leave room for large ones; -1 = nowhere. */
  #startOn(device: Device, { units, starts }: Part): number {
    if (!starts) return device.milli + units <= DEVICE_MILLI ? 0 : -1;
    return starts.findLast((start) => !device.used.slice(start, start + units).some((taken) => taken)) ?? -1;
  }

  #mark(device: Device, start: number, part: Part, taken: boolean): void {
    device.milli += (taken ? 1 : -1) * (part.starts ? 0 : part.units);
    if (part.starts) device.used.fill(taken, start, start + part.units);
  }

  #stand(place: number, service: number): void {
    const part = this.#parts[service]!;
    const fleet = this.#fleets.get(this.#kinds[service]!) ?? [];
    this.#fleets.set(this.#kinds[service]!, fleet);
    let device = fleet.find((d) => this.#startOn(d, part) >= 0);
    if (!device) {
      const free = fleet.findIndex((d, i) => d.number !== i);
      const number = free < 0 ? fleet.length : free;
      device = { number, used: new Array<boolean>(MEMORY_SLICES).fill(false), milli: 0, tenants: new Map() };
      fleet.splice(number, 0, device);
    }
    const start = this.#startOn(device, part);
    this.#mark(device, start, part, true);
    device.tenants.set(place, { service, start });
    this.#at.set(place, device);
  }

  #leave(place: number): void {
    const device = this.#at.get(place)!;
    const { service, start } = device.tenants.get(place)!;
    this.#mark(device, start, this.#parts[service]!, false);
    device.tenants.delete(place);
    this.#at.delete(place);
    if (device.tenants.size > 0) return;
    const fleet = this.#fleets.get(this.#kinds[service]!)!;
    fleet.splice(fleet.indexOf(device), 1);
  }

  /** Accounts for time in which nobody came or went. */
  pass(micros: number): void {
    if (micros <= 0) return;
    for (const fleet of this.#fleets.values())
      for (const { tenants } of fleet) {
        let held = 0;
        for (const { service } of tenants.values()) held += this.#parts[service]!.held;
        for (const { service } of tenants.values()) {
          const own = this.#parts[service]!.held;
          this.use[service]!.heldMicros += micros * own;
          this.use[service]!.deviceMicros += (micros * own) / held;
        }
      }
  }
}

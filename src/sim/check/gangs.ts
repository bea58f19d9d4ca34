// A start takes the whole gang, in one pool that the job allows, on devices that exist.

import type { JobTable } from "../../model/jobs.js";
import { type Claim, nameOf, type Part, type Rule } from "./claim.js";
import { devicesOf, type Room } from "./room.js";
import { Tally } from "./tally.js";

export class Gangs implements Rule {
  readonly tallies: readonly Tally[];
  readonly #jobs: JobTable;
  readonly #room: Room;
  readonly #sameNode: boolean;
  readonly #whole = new Tally("a start takes the whole gang");
  readonly #where = new Tally("a gang is in one pool of a model that it allows, on devices that are there");
  readonly #spread = new Tally("same-node: on no more nodes than an empty pool would need");

  constructor(jobs: JobTable, room: Room, sameNode: boolean) {
    this.#jobs = jobs;
    this.#room = room;
    this.#sameNode = sameNode;
    this.tallies = [this.#whole, this.#where, this.#spread];
  }

  started(claim: Claim, now: number): void {
    const { job, parts } = claim;
    const tasks = parts.reduce((sum, part) => sum + part.tasks, 0);
    const milli = parts.reduce((sum, part) => sum + heldMilli(part), 0);
    this.#whole.check(
      tasks === this.#jobs.tasks[job] && milli === claim.gangMilli,
      now,
      () =>
        `${nameOf(claim)} starts with ${tasks} of ${this.#jobs.tasks[job]} tasks and ${milli} of ${claim.gangMilli} milli-GPU`,
    );
    const pool = this.#room.pools[claim.pool];
    const allowed = pool !== undefined && this.#room.allows(claim.pool, job);
    this.#where.check(allowed, now, () => `${nameOf(claim)} may not run in pool ${claim.pool}`);
    if (!pool) return;
    for (const part of parts) {
      const why = pool.counted ? wrongCount(part, this.#jobs.gpuMilli[job]!) : this.#wrongPart(claim, part);
      this.#where.check(why === "", now, () => `${nameOf(claim)}: ${why}`);
    }
    if (!this.#sameNode || pool.counted) return;
    const nodes = new Set(parts.map((part) => part.node)).size;
    const most = this.#room.fewestNodes(claim.pool, job);
    this.#spread.check(nodes <= most, now, () => `${nameOf(claim)} is on ${nodes} nodes, ${most} would do`);
  }

  arrives(claim: Claim, now: number): void {
    this.started(claim, now);
  }

  #wrongPart(claim: Claim, part: Part): string {
    const pool = this.#room.pools[claim.pool]!;
    const milli = this.#jobs.gpuMilli[claim.job]!;
    const devices = devicesOf(part);
    if (this.#room.nodePool[part.node] !== claim.pool) return `node ${part.node} is not in its pool`;
    if (devices.some((d) => d >= pool.gpusPerNode)) return `node ${part.node} has no device ${Math.max(...devices)}`;
    if (part.tasks < 1) return `${part.tasks} tasks on node ${part.node}`;
    if (milli === 0) return devices.length === 0 ? "" : `holds devices of node ${part.node} and asked for none`;
    if (milli < 1000) {
      const one = devices.length === 1 && part.tasks === 1 && part.milli === milli;
      return one ? "" : `its share on node ${part.node} is not on one device`;
    }
    const whole = part.milli === 1000 && devices.length * 1000 === part.tasks * milli;
    return whole ? "" : `${part.tasks} tasks on node ${part.node} hold ${devices.length} devices`;
  }
}

function heldMilli(part: Part): number {
  return part.node < 0 ? part.milli : part.milli * devicesOf(part).length;
}

function wrongCount(part: Part, milliPerTask: number): string {
  if (part.node !== -1) return `node ${part.node} of a counted pool`;
  return part.milli === part.tasks * milliPerTask ? "" : `${part.tasks} tasks hold ${part.milli} milli-GPU`;
}

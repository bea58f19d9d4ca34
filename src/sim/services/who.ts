// Who asks, and what kind of request it is: tenants, classes, and lengths of a class's own. Streams of their own, so that
// arrivals and lengths stay what they are without them.

import { createDraws, type Draws } from "../../engine/draws.js";
import { exp, log } from "../../engine/math.js";
import type { RequestTable } from "../../model/demand.js";
import type { ServiceSpec } from "../../model/service-study.js";
import type { ClassSpec, TenantsSpec } from "../../model/serving/classes.js";
import { AliasTable } from "../../replay/requests/alias.js";
import type { DrawnRequests } from "../../replay/requests/drawn.js";
import { lengthsOf } from "./lengths.js";
import type { ServiceRecords } from "./records.js";

/** Names of a service's tenants; none where they are not told apart. */
export function tenantNames({ tenants }: ServiceSpec, own: ServiceRecords | undefined): string[] {
  if (!tenants) return [];
  if (tenants.recorded)
    return own?.pool
      ? own.pool.clients.map(({ name }, c) => name ?? `client-${c}`)
      : (own?.replay?.names.tenants ?? []);
  if (tenants.shares) return Object.keys(tenants.shares);
  return Array.from({ length: tenants.count! }, (_, k) => `tenant-${k + 1}`);
}

function tenantShares({ shares, count, zipf }: TenantsSpec): Float64Array {
  if (shares) return Float64Array.from(Object.values(shares));
  return Float64Array.from({ length: count! }, (_, k) => exp(-zipf * log(k + 1)));
}

/** Draws once for each request, or once for all of a conversation. */
function bySession(drawn: DrawnRequests, draw: () => number): Int32Array {
  const known = new Map<number, number>();
  return drawn.at.length === 0
    ? new Int32Array(0)
    : Int32Array.from({ length: drawn.at.length }, (_, i) => {
        const session = drawn.session?.[i];
        if (session === undefined) return draw();
        const value = known.get(session) ?? draw();
        known.set(session, value);
        return value;
      });
}

/** By request, from 1 on. */
function tenantsOf(spec: TenantsSpec, drawn: DrawnRequests, own: ServiceRecords | undefined, draws: Draws): Int32Array {
  const { record } = drawn;
  if (spec.recorded) return record!.map((row) => (own!.pool ? row : own!.replay!.requests.tenant[row]!) + 1);
  const shares = tenantShares(spec);
  const table = new AliasTable(
    Int32Array.from(shares, (_, k) => k + 1),
    shares,
  );
  return bySession(drawn, () => table.draw(draws));
}

interface Asking {
  tenant: string | undefined;
  recorded: string | undefined;
  promptTokens: number;
}

function fits(when: NonNullable<ClassSpec["when"]>, { tenant, recorded, promptTokens }: Asking): boolean {
  const among = (names: readonly string[] | undefined, name: string | undefined) =>
    names === undefined || (name !== undefined && names.includes(name));
  return (
    among(when.tenants, tenant) &&
    among(when.recorded, recorded) &&
    promptTokens >= (when.promptTokensMin ?? 0) &&
    promptTokens <= (when.promptTokensMax ?? Number.POSITIVE_INFINITY)
  );
}

/** By request, an index into the service's classes: the first whose rule fits, else one drawn by share. */
function classesOf(spec: ServiceSpec, drawn: DrawnRequests, own: ServiceRecords | undefined, draws: Draws): Int32Array {
  const shared = spec.classes.flatMap(({ share }, k) => (share === undefined ? [] : [{ k, share }]));
  const table = new AliasTable(
    Int32Array.from(shared, ({ k }) => k),
    Float64Array.from(shared, ({ share }) => share),
  );
  const byShare = bySession(drawn, () => table.draw(draws));
  const names = tenantNames(spec, own);
  const replayed = own?.replay;
  return byShare.map((otherwise, i) => {
    const asking: Asking = {
      tenant: drawn.tenant ? names[drawn.tenant[i]! - 1] : undefined,
      recorded: replayed ? replayed.names.classes[replayed.requests.serviceClass[drawn.record![i]!]!] : undefined,
      promptTokens: drawn.prompt[i]!,
    };
    const ruled = spec.classes.findIndex(({ when }) => when !== undefined && fits(when, asking));
    return ruled < 0 ? otherwise : ruled;
  });
}

/** @param classLengths data sets that classes take lengths from. */
function withOwnLengths(
  spec: ServiceSpec,
  drawn: DrawnRequests,
  classLengths: readonly (RequestTable | undefined)[],
  seed: number,
): void {
  spec.classes.forEach(({ name, lengths }, k) => {
    if (!lengths) return;
    const draw = lengthsOf({ ...spec, lengths }, classLengths[k], createDraws(seed, `lengths ${spec.name} ${name}`));
    for (let i = 0; i < drawn.at.length; i++)
      if (drawn.serviceClass![i] === k) [drawn.prompt[i], drawn.output[i]] = draw();
  });
}

/** The requests with who asks and their classes, where the service tells them apart. */
export function withWho(
  spec: ServiceSpec,
  drawn: DrawnRequests,
  own: ServiceRecords | undefined,
  seed: number,
): DrawnRequests {
  const { tenants, classes, origins } = spec;
  const told = { ...drawn };
  if (origins.length > 0 && !drawn.origin) {
    // of a record: whole conversations come from somewhere
    const table = new AliasTable(
      Int32Array.from(origins.keys()),
      Float64Array.from(origins, ({ share }) => share),
    );
    const draws = createDraws(seed, `origins ${spec.name}`);
    told.origin = bySession(told, () => table.draw(draws));
  }
  if (tenants) told.tenant = tenantsOf(tenants, told, own, createDraws(seed, `tenants ${spec.name}`));
  if (classes.length === 0) return told;
  told.serviceClass = classesOf(spec, told, own, createDraws(seed, `classes ${spec.name}`));
  withOwnLengths(spec, told, own?.classLengths ?? [], seed);
  return told;
}

// What ensembles are: their members, how long they wait, and what each member answers to every sample.

import {
  CAP_ENSEMBLES, CAP_LABELS, CAP_MEMBERS, CAP_PREDICTIONS, COL_ENSEMBLE, COL_LABELS, COL_MEMBER, COL_PREDICTIONS,
  ENSEMBLE_FIELDS, ENSEMBLE_FIRST, ENSEMBLE_MEMBERS, MEMBER_FIELDS,
} from "../../abi";
import { column, f64At, getI, setF64 } from "../../memory";

let ensembles: usize = 0;
let members: usize = 0;
export let predictions: usize = 0; // f32
export let labels: usize = 0;

export function layoutEnsembleTables(): void {
  ensembles = column(COL_ENSEMBLE, 8, getI(CAP_ENSEMBLES) * ENSEMBLE_FIELDS);
  members = column(COL_MEMBER, 8, getI(CAP_MEMBERS) * MEMBER_FIELDS);
  predictions = column(COL_PREDICTIONS, 4, getI(CAP_PREDICTIONS));
  labels = column(COL_LABELS, 4, getI(CAP_LABELS));
}

@inline export function ensembleF(e: i32, field: i32): f64 { return f64At(ensembles, e * ENSEMBLE_FIELDS + field); }
@inline export function ensembleI(e: i32, field: i32): i32 { return <i32>ensembleF(e, field); }
/** Number of member m of ensemble e among all members. */
@inline export function memberOf(e: i32, m: i32): i32 { return ensembleI(e, ENSEMBLE_FIRST) + m; }
@inline export function membersOf(e: i32): i32 { return ensembleI(e, ENSEMBLE_MEMBERS); }
@inline export function memberF(g: i32, field: i32): f64 { return f64At(members, g * MEMBER_FIELDS + field); }
@inline export function memberI(g: i32, field: i32): i32 { return <i32>memberF(g, field); }
@inline export function setMemberF(g: i32, field: i32, value: f64): void { setF64(members, g * MEMBER_FIELDS + field, value); }
@inline export function countMember(g: i32, field: i32): void { setMemberF(g, field, memberF(g, field) + 1); }

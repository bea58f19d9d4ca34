// Fan-out and join: a request to an ensemble asks its members, each over the way to its cloud; it is answered when all that are
// awaited have come back, when a quorum has and the grace is over, or at its deadline, with those that are there. A cascade
// asks stage by stage, the next one where the answer so far is not sure enough. What a closed request still gets is late.

import {
  ENSEMBLE_DEADLINE, ENSEMBLE_GRACE, ENSEMBLE_QUORUM, ENSEMBLE_STAGES, ENSEMBLE_SURE, MEMBER_ASKED, MEMBER_GO, MEMBER_IN_TIME,
  MEMBER_LATE, MEMBER_LOST, MEMBER_REACHED, MEMBER_REFUSED, MEMBER_SERVICE, MEMBER_STAGE, MEMBER_TRUSTED, CAP_ENSEMBLE_LIVE,
  SERVE_DIGEST,
} from "../../abi";
import { cancel } from "../../kernel/heap";
import { mix64 } from "../../kernel/random";
import { recordEnsemble } from "../../measure/ensembles";
import { getI, getU64, setU64 } from "../../memory";
import { arriving } from "../services/asked";
import { openRequest, requestOf } from "../services/requests";
import { answerOf, learn, sureness, trueClass } from "./answer";
import { DEADLINE, ensembleTimers, freeRow, GRACE, Row, rowOf, schedule, slotOf, takeRow, timerOf, whichOf } from "./rows";
import { countMember, ensembleF, ensembleI, memberF, memberI, memberOf, membersOf, setMemberF } from "./tables";

/** A request to ensemble e about a sample. */
export function askEnsemble(e: i32, sample: i32, prompt: i32, output: i32, id: f64, now: f64): void {
  const slot = takeRow();
  const row = rowOf(slot);
  row.id = id;
  row.at = now;
  row.ensemble = e;
  row.sample = sample;
  row.prompt = prompt;
  row.output = output;
  row.stage = -1;
  schedule(slot, DEADLINE, now + ensembleF(e, ENSEMBLE_DEADLINE));
  nextStage(slot, row, now);
}

/** Asks the members of the next stage that has any whom the router trusts; answers if there is none. */
function nextStage(slot: i32, row: Row, now: f64): void {
  const e = row.ensemble;
  row.grace = 0;
  while (row.stage + 1 < ensembleI(e, ENSEMBLE_STAGES)) {
    row.stage++;
    let asked = 0;
    for (let m = 0, k = membersOf(e); m < k; m++) {
      const g = memberOf(e, m);
      if (memberI(g, MEMBER_STAGE) != row.stage || memberI(g, MEMBER_TRUSTED) == 0) continue;
      asked |= 1 << m;
      countMember(g, MEMBER_ASKED);
      if (memberI(g, MEMBER_REACHED) == 0) {
        countMember(g, MEMBER_LOST);
        continue;
      }
      row.going |= 1 << m;
      row.pending++;
      schedule(slot, m, now + memberF(g, MEMBER_GO));
    }
    row.asked |= asked;
    if (asked != 0) return;
  }
  finish(slot, row, now, false);
}

function trusted(e: i32): i32 {
  let mask = 0;
  for (let m = 0, k = membersOf(e); m < k; m++) if (memberI(memberOf(e, m), MEMBER_TRUSTED) != 0) mask |= 1 << m;
  return mask;
}

function ofStage(e: i32, stage: i32): i32 {
  let mask = 0;
  for (let m = 0, k = membersOf(e); m < k; m++) if (memberI(memberOf(e, m), MEMBER_STAGE) == stage) mask |= 1 << m;
  return mask;
}

/** Answers, asks the next stage, or lets the grace begin, if it is time for that. */
function consider(slot: i32, row: Row, now: f64): void {
  if (row.done) return;
  const e = row.ensemble;
  const awaited = row.asked & ~row.answered & ~row.refused & trusted(e);
  const quorum = ensembleI(e, ENSEMBLE_QUORUM);
  if (awaited == 0) {
    endStage(slot, row, now);
  } else if (quorum > 0 && popcnt(row.answered & ofStage(e, row.stage)) >= quorum && !row.grace) {
    const grace = ensembleF(e, ENSEMBLE_GRACE);
    if (grace == 0) {
      endStage(slot, row, now);
    } else {
      row.grace = 1;
      schedule(slot, GRACE, now + grace);
    }
  }
}

function endStage(slot: i32, row: Row, now: f64): void {
  const e = row.ensemble;
  if (row.stage + 1 < ensembleI(e, ENSEMBLE_STAGES)) {
    if (row.answered != 0) answerOf(e, row.sample, row.answered);
    if (row.answered == 0 || sureness(e) < ensembleF(e, ENSEMBLE_SURE)) {
      cancel(ensembleTimers(), timerOf(slot, GRACE));
      nextStage(slot, row, now);
      return;
    }
  }
  finish(slot, row, now, false);
}

function finish(slot: i32, row: Row, now: f64, late: bool): void {
  const e = row.ensemble;
  const answer = row.answered == 0 ? -1 : answerOf(e, row.sample, row.answered);
  const right = answer >= 0 && answer == trueClass(e, row.sample);
  recordEnsemble(e, row.id, row.at, now, row.sample, row.answered, answer, right, row.stage, late);
  learn(e, row.sample, row.answered, row.id);
  let h = mix64(reinterpret<u64>(row.id) * 0x9e3779b97f4a7c15 + <u64>(row.answered + 1));
  h = mix64(h ^ (reinterpret<u64>(now) * 0xd6e8feb86659fd93 + <u64>(answer + 2)));
  setU64(SERVE_DIGEST, getU64(SERVE_DIGEST) + h);
  cancel(ensembleTimers(), timerOf(slot, DEADLINE));
  cancel(ensembleTimers(), timerOf(slot, GRACE));
  row.done = 1;
  if (row.pending == 0) freeRow(slot);
}

/** A timer of an open request has fired. Returns a request to be sent to a replica of the member's service, 0 if none. */
export function ensembleTimer(timer: i32, now: f64): i32 {
  const slot = slotOf(timer);
  const which = whichOf(timer);
  const row = rowOf(slot);
  if (which == DEADLINE) {
    finish(slot, row, now, true);
    return 0;
  }
  if (which == GRACE) {
    endStage(slot, row, now);
    return 0;
  }
  const g = memberOf(row.ensemble, which);
  const bit = 1 << which;
  if ((row.going & bit) != 0) {
    row.going &= ~bit;
    if (memberI(g, MEMBER_REACHED) != 0) {
      const service = memberI(g, MEMBER_SERVICE);
      const asked = arriving();
      asked.id = row.id + <f64>(which + 1) / 32;
      asked.serviceClass = service;
      asked.tenant = 0;
      asked.weights = 0;
      asked.session = row.sample;
      asked.prompt = row.prompt;
      asked.output = row.output;
      const part = openRequest(asked, service, 0, now);
      requestOf(part).parent = slot;
      requestOf(part).member = <u8>which;
      return part;
    }
    lose(slot, row, g);
    return 0;
  }
  if (memberI(g, MEMBER_REACHED) == 0) {
    lose(slot, row, g);
    return 0;
  }
  row.pending--;
  if (row.done) {
    countMember(g, MEMBER_LATE);
    if (row.pending == 0) freeRow(slot);
    return 0;
  }
  if ((row.refused & bit) != 0) {
    countMember(g, MEMBER_REFUSED);
  } else {
    row.answered |= bit;
    countMember(g, MEMBER_IN_TIME);
  }
  consider(slot, row, now);
  return 0;
}

/** A message has not got through; nobody is told. */
function lose(slot: i32, row: Row, g: i32): void {
  countMember(g, MEMBER_LOST);
  row.pending--;
  if (row.done && row.pending == 0) freeRow(slot);
}

/**
 * From now on messages to and from member m get through or not, and the router trusts it or not. Who waits for one that is no
 * longer trusted waits no more.
 */
export function changeMember(e: i32, m: i32, reached: bool, isTrusted: bool, now: f64): void {
  const g = memberOf(e, m);
  setMemberF(g, MEMBER_REACHED, reached ? 1 : 0);
  const before = memberI(g, MEMBER_TRUSTED) != 0;
  setMemberF(g, MEMBER_TRUSTED, isTrusted ? 1 : 0);
  if (!before || isTrusted) return;
  for (let slot = after(e, -1); slot != 0; ) {
    const row = rowOf(slot);
    const id = row.id;
    consider(slot, row, now);
    slot = after(e, id);
  }
}

/** The open request to an ensemble that came next after one: slots are taken again, so that their order is none. */
function after(e: i32, id: f64): i32 {
  let best = 0;
  for (let slot = 1, n = getI(CAP_ENSEMBLE_LIVE); slot <= n; slot++) {
    const row = rowOf(slot);
    if (!row.live || row.done || row.ensemble != e || row.id <= id) continue;
    if (best == 0 || row.id < rowOf(best).id) best = slot;
  }
  return best;
}

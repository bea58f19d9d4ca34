// The slow twin of replicas, with requests that nobody waits for any more and replicas that crash.

import { type Case, PRIORITIES } from "./serving-cases.js";
import { newReplica, newRequest, type Request, TICKS } from "./serving-parts.js";
import { seenAt, Twin } from "./serving-twin.js";

export class FaultyTwin extends Twin {
  /** Nobody waits for a request from `at`, µs, on; it may have ended. */
  cancel(q: Request, at: number): void {
    const now = BigInt(at) * TICKS;
    q.aborted = true;
    const line = this.replicas.find(({ waiting }) => waiting.includes(q));
    if (!line) return;
    line.waiting.splice(line.waiting.indexOf(q), 1);
    if (q.handed) {
      this.free(q.handed, q);
      if (q.handed.waiting.length > 0) this.wake(q.handed, now);
    }
    if (line.waiting.length > 0) this.wake(line, now);
  }

  /** A replica crashes at `at`, µs: all that it has, is to get or has sent on its way fails. */
  crash(place: number, at: number): void {
    const lost = this.replicas[place]!;
    const fail = (q: Request) => {
      if (!q.aborted) this.failed.push({ id: q.id, at });
    };
    const elsewhere = this.replicas.filter((r) => r !== lost);
    for (const q of [
      ...lost.running,
      ...lost.waiting,
      ...lost.arrived,
      ...lost.pulling,
      ...lost.parked.map((e) => e.q),
    ])
      fail(q);
    // who waits here has its memory elsewhere, and so has who is on its way here
    for (const q of lost.waiting) if (q.handed && q.handed !== lost) this.free(q.handed, q);
    for (const r of elsewhere) {
      for (const { q, to } of r.sends) if (to === lost) this.free(r, q);
      r.sends = r.sends.filter(({ to }) => to !== lost);
      // and whose memory was here waits or is awaited there
      r.waiting = r.waiting.filter((q) => q.handed !== lost);
      for (const { q } of lost.sends) {
        if (!r.pulling.includes(q)) continue;
        this.room.leave(r, q);
        r.pulling.splice(r.pulling.indexOf(q), 1);
      }
    }
    this.replicas[place] = { ...newReplica(), broken: true };
    const now = BigInt(at) * TICKS;
    for (const r of elsewhere) if (r.waiting.length > 0 && !r.broken) this.wake(r, now);
  }

  /** A new replica at the place of one that has crashed. */
  restart(place: number): void {
    this.replicas[place] = newReplica();
  }
}

/** A replica that crashes at a moment, and a new one at its place at another, µs. */
export interface Crash {
  place: number;
  atMicros: number;
  againMicros: number;
}

export interface Ended {
  id: number;
  how: "answered" | "out of time" | "failed";
  atMicros: number;
}

/** Serves a case whose requests are given up after a time, on replicas that crash; how each request ended, in order of id. */
export function serveFaultySlowly(c: Case, deadlineMicros: number, crashes: readonly Crash[]): Ended[] {
  const twin = new FaultyTwin(c.profile, c.replicas, c.rule, 1, c.parting, c.sets);
  const never = Number.POSITIVE_INFINITY;
  const asked: Request[] = [];
  const given: Ended[] = [];
  const events = crashes
    .flatMap(({ place, atMicros, againMicros }) => [
      { at: atMicros, apply: () => twin.crash(place, atMicros) },
      { at: againMicros, apply: () => twin.restart(place) },
    ])
    .sort((a, b) => a.at - b.at);
  const hasEnded = ({ id }: Request) => [...twin.answers, ...twin.failed].some((end) => end.id === id);
  let next = 0;
  let checked = 0;
  for (;;) {
    const { requests } = c;
    const ends = twin.replicas.map((r) => (r.end === null ? never : seenAt(r.end)));
    const sends = twin.replicas.map((r) => r.sends[0]?.at ?? never);
    const [end, send] = [Math.min(...ends), Math.min(...sends)];
    const arrival = next < requests.count ? requests.atMicros[next]! : never;
    const due = checked < asked.length ? seenAt(asked[checked]!.at) + deadlineMicros : never;
    const event = events[0]?.at ?? never;
    const [parted] = twin.outbox;
    const now = Math.min(end, send, due, arrival);
    if (parted && seenAt(parted.from.clock) < end) {
      twin.outbox.shift();
      twin.passOn(parted.from, parted.q);
    } else if (event < now || now === never) {
      if (event === never) break;
      events.shift()!.apply();
    } else if (end === now) {
      const place = ends.indexOf(end);
      twin.step(twin.replicas[place]!, place);
    } else if (send === now) {
      twin.deliver(twin.replicas[sends.indexOf(send)]!);
    } else if (due === now) {
      const q = asked[checked++]!;
      if (hasEnded(q) || q.prompt + q.output - 1 > c.profile.blocks * c.profile.blockTokens) continue;
      given.push({ id: q.id, how: "out of time", atMicros: now });
      twin.cancel(q, now);
    } else {
      const q = newRequest(requests, next, PRIORITIES[requests.serviceClass[next]!]!);
      next++;
      asked.push(q);
      twin.arrive(q);
    }
  }
  return [
    ...given,
    ...twin.answers.map(({ id, finishMicros }): Ended => ({ id, how: "answered", atMicros: finishMicros })),
    ...twin.failed.map(({ id, at }): Ended => ({ id, how: "failed", atMicros: at })),
  ].sort((a, b) => a.id - b.id);
}

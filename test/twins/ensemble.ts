// Ensembles of services, slowly: a list of events that is searched for the next one, requests as objects, sets of members as
// arrays. Members are batch servers: whoever waits when a batch ends, up to its size, is the next batch.

export interface TwinMember {
  stage: number;
  go: number;
  back: number;
  replicas: number;
  batchMax: number;
  /** µs by requests in a batch. */
  micros(batch: number): number;
}

export interface TwinEnsemble {
  members: TwinMember[];
  quorum: number;
  grace: number;
  deadline: number;
  sure: number;
  /** Fused class and greatest number for these members' answers to a sample. */
  fuse(sample: number, members: number[]): { answer: number; top: number };
}

export interface TwinChange {
  at: number;
  member: number;
  reached: boolean;
  trusted: boolean;
}

export interface TwinAnswer {
  atMicros: number;
  finishMicros: number;
  sample: number;
  members: number;
  answer: number;
  stage: number;
}

interface Ask {
  id: number;
  at: number;
  sample: number;
  stage: number;
  asked: number[];
  answered: number[];
  graceAt: number;
  done: boolean;
}

interface Event {
  at: number;
  /** At one instant: changes, then batches by replica, then messages as they were sent, then requests. */
  order: number;
  sequence: number;
  run(): void;
}

interface Replica {
  busy: boolean;
  waiting: (() => void)[];
}

export function serveEnsembleSlowly(
  e: TwinEnsemble,
  requests: { at: number; sample: number }[],
  changes: TwinChange[],
): TwinAnswer[] {
  const events: Event[] = [];
  const answers: TwinAnswer[] = [];
  const reached = e.members.map(() => true);
  const trusted = e.members.map(() => true);
  const open: Ask[] = [];
  const stages = 1 + Math.max(...e.members.map((m) => m.stage));
  let sequence = 0;
  const plan = (at: number, order: number, run: () => void, tie = sequence++) =>
    void events.push({ at, order, sequence: tie, run });
  // at one instant messages of an older request come first, then those of a lower member, then its deadline and grace
  const message = (at: number, ask: Ask, which: number, run: () => void) => plan(at, 2, run, ask.id * 32 + which);
  let now = 0;

  const finish = (ask: Ask) => {
    if (ask.done) return;
    ask.done = true;
    const { answer } = ask.answered.length > 0 ? e.fuse(ask.sample, ask.answered) : { answer: -1 };
    const members = ask.answered.reduce((sum, m) => sum + 2 ** m, 0);
    const { at, sample, stage } = ask;
    answers.push({ atMicros: at, finishMicros: now, sample, members, answer, stage });
  };
  const next = (ask: Ask) => {
    ask.graceAt = Number.POSITIVE_INFINITY;
    while (ask.stage + 1 < stages) {
      ask.stage++;
      const now_ = e.members.map((_, m) => m).filter((m) => e.members[m]!.stage === ask.stage && trusted[m]);
      for (const m of now_) {
        ask.asked.push(m);
        if (reached[m]) message(now + e.members[m]!.go, ask, m, () => arrive(ask, m));
      }
      if (now_.length > 0) return;
    }
    finish(ask);
  };
  const endStage = (ask: Ask) => {
    if (ask.done) return;
    const sure = ask.answered.length > 0 && e.fuse(ask.sample, ask.answered).top >= e.sure;
    if (ask.stage + 1 < stages && !sure) next(ask);
    else finish(ask);
  };
  const consider = (ask: Ask) => {
    if (ask.done) return;
    const awaited = ask.asked.filter((m) => trusted[m] && !ask.answered.includes(m));
    const ofStage = ask.answered.filter((m) => e.members[m]!.stage === ask.stage).length;
    if (awaited.length === 0) endStage(ask);
    else if (e.quorum > 0 && ofStage >= e.quorum && ask.graceAt === Number.POSITIVE_INFINITY) {
      if (e.grace === 0) endStage(ask);
      else {
        const until = now + e.grace;
        ask.graceAt = until;
        message(until, ask, 17, () => {
          if (ask.graceAt === until) endStage(ask);
        });
      }
    }
  };

  const fleet: Replica[][] = e.members.map(({ replicas }) =>
    Array.from({ length: replicas }, () => ({ busy: false, waiting: [] })),
  );
  const cursor = e.members.map(() => 0);
  const firstPlace = e.members.map((_, m) => e.members.slice(0, m).reduce((sum, one) => sum + one.replicas, 0));
  const begin = (m: number, r: number) => {
    const replica = fleet[m]![r]!;
    const batch = replica.waiting.splice(0, e.members[m]!.batchMax);
    replica.busy = batch.length > 0;
    if (!replica.busy) return;
    const end = () => {
      for (const done of batch) done();
      begin(m, r);
    };
    plan(now + e.members[m]!.micros(batch.length), 1, end, firstPlace[m]! + r);
  };
  const arrive = (ask: Ask, m: number) => {
    if (!reached[m]) return;
    const r = cursor[m]! % e.members[m]!.replicas;
    cursor[m] = r + 1;
    fleet[m]![r]!.waiting.push(() => message(now + e.members[m]!.back, ask, m, () => comeBack(ask, m)));
    if (!fleet[m]![r]!.busy) begin(m, r);
  };
  const comeBack = (ask: Ask, m: number) => {
    if (!reached[m] || ask.done) return;
    ask.answered.push(m);
    consider(ask);
  };

  for (const change of changes) {
    plan(change.at, 0, () => {
      reached[change.member] = change.reached;
      trusted[change.member] = change.trusted;
      for (const ask of open) consider(ask);
    });
  }
  for (const [id, { at, sample }] of requests.entries()) {
    plan(at, 3, () => {
      const graceAt = Number.POSITIVE_INFINITY;
      const ask: Ask = { id, at, sample, stage: -1, asked: [], answered: [], graceAt, done: false };
      open.push(ask);
      message(at + e.deadline, ask, 16, () => finish(ask));
      next(ask);
    });
  }
  while (events.length > 0) {
    events.sort((a, b) => a.at - b.at || a.order - b.order || a.sequence - b.sequence);
    const event = events.shift()!;
    now = event.at;
    event.run();
  }
  return answers.sort((a, b) => a.atMicros - b.atMicros || a.sample - b.sample);
}

// An independent, slow scheduler: an event loop over plain arrays, written from the definitions of the policies. One pool
// where free GPUs add up; starts and stops cost and lose nothing. Shares no code with the engine.

export interface TwinJob {
  /** µs, as all times here; whole numbers. */
  at: number;
  run: number;
  gpus: number;
  estimate: number;
  priority: number;
}

export type TwinRule = "fifo" | "sjf" | "srtf" | "las" | "easy" | "conservative" | "priority";

export interface TwinSchedule {
  firstStart: number[];
  finish: number[];
}

interface State extends TwinJob {
  id: number;
  phase: "ahead" | "waiting" | "running" | "done";
  left: number;
  held: number;
  since: number;
  level: number;
  entry: number;
}

/** @param bounds of las, GPU-µs. */
export function twinSchedule(
  jobs: readonly TwinJob[],
  gpus: number,
  rule: TwinRule,
  bounds: readonly number[] = [],
): TwinSchedule {
  const all = jobs.map(
    (job, id): State => ({ ...job, id, phase: "ahead", left: job.run, held: 0, since: 0, level: 0, entry: 0 }),
  );
  const firstStart = all.map(() => Number.NaN);
  const finish = all.map(() => Number.NaN);
  let now = 0;
  let entries = 0;

  const running = () => all.filter((j) => j.phase === "running");
  const free = () => gpus - running().reduce((sum, j) => sum + j.gpus, 0);
  const believedLeft = (j: State) => Math.max(1, j.estimate - j.held);
  // whoever outlives the estimate is believed to end in the next microsecond
  const believedEnd = (j: State) => Math.max(now + 1, j.since + believedLeft(j));
  const crossing = (j: State) =>
    rule === "las" && j.level < bounds.length
      ? j.since + Math.max(0, Math.ceil(bounds[j.level]! / j.gpus - j.held))
      : Number.POSITIVE_INFINITY;

  function start(j: State): void {
    j.phase = "running";
    j.since = now;
    if (Number.isNaN(firstStart[j.id])) firstStart[j.id] = now;
  }
  function stop(j: State): void {
    j.phase = "waiting";
    j.left -= now - j.since;
    j.held += now - j.since;
  }

  /** Smaller goes first. */
  function rank(j: State): number[] {
    if (rule === "sjf") return [j.estimate, j.id];
    if (rule === "srtf") return [j.phase === "running" ? j.since + believedLeft(j) - now : believedLeft(j), j.id];
    if (rule === "las") return [j.level, j.entry, j.id];
    if (rule === "priority") return [-j.priority, j.id];
    return [j.entry, j.id];
  }
  const inOrder = (list: State[]) => list.sort((a, b) => compare(rank(a), rank(b)));
  const line = () => inOrder(all.filter((j) => j.phase === "waiting" && !stopped.has(j)));
  // those stopped in this pass wait from the next one on
  const stopped = new Set<State>();

  function mayStop(victim: State, j: State): boolean {
    if (rule === "srtf") return victim.since + believedLeft(victim) > now + believedLeft(j);
    if (rule === "las") return victim.level > j.level;
    return rule === "priority" && victim.priority < j.priority;
  }

  /** Frees enough for j by stopping the last in order, then spares whom it does not take. */
  function makeRoom(j: State): boolean {
    const victims: State[] = [];
    let room = free();
    for (const victim of inOrder(running()).reverse()) {
      if (room >= j.gpus) break;
      if (!mayStop(victim, j)) continue;
      victims.push(victim);
      room += victim.gpus;
    }
    if (room < j.gpus) return false;
    for (const victim of [...victims].reverse()) {
      if (room - victim.gpus < j.gpus) continue;
      room -= victim.gpus;
      victims.splice(victims.indexOf(victim), 1);
    }
    for (const victim of victims) {
      stop(victim);
      stopped.add(victim);
    }
    return true;
  }

  function strictPass(): void {
    for (const j of line()) {
      if (free() < j.gpus && !makeRoom(j)) return;
      start(j);
    }
  }

  function lasPass(): void {
    for (const j of running().filter((r) => crossing(r) <= now)) {
      j.level++;
      j.entry = entries++;
    }
    for (const j of line()) if (free() >= j.gpus || makeRoom(j)) start(j);
  }

  function easyPass(): void {
    const waiting = line();
    while (waiting.length > 0 && free() >= waiting[0]!.gpus) start(waiting.shift()!);
    const head = waiting.shift();
    if (!head) return;
    // collect those that end, as believed and in order of arrival at one moment, until the head fits: others that end
    // at that very moment are not counted, as the published algorithm has it
    let room = free();
    let shadow = Number.POSITIVE_INFINITY;
    const end = (j: State) => j.since + believedLeft(j);
    for (const j of running().sort((x, y) => end(x) - end(y) || x.id - y.id)) {
      if (room >= head.gpus) break;
      room += j.gpus;
      shadow = believedEnd(j);
    }
    let extra = room - head.gpus;
    for (const j of waiting) {
      if (free() < j.gpus) continue;
      const ends = now + believedLeft(j) <= shadow;
      if (!ends && j.gpus > extra) continue;
      if (!ends) extra -= j.gpus;
      start(j);
    }
  }

  function conservativePass(): void {
    const taken = running().map((j) => ({ from: now, to: believedEnd(j), gpus: j.gpus }));
    const used = (t: number) => taken.reduce((sum, r) => sum + (r.from <= t && t < r.to ? r.gpus : 0), 0);
    for (const j of line()) {
      const span = believedLeft(j);
      const fits = (t: number) =>
        [t, ...taken.map((r) => r.from).filter((from) => from > t && from < t + span)].every(
          (u) => used(u) + j.gpus <= gpus,
        );
      const at = Math.min(...[now, ...taken.map((r) => r.to)].filter((t) => t >= now && fits(t)));
      taken.push({ from: at, to: at + span, gpus: j.gpus });
      if (at === now) start(j);
    }
  }

  for (;;) {
    const next = Math.min(
      ...all.filter((j) => j.phase === "ahead").map((j) => j.at),
      ...running().map((j) => Math.min(j.since + j.left, crossing(j))),
    );
    if (next === Number.POSITIVE_INFINITY) return { firstStart, finish };
    now = next;
    for (const j of running().filter((r) => r.since + r.left === now)) {
      j.phase = "done";
      finish[j.id] = now;
    }
    for (const j of all.filter((a) => a.phase === "ahead" && a.at === now)) {
      j.phase = "waiting";
      j.entry = entries++;
    }
    do {
      stopped.clear();
      if (rule === "las") lasPass();
      else if (rule === "easy") easyPass();
      else if (rule === "conservative") conservativePass();
      else strictPass();
    } while (stopped.size > 0);
  }
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return 0;
}

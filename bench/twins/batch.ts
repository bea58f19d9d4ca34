// FIFO and EASY on one pool of GPUs as one would write them in plain JavaScript: arrays of numbers, a binary heap of
// completions, a plain scan of the queue for backfilling.

export interface TwinJobs {
  count: number;
  submit: Float64Array;
  run: Float64Array;
  gpus: Int32Array;
}

/** Mean wait, in the unit of the times. */
export function batchTwin(jobs: TwinJobs, capacity: number, backfill: boolean): number {
  const ends: number[] = [];
  const who: number[] = [];
  const running: number[] = []; // sorted by end, for the shadow time
  const finish = new Float64Array(jobs.count);
  let free = capacity;
  let sumWait = 0;
  const push = (time: number, job: number): void => {
    let i = ends.length;
    ends.push(time);
    who.push(job);
    while (i > 0 && ends[(i - 1) >> 1]! > time) {
      const parent = (i - 1) >> 1;
      ends[i] = ends[parent]!;
      who[i] = who[parent]!;
      i = parent;
    }
    ends[i] = time;
    who[i] = job;
  };
  const pop = (): number => {
    const job = who[0]!;
    const time = ends.pop()!;
    const last = who.pop()!;
    const n = ends.length;
    let i = 0;
    while (n > 0) {
      let child = 2 * i + 1;
      if (child >= n) break;
      if (child + 1 < n && ends[child + 1]! < ends[child]!) child++;
      if (ends[child]! >= time) break;
      ends[i] = ends[child]!;
      who[i] = who[child]!;
      i = child;
    }
    if (n > 0) {
      ends[i] = time;
      who[i] = last;
    }
    return job;
  };
  const comesAfter = (a: number, b: number): boolean => finish[a]! > finish[b]! || (finish[a] === finish[b] && a > b);
  const start = (job: number, now: number): void => {
    free -= jobs.gpus[job]!;
    sumWait += now - jobs.submit[job]!;
    finish[job] = now + jobs.run[job]!;
    push(finish[job]!, job);
    if (!backfill) return;
    let at = running.length;
    // jobs that end together count in order of arrival: the extra depends on it
    while (at > 0 && comesAfter(running[at - 1]!, job)) at--;
    running.splice(at, 0, job);
  };
  let queue: number[] = [];
  let head = 0;
  let next = 0;
  while (next < jobs.count || ends.length > 0) {
    const arrival = next < jobs.count ? jobs.submit[next]! : Number.POSITIVE_INFINITY;
    const now = Math.min(arrival, ends.length > 0 ? ends[0]! : Number.POSITIVE_INFINITY);
    while (ends.length > 0 && ends[0] === now) {
      const job = pop();
      free += jobs.gpus[job]!;
      if (backfill) running.splice(running.indexOf(job), 1);
    }
    while (next < jobs.count && jobs.submit[next] === now) queue.push(next++);
    while (head < queue.length && jobs.gpus[queue[head]!]! <= free) start(queue[head++]!, now);
    if (head > 4096) {
      queue = queue.slice(head);
      head = 0;
    }
    if (!backfill || head >= queue.length || free === 0) continue;
    const need = jobs.gpus[queue[head]!]!;
    let available = free;
    let shadow = Number.POSITIVE_INFINITY;
    for (const job of running) {
      available += jobs.gpus[job]!;
      if (available >= need) {
        shadow = finish[job]!;
        break;
      }
    }
    let extra = available - need;
    let kept = head + 1;
    for (let i = head + 1; i < queue.length; i++) {
      const job = queue[i]!;
      const gpus = jobs.gpus[job]!;
      const inTime = now + jobs.run[job]! <= shadow;
      if (gpus <= free && (inTime || gpus <= extra)) {
        if (!inTime) extra -= gpus;
        start(job, now);
      } else {
        queue[kept++] = job;
      }
    }
    queue.length = kept;
  }
  return sumWait / jobs.count;
}

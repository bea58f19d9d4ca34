// M/M/c as one would write it in plain JavaScript, with care: a binary heap in arrays, no objects, no library.

export interface TwinStation {
  events: number;
  waitMean: number;
}

export function stationTwin(servers: number, arrivalMean: number, customers: number, seed: number): TwinStation {
  let state = seed | 1;
  const uniform = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return ((state >>> 0) + 0.5) / 4294967296;
  };
  const times: number[] = [];
  const ids: number[] = [];
  const push = (time: number, id: number): void => {
    let i = times.length;
    times.push(time);
    ids.push(id);
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (times[parent]! <= time) break;
      times[i] = times[parent]!;
      ids[i] = ids[parent]!;
      i = parent;
    }
    times[i] = time;
    ids[i] = id;
  };
  const popRoot = (): void => {
    const time = times.pop()!;
    const id = ids.pop()!;
    const n = times.length;
    if (n === 0) return;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= n) break;
      if (child + 1 < n && times[child + 1]! < times[child]!) child++;
      if (times[child]! >= time) break;
      times[i] = times[child]!;
      ids[i] = ids[child]!;
      i = child;
    }
    times[i] = time;
    ids[i] = id;
  };
  const queue: number[] = [];
  let head = 0;
  let busy = 0;
  let served = 0;
  let events = 0;
  let sumWait = 0;
  push(-Math.log(uniform()) * arrivalMean, 0);
  while (served < customers) {
    const now = times[0]!;
    const id = ids[0]!;
    popRoot();
    events++;
    if (id === 0) {
      push(now - Math.log(uniform()) * arrivalMean, 0);
      if (busy < servers) {
        busy++;
        push(now - Math.log(uniform()), 1);
      } else {
        queue.push(now);
      }
    } else {
      served++;
      if (head < queue.length) {
        sumWait += now - queue[head++]!;
        push(now - Math.log(uniform()), 1);
        if (head > 65_536) {
          queue.splice(0, head);
          head = 0;
        }
      } else {
        busy--;
      }
    }
  }
  return { events, waitMean: sumWait / customers };
}

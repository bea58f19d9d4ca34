// Schedules worked out by hand, one pool of counted GPUs. Times in seconds; a stay is "from-to".

import { describe, expect, test } from "vitest";
import { onCounted } from "./small.js";

test("fifo: the head of the line holds up everybody behind it", () => {
  // 4 GPUs. Job 0 takes 3 until 10. Job 1 wants 2: it waits for 0, and job 2, which would fit beside 0, waits behind it.
  // At 10 both start (2 + 1 GPUs); job 3 (2 GPUs) waits for job 1: at 15.
  const jobs = [
    { at: 0, run: 10, gpus: 3 },
    { at: 1, run: 5, gpus: 2 },
    { at: 2, run: 20, gpus: 1 },
    { at: 3, run: 4, gpus: 2 },
  ];
  expect(onCounted(4, jobs, "fifo")).toEqual([["0-10"], ["10-15"], ["10-30"], ["15-19"]]);
});

describe("sjf", () => {
  const jobs = [
    { at: 0, run: 10, gpus: 4 },
    { at: 1, run: 8, gpus: 1, estimate: 3 },
    { at: 2, run: 4, gpus: 4, estimate: 9 },
    { at: 3, run: 2, gpus: 2, estimate: 20 },
  ];
  test("the shortest goes first, and holds up the rest until it fits", () => {
    // 4 GPUs, all taken until 10. Then by true run time: job 3 (2 s, 2 GPUs) starts; job 2 (4 s) wants 4 and does not
    // fit; job 1 (8 s), which would, waits behind it. Job 2 runs 12-16, job 1 from 16.
    expect(onCounted(4, jobs, "sjf-oracle")).toEqual([["0-10"], ["16-24"], ["12-16"], ["10-12"]]);
  });
  test("on users' estimates the order is theirs", () => {
    // At 10 by estimate: job 1 (3), then job 2 (9) wants 4 GPUs and waits for it until 18, then job 3 (20).
    expect(onCounted(4, jobs, "sjf")).toEqual([["0-10"], ["10-18"], ["18-22"], ["22-24"]]);
  });
  test("on history a tenant's own jobs of that shape say how long the next one takes", () => {
    // 2 GPUs. Tenant 0's one-GPU jobs take 9 s, tenant 1's take 1 s; both are known by 9. Job 2 fills the pool 9-20;
    // at 20 tenant 1's job 4 (believed 1 s) goes before tenant 0's job 3 (believed 9 s), though it came later. The pool
    // has one GPU then, because job 5 (1 s, believed 1 s: known from tenant 1) goes too.
    const past = [
      { at: 0, run: 9, gpus: 1, tenant: 0 },
      { at: 0, run: 1, gpus: 1, tenant: 1 },
      { at: 9, run: 11, gpus: 2, tenant: 2 },
      { at: 10, run: 9, gpus: 1, tenant: 0 },
      { at: 11, run: 5, gpus: 1, tenant: 1 },
      { at: 12, run: 1, gpus: 1, tenant: 1 },
    ];
    expect(onCounted(2, past, "sjf-history")).toEqual([["0-9"], ["0-1"], ["9-20"], ["21-30"], ["20-25"], ["20-21"]]);
  });
});

describe("srtf", () => {
  test("a shorter job stops a longer one, which goes on where it stopped", () => {
    // 2 GPUs. Job 0 (20 s) holds both. At 5 job 1 (4 s) has less left than 0 (15 s): 0 stops. One GPU is free: 0 wants 2.
    // At 6 job 2 (1 GPU, 10 s; 0 has 15 s) starts beside 1. At 9 job 1 ends; 0 waits for 2 until 16, then runs 15 s.
    const jobs = [
      { at: 0, run: 20, gpus: 2 },
      { at: 5, run: 4, gpus: 1 },
      { at: 6, run: 10, gpus: 1 },
    ];
    expect(onCounted(2, jobs, "srtf-oracle")).toEqual([["0-5", "16-31"], ["5-9"], ["6-16"]]);
  });
  test("equal remaining time stops nobody", () => {
    // At 5 job 0 has 5 s left, as long as job 1 takes.
    const jobs = [
      { at: 0, run: 10 },
      { at: 5, run: 5 },
    ];
    expect(onCounted(1, jobs, "srtf-oracle")).toEqual([["0-10"], ["10-15"]]);
  });
  test("a stop loses the work since the last checkpoint, and every start pays its start-up", () => {
    // 1 GPU, start-up 1 s, restart 2 s more, a checkpoint every 4 s of work. Job 0 works from 1. At 7 it has done 6 s, of
    // which 4 are saved; job 1 (3 s) stops it and holds 7-11 (1 s start-up). Job 0 starts at 11, works from 14, and has
    // 20 - 4 = 16 s to do: it ends at 30. It held 7 + 19 s and lost 2 s of work.
    const classes = [{ name: "default", startupSeconds: 1, restartSeconds: 2, checkpointSeconds: 4 }];
    const jobs = [
      { at: 0, run: 20 },
      { at: 7, run: 3 },
    ];
    expect(onCounted(1, jobs, "srtf-oracle", { jobClasses: classes })).toEqual([["0-7", "11-30"], ["7-11"]]);
  });
});

describe("las", () => {
  const queues = { lasThresholdsGpuSeconds: [10, 30] };
  test("a job that has had enough gives way to one that has had less", () => {
    // 2 GPUs. Job 0 (2 GPUs) crosses 10 GPU-seconds at 5, but nobody waits. At 6 job 1 comes into the first queue and
    // stops it. With 1 GPU free 0 (2 GPUs) cannot go on. Job 1 crosses at 16 and enters the second queue behind 0,
    // which has been there since 5; it is not stopped for 0, being of the same queue. 1 ends at 18; 0 runs 14 s more.
    const jobs = [
      { at: 0, run: 20, gpus: 2 },
      { at: 6, run: 12, gpus: 1 },
    ];
    expect(onCounted(2, jobs, "las", {}, queues)).toEqual([["0-6", "18-32"], ["6-18"]]);
  });
  test("crossing into a later queue makes way for those that wait in an earlier one", () => {
    // 1 GPU. Job 0 holds it, job 1 waits from 1 in the same queue. At 10 job 0 crosses and is stopped for 1, which
    // crosses at 20: 0 has been longer in the second queue, but 1 holds the GPU there and keeps it to its end at 22.
    const jobs = [
      { at: 0, run: 14 },
      { at: 1, run: 12 },
    ];
    expect(onCounted(1, jobs, "las", {}, queues)).toEqual([["0-10", "22-26"], ["10-22"]]);
  });
  test("whoever does not fit is passed over: no GPU is idle that somebody could use", () => {
    // 3 GPUs. Job 0 takes 2. Job 1 wants 3 and is passed over by job 2. At 5 (10 GPU-seconds) 0 crosses and could be
    // stopped for 1, which needs the GPU of job 2 as well: nobody is stopped. At 6 job 2 ends, now 0 is stopped for 1.
    // 1 enters the second queue at 6 + 10/3, where 0 waits: of the same queue, so nobody is stopped. At 16 it has had 30
    // GPU-seconds and enters the third: it is stopped for 0, which runs its last 2 s, and goes on from 18.
    const jobs = [
      { at: 0, run: 8, gpus: 2 },
      { at: 1, run: 20, gpus: 3 },
      { at: 2, run: 4, gpus: 1 },
    ];
    expect(onCounted(3, jobs, "las", {}, queues)).toEqual([["0-6", "16-18"], ["6-16", "18-28"], ["2-6"]]);
  });
});

describe("easy", () => {
  test("backfills whoever does not delay the head, and refuses whoever would", () => {
    // 4 GPUs. Job 0 takes 2 until 10. Job 1 wants 3: its reservation is at 10, when 4 are free: 1 GPU is extra.
    // Job 2 (1 GPU, 7 s) ends by 10: backfilled at 2. Job 3 (1 GPU, 30 s) ends later, but takes only the
    // extra: backfilled at 3. Job 4 (1 GPU, 3 s) finds a free GPU at 9, but would end at 12, and the extra is used up:
    // refused. At 10 job 1 takes all three that are free.
    const jobs = [
      { at: 0, run: 10, gpus: 2 },
      { at: 1, run: 10, gpus: 3 },
      { at: 2, run: 7, gpus: 1 },
      { at: 3, run: 30, gpus: 1 },
      { at: 4, run: 3, gpus: 1 },
    ];
    expect(onCounted(4, jobs, "easy-oracle")).toEqual([["0-10"], ["10-20"], ["2-9"], ["3-33"], ["20-23"]]);
  });
  test("refuses a job that ends after the reservation and takes more than the extra", () => {
    // 4 GPUs. Job 0 takes 2 until 10; job 1 wants 4: reservation at 10, no extra. Job 2 (1 GPU, 9 s) would end at 11:
    // refused. Job 3 (1 GPU, 7 s) ends at 10: backfilled.
    const jobs = [
      { at: 0, run: 10, gpus: 2 },
      { at: 1, run: 10, gpus: 4 },
      { at: 2, run: 9, gpus: 1 },
      { at: 3, run: 7, gpus: 1 },
    ];
    expect(onCounted(4, jobs, "easy-oracle")).toEqual([["0-10"], ["10-20"], ["20-29"], ["3-10"]]);
  });
  test("users' estimates rule: a job that ends early lets the head start before its reservation", () => {
    // As above, but job 0 is believed to take 30 s: job 2 (believed 9 s) ends before 30 and is backfilled at 2. Job 0
    // ends at 10 already, but job 2 is there until 11.
    const jobs = [
      { at: 0, run: 10, gpus: 2, estimate: 30 },
      { at: 1, run: 10, gpus: 4 },
      { at: 2, run: 9, gpus: 1 },
    ];
    expect(onCounted(4, jobs, "easy")).toEqual([["0-10"], ["11-21"], ["2-11"]]);
  });
  test("collects those that end only until the head fits: others of that very moment are no extra", () => {
    // 3 GPUs. Job 0 (1 GPU) until 12; job 1 (2 GPUs) 2-5. At 5: job 2 (1 GPU, 7 s) starts, until 12; job 3 wants 2 and
    // has 1: with job 0, which came first, it fits at 12: nothing is extra, though job 2 ends at 12 as well. Job 4 (1
    // GPU, 8 s) would end at 13: refused. (The algorithm as published collects until there is enough.)
    const jobs = [
      { at: 0, run: 12, gpus: 1 },
      { at: 2, run: 3, gpus: 2 },
      { at: 3, run: 7, gpus: 1 },
      { at: 3, run: 1, gpus: 2 },
      { at: 3, run: 8, gpus: 1 },
    ];
    expect(onCounted(3, jobs, "easy-oracle")).toEqual([["0-12"], ["2-5"], ["5-12"], ["12-13"], ["12-20"]]);
  });
});

describe("conservative", () => {
  // 4 GPUs. Job 0 takes 3 until 10. Job 1 wants 3: reserved 10-20, with 1 GPU extra. Job 2 wants 4: reserved 20-25.
  // Job 3 (1 GPU, 15 s) fits now: under easy it takes the extra (nobody but the head has a reservation) and runs 3-18;
  // conservative too, because it ends before job 2's 20. Job 4 (1 GPU, 20 s) comes at 18.
  const jobs = [
    { at: 0, run: 10, gpus: 3 },
    { at: 1, run: 10, gpus: 3 },
    { at: 2, run: 5, gpus: 4 },
    { at: 3, run: 15, gpus: 1 },
    { at: 18, run: 20, gpus: 1 },
  ];
  test("nobody delays any reservation", () => {
    // At 18 job 4 would hold its GPU until 38 and delay job 2: it waits until 25.
    expect(onCounted(4, jobs, "conservative-oracle")).toEqual([["0-10"], ["10-20"], ["20-25"], ["3-18"], ["25-45"]]);
  });
  test("where only the head has a reservation, the second in line may be delayed", () => {
    // Job 3 asks for 30 s instead of 15. Under easy it takes the extra at 3, holds until 33, and job 2 waits for it;
    // under conservative it may not delay job 2's 20-25, and starts at 25.
    const longer = jobs.slice(0, 4).map((job, i) => (i === 3 ? { ...job, run: 30 } : job));
    expect(onCounted(4, longer, "easy-oracle")).toEqual([["0-10"], ["10-20"], ["33-38"], ["3-33"]]);
    expect(onCounted(4, longer, "conservative-oracle")).toEqual([["0-10"], ["10-20"], ["20-25"], ["25-55"]]);
    // with a depth of one nobody but the head is looked at
    const depth = { reservationDepth: 1 };
    expect(onCounted(4, longer, "conservative-oracle", {}, depth)).toEqual([["0-10"], ["10-20"], ["20-25"], ["25-55"]]);
  });
});

test("conservative: a depth counts those that wait, not those that start", () => {
  // 4 GPUs, a depth of one: all of the first four start at once, the fifth has the one reservation.
  const jobs = [1, 1, 1, 1, 2].map((gpus, i) => ({ at: 0, run: 5 + i, gpus }));
  const depth = { reservationDepth: 1 };
  expect(onCounted(4, jobs, "conservative-oracle", {}, depth)).toEqual([["0-5"], ["0-6"], ["0-7"], ["0-8"], ["6-15"]]);
});

test("priority: stops as few and as unimportant jobs as it takes", () => {
  // 4 GPUs: job 0 (priority 1, 2 GPUs), jobs 1 and 2 (priority 0, 1 GPU each). At 5 job 3 (priority 2, 1 GPU) stops the
  // least important that came last: job 2. At 6 job 4 (priority 2, 2 GPUs): stopping 1 frees one GPU, stopping 0 two:
  // 1 is then spared. Job 5 (priority 0) waits from 7. Job 3 ends at 9: one GPU is free, and job 0 stops job 1 for the
  // second one; it has 15 s left and ends at 24. Job 4 ends at 10: of jobs 1 (11 s left), 2 (15 s left) and 5, the
  // first two that came go on. Job 5 follows job 1 at 21.
  const jobs = [
    { at: 0, run: 21, gpus: 2, priority: 1 },
    { at: 0, run: 20, gpus: 1 },
    { at: 0, run: 20, gpus: 1 },
    { at: 5, run: 4, gpus: 1, priority: 2 },
    { at: 6, run: 4, gpus: 2, priority: 2 },
    { at: 7, run: 1, gpus: 1 },
  ];
  expect(onCounted(4, jobs, "priority")).toEqual([
    ["0-6", "9-24"],
    ["0-9", "10-21"],
    ["0-5", "10-25"],
    ["5-9"],
    ["6-10"],
    ["21-22"],
  ]);
});

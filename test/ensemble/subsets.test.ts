import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createDraws } from "../../src/engine/draws.js";
import { chooseMembers, type SubsetProblem } from "../../src/ensemble/index.js";

/** Numbers that are whole in 2^-10, so that sums are exact here as there. */
function made(seed: number, members: number, count: number, classes: number, clouds: number): SubsetProblem {
  const draws = createDraws(seed, "subsets");
  const labels = Array.from({ length: count }, () => draws.integer(classes));
  const skill = Array.from({ length: members }, () => draws.uniform());
  return {
    members: skill.map((good) =>
      labels.flatMap((label) =>
        Array.from(
          { length: classes },
          (_, c) => (draws.integer(512) + (c === label ? Math.round(512 * good) : 0)) / 1024,
        ),
      ),
    ),
    classes,
    labels,
    usd: skill.map(() => Array.from({ length: clouds }, () => 1 + draws.integer(9))),
    target: 0.5 + 0.4 * draws.uniform(),
  };
}

function accuracyOf({ members, classes, labels }: SubsetProblem, which: number[]): number {
  let right = 0;
  for (let n = 0; n < labels.length; n++) {
    const sums = Array.from({ length: classes }, (_, c) =>
      which.reduce((s, m) => s + members[m]![n * classes + c]!, 0),
    );
    right += sums.indexOf(Math.max(...sums)) === labels[n] ? 1 : 0;
  }
  return right / labels.length;
}

/** Every subset with every assignment to clouds. */
function cheapestSlowly(problem: SubsetProblem): number {
  const { members, usd, room, target } = problem;
  let best = Number.POSITIVE_INFINITY;
  const clouds = usd[0]!.length;
  const placements = (which: number[], from: number, load: number[], sum: number): void => {
    if (from === which.length) {
      best = Math.min(best, sum);
      return;
    }
    for (let cloud = 0; cloud < clouds; cloud++) {
      if (room && load[cloud]! >= room[cloud]!) continue;
      const next = load.map((n, c) => n + (c === cloud ? 1 : 0));
      placements(which, from + 1, next, sum + usd[which[from]!]![cloud]!);
    }
  };
  for (let bits = 1; bits < 2 ** members.length; bits++) {
    const which = members.map((_, m) => m).filter((m) => (bits >> m) & 1);
    if (accuracyOf(problem, which) >= target) placements(which, 0, Array(clouds).fill(0), 0);
  }
  return best;
}

describe("which members to run", () => {
  it("is the cheapest subset and placement, as trying all of them finds", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), fc.integer({ min: 1, max: 5 }), fc.boolean(), (seed, k, tight) => {
        const problem = made(seed, k, 37, 3, 2);
        if (tight) problem.room = [1, Math.ceil(k / 2)];
        const choice = chooseMembers(problem);
        const slow = cheapestSlowly(problem);
        if (!choice) {
          expect(slow).toBe(Number.POSITIVE_INFINITY);
          return;
        }
        expect(choice.usd).toBe(slow);
        expect(choice.accuracy).toBe(accuracyOf(problem, choice.members));
        expect(choice.accuracy).toBeGreaterThanOrEqual(problem.target);
        const paid = choice.members.reduce((sum, m, i) => sum + problem.usd[m]![choice.clouds[i]!]!, 0);
        expect(paid).toBe(choice.usd);
        for (const [cloud, places] of (problem.room ?? []).entries())
          expect(choice.clouds.filter((c) => c === cloud).length).toBeLessThanOrEqual(places);
      }),
      { numRuns: 150 },
    );
  });

  it("beyond 15 members is a choice that reaches the target, never below its own bound", () => {
    for (const seed of [1, 2, 3, 4]) {
      const problem = { ...made(seed, 18, 200, 4, 2), target: 0.8 };
      const choice = chooseMembers(problem)!;
      expect(choice.exact).toBe(false);
      expect(choice.accuracy).toBe(accuracyOf(problem, choice.members));
      expect(choice.accuracy).toBeGreaterThanOrEqual(0.8);
      expect(choice.usdAtLeast).toBeGreaterThan(0);
      // the best of the first 15 is a choice too
      const { members, usd } = problem;
      const few = chooseMembers({ ...problem, members: members.slice(0, 15), usd: usd.slice(0, 15) });
      expect(choice.usdAtLeast).toBeLessThanOrEqual(Math.min(choice.usd, few?.usd ?? choice.usd));
    }
  });

  it("names what is malformed", () => {
    const good = made(1, 3, 5, 2, 2);
    const wrong = (change: Partial<SubsetProblem>) => () => chooseMembers({ ...good, ...change });
    expect(wrong({ target: 2 })).toThrow("The target is 2");
    expect(wrong({ usd: [[1, 1]] })).toThrow("There are costs of 1 members");
    expect(wrong({ members: [[Number.NaN], [1], [1]] })).toThrow("Member 0 has 1 numbers");
    expect(wrong({ room: [1] })).toThrow("Room is 1");
    expect(wrong({ labels: [0, 1, 2, 0, 0] })).toThrow("Sample 2 is of class 2");
    expect(
      chooseMembers({ ...good, usd: good.usd.map(() => [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]) }),
    ).toBe(undefined);
  });
});

// Quantities: exact, against a slow twin, and as the API conventions say.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  availableMib,
  availableMilli,
  parseQuantity,
  requestMib,
  requestMilli,
  wholeCount,
} from "../../src/live/quantity.js";

const NANO = 1_000_000_000n;
const POWERS: Record<string, bigint> = {
  "": 1n,
  k: 1000n,
  M: 10n ** 6n,
  G: 10n ** 9n,
  T: 10n ** 12n,
  Ki: 1n << 10n,
  Mi: 1n << 20n,
  Gi: 1n << 30n,
  Ti: 1n << 40n,
};

describe("a quantity", () => {
  test.each([
    ["1", NANO],
    ["1.5Gi", (NANO * 3n * (1n << 30n)) / 2n],
    ["100m", NANO / 10n],
    ["12e6", 12_000_000n * NANO],
    ["12E6", 12_000_000n * NANO],
    ["1E", 10n ** 18n * NANO],
    ["1e-3", NANO / 1000n],
    [".5", NANO / 2n],
    ["5.", 5n * NANO],
    ["-3", -3n * NANO],
    ["+2k", 2000n * NANO],
    ["1n", 1n],
    ["0.1n", 1n],
    ["3u", 3000n],
  ])("%s is read", (text, nano) => {
    expect(parseQuantity(text)).toBe(nano);
  });

  test.each([
    "",
    " 1",
    "1 ",
    "1.2.3",
    "1KI",
    "1ki",
    "K",
    "1e",
    "0x10",
    "Infinity",
    "NaN",
    "1,5",
    "1Gi2",
    null,
    {},
    "9".repeat(80),
  ])("%s is none", (text) => {
    expect(parseQuantity(text)).toBeUndefined();
  });

  test("is whole times its suffix, for any digits", () => {
    fc.assert(
      fc.property(
        fc.bigInt(0n, 10n ** 9n),
        fc.integer({ min: 0, max: 6 }),
        fc.constantFrom(...Object.keys(POWERS)),
        (digits, places, suffix) => {
          const text = digits.toString().padStart(places + 1, "0");
          const shown = places === 0 ? text : `${text.slice(0, -places)}.${text.slice(-places)}`;
          const top = digits * POWERS[suffix]! * NANO;
          const bottom = 10n ** BigInt(places);
          return (
            parseQuantity(shown + suffix) === (top + bottom - 1n) / bottom || top / bottom > (2n ** 63n - 1n) * NANO
          );
        },
      ),
    );
  });

  test("is rounded against whoever asks", () => {
    const tiny = parseQuantity("1.0001")!;
    expect([requestMilli(tiny), availableMilli(tiny)]).toEqual([1001, 1000]);
    const memory = parseQuantity("1025Ki")!;
    expect([requestMib(memory), availableMib(memory)]).toEqual([2, 1]);
    expect([
      wholeCount(parseQuantity("3")!),
      wholeCount(parseQuantity("3.5")!),
      wholeCount(parseQuantity("3000m")!),
    ]).toEqual([3, undefined, 3]);
  });
});

import { describe, expect, it } from "vitest";
import {
  formatInterval,
  formatNumber,
  formatRatio,
  formatShare,
  formatTime,
  timeUnitFor,
} from "../../src/report/numbers.js";

describe("numbers for people", () => {
  it("have about three digits and never an exponent", () => {
    expect([0, 0.123456, 1.23456, 12.3456, 123.456, 1e7].map(formatNumber)).toEqual([
      "0.00",
      "0.12",
      "1.23",
      "12.3",
      "123",
      "10000000",
    ]);
    expect(formatNumber(9.999)).toBe("10.0");
    expect(formatNumber(-2.5)).toBe("−2.50");
    expect(formatNumber(-0.0001)).toBe("0.00");
    expect(formatNumber(Number.NaN)).toBe("–");
  });

  it("give times in hours where hours read better", () => {
    expect(formatTime(45)).toBe("45.0 s");
    expect(formatTime(600)).toBe("10.0 min");
    expect(formatTime(11520)).toBe("3.20 h");
    expect(timeUnitFor([30, 7200, Number.NaN]).symbol).toBe("h");
    expect(formatTime(Number.NaN)).toBe("–");
  });

  it("give an interval the digits of its mean, and none where it has none", () => {
    expect(formatInterval({ mean: 11520, halfWidth: 660 }, 3600)).toBe("3.20 ± 0.18");
    expect(formatInterval({ mean: 1234, halfWidth: 56 })).toBe("1234 ± 56");
    expect(formatInterval({ mean: 120, halfWidth: 0.4 })).toBe("120.0 ± 0.4");
    expect(formatInterval({ mean: 3, halfWidth: Number.NaN })).toBe("3.00");
  });

  it("give shares in percent", () => {
    expect(formatShare(0.1234)).toBe("12 %");
    expect(formatShare(0.0123)).toBe("1.2 %");
    expect(formatShare(0)).toBe("0 %");
  });

  it("give ratios as a change, and from twice as much on as a multiple", () => {
    const ratio = (mean: number, low: number, high: number) => formatRatio({ mean, low, high });
    expect(ratio(1.12, 1.09, 1.15)).toBe("+12 % (9 to 15)");
    expect(ratio(1.012, 0.999, 1.025)).toBe("+1.2 % (−0.1 to 2.5)");
    expect(ratio(0.9, 0.8, 1.02)).toBe("−10 % (−20 to 2)");
    expect(ratio(2.34, 1.9, 2.8)).toBe("2.3 × (1.9 to 2.8)");
    expect(ratio(12.3, 4.6, 31)).toBe("12 × (4.6 to 31)");
    expect(ratio(1.25, Number.NaN, Number.NaN)).toBe("+25 %");
    expect(ratio(Number.NaN, 1, 2)).toBe("–");
  });
});

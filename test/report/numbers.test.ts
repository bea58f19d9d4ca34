import { describe, expect, it } from "vitest";
import {
  formatInterval,
  formatNumber,
  formatShare,
  formatShareInterval,
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
    expect(formatInterval({ mean: 11520, halfWidth: 660, count: 5 }, 3600)).toBe("3.20 ± 0.18");
    expect(formatInterval({ mean: 1234, halfWidth: 56, count: 5 })).toBe("1234 ± 56");
    expect(formatInterval({ mean: 120, halfWidth: 0.4, count: 5 })).toBe("120.0 ± 0.4");
    expect(formatInterval({ mean: 3, halfWidth: Number.NaN, count: 1 })).toBe("3.00");
  });

  it("give shares in percent", () => {
    expect(formatShare(0.1234)).toBe("12 %");
    expect(formatShare(0.0123)).toBe("1.2 %");
    expect(formatShare(0)).toBe("0 %");
    expect(formatShareInterval(-0.12, 0.034)).toBe("−12 % ± 3 %");
    expect(formatShareInterval(0.012, 0.004)).toBe("1.2 % ± 0.4 %");
    expect(formatShareInterval(0.24, 0.004)).toBe("24.0 % ± 0.4 %");
    expect(formatShareInterval(0.5, Number.NaN)).toBe("50 %");
  });
});

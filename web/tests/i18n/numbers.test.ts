// @vitest-environment happy-dom
import { expect, test } from "vitest";
import { changeLanguage } from "../../src/i18n";
import { formatDuration, formatElapsed, formatNumber, formatShort } from "../../src/i18n/numbers";

const plain = (text: string) => text.replace(/[\u00a0\u202f]/g, " ");

test("very large and very small numbers are powers of ten as people write them", () => {
  expect(plain(formatNumber(19_430_000, 3))).toBe("1.94 × 10⁷");
  expect(plain(formatNumber(-0.00052, 2))).toBe("-5.2 × 10⁻⁴");
  expect(plain(formatShort(112_345_678))).toBe("1.1 × 10⁸");
  expect(formatShort(0)).toBe("0");
});

test("where there is little room a measure is rounded, a count never", () => {
  expect(formatShort(12_345.6)).toBe("12,300");
  expect(formatShort(1234)).toBe("1,234");
});

test("decimals are those of the language", async () => {
  await changeLanguage("cs");
  expect(formatShort(0.4981)).toBe("0,498");
  expect(plain(formatShort(112_345_678))).toBe("1,1 × 10⁸");
  await changeLanguage("en");
});

test("times have the symbols of their units", () => {
  expect(plain(formatDuration(58))).toBe("58 s");
  expect(plain(formatDuration(102))).toBe("1 min 42 s");
  expect(plain(formatDuration(2 * 86_400 + 3600))).toBe("2 d 1 h");
  expect(plain(formatDuration(0))).toBe("0 s");
});

test("a series is told in hours as long as a protocol counts in hours", () => {
  expect([0, 72, 120, 168].map((hour) => formatElapsed(hour * 3600))).toEqual([
    "0 h",
    "72 h",
    "120 h",
    "7 d",
  ]);
});

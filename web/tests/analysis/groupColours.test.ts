import { expect, test } from "vitest";
import { GROUP_COLOURS } from "../../src/analysis/groupColours";

const PAGES = ["#ffffff", "#172021"];

/** Relative luminance, 0…1 (WCAG 2.1). */
function luminance(colour: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

test.each(GROUP_COLOURS)("points in %s are seen on light and dark pages", (colour) => {
  for (const page of PAGES) {
    const [dark, light] = [luminance(colour), luminance(page)].sort((a, b) => a - b) as [number, number];
    expect((light + 0.05) / (dark + 0.05)).toBeGreaterThanOrEqual(3); // WCAG 1.4.11
  }
});

import fc from "fast-check";
import { expect, test } from "vitest";
import { scaleBar } from "../../src/viewer/scaleBar";

test("the bar is round, fits, and is as long as it says", () => {
  fc.assert(
    fc.property(fc.double({ min: 1e-4, max: 1e4, noNaN: true }), (unitsPerPx) => {
      const bar = scaleBar(unitsPerPx, 140);
      expect(bar.widthPx).toBeLessThanOrEqual(140 + 1e-6);
      expect(bar.widthPx).toBeGreaterThan(140 / 2.6);
      expect(bar.widthPx * unitsPerPx).toBeCloseTo(bar.length, 6);
      expect(bar.length.toExponential(0)).toMatch(/^[125]e/);
    }),
  );
});

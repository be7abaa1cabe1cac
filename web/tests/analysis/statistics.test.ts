import fc from "fast-check";
import { expect, test } from "vitest";
import { columnTitle, definitionOf, partsOf } from "../../src/analysis/columns";
import { finite, histogram, quantile, summarise } from "../../src/analysis/statistics";

test("every value falls into the bin that holds it", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: -1_000_000, max: 1_000_000 }), { minLength: 1, maxLength: 200 }),
      (values) => {
        const { edges, counts } = histogram(values);
        expect(counts.reduce((sum, each) => sum + each, 0)).toBe(values.length);
        expect(edges).toHaveLength(counts.length + 1);
        for (const [i, count] of counts.entries()) {
          const [from, to] = [edges[i] as number, edges[i + 1] as number];
          expect(
            values.filter((each) => each >= from && (each < to || (i === counts.length - 1 && each <= to)))
              .length,
          ).toBe(count);
        }
        expect(counts.length).toBeLessThanOrEqual(26);
      },
    ),
  );
});

test("summary of known values", () => {
  expect(summarise([2, 4, 4, 4, 5, 5, 7, 9])).toEqual({
    n: 8,
    mean: 5,
    sd: Math.sqrt(32 / 7),
    median: 4.5,
    q1: 4,
    q3: 5.5,
  });
  expect(summarise([])).toBeNull();
  expect(quantile([1, 2], 0.75)).toBe(1.75);
  expect(finite([1, null, "x", Number.NaN, 2])).toEqual([1, 2]);
});

test("columns are read as the service names them", () => {
  expect(columnTitle("equivalent_diameter_um")).toBe("Equivalent diameter (µm)");
  expect(columnTitle("area_px2")).toBe("Area (px²)");
  expect(partsOf("intensity_mean_gfp")).toEqual({ name: "intensity_mean", unit: "", channel: "gfp" });
  expect(partsOf("intensity_mean_corrected_gfp").name).toBe("intensity_mean_corrected");
  expect(definitionOf("circularity")?.formula).toContain("4πA");
  expect(definitionOf("image")).toBeUndefined();
});

import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { columnTitle, definitionOf, partsOf } from "../../src/analysis/columns";
import {
  boxOf,
  finite,
  groupsOf,
  histogram,
  quantile,
  summarise,
  ticks,
} from "../../src/analysis/statistics";

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

test("the page sums up as the service does", () => {
  // tests/server/statistics holds the service to the same file
  const file = join(import.meta.dirname, "../../../tests/fixtures/summary.json");
  const { values, summary } = JSON.parse(readFileSync(file, "utf-8"));
  const box = boxOf(values);
  const named = { ...box, whisker_low: box?.low, whisker_high: box?.high } as Record<string, unknown>;
  for (const [name, value] of Object.entries(summary)) expect(named[name]).toBeCloseTo(value as number, 6);
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

test("whiskers end at the outermost values within 1.5 boxes, as Tukey drew them", () => {
  const box = boxOf([1, 2, 3, 4, 5, 6, 7, 8, 9, 30]);
  expect(box).toMatchObject({ n: 10, q1: 3.25, median: 5.5, q3: 7.75, min: 1, max: 30, low: 1, high: 9 });
  expect(boxOf([])).toBeNull();
  expect(boxOf([4])).toMatchObject({ min: 4, max: 4, low: 4, high: 4, median: 4 });
});

test("groups are counted as people count, and what has none is a group too", () => {
  const rows = [{ well: "B10" }, { well: "B2" }, { well: "" }, { well: "B2" }, { well: null }];
  expect(groupsOf(rows, "well", "All").map((each) => [each.name, each.rows.length])).toEqual([
    ["–", 2],
    ["B2", 2],
    ["B10", 1],
  ]);
  expect(groupsOf(rows, "", "All").map((each) => [each.name, each.rows.length])).toEqual([["All", 5]]);
});

test("times stand in their order, days behind hours, what has none last; each time is a group of its own", () => {
  const rows = [518_400, 86_400, null, 432_000, 0, 86_400, 3600, 3601].map((time_s) => ({ time_s }));
  const groups = groupsOf(rows, "time_s", "All");
  expect(groups.map((each) => each.name)).toEqual(["0", "3600", "3601", "86400", "432000", "518400", "–"]);
  expect(groups.map((each) => each.title).slice(3)).toEqual(["24 h", "120 h", "6 d", "–"]);
});

test("wells of two plates and images that share a name are groups of their own, as the service has them", () => {
  const rows = [
    { image_id: "1", image: "a.tif", plate: "P1", well: "A01" },
    { image_id: "2", image: "a.tif", plate: "P2", well: "A01" },
    { image_id: "3", image: "b.tif", plate: "", well: "A02" },
  ];
  expect(groupsOf(rows, "well", "All").map((each) => each.title)).toEqual(["A02", "P1 A01", "P2 A01"]);
  expect(groupsOf(rows, "image", "All").map((each) => [each.key, each.title])).toEqual([
    ["1", "a.tif"],
    ["2", "a.tif"],
    ["3", "b.tif"],
  ]);
});

test("a value on the edge of a bin is in the bin that begins there", () => {
  const { edges, counts } = histogram([0, 0.3, 0.6, 0.7, 1.2, 2.4]);
  expect(edges.slice(0, 4)).toEqual([0, 0.1, 0.2, 0.3]);
  expect([counts[2], counts[3], counts[5], counts[6], counts[7]]).toEqual([0, 1, 0, 1, 1]);
});

test("the marks of an axis are round and cover the range", () => {
  expect(ticks(3, 97)).toEqual([0, 20, 40, 60, 80, 100]);
  expect(ticks(0.11, 0.34)).toEqual([0.1, 0.15, 0.2, 0.25, 0.3, 0.35]);
  const same = ticks(5, 5);
  expect(same[0]).toBeLessThanOrEqual(5);
  expect(same.at(-1)).toBeGreaterThanOrEqual(5);
});

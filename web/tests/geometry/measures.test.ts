import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { OutlineGrid } from "../../src/geometry/grid";
import { isInside, measure, ringLength, signedArea, toSegment } from "../../src/geometry/measures";
import type { Ring } from "../../src/geometry/outline";
import { DetailLevels, simplifyRing } from "../../src/geometry/simplify";

function square(x: number, y: number, side: number): Ring {
  return Float64Array.from([x, y, x + side, y, x + side, y + side, x, y + side]);
}

function disc(x: number, y: number, radius: number, n: number): Ring {
  return Float64Array.from(
    Array.from({ length: 2 * n }, (_, i) => {
      const angle = (Math.floor(i / 2) / n) * 2 * Math.PI;
      return i % 2 === 0 ? x + radius * Math.cos(angle) : y + radius * Math.sin(angle);
    }),
  );
}

describe("live measures", () => {
  test("a square with a hole, in µm", () => {
    const hole = Float64Array.from([4, 4, 4, 6, 6, 6, 6, 4]); // the other way round
    const outline = [[square(2, 2, 10), hole]];
    const filled = measure(outline, { pixelSizeUm: { x: 0.5, y: 0.5 }, region: "filled" });
    expect(filled.area).toBeCloseTo(25);
    expect(filled.perimeter).toBeCloseTo(20);
    expect(filled.equivalentDiameter).toBeCloseTo(Math.sqrt((4 * 25) / Math.PI));
    expect(filled.circularity).toBeCloseTo(Math.PI / 4);
    expect([filled.centroidX, filled.centroidY]).toEqual([3.5, 3.5]);
    expect(measure(outline, { pixelSizeUm: null, region: "net" }).area).toBeCloseTo(96);
  });

  test("area and centroid of a far away disc keep their digits", () => {
    const far = measure([[disc(48_000, 47_000, 30, 360)]]);
    const near = measure([[disc(0, 0, 30, 360)]]);
    expect(far.area).toBeCloseTo(near.area, 6);
    expect(far.centroidX).toBeCloseTo(48_000, 6);
    expect(far.circularity).toBeGreaterThan(0.999);
  });

  test("turning a ring round changes the sign of its area only", () => {
    const ring = square(0, 0, 3);
    const back = Float64Array.from([0, 3, 3, 3, 3, 0, 0, 0]);
    expect(signedArea(ring)).toBe(9);
    expect(signedArea(back)).toBe(-9);
    expect(ringLength(back)).toBe(12);
    expect(measure([[back]]).area).toBe(9);
  });
});

describe("what lies where", () => {
  test("inside an outer ring and not in its hole", () => {
    const part = [square(0, 0, 10), square(3, 3, 4)];
    expect(isInside(part, 1, 1)).toBe(true);
    expect(isInside(part, 5, 5)).toBe(false);
    expect(isInside(part, 11, 5)).toBe(false);
  });

  test("the grid finds what a look at every outline finds", () => {
    const place = fc.tuple(
      fc.integer({ min: -50, max: 300 }),
      fc.integer({ min: -50, max: 300 }),
      fc.integer({ min: 1, max: 80 }),
    );
    fc.assert(
      fc.property(fc.array(place, { maxLength: 30 }), place, (squares, [x, y, side]) => {
        const grid = new OutlineGrid<number>(32);
        for (const [i, each] of squares.entries()) grid.set(i, [[square(...each)]]);
        const expected = squares.flatMap(([a, b, s], i) =>
          a <= x + side && x <= a + s && b <= y + side && y <= b + s ? [i] : [],
        );
        expect([...grid.within([x, y, x + side, y + side])].sort((p, q) => p - q)).toEqual(expected);
        for (const [i] of squares.entries()) grid.delete(i);
        expect(grid.within([-1000, -1000, 1000, 1000]).size).toBe(0);
      }),
    );
  });

  test("of two outlines the inner one is hit", () => {
    const grid = new OutlineGrid<string>(20);
    grid.set("outer", [[square(0, 0, 100)]]);
    grid.set("inner", [[square(40, 40, 10)]]);
    expect(grid.at(45, 45)).toBe("inner");
    expect(grid.at(10, 10)).toBe("outer");
    expect(grid.at(150, 10)).toBeUndefined();
  });
});

describe("fewer vertices", () => {
  test("no dropped vertex is further away than the tolerance", () => {
    const coordinate = fc.integer({ min: 0, max: 200 });
    fc.assert(
      fc.property(
        fc.array(coordinate, { minLength: 10, maxLength: 80 }),
        fc.double({ min: 0.1, max: 20, noNaN: true }),
        (values, tolerance) => {
          const ring = Float64Array.from(values.slice(0, values.length - (values.length % 2)));
          const simple = simplifyRing(ring, tolerance);
          expect(simple.length).toBeGreaterThanOrEqual(6);
          for (let v = 0; v < ring.length; v += 2) {
            let nearest = Infinity;
            for (let s = 0; s < simple.length; s += 2) {
              const next = (s + 2) % simple.length;
              const corners = [simple[s], simple[s + 1], simple[next], simple[next + 1]] as [
                number,
                number,
                number,
                number,
              ];
              nearest = Math.min(nearest, toSegment(ring[v] as number, ring[v + 1] as number, ...corners)[0]);
            }
            expect(Math.sqrt(nearest)).toBeLessThanOrEqual(tolerance + 1e-9);
          }
        },
      ),
    );
  });

  test("a disc 14 px wide on the screen needs a dozen vertices, not 240", () => {
    const levels = new DetailLevels([[disc(500, 500, 56, 240)]]);
    expect(levels.at(0.5)).toBe(levels.full);
    const seen = levels.at(8)[0]?.[0]?.length ?? 0;
    expect(seen / 2).toBeLessThanOrEqual(14);
    expect(levels.at(8)).toBe(levels.at(9));
  });
});

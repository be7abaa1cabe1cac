import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { clean, grow, intersect, stroke, subtract, union, within } from "../../src/geometry/boolean";
import { isInside, signedArea } from "../../src/geometry/measures";
import {
  decodeOutline,
  encodeOutline,
  type Outline,
  type Part,
  type Ring,
  sameOutline,
} from "../../src/geometry/outline";
import { reshape } from "../../src/geometry/reshape";
import { isSimple } from "../../src/geometry/simple";
import { smoothOutline } from "../../src/geometry/smooth";
import { splitPart } from "../../src/geometry/split";

const ring = (...points: number[]): Ring => Float64Array.from(points);
const square = (x: number, y: number, side: number): Outline => [
  [ring(x, y, x + side, y, x + side, y + side, x, y + side)],
];
const area = (outline: Outline) => outline.reduce((sum, part) => sum + partArea(part), 0);
const partArea = (part: Part) => part.reduce((sum, each) => sum + signedArea(each), 0);

/** What the service asks of an outline. */
function expectValid(outline: Outline): void {
  for (const part of outline) {
    for (const [i, each] of part.entries()) {
      expect(isSimple(each)).toBe(true);
      expect(Math.sign(signedArea(each))).toBe(i === 0 ? 1 : -1);
    }
  }
  expect(sameOutline(decodeOutline(encodeOutline(outline)), outline)).toBe(true);
}

const coordinate = fc.integer({ min: 0, max: 60 });
/** Whatever a hand may draw: crossings, spikes, points twice; on whole pixels, where most things touch. */
const scribble = fc
  .array(fc.tuple(coordinate, coordinate), { minLength: 3, maxLength: 14 })
  .map((points): Outline => clean([[Float64Array.from(points.flat())]]));
const fine = fc
  .array(fc.tuple(fc.double({ min: 0, max: 60, noNaN: true }), fc.double({ min: 0, max: 60, noNaN: true })), {
    minLength: 3,
    maxLength: 20,
  })
  .map((points): Outline => clean([[Float64Array.from(points.flat())]]));
const drawn = fc.oneof(scribble, fine);
const line = fc.array(fc.tuple(fc.integer({ min: -10, max: 70 }), fc.integer({ min: -10, max: 70 })), {
  minLength: 2,
  maxLength: 8,
});

describe("joining and cutting", () => {
  test("whatever is drawn and combined, the outcome is valid, and the areas add up", () => {
    fc.assert(
      fc.property(drawn, drawn, (a, b) => {
        const [or, and, without] = [union([a, b]), intersect(a, b), subtract(a, [b])];
        for (const each of [a, b, or, and, without]) expectValid(each);
        const tolerance = 1.5 + 0.01 * (area(a) + area(b)); // slivers below 0.01 px² and rounding to 1/256 px
        expect(Math.abs(area(or) - (area(a) + area(b) - area(and)))).toBeLessThan(tolerance);
        expect(Math.abs(area(without) - (area(a) - area(and)))).toBeLessThan(tolerance);
      }),
      { numRuns: 400 },
    );
  });

  test("known answers", () => {
    expect(area(union([square(0, 0, 10), square(5, 0, 10)]))).toBe(150);
    expect(area(subtract(square(0, 0, 10), [square(2, 2, 4)]))).toBe(84);
    expect(subtract(square(0, 0, 10), [square(2, 2, 4)])[0]).toHaveLength(2); // a hole
    expect(union([square(0, 0, 10), square(20, 0, 10)])).toHaveLength(2);
    expect(subtract(square(0, 0, 10), [square(-1, -1, 20)])).toEqual([]);
    expect(area(within(square(-5, 0, 10), 100, 100))).toBe(50);
    // a figure of eight becomes two lobes, both kept
    expect(clean([[ring(0, 0, 10, 10, 10, 0, 0, 10)]])).toHaveLength(2);
  });

  test("spikes that lie over each other enclose nothing and hang nothing", () => {
    const spikes = [1, 0, 3, 0, 0, 0, 0, 5, 6, 0, 4, 0, 2, 0, 2, 0, 6, 0, 2, 6];
    expectValid(clean([[ring(...spikes)]]));
    expect(clean([[ring(0, 0, 9, 0, 4, 0, 0, 0)]])).toEqual([]);
    const corners = clean([[ring(5, 0, 10, 0, 10, 10, 0, 10, 0, 0)]]);
    expect([area(corners), corners[0]?.[0]?.length]).toEqual([100, 8]);
    // few distinct values: most points fall on each other and on one line
    const few = fc.array(fc.constantFrom(0, 1, 2, 5, 20), { minLength: 6, maxLength: 40 });
    fc.assert(
      fc.property(few, few, (a, b) => {
        const one = clean([[Float64Array.from(a.slice(0, a.length & ~1))]]);
        expectValid(union([one, clean([[Float64Array.from(b.slice(0, b.length & ~1))]])]));
      }),
      { numRuns: 1000 },
    );
  });

  test("a brush of radius r covers πr² where it is put down, and a band where it is drawn", () => {
    expect(area(stroke([[50, 50]], 10)) / (Math.PI * 100)).toBeCloseTo(1, 2);
    const band = area(
      stroke(
        [
          [50, 50],
          [150, 50],
        ],
        10,
      ),
    );
    expect(band / (Math.PI * 100 + 2000)).toBeCloseTo(1, 2);
    fc.assert(
      fc.property(line, fc.double({ min: 0.5, max: 12, noNaN: true }), (points, r) =>
        expectValid(stroke(points, r)),
      ),
    );
  });

  test("growing and shrinking stay valid; grown is larger, shrunk smaller", () => {
    fc.assert(
      fc.property(drawn, fc.double({ min: 0.5, max: 6, noNaN: true }), (outline, px) => {
        const [more, less] = [grow(outline, px), grow(outline, -px)];
        expectValid(more);
        expectValid(less);
        if (outline.length > 0) expect(area(more)).toBeGreaterThan(area(outline));
        expect(area(less)).toBeLessThanOrEqual(area(outline) + 0.01);
      }),
    );
    expect(area(grow(square(0, 0, 10), 1))).toBeCloseTo(100 + 40 + Math.PI, 0);
  });
});

describe("splitting", () => {
  test("the pieces of any cut are valid, lie apart, and together are the whole", () => {
    fc.assert(
      fc.property(drawn, line, (outline, points) => {
        for (const part of outline) {
          const pieces = splitPart(part, points);
          if (pieces.length === 1) continue;
          expectValid(pieces);
          expect(
            Math.abs(pieces.reduce((sum, each) => sum + partArea(each), 0) - partArea(part)),
          ).toBeLessThan(1);
          for (const [i, a] of pieces.entries())
            for (const b of pieces.slice(i + 1)) expect(area(intersect([a], [b]))).toBeLessThan(0.5);
        }
      }),
      { numRuns: 400 },
    );
  });

  const whole = square(0, 0, 100)[0] as Part;
  test("a straight cut, a cut with many crossings, a loop, an end that stops inside", () => {
    expect(
      splitPart(whole, [
        [50, -5],
        [50, 105],
      ]).map(partArea),
    ).toEqual([5000, 5000]);
    const comb = [
      [10, -5],
      [20, 105],
      [30, -5],
      [40, 105],
      [50, -5],
    ] as [number, number][];
    expect(splitPart(whole, comb)).toHaveLength(5);
    const loop = [
      [20, 20],
      [60, 20],
      [60, 60],
      [20, 60],
      [20, 10],
    ] as [number, number][];
    expect(splitPart(whole, loop).map(partArea)).toEqual([8400, 1600]);
    expect(
      splitPart(whole, [
        [50, -5],
        [50, 60],
      ]),
    ).toEqual([whole]);
    expect(
      splitPart(whole, [
        [-5, -5],
        [-10, 200],
      ]),
    ).toEqual([whole]);
  });

  test("a hole on the line becomes a bay of both pieces, one beside it stays a hole", () => {
    const holed = subtract([whole], [square(45, 45, 10), square(5, 5, 10)])[0] as Part;
    const pieces = splitPart(holed, [
      [50, -5],
      [50, 105],
    ]);
    expect(pieces.map((each) => each.length).sort()).toEqual([1, 2]);
    expect(pieces.reduce((sum, each) => sum + partArea(each), 0)).toBe(9800);
    // joining the edge to the hole alone separates nothing
    expect(
      splitPart(holed, [
        [50, -5],
        [50, 50],
      ]),
    ).toHaveLength(1);
  });
});

describe("reshaping", () => {
  test("a line over an edge adds a bulge, or takes a bay", () => {
    const out = reshape(square(0, 0, 100), [
      [90, 40],
      [120, 40],
      [120, 60],
      [90, 60],
    ]);
    expect(area(out ?? [])).toBe(10_400);
    const bay = reshape(square(0, 0, 100), [
      [110, 40],
      [80, 40],
      [80, 60],
      [110, 60],
    ]);
    expect(area(bay ?? [])).toBe(9600);
    expect(
      reshape(square(0, 0, 100), [
        [40, 40],
        [60, 60],
      ]),
    ).toBeNull();
  });

  test("always valid", () => {
    fc.assert(
      fc.property(drawn, line, (outline, points) => {
        const made = reshape(outline, points);
        if (made) expectValid(made);
      }),
    );
  });
});

test("smoothing keeps the area and what is round, and stays valid", () => {
  const circle = stroke([[50, 50]], 20);
  expect(area(smoothOutline(circle, 3)) / area(circle)).toBeCloseTo(1, 2);
  const rough = square(0, 0, 50);
  expect(area(smoothOutline(rough, 4)) / 2500).toBeCloseTo(1, 2);
  fc.assert(
    fc.property(drawn, fc.double({ min: 0.2, max: 10, noNaN: true }), (outline, r) =>
      expectValid(smoothOutline(outline, r)),
    ),
  );
});

test("a ring that touches itself is found", () => {
  expect(isSimple(ring(0, 0, 10, 0, 10, 10, 0, 10))).toBe(true);
  expect(isSimple(ring(0, 0, 10, 10, 10, 0, 0, 10))).toBe(false);
  expect(isSimple(ring(0, 0, 5, 5, 10, 0, 10, 10, 5, 5, 0, 10))).toBe(false);
  expect(isSimple(ring(0, 0, 10, 0, 5, 0))).toBe(false);
  expect(isInside(square(0, 0, 4)[0] as Part, 2, 2)).toBe(true);
});

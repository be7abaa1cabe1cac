import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { boxOf, decodeOutline, encodeOutline, type Outline, OutlineError } from "../../src/geometry/outline";

const whole = fc.integer({ min: -1000, max: 60_000 });
const fraction = whole.map((value) => value / 256);

function outlines(coordinate: fc.Arbitrary<number>): fc.Arbitrary<Outline> {
  const ring = fc
    .array(coordinate, { minLength: 6, maxLength: 40 })
    .map((values) => Float64Array.from(values.slice(0, values.length - (values.length % 2))));
  return fc.array(fc.array(ring, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 });
}

describe("the bytes of outlines", () => {
  test("whole and drawn coordinates come back exactly", () => {
    fc.assert(
      fc.property(fc.oneof(outlines(whole), outlines(fraction)), (outline) => {
        expect(decodeOutline(encodeOutline(outline))).toEqual(outline);
      }),
    );
  });

  test("a square as the service writes it", () => {
    // exponent 0, one part, one ring, four vertices (2,1) (6,1) (6,5) (2,5): what segmentation/outlines.py says
    const bytes = Uint8Array.from([0, 1, 1, 4, 4, 2, 8, 0, 0, 8, 7, 0]);
    expect(decodeOutline(bytes)).toEqual([[Float64Array.from([2, 1, 6, 1, 6, 5, 2, 5])]]);
    expect(encodeOutline([[Float64Array.from([2, 1, 6, 1, 6, 5, 2, 5])]])).toEqual(bytes);
  });

  test("cut or lengthened bytes are refused", () => {
    fc.assert(
      fc.property(outlines(whole), fc.nat(), (outline, cut) => {
        const bytes = encodeOutline(outline);
        expect(() => decodeOutline(bytes.slice(0, cut % bytes.length))).toThrow(OutlineError);
        expect(() => decodeOutline(Uint8Array.from([...bytes, 0]))).toThrow(OutlineError);
      }),
    );
  });

  test("the box of all parts", () => {
    const outline = [[Float64Array.from([2, 1, 6, 1, 6, 5])], [Float64Array.from([10, 10, 12, 10, 12, 13])]];
    expect(boxOf(outline)).toEqual([2, 1, 12, 13]);
  });
});

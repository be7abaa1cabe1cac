import { expect, test } from "vitest";
import { contourLength } from "../../src/geometry/contour";

// an ellipse of 28 × 18 px as the service traces it
const TRACED = Float64Array.from([
  26, 11, 29, 11, 29, 12, 31, 12, 31, 13, 32, 13, 32, 14, 33, 14, 33, 16, 34, 16, 34, 22, 33, 22, 33, 23, 32,
  23, 32, 24, 31, 24, 31, 25, 29, 25, 29, 26, 27, 26, 27, 27, 22, 27, 22, 28, 18, 28, 18, 27, 14, 27, 14, 26,
  11, 26, 11, 25, 10, 25, 10, 24, 9, 24, 9, 23, 8, 23, 8, 22, 7, 22, 7, 20, 6, 20, 6, 17, 7, 17, 7, 15, 8, 15,
  8, 14, 9, 14, 9, 13, 10, 13, 10, 12, 12, 12, 12, 11, 14, 11, 14, 10, 26, 10,
]);

test("a traced outline has the length that the service's kernel gives it", () => {
  expect(contourLength(TRACED)).toBeCloseTo(73.3177316794731, 9);
});

test("one that was traced and then edited too", () => {
  const edited = TRACED.slice();
  edited[10] = (edited[10] as number) + 0.25;
  edited[11] = (edited[11] as number) + 0.25;
  expect(contourLength(edited)).toBeCloseTo(74.25630177813585, 9);
});

test("what was drawn is measured as it is", () => {
  expect(contourLength(Float64Array.from([0, 0, 30, 0, 30, 20, 0, 20]))).toBe(100);
  expect(contourLength(Float64Array.from([0.5, 0.5, 3.5, 0.5, 3.5, 4.5]))).toBe(12);
});

// @vitest-environment happy-dom
import { expect, test } from "vitest";
import { measuringOf } from "../../src/api/images";
import { sliceOf } from "../../src/api/results";

test("what the service says counts is what the browser measures by", () => {
  const size = { x: 0.5, y: 2, source: "project" as const };
  expect(measuringOf({ pixel_size_um: size, region: "net" })).toEqual({ pixelSizeUm: size, region: "net" });
  expect(measuringOf({ pixel_size_um: null, region: "filled" }).pixelSizeUm).toBeNull();
});

test("the slice that is shown is the one that was outlined", () => {
  expect(sliceOf({ frame: { z: 7 } }, 20)).toBe(7);
  expect(sliceOf({ frame: { z: "max" } }, 20)).toBe("max");
  expect(sliceOf({ frame: { z: null } }, 5)).toBe(2);
  expect(sliceOf(undefined, 1)).toBe(0);
});

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { decodeFrameOutlines } from "../../src/geometry/frameOutlines";
import { OutlineError } from "../../src/geometry/outline";

// written by the service: `python web/tests/geometry/make_frame.py`
const file = readFileSync(new URL("frame.bin", import.meta.url));
const bytes = file.buffer.slice(file.byteOffset, file.byteOffset + file.byteLength) as ArrayBuffer;

test("a frame that the service wrote", () => {
  const frame = decodeFrameOutlines(bytes);
  expect(frame.version).toBe(7);
  expect(frame.objects.map((each) => each.number)).toEqual([1, 2, 300]);
  expect(frame.objects.map((each) => each.className)).toEqual(["spheroid", "core", "spheroid"]);
  expect(frame.objects.map((each) => each.confidence)).toEqual([0.915, null, 0.5]);
  expect(frame.objects.map((each) => each.flags)).toEqual([
    ["low_contrast", "touches_border"],
    [],
    ["touches_border"],
  ]);
  expect(frame.objects.map((each) => each.isDrawn)).toEqual([false, true, false]);
  expect(frame.objects[0]?.outline).toEqual([
    [Float64Array.from([0, 0, 40, 0, 40, 30, 0, 30]), Float64Array.from([10, 10, 10, 20, 20, 20, 20, 10])],
  ]);
  expect(frame.objects[1]?.outline).toEqual([[Float64Array.from([5.5, 5.25, 9, 5.25, 9, 8.00390625])]]);
  expect(frame.objects[2]?.outline).toHaveLength(2);
});

test("something else is refused", () => {
  expect(() =>
    decodeFrameOutlines(new TextEncoder().encode("<!doctype html>").buffer as ArrayBuffer),
  ).toThrow(OutlineError);
  expect(() => decodeFrameOutlines(bytes.slice(0, -1))).toThrow(OutlineError);
});

import { expect, test } from "vitest";
import { ALL_IMAGES, addressOf, filterOf, queryOf } from "../../src/images/filter";

test("files that cannot be read are asked for by their own state, images by that of their outlines", () => {
  const unreadable = queryOf({ ...ALL_IMAGES, segmentation: "unreadable" });
  expect([unreadable.state, unreadable.segmentation]).toEqual(["failed", null]);
  const failed = queryOf({ ...ALL_IMAGES, segmentation: "failed" });
  expect([failed.state, failed.segmentation]).toEqual([null, "failed"]);
});

test("what is shown stands in the address and is read back from it", () => {
  const filter = { ...ALL_IMAGES, segmentation: "unreadable", well: "B05", descending: true } as const;
  expect(filterOf(new URLSearchParams(addressOf(filter)))).toEqual(filter);
  expect(addressOf(ALL_IMAGES)).toEqual({});
});

import { expect, test } from "vitest";
import { follow } from "../../src/images/cursors";
import { ALL_IMAGES, addressOf, filterOf, isNarrowed } from "../../src/images/filter";

test("pages become known one after the other, and what is known stays", () => {
  const one = follow([null], 0, "b");
  expect(one).toEqual([null, "b"]);
  expect(follow(one, 1, "c")).toEqual([null, "b", "c"]);
  expect(follow(one, 0, "b")).toBe(one);
});

test("a page that ends elsewhere now cuts off what stood behind it", () => {
  expect(follow([null, "b", "c", "d"], 0, "x")).toEqual([null, "x"]);
  expect(follow([null, "b", "c", "d"], 1, null)).toEqual([null, "b"]);
  const last = [null, "b"] as const;
  expect(follow(last, 1, null)).toBe(last);
  expect(follow(last, 5, "z")).toBe(last);
});

test("a filter is the same after a way through the page's address", () => {
  const filter = { ...ALL_IMAGES, search: "day 3 & 4", well: "B03", trash: true, sort: "objects" as const };
  expect(filterOf(new URLSearchParams(addressOf(filter)))).toEqual(filter);
  expect(addressOf(ALL_IMAGES)).toEqual({});
});

test("an order alone hides nothing", () => {
  expect(isNarrowed({ ...ALL_IMAGES, sort: "size", descending: true })).toBe(false);
  expect(isNarrowed({ ...ALL_IMAGES, edited: true })).toBe(true);
});

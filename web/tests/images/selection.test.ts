import { expect, test } from "vitest";
import { all, click, NOTHING } from "../../src/images/selection";

const order = ["a", "b", "c", "d", "e"];
const plain = { shift: false, mod: false };

test("a click chooses one, again none", () => {
  const one = click(NOTHING, order, "b", plain);
  expect([...one.ids]).toEqual(["b"]);
  expect(click(one, order, "b", plain)).toEqual(NOTHING);
  expect([...click(one, order, "c", plain).ids]).toEqual(["c"]);
});

test("shift chooses the range from the last clicked one, both ways, and keeps its begin", () => {
  const from = click(NOTHING, order, "c", plain);
  const down = click(from, order, "e", { shift: true, mod: false });
  expect([...down.ids]).toEqual(["c", "d", "e"]);
  expect([...click(down, order, "a", { shift: true, mod: false }).ids]).toEqual(["a", "b", "c"]);
});

test("mod adds and takes away one; with shift it adds a range", () => {
  const two = click(click(NOTHING, order, "a", plain), order, "d", { shift: false, mod: true });
  expect([...two.ids]).toEqual(["a", "d"]);
  expect([...click(two, order, "a", { shift: false, mod: true }).ids]).toEqual(["d"]);
  expect([...click(two, order, "e", { shift: true, mod: true }).ids]).toEqual(["a", "d", "e"]);
});

test("a range from an item that is not listed any more is a plain click", () => {
  const gone = { ids: new Set(["x"]), anchor: "x" };
  expect([...click(gone, order, "b", { shift: true, mod: false }).ids]).toEqual(["b"]);
  expect([...all(order).ids]).toEqual(order);
});

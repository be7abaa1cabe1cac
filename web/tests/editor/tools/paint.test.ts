import { describe, expect, test } from "vitest";
import { brush, eraser } from "../../../src/editor/tools/brush";
import type { Point } from "../../../src/editor/tools/tool";
import { frame, Hand, square } from "./hand";

const LINE: Point[] = [
  [40, 30],
  [70, 30],
];

describe("brush", () => {
  test("on nothing it makes an object as wide as the brush", () => {
    const hand = new Hand(brush, []).drag([
      [40, 100],
      [90, 100],
    ]);
    expect(hand.area(-1)).toBeGreaterThan(560);
    expect(hand.area(-1)).toBeLessThanOrEqual(50 * 10 + Math.PI * 25 + 1);
    expect(hand.takenBack()).toEqual([]);
  });

  test("a click alone is a dot", () => {
    const hand = new Hand(brush, []).click([100, 100]);
    expect(hand.area(-1)).toBeGreaterThan(70);
    expect(hand.area(-1)).toBeLessThan(80);
  });

  test("it goes on with the object under it, whatever is chosen elsewhere", () => {
    const objects = [square(1, 10, 10, 40), square(2, 60, 10, 40)];
    const hand = new Hand(brush, objects);
    hand.selected = new Set([2]);
    hand.drag(LINE);
    expect(hand.area(1)).toBeGreaterThan(1750);
    expect(hand.area(2)).toBe(1600);
    expect([...hand.selected]).toEqual([1]);
    expect(hand.takenBack()).toEqual(objects);
  });

  test("beside everything it begins a new object, the chosen one stays as it is", () => {
    const hand = new Hand(brush, [square(1, 10, 10, 40)]);
    hand.selected = new Set([1]);
    hand.click([120, 100]).click([160, 100]);
    expect(hand.area(1)).toBe(1600);
    expect(hand.numbers).toEqual([-2, -1, 1]);
  });

  test("over the edge of the chosen object it goes on with that one", () => {
    const hand = new Hand(brush, [square(1, 10, 10, 40)]);
    hand.selected = new Set([1]);
    hand.click([53, 30]);
    expect(hand.numbers).toEqual([1]);
    expect(hand.area(1)).toBeGreaterThan(1600);
  });

  test("kept apart, it stops at the neighbour", () => {
    const hand = new Hand(brush, [square(1, 10, 10, 40), square(2, 60, 10, 40)]);
    hand.options = { ...hand.options, isApart: true };
    hand.drag(LINE);
    expect(hand.covered()).toBeCloseTo(hand.area(1) + hand.area(2), 6);
    expect(hand.area(1)).toBeGreaterThan(1690);
  });

  test("Alt erases; what somebody else holds is refused; outside the image there is nothing", () => {
    const hand = new Hand(brush, [square(1, 10, 10, 40)]);
    hand.drag(LINE, { alt: true });
    expect(hand.area(1)).toBeLessThan(1600);
    hand.locked.add(1);
    hand.drag([
      [15, 15],
      [20, 20],
    ]);
    hand.click([-50, -50]);
    expect(hand.refusals).toEqual(["locked", "noArea"]);
    expect(hand.nSteps).toBe(1);
  });

  test("Escape in the middle leaves all as it was", () => {
    const hand = new Hand(brush, [square(1, 10, 10, 40)]);
    hand.press([30, 30]).to([80, 30]).key("escape").send("up", [80, 30]);
    expect(hand.nSteps).toBe(0);
    expect(hand.sketch.lines).toEqual([]);
  });

  test("the circle at the pointer says how wide, and whether it erases", () => {
    const hand = new Hand(brush, []).send("move", [20, 20]);
    expect(hand.sketch.brush).toEqual({ point: [20, 20], radius: 5, isErasing: false });
    expect(new Hand(eraser, []).send("move", [1, 1]).sketch.brush?.isErasing).toBe(true);
  });
});

describe("eraser", () => {
  test("it takes away from all under it, or from the chosen ones only", () => {
    const objects = [square(1, 10, 10, 40), square(2, 50, 10, 40)];
    const all = new Hand(eraser, objects).drag(LINE);
    expect(all.area(1)).toBeLessThan(1600);
    expect(all.area(2)).toBeLessThan(1600);
    expect(all.takenBack()).toEqual(objects);
    const one = new Hand(eraser, objects);
    one.selected = new Set([2]);
    one.drag(LINE);
    expect(one.area(1)).toBe(1600);
    expect([...one.selected]).toEqual([2]);
    const elsewhere = new Hand(eraser, objects);
    elsewhere.selected = new Set([2]);
    elsewhere.click([15, 15]);
    expect(elsewhere.area(1)).toBeLessThan(1600);
    expect(elsewhere.area(2)).toBe(1600);
  });

  test("nothing left of an object: it is gone; through the middle: two parts", () => {
    const hand = new Hand(eraser, [square(1, 20, 20, 5), square(2, 60, 60, 40)]);
    hand.click([22.5, 22.5]);
    expect(hand.numbers).toEqual([2]);
    hand.drag([
      [80, 50],
      [80, 110],
    ]);
    expect(hand.document.get(2)?.outline.length).toBe(2);
    expect(hand.takenBack()).toEqual(hand.objects);
  });

  test("beside everything, in a hole, and on somebody else's object nothing happens", () => {
    const hand = new Hand(eraser, [frame(1, 10, 10, 60)]);
    hand.click([150, 100]).click([40, 40]);
    hand.locked.add(1);
    hand.click([15, 15]);
    expect(hand.refusals).toEqual(["nothingThere", "nothingThere", "locked"]);
    expect(hand.nSteps).toBe(0);
  });

  test("Alt paints", () => {
    const hand = new Hand(eraser, [square(1, 10, 10, 40)]).drag(LINE, { alt: true });
    expect(hand.area(1)).toBeGreaterThan(1600);
  });
});

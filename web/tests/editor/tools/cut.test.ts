import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hole } from "../../../src/editor/tools/hole";
import { reshape } from "../../../src/editor/tools/reshape";
import { split } from "../../../src/editor/tools/split";
import type { Point } from "../../../src/editor/tools/tool";
import { common, corners, frame, Hand, square } from "./hand";

describe("split", () => {
  test("a line over several objects cuts each; the larger piece keeps the number", () => {
    const objects = [square(1, 10, 10, 40), square(2, 60, 10, 40)];
    const hand = new Hand(split, objects).drag([
      [5, 20],
      [50, 20],
      [105, 20],
    ]);
    expect(hand.numbers).toEqual([-2, -1, 1, 2]);
    expect([hand.area(1), hand.area(2)]).toEqual([1200, 1200]);
    expect([hand.area(-1), hand.area(-2)]).toEqual([400, 400]);
    expect([...hand.selected].sort()).toEqual([-1, -2, 1, 2].sort());
    expect(hand.takenBack()).toEqual(objects);
  });

  test("a line that crosses four times makes three pieces", () => {
    const hand = new Hand(split, [square(1, 10, 10, 40)]);
    for (const each of [
      [20, 0],
      [20, 60],
      [40, 60],
      [40, 0],
    ] as Point[])
      hand.click(each);
    hand.key("enter");
    expect(hand.numbers.length).toBe(3);
    expect(hand.numbers.map((each) => hand.area(each)).sort((a, b) => a - b)).toEqual([400, 400, 800]);
  });

  test("with a hole on the line both pieces have a bay", () => {
    const hand = new Hand(split, [frame(1, 10, 10, 40)]).drag([
      [30, 0],
      [30, 30],
      [30, 60],
    ]);
    expect(hand.numbers.map((each) => hand.area(each))).toEqual([600, 600]);
  });

  test("only what is chosen is cut", () => {
    const hand = new Hand(split, [square(1, 10, 10, 40), square(2, 60, 10, 40)]);
    hand.selected = new Set([2]);
    hand.drag([
      [5, 20],
      [50, 20],
      [105, 20],
    ]);
    expect(hand.area(1)).toBe(1600);
    expect(hand.numbers).toEqual([-1, 1, 2]);
  });

  test("a line that ends inside, one beside, and a locked object are refused", () => {
    const hand = new Hand(split, [square(1, 10, 10, 40)]);
    hand.drag([
      [30, 0],
      [30, 20],
      [30, 30],
    ]);
    hand.drag([
      [100, 0],
      [100, 50],
      [100, 100],
    ]);
    hand.locked.add(1);
    hand.drag([
      [30, 0],
      [30, 30],
      [30, 60],
    ]);
    expect(hand.refusals).toEqual(["noCut", "noCut", "locked"]);
    expect(hand.nSteps).toBe(0);
  });

  test("whatever the line: pieces are the whole, do not overlap, and can be taken back", () => {
    const place = fc.tuple(fc.integer({ min: 0, max: 100 }), fc.integer({ min: 0, max: 100 }));
    fc.assert(
      fc.property(fc.array(place, { minLength: 2, maxLength: 7 }), fc.boolean(), (line, isFrame) => {
        const start = isFrame ? frame(1, 20, 20, 60) : square(1, 20, 20, 60);
        const hand = new Hand(split, [start]);
        const whole = hand.area(1);
        for (const each of line) hand.click(each);
        hand.key("enter");
        const sum = hand.numbers.reduce((total, each) => total + hand.area(each), 0);
        expect(sum).toBeCloseTo(whole, 0);
        expect(hand.covered()).toBeCloseTo(whole, 0);
        expect(hand.takenBack()).toEqual([start]);
        expect(hand.nSteps === 0).toBe(hand.numbers.length === 1);
      }),
      { numRuns: 150 },
    );
  });
});

describe("hole", () => {
  test("a ring inside becomes a hole, over the edge a bay; a double click fills the hole", () => {
    const objects = [square(1, 10, 10, 40)];
    const hand = new Hand(hole, objects).drag(corners(20, 20, 10));
    expect(hand.area(1)).toBe(1500);
    expect(hand.document.get(1)?.outline[0]?.length).toBe(2);
    hand.drag(corners(40, 30, 20));
    expect(hand.area(1)).toBe(1300);
    hand.double([25, 25]);
    expect(hand.area(1)).toBe(1400);
    expect(hand.takenBack()).toEqual(objects);
  });

  test("the hole is made in what lies under the ring, whatever is chosen elsewhere", () => {
    const hand = new Hand(hole, [square(1, 10, 10, 40), square(2, 60, 10, 40)]);
    hand.selected = new Set([2]);
    hand.drag(corners(20, 20, 10));
    expect([hand.area(1), hand.area(2)]).toEqual([1500, 1600]);
  });

  test("nothing under the ring, a ring without area, somebody else's object", () => {
    const hand = new Hand(hole, [square(1, 10, 10, 40)]).drag(corners(100, 100, 10));
    hand.click([20, 20]).click([30, 20]).click([40, 20]).key("enter");
    hand.locked.add(1);
    hand.drag(corners(20, 20, 10));
    expect(hand.refusals).toEqual(["nothingThere", "noArea", "locked"]);
    expect(hand.nSteps).toBe(0);
  });

  test("a ring around an object leaves nothing of it", () => {
    const hand = new Hand(hole, [square(1, 30, 30, 10)]).drag(corners(20, 20, 40));
    expect(hand.numbers).toEqual([]);
    expect(hand.takenBack()).toEqual(hand.objects);
  });
});

describe("reshape", () => {
  test("outwards adds, inwards takes away", () => {
    const objects = [square(1, 50, 50, 40)];
    const hand = new Hand(reshape, objects).drag([
      [60, 60],
      [60, 40],
      [80, 40],
      [80, 60],
    ]);
    expect(hand.area(1)).toBe(1600 + 200);
    hand.drag([
      [60, 100],
      [60, 80],
      [80, 80],
      [80, 100],
    ]);
    expect(hand.area(1)).toBe(1600);
    expect(hand.takenBack()).toEqual(objects);
  });

  test("the chosen one is reshaped, not the one below", () => {
    const hand = new Hand(reshape, [square(1, 50, 50, 40), square(2, 40, 40, 60)]);
    hand.selected = new Set([2]);
    hand.drag([
      [60, 60],
      [60, 30],
      [80, 30],
      [80, 60],
    ]);
    expect(hand.area(1)).toBe(1600);
    expect(hand.area(2)).toBe(3600 + 200);
  });

  test("a line that crosses no edge twice is refused; Escape forgets it", () => {
    const hand = new Hand(reshape, [square(1, 50, 50, 40)]);
    hand.drag([
      [60, 60],
      [60, 50.5],
      [60, 40],
    ]);
    hand.press([60, 60]).to([60, 40]).to([80, 40]).key("escape").send("up", [80, 60]);
    expect(hand.refusals).toEqual(["noCrossing"]);
    expect(hand.nSteps).toBe(0);
  });

  test("what is added and the old outline overlap as much as they can", () => {
    const hand = new Hand(reshape, [square(1, 50, 50, 40)]);
    const before = hand.objects[0]?.outline ?? [];
    hand.drag([
      [55, 55],
      [55, 20],
      [85, 20],
      [85, 55],
    ]);
    expect(common(before, hand.document.get(1)?.outline ?? [])).toBeCloseTo(1600, 6);
  });
});

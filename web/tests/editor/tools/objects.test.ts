import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { merge, remove } from "../../../src/editor/tools/gather";
import { move } from "../../../src/editor/tools/move";
import { select } from "../../../src/editor/tools/select";
import { smart } from "../../../src/editor/tools/smart";
import type { Point } from "../../../src/editor/tools/tool";
import { corners, frame, Hand, square } from "./hand";

const THREE = [square(1, 10, 10, 30), square(2, 35, 10, 30), square(3, 120, 10, 30)];
const THROUGH: Point[] = [
  [15, 25],
  [135, 25],
];

describe("merge", () => {
  test("a line makes one of all that it goes over, however quick the hand", () => {
    const hand = new Hand(merge, THREE).drag(THROUGH);
    expect(hand.numbers).toEqual([1]);
    expect(hand.area(1)).toBe(900 + 900 - 150 + 900);
    expect(hand.document.get(1)?.outline.length).toBe(2);
    expect([...hand.selected]).toEqual([1]);
    expect(hand.takenBack()).toEqual(THREE);
  });

  test("one object is too few, and somebody else's stays as it is", () => {
    const hand = new Hand(merge, THREE).drag([
      [15, 25],
      [30, 25],
    ]);
    hand.locked = new Set([2, 3]);
    hand.drag(THROUGH);
    hand.key("escape");
    expect(hand.refusals).toEqual(["selectTwo", "locked"]);
    expect(hand.nSteps).toBe(0);
  });

  test("wherever the objects lie, what they cover stays", () => {
    const at = fc.tuple(fc.integer({ min: 0, max: 150 }), fc.integer({ min: 0, max: 100 }));
    fc.assert(
      fc.property(fc.array(at, { minLength: 2, maxLength: 5 }), (places) => {
        const start = places.map(([x, y], i) => (i % 2 ? frame(i + 1, x, y, 40) : square(i + 1, x, y, 30)));
        const hand = new Hand(merge, start);
        const before = hand.covered();
        hand.drag(places.map(([x, y]) => [x + 2, y + 2] as Point));
        expect(hand.covered()).toBeCloseTo(before, 0);
        expect(hand.takenBack()).toEqual(start);
      }),
      { numRuns: 100 },
    );
  });
});

describe("delete by touch", () => {
  test("a click, a line through several, and nothing there", () => {
    const hand = new Hand(remove, THREE).click([130, 20]);
    expect(hand.numbers).toEqual([1, 2]);
    hand.drag(THROUGH);
    expect(hand.numbers).toEqual([]);
    hand.click([100, 100]);
    expect(hand.refusals).toEqual(["nothingThere"]);
    expect(hand.takenBack()).toEqual(THREE);
  });

  test("somebody else's is refused; Escape forgets the line", () => {
    const hand = new Hand(remove, THREE);
    hand.locked.add(3);
    hand.click([130, 20]);
    hand.press([15, 25]).to([50, 25]).key("escape").send("up", [50, 25]);
    expect(hand.refusals).toEqual(["locked"]);
    expect(hand.numbers).toEqual([1, 2, 3]);
  });
});

describe("move", () => {
  test("it drags what is under it, or all that is chosen", () => {
    const hand = new Hand(move, THREE).drag([
      [130, 20],
      [130, 60],
    ]);
    expect([...hand.selected]).toEqual([3]);
    expect(hand.document.get(3)?.outline[0]?.[0]?.[1]).toBe(50);
    hand.selected = new Set([1, 2]);
    hand.drag([
      [15, 15],
      [25, 15],
    ]);
    expect([1, 2, 3].map((each) => hand.document.get(each)?.outline[0]?.[0]?.[0])).toEqual([20, 45, 120]);
    expect(hand.takenBack()).toEqual(THREE);
  });

  test("while it is dragged, the object is seen at its new place and nothing is done yet", () => {
    const hand = new Hand(move, THREE).press([130, 20]).to([140, 20]);
    expect(hand.sketch.instead.get(3)?.[0]?.[0]?.[0]).toBe(130);
    expect(hand.nSteps).toBe(0);
    hand.key("escape").send("up", [140, 20]);
    expect(hand.nSteps).toBe(0);
  });

  test("beside every object the map has the gesture; what is locked stays", () => {
    const hand = new Hand(move, THREE).press([100, 100]);
    expect(hand.passed).toBe(true);
    hand.selected = new Set([1, 2]);
    hand.locked.add(2);
    hand.drag([
      [15, 15],
      [25, 15],
    ]);
    expect(hand.refusals).toEqual(["locked"]);
    expect(hand.nSteps).toBe(0);
  });

  test("the area stays, as long as the object stays on the image; there and back is where it was", () => {
    const shift = fc.tuple(fc.integer({ min: -30, max: 100 }), fc.integer({ min: -30, max: 60 }));
    fc.assert(
      fc.property(shift, ([dx, dy]) => {
        const hand = new Hand(move, [frame(1, 40, 40, 40)]);
        hand.selected = new Set([1]);
        const before = hand.area(1);
        hand.send("nudge", [dx / 4, dy / 4]);
        expect(hand.document.get(1)?.outline[0]?.[0]?.[0]).toBe(40 + dx / 4); // to parts of a pixel
        hand.send("nudge", [-dx / 4, -dy / 4]);
        hand.send("nudge", [dx, dy]);
        expect(hand.area(1)).toBe(before);
        expect(hand.takenBack()).toEqual(hand.objects);
      }),
    );
  });

  test("over the edge of the image it is cut off, and past it gone", () => {
    const hand = new Hand(move, [square(1, 10, 10, 30)]);
    hand.selected = new Set([1]);
    expect(hand.send("nudge", [-25, 0]).area(1)).toBe(450);
    expect(hand.send("nudge", [-100, 0]).numbers).toEqual([]);
  });
});

describe("select", () => {
  const chosen = (hand: Hand<never>) => [...hand.selected].sort();

  test("a click chooses one, Shift adds and takes away, beside them nothing is chosen", () => {
    const hand = new Hand(select, THREE) as unknown as Hand<never>;
    expect(chosen(hand.click([15, 15]))).toEqual([1]);
    expect(chosen(hand.click([130, 20], { shift: true }))).toEqual([1, 3]);
    expect(chosen(hand.click([15, 15], { mod: true }))).toEqual([3]);
    expect(chosen(hand.click([100, 100], { shift: true }))).toEqual([3]);
    expect(chosen(hand.click([100, 100]))).toEqual([]);
  });

  test("Shift and a drag is a box that adds, Alt and a drag a lasso", () => {
    const hand = new Hand(select, THREE) as unknown as Hand<never>;
    hand.click([130, 20]);
    hand.drag(
      [
        [0, 0],
        [70, 50],
      ],
      { shift: true },
    );
    expect(chosen(hand)).toEqual([1, 2, 3]);
    // around the middles of the first and the third, below that of the second
    const bow: Point[] = [
      [0, 0],
      [45, 0],
      [45, 60],
      [110, 60],
      [110, 0],
      [160, 0],
      [160, 80],
      [0, 80],
    ];
    hand.drag(bow, { alt: true });
    expect(chosen(hand)).toEqual([1, 3]);
    expect(hand.nSteps).toBe(0);
  });

  test("the shape can be set, for fingers without keys; a plain drag is the map's", () => {
    const hand = new Hand(select, THREE) as unknown as Hand<never>;
    hand.drag(corners(0, 0, 70));
    expect(chosen(hand)).toEqual([]);
    expect(hand.press([100, 100]).passed).toBe(true);
    hand.send("up", [100, 100]);
    hand.options = { ...hand.options, selectShape: "box" };
    hand.drag([
      [70, 50],
      [0, 0],
    ]);
    expect(chosen(hand)).toEqual([1, 2]);
    expect(chosen(hand.key("escape"))).toEqual([]);
  });
});

describe("smart outline", () => {
  test("a click asks for a place, a drag for a box; Enter keeps, Escape does not", () => {
    const hand = new Hand(smart, []).click([20, 30]);
    hand.drag([
      [50, 60],
      [10, 20],
    ]);
    hand.key("enter").key("escape");
    expect(hand.wishes).toEqual([
      { point: [20, 30], box: null },
      { point: null, box: [10, 20, 50, 60] },
      "accept",
      "cancel",
    ]);
    expect(hand.nSteps).toBe(0);
  });
});

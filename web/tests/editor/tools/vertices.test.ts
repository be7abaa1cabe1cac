import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { vertices } from "../../../src/editor/tools/vertices";
import { frame, Hand, HEIGHT, square, WIDTH } from "./hand";

function holding(...objects: Parameters<typeof square>[]): Hand<never> {
  const hand = new Hand(
    vertices,
    objects.map((each) => square(...each)),
  );
  hand.selected = new Set([1]);
  return hand as unknown as Hand<never>;
}

describe("edit vertices", () => {
  test("a vertex follows the hand; the outline is seen as it would be", () => {
    const hand = holding([1, 50, 50, 40]);
    hand.press([51, 51]).to([31, 51]);
    expect(hand.sketch.instead.get(1)?.[0]?.[0]).toContain(30);
    expect(hand.nSteps).toBe(0);
    hand.send("up", [31, 51]);
    expect(hand.area(1)).toBe(1600 + 400);
    expect(hand.takenBack()).toEqual(hand.objects);
  });

  test("an edge that is dragged gets a vertex", () => {
    const hand = holding([1, 50, 50, 40]).drag([
      [70, 50],
      [70, 30],
    ]);
    expect(hand.document.get(1)?.outline[0]?.[0]?.length).toBe(10);
    expect(hand.area(1)).toBe(1600 + 400);
  });

  test("Shift chooses several, which move together", () => {
    const hand = holding([1, 50, 50, 40]);
    hand.click([50, 50]);
    hand.click([90, 50], { shift: true });
    hand.drag([
      [90, 50],
      [90, 30],
    ]);
    expect(hand.area(1)).toBe(40 * 60);
  });

  test("a box with Shift chooses all in it; Delete takes them out", () => {
    const hand = holding([1, 50, 50, 40]);
    hand.drag(
      [
        [30, 30],
        [60, 60],
      ],
      { shift: true },
    );
    expect(hand.isBusy).toBe(true);
    expect(hand.sketch.handles.filter((each) => each.isChosen).length).toBe(1);
    hand.key("delete");
    expect(hand.area(1)).toBe(800);
    expect(hand.isBusy).toBe(false);
    expect(hand.takenBack()).toEqual(hand.objects);
  });

  test("without enough vertices left, the object is gone; a hole as well", () => {
    const hand = holding([1, 50, 50, 40]);
    hand.drag(
      [
        [30, 30],
        [110, 60],
      ],
      { shift: true },
    );
    expect(hand.key("delete").numbers).toEqual([]);
    const ringed = new Hand(vertices, [frame(1, 40, 40, 80)]);
    ringed.selected = new Set([1]);
    ringed.drag(
      [
        [50, 50],
        [110, 70],
      ],
      { shift: true },
    );
    expect(ringed.key("delete").area(1)).toBe(6400);
  });

  test("a click on another object takes that one, on nothing the map has it", () => {
    const hand = holding([1, 10, 10, 30], [2, 100, 100, 30]).click([115, 115]);
    expect([...hand.selected]).toEqual([2]);
    expect(hand.press([80, 80]).passed).toBe(true);
  });

  test("somebody else's object is refused; Escape lets go of vertices, then of the object", () => {
    const hand = holding([1, 50, 50, 40]);
    hand.locked.add(1);
    hand.drag([
      [50, 50],
      [20, 20],
    ]);
    expect(hand.refusals).toEqual(["locked"]);
    hand.locked.clear();
    hand.click([50, 50]).key("escape");
    expect([...hand.selected]).toEqual([1]);
    expect([...hand.key("escape").selected]).toEqual([]);
    expect(hand.nSteps).toBe(0);
  });

  test("fingers need not be as exact as a mouse", () => {
    const by = (isTouch: boolean) => {
      const hand = holding([1, 50, 50, 40]);
      hand.drag(
        [
          [40, 40],
          [30, 30],
        ],
        { isTouch },
      );
      return hand.nSteps;
    };
    expect([by(false), by(true)]).toEqual([0, 1]);
  });

  test("wherever a corner is dragged, the outline stays on the image and can be taken back", () => {
    const place = fc.tuple(fc.integer({ min: -50, max: 300 }), fc.integer({ min: -50, max: 300 }));
    fc.assert(
      fc.property(place, (to) => {
        const hand = holding([1, 50, 50, 40]);
        hand.drag([[50, 50], to]);
        for (const ring of hand.document.get(1)?.outline.flat() ?? [])
          for (const [i, value] of ring.entries()) {
            expect(value).toBeGreaterThanOrEqual(0);
            expect(value).toBeLessThanOrEqual(i % 2 ? HEIGHT : WIDTH);
          }
        expect(hand.takenBack()).toEqual(hand.objects);
      }),
    );
  });
});

test("handles lie apart on the screen, and those that are chosen are always there", () => {
  const ring = Float64Array.from(
    Array.from({ length: 200 }, (_, i) => [
      80 + 60 * Math.cos((2 * Math.PI * i) / 200),
      75 + 60 * Math.sin((2 * Math.PI * i) / 200),
    ]).flat(),
  );
  const hand = new Hand(vertices, [{ number: 1, className: "spheroid", outline: [[ring]] }]);
  hand.selected = new Set([1]);
  const shown = hand.sketch.handles.length;
  expect(shown).toBeGreaterThan(20); // 377 px around
  expect(shown).toBeLessThan(36);
  hand.click([ring[6] as number, ring[7] as number]);
  expect(hand.sketch.handles.filter((each) => each.isChosen)).toHaveLength(1);
});

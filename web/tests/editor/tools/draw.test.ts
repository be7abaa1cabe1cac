import { describe, expect, test } from "vitest";
import { draw, magnetic } from "../../../src/editor/tools/draw";
import { corners, Hand, square } from "./hand";

const [A, B, C, D] = corners(10, 10, 40) as [
  readonly [number, number],
  readonly [number, number],
  readonly [number, number],
  readonly [number, number],
];

describe("corner by corner", () => {
  test.each([
    ["Enter", (hand: Hand<never>) => hand.key("enter")],
    ["a click on the first corner", (hand: Hand<never>) => hand.click([12, 11])],
  ])("%s closes the outline", (_name, close) => {
    const hand = new Hand(draw, []);
    for (const each of [A, B, C, D]) hand.click(each);
    expect(hand.nSteps).toBe(0);
    expect(hand.isBusy).toBe(true);
    close(hand as unknown as Hand<never>);
    expect(hand.numbers).toEqual([-1]);
    expect(hand.area(-1)).toBe(1600);
    expect([...hand.selected]).toEqual([-1]);
    expect(hand.isBusy).toBe(false);
    expect(hand.takenBack()).toEqual([]);
  });

  test("a double click closes it at its place", () => {
    const hand = new Hand(draw, []);
    for (const each of [A, B, C]) hand.click(each);
    hand.double(D);
    expect(hand.area(-1)).toBe(1600);
    expect(hand.document.get(-1)?.outline[0]?.[0]?.length).toBe(8);
  });

  test("Delete takes the last corner back, Escape all of them", () => {
    const hand = new Hand(draw, []);
    for (const each of [A, B, C, [190, 140] as const]) hand.click(each);
    hand.key("delete").click(D).key("enter");
    expect(hand.area(-1)).toBe(1600);
    for (const each of [A, B, C]) hand.click(each);
    hand.key("escape").key("enter");
    expect(hand.numbers).toEqual([-1]);
    expect(hand.isBusy).toBe(false);
  });

  test("two corners are no outline, and corners on one line have no area", () => {
    const hand = new Hand(draw, []);
    hand.click(A).click(B).key("enter");
    expect(hand.numbers).toEqual([]);
    hand.click([10, 10]).click([50, 10]).click([90, 10]).key("enter");
    expect(hand.numbers).toEqual([]);
    expect(hand.refusals).toEqual(["noArea"]);
  });

  test("the line follows the pointer before the next click", () => {
    const hand = new Hand(draw, []).click(A).click(B);
    hand.send("move", C);
    expect(hand.sketch.lines[0]?.points).toEqual([A, B, C]);
  });
});

describe("by hand", () => {
  test("one movement around is an object", () => {
    const hand = new Hand(draw, []).drag([A, B, C, D]);
    expect(hand.area(-1)).toBe(1600);
    expect(hand.nSteps).toBe(1);
  });

  test("what sticks out of the image is cut off", () => {
    const hand = new Hand(draw, []).drag([
      [-20, -20],
      [30, -20],
      [30, 30],
      [-20, 30],
    ]);
    expect(hand.area(-1)).toBe(900);
  });

  test("kept apart, it leaves out what lies there", () => {
    const hand = new Hand(draw, [square(1, 30, 30, 40)]);
    hand.options = { ...hand.options, isApart: true, className: "core" };
    hand.drag([A, B, C, D]);
    expect(hand.area(-1)).toBe(1600 - 400);
    expect(hand.document.get(-1)?.className).toBe("core");
    expect(hand.area(1)).toBe(1600);
    hand.drag(corners(35, 35, 10));
    expect(hand.refusals).toEqual(["noArea"]);
  });
});

describe("magnetic", () => {
  test("the way along the edge lies between the clicks", () => {
    const hand = new Hand(magnetic, []);
    hand.click([10, 10]).click([50, 10]).click([50, 50]);
    hand.edge = [[5, 60]];
    hand.click([10, 50]);
    hand.edge = null;
    hand.key("enter");
    expect(hand.document.get(-1)?.outline[0]?.[0]).toContain(60);
    expect(hand.area(-1)).toBeGreaterThan(1600);
  });

  test.each([
    ["Enter", (hand: Hand<never>) => hand.key("enter")],
    ["a click on the first corner", (hand: Hand<never>) => hand.click([10, 10])],
  ])("%s closes it along the edge", (_name, close) => {
    const hand = new Hand(magnetic, []);
    for (const each of [A, B, C, D]) hand.click(each);
    hand.edge = [[4, 30]];
    close(hand as unknown as Hand<never>);
    expect(hand.area(-1)).toBe(1600 + 120);
  });

  test("a click beside the edge leaves no spike", () => {
    const hand = new Hand(magnetic, []);
    for (const each of [A, B]) hand.click(each);
    hand.edge = [
      [50, 20],
      [50, 30],
      [60, 30],
    ];
    hand.click([70, 30]); // the way leads from the edge to where the hand was
    hand.edge = [
      [60, 30],
      [50, 30],
      [50, 40],
    ];
    hand.click(C);
    hand.edge = null;
    hand.click(D);
    hand.key("enter");
    expect(hand.area(-1)).toBe(1600);
    expect(Math.max(...(hand.document.get(-1)?.outline[0]?.[0] ?? []))).toBe(50);
  });

  test("without a picture its lines are straight", () => {
    const hand = new Hand(magnetic, []);
    for (const each of [A, B, C, D]) hand.click(each);
    expect(hand.key("enter").area(-1)).toBe(1600);
  });
});

import { describe, expect, test } from "vitest";
import { scale } from "../../../src/editor/tools/scale";
import type { Point, ToolEvent, ToolView } from "../../../src/editor/tools/tool";
import { Hand } from "./hand";

/** The line after events, as the panel hears of it. */
function lineAfter(events: readonly [ToolEvent["type"], Point, boolean?][]) {
  const { view } = new Hand(scale, []);
  let state = scale.start;
  let line: readonly [Point, Point] | null = null;
  for (const [type, point, shift = false] of events) {
    const event = { type, point, isDown: type !== "up", shift, alt: false, mod: false, isTouch: false };
    const turn = scale.on(state, event, view as ToolView);
    state = turn.state;
    if (turn.line !== undefined) line = turn.line;
    expect(turn.changes).toBeUndefined();
  }
  return line;
}

describe("the ruler", () => {
  test("is drawn in one movement", () => {
    expect(
      lineAfter([
        ["down", [10, 10]],
        ["move", [60, 20]],
        ["up", [110, 10]],
      ]),
    ).toEqual([
      [10, 10],
      [110, 10],
    ]);
  });

  test("or by two clicks", () => {
    const clicks: [ToolEvent["type"], Point][] = [
      ["down", [10, 10]],
      ["up", [10, 10]],
      ["move", [50, 50]],
      ["down", [50, 90]],
      ["up", [50, 90]],
    ];
    expect(lineAfter(clicks)).toEqual([
      [10, 10],
      [50, 90],
    ]);
  });

  test("is straight with the shift key, as scale bars are", () => {
    expect(
      lineAfter([
        ["down", [10, 10]],
        ["up", [110, 14], true],
      ]),
    ).toEqual([
      [10, 10],
      [110, 10],
    ]);
  });

  test("an end can be moved afterwards", () => {
    const events: [ToolEvent["type"], Point][] = [
      ["down", [10, 10]],
      ["up", [110, 10]],
      ["down", [12, 10]],
      ["move", [20, 10]],
      ["up", [30, 10]],
    ];
    expect(lineAfter(events)).toEqual([
      [110, 10],
      [30, 10],
    ]);
  });

  test("is gone after Escape", () => {
    expect(
      lineAfter([
        ["down", [10, 10]],
        ["up", [110, 10]],
        ["escape", [0, 0]],
      ]),
    ).toBeNull();
  });
});

// @vitest-environment happy-dom
import type MapBrowserEvent from "ol/MapBrowserEvent";
import { expect, test } from "vitest";
import { Gestures } from "../../src/editor/gestures";

function heard(presses: readonly [number, number][], pointerType = "mouse") {
  const types: string[] = [];
  const gestures = new Gestures(
    (event) => {
      types.push(event.type);
      return false;
    },
    () => undefined,
  );
  const send = (type: string, pixel: [number, number]) =>
    gestures.handleEvent({
      type,
      pixel,
      coordinate: pixel,
      activePointers: [],
      originalEvent: { button: 0, buttons: 0, pointerType },
    } as unknown as MapBrowserEvent<PointerEvent>);
  for (const each of presses) {
    send("pointerdown", each);
    send("pointerup", each);
  }
  const isMaps = send("dblclick", presses.at(-1) as [number, number]);
  return { nDouble: types.filter((each) => each === "double").length, isMaps };
}

test("two quick clicks are a double click only at one place", () => {
  const [a, near, far]: [number, number][] = [
    [100, 100],
    [103, 102],
    [112, 108],
  ] as [[number, number], [number, number], [number, number]];
  expect(heard([a, near])).toEqual({ nDouble: 1, isMaps: false });
  expect(heard([near, a, far])).toEqual({ nDouble: 0, isMaps: false });
  expect(heard([a, far], "touch").nDouble).toBe(1);
});
